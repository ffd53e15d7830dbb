//! The samples of each threshold of a closed model, counted while the run goes on.

use std::time::Duration;

use molotov_core::{Outcome, Sample, SeriesKind};

use super::{CountedSamples, Parts, UserSamples, WeighedTime};
use crate::plan::threshold::{Limit, Threshold};
use crate::report::gaps::{Tolerated, tolerated};
use crate::report::threshold::{Subject, Subjects};

/// One counter for each threshold that bounds a percentile or a share of failures from above.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    counters: Vec<ThresholdCounter>,
    begun: Duration,
    /// When no new iterations were started any more.
    stopped: Option<Duration>,
}

#[derive(Debug)]
struct ThresholdCounter {
    threshold: Threshold,
    subject: Subject,
    /// From when on samples count, since the first user started.
    start: Duration,
    /// Whether the samples are those of requests, where those of iterations stand in for them.
    of_requests: bool,
    parts: Parts,
    users: UserSamples,
}

impl Counters {
    /// The counters for these thresholds, in a run of so many users with this warm-up; none where none needs one.
    ///
    /// A share of the whole run that is more than a threshold allows is so in one of its windows at least.
    pub(crate) fn of(
        thresholds: &[Threshold],
        subjects: &impl Subjects,
        (users, warm_up): (u32, Duration),
    ) -> Option<Self> {
        let is_counted = |threshold: &&Threshold| tolerated(threshold).is_some();
        let counter = |threshold: &Threshold| ThresholdCounter {
            threshold: threshold.clone(),
            subject: Subject::of(threshold, subjects),
            start: threshold.start(warm_up),
            of_requests: false,
            parts: Parts::default(),
            users: UserSamples::of_users(users),
        };
        let counters: Vec<_> = thresholds.iter().filter(is_counted).map(counter).collect();
        (!counters.is_empty()).then_some(Self { counters, ..Self::default() })
    }

    /// The first user starts now.
    pub(crate) fn begin(&mut self, now: Duration) {
        self.begun = now;
        self.counters.iter_mut().for_each(|counter| counter.restart(false));
    }

    /// No new iterations are started any more.
    pub(crate) fn stop(&mut self, now: Duration) {
        self.stopped.get_or_insert(now);
    }

    /// Counts a sample of the load.
    pub(crate) fn sample(&mut self, sample: &Sample) {
        let start = sample.due.unwrap_or(sample.start).saturating_sub(self.begun);
        let is_late = self.stopped.is_some_and(|stopped| sample.start + sample.service > stopped);
        self.counters.iter_mut().for_each(|counter| counter.sample(sample, start, is_late));
    }

    /// The counts of a load that ended at this time.
    pub(crate) fn finish(&self, stopped: Duration) -> Vec<CountedSamples> {
        let time = |counter: &ThresholdCounter| stopped.saturating_sub(self.begun + counter.start);
        self.counters.iter().map(|counter| counter.finish(time(counter))).collect()
    }
}

impl ThresholdCounter {
    fn restart(&mut self, of_requests: bool) {
        self.of_requests = of_requests;
        self.parts = Parts::default();
        self.users.clear();
    }

    fn finish(&self, time: Duration) -> CountedSamples {
        let allowed = match tolerated(&self.threshold) {
            Some(Tolerated::Waiting(_, allowed) | Tolerated::Absence(allowed)) => allowed,
            None => 0.0,
        };
        let users = self.users.finish(allowed);
        // Of several runs at the same time that of more users counts more.
        let parts = WeighedTime::new(users.time(), self.parts.clone().estimate(allowed, time));
        CountedSamples { threshold: self.threshold.clone(), of_requests: self.of_requests, parts, users }
    }

    fn sample(&mut self, sample: &Sample, start: Duration, is_late: bool) {
        match (&self.subject, sample.series.kind) {
            (Subject::Kind(kind), of) if *kind == of => {}
            (Subject::RequestsOrIterations, SeriesKind::Route) => {
                self.subject = Subject::Kind(SeriesKind::Route);
                self.restart(true);
            }
            (Subject::RequestsOrIterations, SeriesKind::Scenario) => {}
            (Subject::Series(all), _) if all.contains(&sample.series) => {}
            _ => return,
        }
        let Some(start) = start.checked_sub(self.start) else { return };
        let Some(is_beyond) = self.is_beyond(sample) else { return };
        let series = sample.series.index;
        self.users.count((series, sample.user), (start, start + sample.latency()), is_beyond, is_late);
        self.parts.count(series, start, is_beyond);
    }

    /// Whether it is what the threshold does not allow; none where it was cut before that was known.
    fn is_beyond(&self, sample: &Sample) -> Option<bool> {
        let is_cut = sample.outcome == Outcome::Cancelled;
        let time = match self.threshold.phase.map(|phase| phase.time(sample)) {
            None => sample.latency(),
            Some(Some(time)) => time,
            Some(None) if is_cut => sample.service.saturating_sub(sample.written),
            // It got no response, and is no sample of its phase.
            Some(None) => return None,
        };
        let is_beyond = match self.threshold.limit {
            Limit::Time(limit) => !self.threshold.relation.holds(time, limit),
            _ => sample.outcome != Outcome::Ok && !is_cut,
        };
        (is_beyond || !is_cut).then_some(is_beyond)
    }
}
