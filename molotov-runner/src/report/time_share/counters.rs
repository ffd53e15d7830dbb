//! The samples of each threshold, counted by time during the run.

use std::sync::Arc;
use std::time::Duration;

use molotov_core::{Outcome, Sample, SeriesId, SeriesKind};

use super::parts::PartSample;
use super::user_time::{LoadTime, UserTime};
use super::users::UserSample;
use super::{CountedSamples, Parts, UserSamples, WeighedTime};
use crate::plan::threshold::{Limit, Threshold};
use crate::quantity::Share;
use crate::report::gaps::{Tolerated, tolerated};
use crate::report::limit_side::LimitSide;
use crate::report::threshold::{Subject, Subjects};

/// One counter for each threshold that bounds a percentile or a share of failures from above.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    counters: Vec<ThresholdCounter>,
    users: Arc<UserTime>,
    model: ModelKind,
    begun: Duration,
    /// The time from which on no new iterations started.
    stopped: Option<Duration>,
}

/// The users of a run, and the model of their iterations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CountedRun {
    pub(crate) users: u32,
    pub(crate) warm_up: Duration,
    pub(crate) model: ModelKind,
}

/// The event at which an iteration starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ModelKind {
    /// The end of the user's last iteration.
    #[default]
    Closed,
    /// A due time. The samples of arrivals include the waits of visitors, so only users that are late together are
    /// counted, in the whole run: while they wait, the other users take the arrivals, and a stall of their part of the
    /// service may affect few samples.
    Open,
}

#[derive(Debug)]
struct ThresholdCounter {
    threshold: Threshold,
    subject: Subject,
    /// The time from which on samples count, since the first user started.
    start: Duration,
    /// `true` if the samples are those of requests instead of iterations.
    of_requests: bool,
    parts: Parts,
    /// `None` in an open model.
    users: Option<UserSamples>,
}

impl Counters {
    /// Creates the counters for these thresholds, in a run of this kind with this presence of users; `None` if no
    /// threshold needs one.
    ///
    /// If a share of the whole run exceeds a threshold, it does so in at least one of its windows.
    pub(crate) fn from_thresholds(
        thresholds: &[Threshold],
        subjects: &impl Subjects,
        CountedRun { users, warm_up, model }: CountedRun,
        time: impl FnOnce() -> UserTime,
    ) -> Option<Self> {
        let counted = thresholds.iter().filter(|threshold| tolerated(threshold).is_some());
        let mut counted =
            counted.filter(|threshold| model == ModelKind::Closed || threshold.window.is_none()).peekable();
        counted.peek()?;
        let time = Arc::new(time());
        let counters = counted
            .map(|threshold| ThresholdCounter {
                threshold: threshold.clone(),
                subject: Subject::from_threshold(threshold, subjects),
                start: threshold.start(warm_up),
                of_requests: false,
                parts: Parts::default(),
                users: (model == ModelKind::Closed)
                    .then(|| UserSamples::new(users, Arc::clone(&time), threshold.start(warm_up))),
            })
            .collect();
        Some(Self { counters, users: time, model, ..Self::default() })
    }

    /// Starts with the first user.
    pub(crate) fn start(&mut self, now: Duration) {
        self.begun = now;
        self.counters.iter_mut().for_each(|counter| counter.restart());
    }

    /// Records that no new iterations start.
    pub(crate) fn stop(&mut self, now: Duration) {
        self.stopped.get_or_insert(now);
    }

    /// Counts a sample of the load. In an open model it belongs to its user instead of its arrival.
    pub(crate) fn sample(&mut self, sample: &Sample) {
        let due = sample.due.filter(|_| self.model == ModelKind::Closed);
        let (start, end) = (due.unwrap_or(sample.start), sample.start + sample.service);
        let after = self.stopped.map_or(Duration::ZERO, |stopped| end.saturating_sub(stopped));
        let [start, end] = [start, end].map(|time| time.saturating_sub(self.begun));
        let after = after.max(self.users.away(sample.user, (start, end)));
        self.counters.iter_mut().for_each(|counter| counter.sample(sample, (start, end), after));
    }

    /// The presence of users; times are since the first of them started.
    pub(crate) fn user_time(&self) -> &UserTime {
        &self.users
    }

    /// Returns the counts of a load with this end.
    pub(crate) fn finish(&self, stopped: Duration) -> Vec<CountedSamples> {
        let loads = self.counters.iter().map(|counter| {
            let length = stopped.saturating_sub(self.begun + counter.start);
            (counter, LoadTime { users: &self.users, start: counter.start, length })
        });
        loads.map(|(counter, load)| counter.finish(load)).collect()
    }
}

impl ThresholdCounter {
    /// Removes all samples, and their users.
    fn restart(&mut self) {
        self.of_requests = false;
        self.parts = Parts::default();
        self.users.iter_mut().for_each(UserSamples::clear);
    }

