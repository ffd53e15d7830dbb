//! The gaps of a window, during a run.

use std::time::Duration;

use super::lengths::{Tolerated, nanos};
use crate::report::time_share::LEAST_WAIT;

/// Gaps that overlap a window, and the window. Times are nanoseconds since the start of the run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    pub(super) window: (u64, u64),
    /// The gaps without any end; an open one so far.
    pub(super) answers: Vec<(u64, u64)>,
    /// The gaps without a good end, including at their own end.
    pub(super) good: Vec<(u64, u64)>,
    /// The open gap. Its requests may still be answered successfully: it is a stall, or a route that is slow by design.
    pub(super) open: Option<(u64, u64)>,
    /// The duration of the slowest good response so far.
    pub(super) slowest: Duration,
}

impl Recent {
    /// The share of the window that exceeds the tolerated gaps; `None` if it does not.
    pub(crate) fn breaks(&self, tolerated: Tolerated) -> Option<f64> {
        self.beyond(tolerated, 0)
    }

    /// The same, if the window must be judged before the end of an open gap is known: as if that end were bad.
    pub(crate) fn breaks_so_far(&self, tolerated: Tolerated) -> Option<f64> {
        let is_long = self.open.is_some_and(|(start, end)| end - start > self.least().max(nanos(LEAST_WAIT)));
        self.beyond(tolerated, if is_long { self.open_time() } else { 0 })
    }

    /// Returns the start of an open gap, if the judgement depends on its end.
    pub(crate) fn undecided_since(&self, tolerated: Tolerated) -> Option<u64> {
        let (start, _) = self.open?;
        self.beyond(tolerated, self.open_time()).map(|_| start)
    }

    /// The share of the window that exceeds the tolerated gaps, with additional nanoseconds without a good end.
    fn beyond(&self, tolerated: Tolerated, absent: u64) -> Option<f64> {
        let (time, most) = match tolerated {
            Tolerated::Waiting(limit, most) => {
                let answers = self.answers.iter();
                let waited =
                    answers.map(|(start, end)| self.within(*start, end.saturating_sub(nanos(limit))));
                (waited.sum::<u64>(), most)
            }
            Tolerated::Absence(most) => {
                let long = self.good.iter().filter(|(start, end)| end - start > self.least());
                (long.map(|(start, end)| self.within(*start, *end)).sum::<u64>() + absent, most)
            }
        };
        let (from, to) = self.window;
        let share = time as f64 / to.saturating_sub(from).max(1) as f64;
        (share > most + 1e-9).then_some(share)
    }

    /// The length from which on a gap without a good end counts as absence of the service.
    fn least(&self) -> u64 {
        nanos(self.slowest * 2)
    }

    /// The part of the window that the open gap covers.
    fn open_time(&self) -> u64 {
        self.open.map_or(0, |(start, end)| self.within(start, end))
    }

    /// The part of a stretch that lies in the window.
    fn within(&self, start: u64, end: u64) -> u64 {
        end.min(self.window.1).saturating_sub(start.max(self.window.0))
    }

    /// The longest gap without any end.
    pub(crate) fn longest(&self) -> Duration {
        let lengths = self.answers.iter().map(|(start, end)| end - start);
        Duration::from_nanos(lengths.max().unwrap_or(0))
    }
}
