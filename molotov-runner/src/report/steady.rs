//! The steady part of a load, whose rates are those that are shown: what ramps up, is cold or drains is in the counts only.

use std::time::Duration;

use molotov_core::{Outcome, Sample};

use super::summary::{Report, Row};
use super::units::Throughput;

/// A shorter part has no rate of its own: a single slow response would be a tenth of it.
const LEAST: Duration = Duration::from_secs(1);

/// The steady part of a load: after the ramp-up and the warm-up, and before iterations were no longer started or, where each
/// user makes so many iterations, before the first user was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Steady {
    /// When it began, since the first user started.
    pub from: Duration,
    /// How long it was.
    pub time: Duration,
    /// Iterations that ended in it.
    pub iterations: u64,
    /// Requests that ended in it.
    pub requests: u64,
}

/// That part while the run goes on. All times are since the start of the run.
#[derive(Debug, Default)]
pub(super) struct SteadyPart {
    /// How long after the first user it begins, and by when it ends at the latest.
    after: Duration,
    most: Duration,
    begun: Duration,
    until: Option<Duration>,
    iterations: u64,
    requests: u64,
}

impl SteadyPart {
    pub(super) fn new(after: Duration, length: Option<Duration>) -> Self {
        Self { after, most: length.unwrap_or(Duration::MAX), ..Self::default() }
    }

    /// The first user starts now.
    pub(super) fn begin(&mut self, now: Duration) {
        *self = Self { after: self.after, most: self.most, begun: now, ..Self::default() };
    }

    /// It is over by now.
    pub(super) fn end(&mut self, now: Duration) {
        self.until.get_or_insert(now);
    }

    fn last(&self) -> Duration {
        self.begun.saturating_add(self.most).min(self.until.unwrap_or(Duration::MAX))
    }

    /// Whether what ended then belongs to it.
    pub(super) fn has(&self, sample: &Sample) -> bool {
        let end = sample.start + sample.service;
        sample.outcome != Outcome::Cancelled && end >= self.begun + self.after && end <= self.last()
    }

    pub(super) fn count_iteration(&mut self) {
        self.iterations += 1;
    }

    pub(super) fn count_request(&mut self) {
        self.requests += 1;
    }

    /// What it came to, where it was long enough to have rates.
    pub(super) fn finish(&self, now: Duration) -> Option<Steady> {
        let time = self.last().min(now).saturating_sub(self.begun + self.after);
        let (iterations, requests) = (self.iterations, self.requests);
        (time >= LEAST).then_some(Steady { from: self.after, time, iterations, requests })
    }
}

impl Report {
    /// Iterations that ended in the steady part of the load, or in all of it where there is no such part.
    pub fn steady_iteration_rate(&self) -> Throughput {
        let whole = || self.iteration_rate();
        self.steady.as_ref().map_or_else(whole, |steady| Throughput::of(steady.iterations, steady.time))
    }

    /// Requests that ended in the steady part of the load, or in all of it where there is no such part.
    pub fn steady_request_rate(&self) -> Throughput {
        let whole = || self.request_rate();
        self.steady.as_ref().map_or_else(whole, |steady| Throughput::of(steady.requests, steady.time))
    }

    /// How often this route, scenario or timer ended in the steady part of the load, or in all of it.
    pub fn steady_rate_of(&self, row: &Row) -> Throughput {
        let whole = || self.rate_of(row);
        self.steady.as_ref().map_or_else(whole, |steady| Throughput::of(row.steady, steady.time))
    }
}

#[cfg(test)]
mod tests {
    use molotov_core::{SeriesId, SeriesKind};

    use super::*;

    fn second(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn ends_at(end: Duration) -> Sample {
        let series = SeriesId { index: 0, kind: SeriesKind::Scenario };
        Sample::new(series, Outcome::Ok, Duration::ZERO, end)
    }

    #[test]
    fn the_steady_part_is_between_ramp_up_and_draining() {
        let mut part = SteadyPart::new(second(10), Some(second(70)));
        part.begin(second(5));
        part.end(second(60));
        part.end(second(65));

        let inside: Vec<_> = (0..80).filter(|end| part.has(&ends_at(second(*end)))).collect();

        assert_eq!((inside[0], inside[inside.len() - 1]), (15, 60));
        assert_eq!(part.finish(second(80)).unwrap().time, second(45));
    }

    #[test]
    fn the_steady_part_ends_when_nothing_more_is_due() {
        let mut part = SteadyPart::new(Duration::ZERO, Some(second(10)));
        part.begin(second(1));

        assert!(part.has(&ends_at(second(11))) && !part.has(&ends_at(second(12))));
        assert_eq!(part.finish(second(30)).unwrap().time, second(10));
    }

    #[test]
    fn a_run_that_ends_in_its_ramp_up_has_no_steady_part() {
        let mut part = SteadyPart::new(second(10), None);
        part.begin(Duration::ZERO);
        part.end(second(10) + LEAST / 2);

        assert_eq!(part.finish(second(20)), None);
    }
}
