//! The deadline of a step of a request.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use crate::failure::FailureKind;

/// A point in time, and the failure when it is reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) kind: FailureKind,
    /// The time from the start to the deadline, for the message.
    pub(crate) limit: Duration,
}

/// The deadlines of a request until its response starts.
#[derive(Debug)]
pub(crate) struct SendTimes {
    /// The start of the sending.
    pub(crate) now: Instant,
    /// The deadline of the head of the response.
    pub(crate) head: Deadline,
    /// For an upload, the time limit of the head: it starts again with each piece that the server takes.
    pub(crate) upload: Option<Deadline>,
}

impl Deadline {
    /// A deadline this long after a start. A time beyond the range of the clock means no deadline.
    pub(crate) fn after(start: Instant, time: Duration, kind: FailureKind) -> Self {
        const NO_END: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
        Self { at: start + time.min(NO_END), kind, limit: time }
    }

    /// The earlier of the two.
    pub(crate) fn or(self, other: Self) -> Self {
        if other.at < self.at { other } else { self }
    }
}

/// The limit and its name: `60 s (total time-out)`.
impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            FailureKind::TimeoutTotal => "total time-out",
            FailureKind::TimeoutBody => "time-out for a piece of the body",
            FailureKind::ConnectTimeout => "connect time-out",
            _ => "time-out for the head",
        };
        match self.limit.as_secs_f64() {
            seconds if seconds > 0.0 && seconds < 1.0 => write!(f, "{} ms ({name})", millis(self.limit)),
            seconds => write!(f, "{seconds} s ({name})"),
        }
    }
}

fn millis(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_has_its_natural_unit_and_its_name() {
        for (limit, kind, text) in [
            (Duration::from_secs(60), FailureKind::TimeoutTotal, "60 s (total time-out)"),
            (Duration::from_millis(1_500), FailureKind::TimeoutHead, "1.5 s (time-out for the head)"),
            (Duration::from_millis(250), FailureKind::ConnectTimeout, "250 ms (connect time-out)"),
            (
                Duration::from_micros(1_250),
                FailureKind::TimeoutBody,
                "1.25 ms (time-out for a piece of the body)",
            ),
            (Duration::from_micros(20), FailureKind::TimeoutTotal, "0.02 ms (total time-out)"),
            (Duration::ZERO, FailureKind::TimeoutTotal, "0 s (total time-out)"),
        ] {
            assert_eq!(Deadline::after(Instant::now(), limit, kind).to_string(), text);
        }
    }

    #[test]
    fn the_earlier_of_two_deadlines_keeps_its_own_limit() {
        let now = Instant::now();
        let total = Deadline::after(now, Duration::from_secs(2), FailureKind::TimeoutTotal);
        let head = Deadline::after(now, Duration::from_secs(3), FailureKind::TimeoutHead);

        assert_eq!(head.or(total).to_string(), "2 s (total time-out)");
        assert_eq!(total.or(head).to_string(), "2 s (total time-out)");
    }
}
