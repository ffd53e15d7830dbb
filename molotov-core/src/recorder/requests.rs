//! The number of requests that were started, and the start of the latest: counters, not records.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Requests that were started, whether they have ended or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requests {
    /// Their number.
    pub started: u64,
    /// The start of the latest, since the start of the run.
    pub latest: Duration,
}

/// The counters of one thread, which only this thread writes.
#[derive(Default)]
pub(super) struct Begun {
    started: AtomicU64,
    /// In nanoseconds.
    latest: AtomicU64,
}

impl Begun {
    #[inline]
    pub(super) fn add(&self, start: Duration) {
        let nanos = start.as_secs().wrapping_mul(1_000_000_000).wrapping_add(u64::from(start.subsec_nanos()));
        self.latest.store(nanos, Ordering::Relaxed);
        // No other thread writes it.
        self.started.store(self.started.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    pub(super) fn read(&self) -> Requests {
        let started = self.started.load(Ordering::Acquire);
        Requests { started, latest: Duration::from_nanos(self.latest.load(Ordering::Relaxed)) }
    }
}

impl Requests {
    /// Both counters together.
    pub(super) fn and(self, other: Self) -> Self {
        Self { started: self.started + other.started, latest: self.latest.max(other.latest) }
    }
}
