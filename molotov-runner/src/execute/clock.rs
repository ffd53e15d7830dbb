//! The time of a run.

use std::time::Duration;

use tokio::time::Instant;

/// The time since the start of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunClock(Instant);

impl RunClock {
    /// A clock that began at this instant, as the records of the run do.
    pub(crate) fn since(epoch: Instant) -> Self {
        Self(epoch)
    }

    #[inline]
    pub(crate) fn now(self) -> Duration {
        self.at(Instant::now())
    }

    /// An instant, as a time since the start of the run.
    #[inline]
    pub(crate) fn at(self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.0)
    }

    /// A time since the start of the run, as an instant.
    #[inline]
    pub(crate) fn instant(self, time: Duration) -> Instant {
        self.0 + time
    }
}
