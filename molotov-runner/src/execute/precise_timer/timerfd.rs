//! Linux: a timer with absolute deadlines that the runtime polls beside its sockets.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::Instant;

const ZERO: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// The number of readings of both clocks.
const READINGS: usize = 8;

/// A timer of the system.
#[derive(Debug)]
pub(super) struct TimerFd {
    timer: AsyncFd<OwnedFd>,
    origin: TimerOrigin,
}

impl TimerFd {
    pub(super) fn new() -> io::Result<Self> {
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        // Deprecated, because not every type keeps its descriptor; this one does. The replacement is `unsafe`.
        #[allow(deprecated)]
        let timer = AsyncFd::with_interest(timer, Interest::READABLE)?;
        Ok(Self { timer, origin: TimerOrigin::read() })
    }

    /// Waits until this time of the system's clock. An earlier setting of the timer is forgotten.
    pub(super) async fn wait(&mut self, at: Instant) {
        let value = Itimerspec { it_interval: ZERO, it_value: self.origin.in_system_time(at) };
        if timerfd_settime(self.timer.get_ref(), TimerfdTimerFlags::ABSTIME, &value).is_err() {
            // A time outside the system's range. The caller's own timer waits for it.
            return;
        }
        while let Ok(mut ready) = self.timer.readable().await {
            // The readiness may belong to an earlier, dropped wait: then there is nothing to read.
            if ready.try_io(|timer| Ok(rustix::io::read(timer, &mut [0; 8])?)).is_ok() {
                return;
            }
        }
    }
}

/// The same moment in both clocks. `Instant` is the system's monotonic clock, but does not expose its reading.
#[derive(Debug)]
struct TimerOrigin {
    instant: Instant,
    system: Timespec,
}

impl TimerOrigin {
    /// Returns the closest of several readings, because a thread may be interrupted between the two clocks.
    fn read() -> Self {
        let mut best = Self::read_once();
        for _ in 1..READINGS {
            let other = Self::read_once();
            if other.1 < best.1 {
                best = other;
            }
        }
        best.0
    }

    /// The system's clock is read last, so that a deadline may be late by the time of this reading, and never early.
    fn read_once() -> (Self, Duration) {
        let instant = Instant::now();
        let system = clock_gettime(ClockId::Monotonic);
        (Self { instant, system }, instant.elapsed())
    }

    /// Converts a time after the origin.
    fn in_system_time(&self, at: Instant) -> Timespec {
        let after = at.saturating_duration_since(self.instant);
        Timespec::try_from(after)
            .ok()
            .and_then(|after| self.system.checked_add(after))
            .unwrap_or(Timespec { tv_sec: i64::MAX, tv_nsec: 0 })
    }
}