    fn finish(&self, load: LoadTime<'_>) -> CountedSamples {
        let allowed = match tolerated(&self.threshold) {
            Some(Tolerated::Waiting(_, allowed) | Tolerated::Absence(allowed)) => allowed,
            None => 0.0,
        };
        let users = self.users.as_ref().map(|users| users.finish(allowed)).unwrap_or_default();
        let known = load.of_users();
        // In simultaneous runs, the run with more users has more weight.
        let time = known.unwrap_or(users.time());
        let clusters = WeighedTime::new(time, self.parts.clustered(allowed, time));
        let parts = WeighedTime::new(time, self.parts.estimate(allowed, load));
        let window = self.threshold.window.and_then(|length| {
            self.parts.broken_window(length, allowed, (load, time)).map(Share::from_fraction)
        });
        let last = self.threshold.window.map(|length| load.of_last(length)).unwrap_or_default();
        let (threshold, of_requests, load) =
            (self.threshold.clone(), self.of_requests, known.unwrap_or_default());
        CountedSamples { threshold, of_requests, load, last, parts, users, clusters, window }
    }

    /// Counts a sample from its start to its end, which may be after the load, or after its user's stay in it: by this
    /// time.
    fn sample(&mut self, sample: &Sample, (start, end): (Duration, Duration), after: Duration) {
        if !self.is_of_subject(sample.series) {
            return;
        }
        let Some(time) = self.time(sample, end - start) else { return };
        let Some(end) = end.checked_sub(self.start) else { return };
        match start.checked_sub(self.start) {
            Some(start) => self.count(sample, (start, end), (time, after)),
            None => self.count_rest(sample, end, (time.saturating_sub(self.start - start), after)),
        }
    }

    fn is_of_subject(&mut self, series: SeriesId) -> bool {
        match (&self.subject, series.kind) {
            (Subject::Kind(kind), of) => *kind == of,
            (Subject::RequestsOrIterations, SeriesKind::Route) => {
                self.subject = Subject::Kind(SeriesKind::Route);
                self.restart();
                self.of_requests = true;
                true
            }
            (Subject::RequestsOrIterations, SeriesKind::Scenario) => true,
            (Subject::Series(all), _) => all.contains(&series),
            _ => false,
        }
    }

    fn count(
        &mut self,
        sample: &Sample,
        (start, end): (Duration, Duration),
        (time, after): (Duration, Duration),
    ) {
        let Some(side) = self.side(sample, time) else { return };
        let (series, user, is_late) = (sample.series.index, sample.user, !after.is_zero());
        if let Some(users) = &mut self.users {
            users.count(UserSample { series, user, start, end, side, is_late });
        }
        let beyond = (side == LimitSide::Beyond).then(|| self.lost(sample, time, after));
        self.parts.count(PartSample { series, user, start, end, beyond, is_cut: is_cut(sample) });
    }

    /// Counts the rest of a sample that started before the threshold: together with others it may be a stall.
    fn count_rest(&mut self, sample: &Sample, end: Duration, (rest, after): (Duration, Duration)) {
        if self.side(sample, rest) == Some(LimitSide::Beyond) {
            let beyond = Some(self.lost(sample, rest, after));
            let (series, user) = (sample.series.index, sample.user);
            let start = Duration::ZERO;
            self.parts.count_end(PartSample { series, user, start, end, beyond, is_cut: is_cut(sample) });
        }
    }

    /// The time that the threshold bounds, from this duration; `None` without a response, if its phase needs one.
    fn time(&self, sample: &Sample, took: Duration) -> Option<Duration> {
        match self.threshold.phase.map(|phase| phase.time(sample)) {
            None => Some(took),
            Some(Some(time)) => Some(time),
            Some(None) => is_cut(sample).then(|| sample.service.saturating_sub(sample.written)),
        }
    }

    /// Returns the side of the limit, and `None` for a sample that was cancelled before it was known.
    fn side(&self, sample: &Sample, time: Duration) -> Option<LimitSide> {
        let is_cut = is_cut(sample);
        let is_within = match self.threshold.limit {
            Limit::Time(limit) => self.threshold.relation.holds(time, limit),
            _ => sample.outcome == Outcome::Ok || is_cut,
        };
        match (is_within, is_cut) {
            (false, _) => Some(LimitSide::Beyond),
            (true, false) => Some(LimitSide::Within),
            (true, true) => None,
        }
    }

    /// Returns the time in which visitors in place of its user would have exceeded the limit. Cancelled samples are in
    /// the [waits](super::Waits).
    fn lost(&self, sample: &Sample, time: Duration, after: Duration) -> Duration {
        let tolerated = match self.threshold.limit {
            Limit::Time(limit) => limit,
            _ => Duration::ZERO,
        };
        match sample.outcome {
            Outcome::Cancelled => Duration::ZERO,
            _ => time.saturating_sub(tolerated.max(after)),
        }
    }
}

fn is_cut(sample: &Sample) -> bool {
    sample.outcome == Outcome::Cancelled
}
