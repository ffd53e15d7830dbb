//! A recorder and its aggregator, connected as in the supervisor, for the benchmarks of this workspace.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use molotov_core::Recorder;

use super::{Aggregator, IterationCounts, RequestCounts};
use crate::lock::lock;

/// Aggregates records, like the supervisor of a run. Not part of the API: it changes without notice.
#[derive(Debug)]
pub struct Adder {
    recorder: Arc<Recorder>,
    totals: Arc<Mutex<Aggregator>>,
}

impl Adder {
    /// Creates an adder for a run on this number of threads, which starts now.
    pub fn new(threads: usize) -> Self {
        let totals = Arc::<Mutex<Aggregator>>::default();
        let absorber = Arc::clone(&totals);
        let recorder = Recorder::new(threads, move |records| lock(&absorber).absorb(records));
        lock(&totals).start_load(Duration::ZERO);
        Self { recorder: Arc::new(recorder), totals }
    }

    /// The recorder for the hot threads.
    pub fn recorder(&self) -> Arc<Recorder> {
        Arc::clone(&self.recorder)
    }

    /// Does the supervisor's work of a tick (ten times a second).
    pub fn tick(&self, now: Duration) {
        self.recorder.drain();
        lock(&self.totals).tick(now, 1);
    }

    /// Does the supervisor's work for the display.
    pub fn snapshot(&self, now: Duration) {
        lock(&self.totals).snapshot(now);
    }

    /// Returns the final counts.
    pub fn finish(&self, now: Duration) -> (IterationCounts, RequestCounts) {
        self.recorder.drain();
        let mut aggregator = lock(&self.totals);
        aggregator.learn(&self.recorder);
        let totals = aggregator.finish(now);
        (totals.iterations, totals.requests)
    }
}
