//! The thread of an output, on the side of its owner.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::queue::{OutputMessage, OutputQueue};
use super::seam::Output;
use super::traces::TraceCount;
use super::worker::{Closing, OutputWorker};
use crate::lock::lock;
use crate::report::Report;

/// The patience of an ended run with a slow output: this number of steps while it makes progress, and one step while it
/// does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) step: Duration,
    pub(super) steps: u32,
}

impl Patience {
    /// Ten seconds, because results would be missing.
    const RESULTS: Self = Self { step: Duration::from_secs(10), steps: 1 };

    /// One second for a display without progress: its terminal may be stopped.
    const DISPLAY: Self = Self { step: Duration::from_secs(1), steps: 10 };
}

/// An output on a thread of its own, behind a queue.
pub(crate) struct OutputThread {
    queue: OutputQueue,
    /// `None` if the system has no thread left: the final failures then report the output as incomplete.
    thread: Option<JoinHandle<Option<Closing>>>,
    /// Closed at the end of the thread. Nothing is sent.
    done: Receiver<()>,
    pub(super) patience: Patience,
}

impl OutputThread {
    /// Starts the output's thread. Failures are shown on the display, if any, when they happen.
    pub(super) fn start(output: Box<dyn Output>, display: Option<OutputQueue>) -> Self {
        let (queue, messages) = OutputQueue::new(output.name(), output.interest());
        let (tell, done) = channel();
        let worker = OutputWorker::new(output, &queue, messages, display);
        let thread = Builder::new().name(format!("molotov-{}", queue.name)).spawn(move || {
            let _until_it_is_done = tell;
            worker.run()
        });
        let patience = if queue.interest.is_display { Patience::DISPLAY } else { Patience::RESULTS };
        Self { queue, thread: thread.ok(), done, patience }
    }

    /// The queue for the supervisor.
    pub(crate) fn queue(&self) -> OutputQueue {
        self.queue.clone()
    }

    /// Passes the report to the output, waits until it has received everything, and returns its warnings and failures.
    /// This takes ten seconds at most.
    pub(crate) fn finish(mut self, report: Arc<Report>) -> Closing {
        self.queue.send(OutputMessage::Finished(report));
        let closing = self.wait();
        let name = &*self.queue.name;
        let mut closing = closing.unwrap_or_else(|| Closing {
            failures: vec![format!(
                "{name}: not everything was written within {:?} of the end",
                self.patience.step
            )],
            ..Closing::default()
        });
        closing.warnings.extend(self.queue.state.dropped.warnings(name));
        closing
    }

    /// Waits until the output has received all messages, and drops it. Returns the traces that were not shown.
    pub(super) fn close(mut self) -> TraceCount {
        self.queue.close();
        // Its failures are ignored: a closed terminal is not a missing result.
        drop(self.wait());
        self.queue.state.is_abandoned.store(true, Ordering::Relaxed);
        lock(&self.queue.state.traces).missed()
    }

    /// Waits patiently for the end of the output. `None` if it did not end.
    fn wait(&mut self) -> Option<Closing> {
        let mut waiting = self.waiting();
        for _ in 0..self.patience.steps {
            match self.done.recv_timeout(self.patience.step) {
                Err(RecvTimeoutError::Disconnected) => return self.thread.take()?.join().ok()?,
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            }
            let before = std::mem::replace(&mut waiting, self.waiting());
            if before == waiting {
                return None;
            }
        }
        None
    }

    fn waiting(&self) -> usize {
        self.queue.state.waiting.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
