//! A threshold that is judged during the run, and its observations.

use std::time::Duration;

use molotov_core::{Sample, SeriesId, SeriesKind, Value};

use super::observation::{Measurement, Observations};
use super::slots::{SlotWindow, Slots};
use super::subject::{Subject, Subjects};
use super::whole::judge_whole;
use super::{ThresholdOutcome, ThresholdResult};
use crate::plan::threshold::{Kind, Limit, Metric, Threshold};
use crate::quantity::Share;
use crate::report::gaps::{Ledger, tolerated};
use crate::report::load_phase::LoadPhase;

/// The minimum number of samples for a share to end a run: otherwise the first failure would be 100%.
const SHARE_SAMPLES: u64 = 100;

/// The minimum time for which missing responses end a run.
const ENOUGH_TIME: Duration = Duration::from_secs(1);

/// The time after the end of a gap by which its requests have left their samples.
const SETTLED: Duration = Duration::from_millis(500);

/// A threshold, and its samples.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) threshold: Threshold,
    subject: Subject,
    /// The time from which on it counts, since the first user started.
    start: Duration,
    whole: Observations,
    slots: Option<Slots>,
    /// The samples of all windows.
    samples: u64,
    worst: Option<Measurement>,
    windows: u64,
    broken: Option<(Duration, Option<Measurement>)>,
    /// The share of the time, of a window or of the whole, in which the service did not respond, if it broke the
    /// threshold.
    gaps: Option<Share>,
    /// The first window of an open gap, and the start of that gap.
    undecided: Option<Undecided>,
}

/// A window that depends on the end of a gap. Times are since the first user started.
#[derive(Clone, Copy, Debug)]
struct Undecided {
    window: (Duration, Duration),
    /// The start of the gap, in nanoseconds since the start of the run.
    gap: u64,
    /// The latest time at which it was open.
    open_at: Duration,
}

/// The gaps in the responses of the service so far, and the duration of its slowest good response.
#[derive(Clone, Copy)]
pub(super) struct Answers<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) slowest: Duration,
}

impl Bound {
    pub(super) fn new(threshold: &Threshold, subjects: &impl Subjects, warm_up: Duration) -> Self {
        let start = threshold.start(warm_up);
        Self {
            subject: Subject::from_threshold(threshold, subjects),
            start,
            whole: Observations::default(),
            slots: threshold.window.map(|length| Slots::new(length, start)),
            samples: 0,
            worst: None,
            windows: 0,
            broken: None,
            gaps: None,
            undecided: None,
            threshold: threshold.clone(),
        }
    }

    /// Returns the counts for samples: those of a window need not be stored for the whole run.
    fn current(&mut self) -> &mut Observations {
        match &mut self.slots {
            Some(slots) => &mut slots.open,
            None => &mut self.whole,
        }
    }

    /// Adds the due iterations, and the dropped ones of them.
    pub(super) fn offered(&mut self, now: Duration, scheduled: u64, dropped: u64) {
        if now >= self.start && matches!(self.subject, Subject::Arrivals) {
            self.samples += scheduled;
            let seen = self.current();
            (seen.ended, seen.failed) = (seen.ended + scheduled, seen.failed + dropped);
            seen.in_load += scheduled;
        }
    }

    pub(super) fn value(&mut self, now: Duration, series: SeriesId, value: Value) {
        if now >= self.start && self.subject.is_series(series) {
            self.samples += 1;
            self.current().value(value);
        }
    }

    pub(super) fn sample(&mut self, sample: &Sample, end: Duration) {
        match (&self.subject, sample.series.kind) {
            (Subject::Kind(kind), of) if *kind == of => {}
            (Subject::RequestsOrIterations, SeriesKind::Route) => self.take_requests(),
            (Subject::RequestsOrIterations, SeriesKind::Scenario) => {}
            (Subject::Series(all), _) if all.contains(&sample.series) => {}
            _ => return,
        }
        if end >= self.start {
            self.samples += 1;
            match self.threshold.phase {
                None => self.current().sample(sample),
                Some(phase) => self.current().phase(phase, sample),
            }
        }
    }

