//! The gap in which a run is, while it goes on: requests wait and none has ended yet.

use std::time::Duration;

use molotov_core::Requests;

use super::lengths::nanos;

/// What is known of requests that have left no sample yet. Times are nanoseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Live {
    /// Requests that were started and have not ended.
    waiting: u64,
    /// The latest end, and when a request was sent after it that still waits.
    open: Option<(u64, u64)>,
    now: u64,
}

impl Live {
    /// Looks: so many requests were started and so many have left a sample, the latest at `ended`.
    pub(super) fn look(&mut self, now: Duration, requests: Requests, sampled: u64, ended: u64) {
        self.now = nanos(now);
        self.waiting = requests.started.saturating_sub(sampled);
        let latest = nanos(requests.latest);
        self.open = match self.open {
            _ if self.waiting == 0 => None,
            Some((end, from)) if end == ended => Some((end, from)),
            // Those that were sent before it may be slow, and the service is there.
            _ => (latest >= ended).then_some((ended, latest)),
        };
    }

    /// Since when nothing has ended, and until now.
    pub(super) fn span(&self) -> Option<(u64, u64)> {
        self.open.map(|(_, from)| (from, self.now)).filter(|(from, now)| from < now)
    }

    /// How long nothing has ended although requests wait, and how many these are.
    pub(crate) fn hang(&self) -> Option<(Duration, u64)> {
        self.span().map(|(from, now)| (Duration::from_nanos(now - from), self.waiting))
    }
}
