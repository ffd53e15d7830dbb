//! Listeners on a thread of their own, behind a bounded queue.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use molotov_core::{Event, EventQueue, Listener};

use super::panics;
use crate::lock::lock;
use crate::report::ListenerSummary;

/// The maximum number of events that wait for a slow listener; further events are dropped.
const CAPACITY: usize = 64 * 1024;

/// The time for which the end of a run waits for slow listeners.
const PATIENCE: Duration = Duration::from_secs(10);

/// The listeners of a run, if any.
pub(crate) struct Listeners {
    queue: EventQueue,
    /// `None` if the system has no thread left: the events are dropped and counted.
    thread: Option<JoinHandle<Heard>>,
    /// Closed at the end of the thread. Nothing is sent.
    done: Receiver<()>,
}

/// The results of the listeners.
#[derive(Default)]
pub(crate) struct Heard {
    /// The messages of their failures.
    pub(crate) failures: BTreeSet<String>,
    /// Their summaries at the end of the run.
    pub(crate) summaries: Vec<ListenerSummary>,
}

impl Listeners {
    /// Starts their thread; `None` without listeners.
    pub(crate) fn start(listeners: &[Listener]) -> Option<Self> {
        if listeners.is_empty() {
            return None;
        }
        let (queue, events) = EventQueue::new(CAPACITY);
        let (tell, done) = channel();
        let listeners = listeners.to_vec();
        let thread = Builder::new().name("molotov-events".into()).spawn(move || {
            let _until_it_is_done = tell;
            serve(&listeners, &events)
        });
        Some(Self { queue, thread: thread.ok(), done })
    }

    pub(crate) fn queue(&self) -> EventQueue {
        self.queue.clone()
    }

    /// Sends the last event, and waits until the listeners have handled it. Returns their results, and the number of
    /// events that they missed.
    ///
    /// Listeners work in real time, so this waits on a thread and not on a clock that a test may have paused.
    pub(crate) async fn finish(self, at: Duration) -> (Heard, u64) {
        let queue = self.queue.clone();
        let listeners = Arc::new(Mutex::new(self));
        let waiting = Arc::clone(&listeners);
        let spawned = panics::catch_call(|| tokio::task::spawn_blocking(move || lock(&waiting).wait(at)));
        let heard = match spawned {
            Ok(waited) => waited.await.ok().flatten(),
            // The system has no thread left. The end of a run may block here, and the report must be complete.
            Err(_) => lock(&listeners).wait(at),
        };
        let heard = heard.unwrap_or_else(|| Heard {
            failures: BTreeSet::from(["a listener was still busy when the run was over".to_owned()]),
            ..Heard::default()
        });
        (heard, queue.dropped())
    }

    fn wait(&mut self, at: Duration) -> Option<Heard> {
        let deadline = Instant::now() + PATIENCE;
        while !self.queue.offer(Event::RunEnded { at }) {
            if Instant::now() >= deadline {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        match self.done.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Disconnected) => self.thread.take()?.join().ok(),
            Ok(()) | Err(RecvTimeoutError::Timeout) => None,
        }
    }
}

/// Calls each listener with each event, up to the last one, and collects their summaries. A repeated panic message is
/// kept only once.
fn serve(listeners: &[Listener], events: &Receiver<Event>) -> Heard {
    let mut heard = Heard::default();
    while let Ok(event) = events.recv() {
        for listener in listeners {
            heard.watch(listener, || listener.call(&event));
        }
        if matches!(event, Event::RunEnded { .. }) {
            break;
        }
    }
    for listener in listeners {
        if let Some(Some(text)) = heard.watch(listener, || listener.summary()) {
            heard.summaries.push(ListenerSummary { name: listener.name().to_owned(), text });
        }
    }
    heard
}

impl Heard {
    fn watch<T>(&mut self, listener: &Listener, call: impl FnOnce() -> T) -> Option<T> {
        let called = panics::catch_call(call);
        if let Err(error) = &called
            && self.failures.len() < 100
        {
            self.failures.insert(format!("listener `{}` {error}", listener.name()));
        }
        called.ok()
    }
}