    /// Removes the samples of iterations once there are requests, even if a window has no request. Only an end of the
    /// run is kept.
    fn take_requests(&mut self) {
        self.subject = Subject::Kind(SeriesKind::Route);
        (self.samples, self.whole) = (0, Observations::default());
        self.slots.iter_mut().for_each(Slots::forget);
        self.undecided = None;
        if !self.threshold.abort {
            (self.worst, self.windows, self.broken, self.gaps) = (None, 0, None, None);
        }
    }

    pub(super) fn advance(
        &mut self,
        now: Duration,
        phase: LoadPhase,
        answers: Answers<'_>,
    ) -> Option<String> {
        let is_running = phase == LoadPhase::Running;
        self.decide(now, answers);
        if let Some(window) = self.slots.as_mut().and_then(|slots| slots.advance(now)) {
            self.judge_window(&window, now, phase);
            self.judge_gaps((window.from(), window.end), now, answers);
        } else if self.slots.is_none() && self.threshold.abort && self.broken.is_none() && is_running {
            self.judge_whole(now, answers);
        }
        let (at, measured) = self.broken.filter(|_| self.threshold.abort && is_running)?;
        let observed = match measured {
            Some(measured) => measured.observed.to_string(),
            None => "nothing ended although requests waited".into(),
        };
        Some(format!("{}: {observed} after {}", self.threshold, humantime::format_duration(seconds(at))))
    }

    /// Records that no new iterations start: the window that ends now is the last one.
    pub(super) fn stop(&mut self, now: Duration, answers: Answers<'_>) {
        if let Some(window) = self.slots.as_mut().and_then(|slots| slots.stop(now)) {
            self.judge_window(&window, now, LoadPhase::Draining);
            self.judge_gaps((window.from(), window.end), now, answers);
        }
    }

    /// Finishes after the last user. Iterations in flight at the end of the load belong to its last window.
    pub(super) fn finish(&mut self, now: Duration, answers: Answers<'_>) {
        self.stop(now, answers);
        // No gap is open any more.
        if let Some(undecided) = self.undecided.take() {
            self.judge_gaps(undecided.window, undecided.window.1, answers);
        }
        self.judge_rest(now);
        if let Some(window) = self.slots.as_ref().and_then(Slots::last) {
            self.judge_gaps((window.from(), window.end), now, answers);
        }
    }

    /// Judges a window with an open gap again, once the end of the gap is known.
    fn decide(&mut self, now: Duration, answers: Answers<'_>) {
        let Some(undecided) = &mut self.undecided else { return };
        if answers.ledger.live().span().is_some_and(|(start, _)| start == undecided.gap) {
            undecided.open_at = now;
            return;
        }
        let Undecided { window, open_at, .. } = *undecided;
        self.judge_gaps(window, window.1, answers);
        if now > open_at + SETTLED {
            self.undecided = None;
        }
    }

    /// Judges the last window with the samples since its end. They count as done in the load.
    fn judge_rest(&mut self, now: Duration) {
        let rest = self.slots.as_mut().and_then(Slots::finish);
        let is_of_load =
            matches!(self.threshold.metric, Metric::Rate | Metric::Iterations | Metric::Requests);
        if let Some(window) = rest.filter(|_| !is_of_load) {
            self.judge_window(&window, now, LoadPhase::Draining);
        }
    }

