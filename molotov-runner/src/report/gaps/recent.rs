//! The gaps of a window, while a run goes on.

use std::time::Duration;

use super::lengths::{Tolerated, nanos};
use crate::report::time_share::LEAST_WAIT;

/// Gaps that reach into a window, and the window. Times are nanoseconds since the start of the run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    pub(super) window: (u64, u64),
    /// In which nothing ended.
    pub(super) answers: Vec<(u64, u64)>,
    /// In which nothing ended well.
    pub(super) good: Vec<(u64, u64)>,
    /// The time of the slowest good response so far.
    pub(super) slowest: Duration,
}

impl Recent {
    /// The share of the window that is more than what is tolerated; none where it is not.
    pub(crate) fn breaks(&self, tolerated: Tolerated) -> Option<f64> {
        let (from, to) = self.window;
        let (time, most) = match tolerated {
            Tolerated::Waiting(limit, most) => {
                let answers = self.answers.iter();
                let waited =
                    answers.map(|(start, end)| self.within(*start, end.saturating_sub(nanos(limit))));
                (waited.sum::<u64>(), most)
            }
            Tolerated::Absence(most) => {
                let least = nanos(self.slowest * 2);
                // What still waits may yet be answered well: a route that is slow by design, for the first time.
                let least_open = least.max(nanos(LEAST_WAIT));
                let good = self.good.iter();
                let long =
                    good.filter(|(start, end)| end - start > if *end < to { least } else { least_open });
                (long.map(|(start, end)| self.within(*start, *end)).sum(), most)
            }
        };
        let share = time as f64 / to.saturating_sub(from).max(1) as f64;
        (share > most + 1e-9).then_some(share)
    }

    /// The part of a stretch that lies in the window.
    fn within(&self, start: u64, end: u64) -> u64 {
        end.min(self.window.1).saturating_sub(start.max(self.window.0))
    }

    /// The longest gap in which nothing ended.
    pub(crate) fn longest(&self) -> Duration {
        let lengths = self.answers.iter().map(|(start, end)| end - start);
        Duration::from_nanos(lengths.max().unwrap_or(0))
    }
}
