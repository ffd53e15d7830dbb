//! The output's end of its queue: it passes messages on one by one, and counts failures.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;

use molotov_core::{Result, Trace};

use super::queue::{OutputMessage, OutputQueue, SharedQueueState, TRACE};
use super::seam::{Output, RunFacts};
use crate::lock::lock;
use crate::panics;
use crate::report::Report;
use crate::typed;
use crate::units::many;

/// Warnings and failures of an output at its end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Closing {
    /// Facts for the user.
    pub(crate) warnings: Vec<String>,
    /// Reasons for missing results.
    pub(crate) failures: Vec<String>,
}

/// The maximum number of traces in one call.
pub(super) const TRACES: usize = 16;

/// The maximum number of different failures of an output that are listed.
const MAX_FAILURES: usize = 10;

/// An output on its thread.
pub(super) struct OutputWorker {
    output: Box<dyn Output>,
    name: Arc<str>,
    messages: Receiver<OutputMessage>,
    state: Arc<SharedQueueState>,
    /// Present once the run has started.
    facts: Option<RunFacts>,
    /// Each failure of the output, with its count.
    failures: BTreeMap<String, u64>,
    /// The number of failures that are not listed.
    further_failures: u64,
    /// The display that shows a failure when it happens.
    display: Option<OutputQueue>,
}

impl OutputWorker {
    pub(super) fn new(
        output: Box<dyn Output>,
        queue: &OutputQueue,
        messages: Receiver<OutputMessage>,
        display: Option<OutputQueue>,
    ) -> Self {
        Self {
            output,
            name: Arc::clone(&queue.name),
            messages,
            state: Arc::clone(&queue.state),
            facts: None,
            failures: BTreeMap::new(),
            further_failures: 0,
            display,
        }
    }

    /// Passes messages to the output up to the last one. `None` if the run was dropped before, or no longer waits.
    pub(super) fn run(mut self) -> Option<Closing> {
        panics::install_hook();
        while let Ok(first) = self.messages.recv() {
            let mut next = Some(first);
            while let Some(message) = next {
                if self.state.is_abandoned.load(Ordering::Relaxed) {
                    return None;
                }
                next = match message {
                    OutputMessage::Finished(report) => return Some(self.finish(&report)),
                    OutputMessage::Ended => return Some(Closing::default()),
                    OutputMessage::Trace(trace) => self.handle_traces(trace),
                    message => self.handle_one(message),
                };
            }
            self.call(|output, _| output.flush());
        }
        None
    }

    /// Passes a message on, and returns the one after it.
    fn handle_one(&mut self, message: OutputMessage) -> Option<OutputMessage> {
        let room = message.room();
        self.handle(message);
        self.state.waiting.fetch_sub(room, Ordering::Relaxed);
        self.messages.try_recv().ok()
    }

    /// Passes this trace and those that follow it on, and returns the message after them.
    fn handle_traces(&mut self, first: Trace) -> Option<OutputMessage> {
        let mut traces = vec![first];
        while traces.len() < TRACES {
            match self.messages.try_recv().ok() {
                Some(OutputMessage::Trace(trace)) => traces.push(trace),
                next => {
                    self.show(&traces);
                    return next;
                }
            }
        }
        self.show(&traces);
        self.messages.try_recv().ok()
    }

    /// Passes traces on, and counts them as shown on success.
    pub(super) fn show(&mut self, traces: &[Trace]) {
        if self.attempt(|output| output.traces(traces)) {
            let mut ledger = lock(&self.state.traces);
            traces.iter().for_each(|trace| ledger.shown.add(trace));
        }
        self.state.waiting.fetch_sub(traces.len() * TRACE, Ordering::Relaxed);
    }

    fn handle(&mut self, message: OutputMessage) {
        match message {
            OutputMessage::Started(facts) => self.facts = Some(facts),
            OutputMessage::Records(records) => {
                records.iter().for_each(|record| self.call(|output, run| output.record(record, run)));
            }
            OutputMessage::Event(event) => self.call(|output, run| output.event(&event, run)),
            OutputMessage::Users(at, users) => self.call(|output, run| output.users(at, users, run)),
            OutputMessage::Arrivals(totals) => self.call(|output, _| output.arrivals(totals)),
            OutputMessage::Tick(snapshot) => self.call(|output, run| output.tick(&snapshot, run)),
            OutputMessage::Progress => {
                let latest = lock(&self.state.progress).take();
                latest.iter().for_each(|progress| {
                    self.attempt(|output| output.progress(progress));
                });
            }
            OutputMessage::Notice(text) => {
                self.attempt(|output| output.notice(&text));
            }
            OutputMessage::Trace(_) | OutputMessage::Finished(_) | OutputMessage::Ended => {}
        }
    }

    fn finish(mut self, report: &Report) -> Closing {
        // Failures from here on are reported by the caller at once.
        self.display = None;
        self.call(|output, _| output.flush());
        self.call(|output, _| output.finish(report));
        let mut warnings = Vec::new();
        self.call(|output, _| {
            warnings = output.warnings();
            Ok(())
        });
        let name = self.name;
        let named = self.failures.into_iter().map(|(why, times)| match times {
            1 => why,
            times => format!("{why} ({times} times)"),
        });
        let further = (self.further_failures > 0).then(|| {
            format!("{name}: {}", many(self.further_failures, "further failure", "further failures"))
        });
        Closing { warnings, failures: named.chain(further).collect() }
    }

    /// Calls the output, if the run has started.
    fn call(&mut self, call: impl FnOnce(&mut dyn Output, &mut RunFacts) -> Result) {
        if let Some(mut facts) = self.facts.take() {
            self.attempt(|output| call(output, &mut facts));
            self.facts = Some(facts);
        }
    }

    /// Calls the output. Returns `false` if it failed or panicked, which is counted.
    fn attempt(&mut self, call: impl FnOnce(&mut dyn Output) -> Result) -> bool {
        let why = match panics::catch_call(|| call(&mut *self.output)) {
            Ok(Ok(())) => return true,
            Ok(Err(why)) => format!("{}: {why}", self.name),
            Err(panicked) => format!("output `{}` {panicked}", self.name),
        };
        self.count(why);
        false
    }

    /// Counts a failure, and shows it on the display if it is new.
    fn count(&mut self, why: String) {
        if let Some(times) = self.failures.get_mut(&why) {
            *times += 1;
        } else if self.failures.len() < MAX_FAILURES {
            if let Some(display) = &self.display {
                display.notice(&format!("warning: {}; the run goes on", typed::masked(&why)));
            }
            self.failures.insert(why, 1);
        } else {
            self.further_failures += 1;
        }
    }
}