    /// Returns a copy with this number of additional samples without a good response, up to the end of the run.
    pub(super) fn with_vain(&self, vain: u64, now: Duration) -> Self {
        let mut bound = self.clone();
        let seen = bound.current();
        (seen.ended, seen.failed) = (seen.ended + vain, seen.failed + vain);
        bound.judge_rest(now);
        bound
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Returns `true` if its metric falls when nothing new starts, because fewer and fewer iterations end.
    fn falls(&self) -> bool {
        matches!(self.threshold.limit.kind(), Kind::Rate | Kind::Number)
    }

    /// Judges the gaps of a window, which may exceed the share that the threshold allows.
    fn judge_gaps(&mut self, window: (Duration, Duration), now: Duration, answers: Answers<'_>) {
        let (Some(tolerated), None) = (tolerated(&self.threshold), self.broken) else { return };
        let subject = self.threshold.gap_subject();
        let recent = answers.ledger.recent(&subject, window, answers.slowest);
        if let Some(share) = recent.breaks(tolerated) {
            self.gaps = Some(Share::from_fraction(share));
            self.broken = Some((now, None));
        } else if let Some(gap) = recent.undecided_since(tolerated)
            && self.undecided.is_none_or(|undecided| undecided.gap != gap)
        {
            self.undecided = Some(Undecided { window, gap, open_at: now });
        }
    }

    fn judge_window(&mut self, window: &SlotWindow, now: Duration, phase: LoadPhase) {
        let falls = phase == LoadPhase::Draining && self.falls();
        let threshold = &self.threshold;
        let Some(measured) = threshold.measure(&window.seen, window.length) else { return };
        if (falls && !threshold.relation.is_upper())
            || (measured.samples == 0 && threshold.relation.is_upper())
        {
            return;
        }
        self.windows += 1;
        if self.worst.is_none_or(|worst| threshold.is_worse(&measured, &worst)) {
            self.worst = Some(measured);
        }
        if self.broken.is_none() && !threshold.holds(&measured) {
            self.broken = Some((now, Some(measured)));
        }
    }

    /// Ends the run if the samples so far break the threshold.
    fn judge_whole(&mut self, now: Duration, answers: Answers<'_>) {
        let Some(time) = now.checked_sub(self.start).filter(|time| !time.is_zero()) else { return };
        // The same share of a second is short.
        if time >= ENOUGH_TIME {
            self.judge_gaps((self.start, now), now, answers);
        }
        let Some(measured) = self.threshold.measure(&self.whole, time) else { return };
        let is_enough = match self.threshold.limit {
            Limit::Share(_) => measured.samples >= SHARE_SAMPLES,
            Limit::Rate(..) => time >= Duration::from_secs(1),
            _ => measured.samples > 0,
        };
        if is_enough && !self.threshold.holds(&measured) {
            self.broken = Some((now, Some(measured)));
        }
    }

    pub(super) fn result(&self, end: Duration) -> ThresholdResult {
        let threshold = &self.threshold;
        let result = match (self.broken, self.worst) {
            (Some((_, measured)), worst) => {
                ThresholdResult::new(threshold, ThresholdOutcome::Broken, worst.or(measured))
            }
            (None, Some(worst)) => ThresholdResult::new(threshold, ThresholdOutcome::Held, Some(worst)),
            (None, None) if self.slots.is_some() && self.samples > 0 => {
                let few = ThresholdResult::new(threshold, ThresholdOutcome::TooFewSamples, None);
                ThresholdResult { samples: self.samples, ..few }
            }
            (None, None) if self.slots.is_some() => {
                ThresholdResult::new(threshold, ThresholdOutcome::NoSamples, None)
            }
            (None, None) => judge_whole(threshold, &self.whole, end.saturating_sub(self.start)),
        };
        let windows = self.slots.as_ref().map(|_| self.windows);
        let broken_at = self.broken.map(|(at, _)| at);
        let mut result = ThresholdResult { windows, broken_at, ..result };
        result.apply_gaps(self.gaps);
        result.hint = result.hint.or_else(|| self.is_too_short(end));
        result
    }

    /// Returns a message if the run was over before there was anything to judge. The end of a run without a time limit
    /// is not known before.
    fn is_too_short(&self, end: Duration) -> Option<String> {
        let needed = self.start + self.threshold.window.unwrap_or_default();
        (end < needed).then(|| {
            let took = format!("took {}", humantime::format_duration(seconds(end)));
            self.threshold.out_of_reach(self.start, &took)
        })
    }
}

/// Hundredths of a second are precise enough.
fn seconds(time: Duration) -> Duration {
    Duration::from_millis(time.as_millis() as u64 / 10 * 10)
}
