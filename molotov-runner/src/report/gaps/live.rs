//! The current gap of a run in progress: requests wait and none has ended yet.

use std::time::Duration;

use molotov_core::Requests;

use super::lengths::nanos;

/// The time without an update from which on the load generator itself did not run.
const STALL: Duration = Duration::from_secs(1);

/// The requests that have left no sample yet. Times are nanoseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Live {
    /// Requests that were started and have not ended.
    waiting: u64,
    /// The latest end, and the start of a later request that still waits.
    open: Option<(u64, u64)>,
    now: u64,
}

/// The observations of one tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looked {
    /// The time since the start of the run.
    pub(crate) now: Duration,
    /// The number of started requests so far, and the number of those with a sample.
    pub(crate) requests: Requests,
    pub(crate) sampled: u64,
    pub(crate) generator: GeneratorState,
}

/// The state of the load generator's own threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GeneratorState {
    Running,
    /// Its threads do not run, so that nothing can end.
    Stalled,
}

impl Live {
    /// Updates the gap; `ended` is the latest end.
    pub(super) fn update(&mut self, looked: &Looked, ended: u64) {
        let now = nanos(looked.now);
        let is_stalled =
            looked.generator == GeneratorState::Stalled || now.saturating_sub(self.now) > nanos(STALL);
        self.now = now;
        self.waiting = looked.requests.started.saturating_sub(looked.sampled);
        let latest = nanos(looked.requests.latest);
        self.open = match self.open {
            _ if self.waiting == 0 => None,
            // The state of the service meanwhile is unknown.
            Some((end, _)) if is_stalled => Some((end, now)),
            Some((end, from)) if end == ended => Some((end, from)),
            // Earlier requests may be slow, and the service is alive.
            _ => (latest >= ended).then_some((ended, latest)),
        };
    }

    /// The interval since which nothing has ended, up to now.
    pub(crate) fn span(&self) -> Option<(u64, u64)> {
        self.open.map(|(_, from)| (from, self.now)).filter(|(from, now)| from < now)
    }

    /// Returns the time for which nothing has ended although requests wait, and the number of those.
    pub(crate) fn hang(&self) -> Option<(Duration, u64)> {
        self.span().map(|(from, now)| (Duration::from_nanos(now - from), self.waiting))
    }
}
