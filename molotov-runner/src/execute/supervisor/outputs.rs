//! The progress of the run, for outputs.

use std::sync::Arc;

use super::Supervisor;
use crate::execute::job::Job;
use crate::execute::listeners::Listeners;
use crate::lock::lock;
use crate::output::OutputQueue;
use crate::report::{Report, Snapshot};

impl Supervisor {
    /// Sends the progress of the run to the outputs, once a second.
    pub(super) fn tick_outputs(&mut self, users: u32) {
        // What happens before all users are ready is in no window.
        if !self.is_open || !self.ticks() {
            return;
        }
        let (windows, elapsed) = {
            let mut totals = lock(&self.totals);
            (totals.fresh_windows(), totals.load_time(self.context.now()))
        };
        if windows.is_empty() {
            return;
        }
        let report = self.report_so_far();
        let mut snapshot = Snapshot::new(elapsed, windows, report);
        self.complete(&mut snapshot.progress, users);
        self.send_tick(snapshot);
    }

    /// Sends the rest of the last second to the outputs.
    pub(super) fn last_tick(&self, report: &Report) {
        if !self.ticks() {
            return;
        }
        let windows = lock(&self.totals).fresh_windows();
        if !windows.is_empty() {
            let mut snapshot = Snapshot::new(report.elapsed, windows, report.clone());
            self.complete(&mut snapshot.progress, 0);
            self.send_tick(snapshot);
        }
    }

    /// Returns `true` if an output uses the progress of the run.
    fn ticks(&self) -> bool {
        self.queues.iter().any(|queue| queue.interest.ticks)
    }

    fn send_tick(&self, snapshot: Snapshot) {
        let snapshot = Arc::new(snapshot);
        self.queues.iter().for_each(|queue| queue.tick(&snapshot));
    }
}

/// The listeners of the suite, and one for each output with events.
pub(super) fn listeners(job: &Job, queues: &[OutputQueue]) -> Option<Listeners> {
    let mut listeners = job.suite.listeners().to_vec();
    listeners.extend(queues.iter().filter(|queue| queue.interest.events).map(OutputQueue::listener));
    Listeners::start(&listeners)
}
