//! The clock of a run.

use std::time::Duration;

use tokio::time::Instant;

/// The time since the start of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunClock(Instant);

impl RunClock {
    /// A clock that started at this instant, like the records of the run.
    pub(crate) fn since(epoch: Instant) -> Self {
        Self(epoch)
    }

    #[inline]
    pub(crate) fn now(self) -> Duration {
        self.at(Instant::now())
    }

    /// Converts an instant to a time since the start of the run.
    #[inline]
    pub(crate) fn at(self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.0)
    }

    /// Converts a time since the start of the run to an instant.
    #[inline]
    pub(crate) fn instant(self, time: Duration) -> Instant {
        self.0 + time
    }
}
