//! The steady part of a load, whose rates are shown: the ramp-up, the warm-up and the end of the load are in the counts
//! only.

use std::time::Duration;

use molotov_core::millis;
use serde::{Deserialize, Serialize};

use super::mergeable::{Merge, merge_fields};

/// The minimum length of a part with a rate of its own: a single slow response would be a tenth of a shorter one.
const LEAST: Duration = Duration::from_secs(1);

/// The steady part of a load: after the ramp-up and the warm-up, and before new iterations stopped or, with a number of
/// iterations per user, before the first user was done.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// if let Some(steady) = &report.steady {
///     println!("{} requests in {:?}", steady.requests, steady.time);
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Steady {
    /// Its start, since the first user started.
    #[serde(rename = "start_ms", with = "millis")]
    pub from: Duration,
    /// Its length.
    #[serde(rename = "time_ms", with = "millis")]
    pub time: Duration,
    /// Iterations that ended in it.
    pub iterations: u64,
    /// Requests that ended in it.
    pub requests: u64,
}

/// The steady part during the run. All times are since the start of the run. It is updated some times a second, so that
/// a sample costs nothing for it: the ends in it are the difference of two counts.
#[derive(Debug, Default)]
pub(super) struct SteadyPart {
    /// Its start after the first user, and its latest end.
    after: Duration,
    most: Duration,
    begun: Duration,
    from: Option<Duration>,
    until: Option<Duration>,
}

/// A bound of the steady part: samples are counted from now on, or up to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SteadyBound {
    Begins,
    Ends,
}

impl SteadyPart {
    pub(super) fn new(after: Duration, length: Option<Duration>) -> Self {
        Self { after, most: length.unwrap_or(Duration::MAX), ..Self::default() }
    }

    /// Starts with the first user.
    pub(super) fn start(&mut self, now: Duration) {
        *self = Self { after: self.after, most: self.most, begun: now, ..Self::default() };
    }

    /// Returns the bound that the time has reached, if any.
    pub(super) fn update(&mut self, now: Duration) -> Option<SteadyBound> {
        if now >= self.begun.saturating_add(self.most) {
            return self.stop(now);
        }
        if self.from.is_some() || self.until.is_some() || now < self.begun + self.after {
            return None;
        }
        self.from = Some(now);
        Some(SteadyBound::Begins)
    }

    /// Ends the part by now.
    pub(super) fn stop(&mut self, now: Duration) -> Option<SteadyBound> {
        let is_first = self.until.replace(self.until.unwrap_or(now)).is_none();
        (is_first && self.from.is_some()).then_some(SteadyBound::Ends)
    }

    /// Returns the part, if it was long enough to have rates.
    pub(super) fn finish(&self, iterations: u64, requests: u64) -> Option<Steady> {
        let (from, until) = self.from.zip(self.until)?;
        let time = until.saturating_sub(from);
        let from = from.saturating_sub(self.begun);
        (time >= LEAST).then_some(Steady { from, time, iterations, requests })
    }
}

/// Rates are based on the longer one, as for the whole load.
impl Merge for Steady {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => iterations, requests;
            from: self.from.max(other.from), time: self.time.max(other.time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// Returns the marks of a part that is updated each second, and the part.
    fn looked_at(
        mut part: SteadyPart,
        seconds: std::ops::Range<u64>,
    ) -> (Vec<(u64, SteadyBound)>, SteadyPart) {
        let marks = seconds.filter_map(|now| Some((now, part.update(second(now))?))).collect();
        (marks, part)
    }

    #[test]
    fn the_steady_part_is_between_ramp_up_and_draining() {
        let mut part = SteadyPart::new(second(10), Some(second(70)));
        part.start(second(5));
        let (marks, mut part) = looked_at(part, 5..60);

        assert_eq!(marks, [(15, SteadyBound::Begins)]);
        assert_eq!((part.stop(second(60)), part.stop(second(65))), (Some(SteadyBound::Ends), None));
        let steady = part.finish(7, 8).unwrap();
        assert_eq!((steady.from, steady.time), (second(10), second(45)));
    }

    #[test]
    fn the_steady_part_ends_when_nothing_more_is_due() {
        let mut part = SteadyPart::new(Duration::ZERO, Some(second(10)));
        part.start(second(1));

        let (marks, part) = looked_at(part, 1..40);

        assert_eq!(marks, [(1, SteadyBound::Begins), (11, SteadyBound::Ends)]);
        assert_eq!(part.finish(1, 1).unwrap().time, second(10));
    }

    #[test]
    fn a_run_that_ends_in_its_ramp_up_has_no_steady_part() {
        for end in [5, 10] {
            let mut part = SteadyPart::new(second(10), None);
            part.start(Duration::ZERO);
            let (_, mut part) = looked_at(part, 0..end + 1);
            part.stop(second(end) + LEAST / 2);
            let (marks, part) = looked_at(part, 12..20);

            assert_eq!((marks, part.finish(1, 1)), (vec![], None));
        }
    }
}
