//! Looks at the samples while a run goes on, for thresholds that need more than the samples of the whole run: those with a
//! window, with `after`, and with `abort`.

use std::time::Duration;

use molotov_core::{Sample, SeriesId, SeriesKind, Value};

use super::judge::of_whole;
use super::observation::{Measurement, Seen};
use super::slots::Slots;
use super::subject::{Subject, Subjects};
use super::{ThresholdOutcome, ThresholdResult};
use crate::plan::threshold::{Kind, Limit, Threshold};
use crate::quantity::Share;
use crate::report::gaps::{Ledger, tolerated};
use crate::report::load_phase::LoadPhase;

/// Fewer samples of a share do not end a run: the first failure of all would be 100%.
const SHARE_SAMPLES: u64 = 100;

/// The shortest time in which missing answers end a run.
const ENOUGH_TIME: Duration = Duration::from_secs(1);

/// The thresholds that are looked at.
#[derive(Debug)]
pub(crate) struct Watch {
    bounds: Vec<Bound>,
    begun: Duration,
    loading: bool,
    /// The time when what comes is about to have ended; values have no time of their own.
    now: Duration,
}

#[derive(Debug)]
struct Bound {
    threshold: Threshold,
    subject: Subject,
    /// From when on it counts, since the first user started.
    start: Duration,
    whole: Seen,
    slots: Option<Slots>,
    /// Of all windows.
    samples: u64,
    worst: Option<Measurement>,
    windows: u64,
    broken: Option<(Duration, Option<Measurement>)>,
    /// The share of the time, of a window or of the whole, in which the service did not answer, where that broke it.
    gaps: Option<Share>,
}

/// The gaps in the answers of the service so far, and the time of its slowest good response.
#[derive(Clone, Copy)]
struct Answers<'a> {
    ledger: &'a Ledger,
    slowest: Duration,
}

impl Watch {
    /// A look at those that need one, in a run with this warm-up; none where none does.
    pub(crate) fn from_thresholds(
        thresholds: &[Threshold],
        subjects: &impl Subjects,
        warm_up: Duration,
    ) -> Option<Self> {
        let needy = thresholds.iter().filter(|threshold| threshold.abort || !threshold.is_of_whole_run());
        let bounds: Vec<_> = needy.map(|threshold| Bound::new(threshold, subjects, warm_up)).collect();
        let (begun, now) = (Duration::ZERO, Duration::ZERO);
        (!bounds.is_empty()).then_some(Self { bounds, begun, loading: false, now })
    }

    /// The first user starts now. What set-ups did does not count.
    pub(crate) fn start(&mut self, now: Duration) {
        (self.begun, self.loading) = (now, true);
    }

    pub(crate) fn sample(&mut self, sample: &Sample) {
        if !self.loading {
            return;
        }
        let end = (sample.start + sample.service).saturating_sub(self.begun);
        self.bounds.iter_mut().for_each(|bound| bound.sample(sample, end));
    }

    /// So many iterations were due since the last time, and so many of these were dropped. In a closed model those are due
    /// that are started.
    pub(crate) fn offered(&mut self, scheduled: u64, dropped: u64) {
        for bound in self.bounds.iter_mut().filter(|_| self.loading) {
            if self.now >= bound.start && matches!(bound.subject, Subject::Arrivals) {
                bound.samples += scheduled;
                let seen = bound.current();
                (seen.ended, seen.failed) = (seen.ended + scheduled, seen.failed + dropped);
                seen.in_load += scheduled;
            }
        }
    }

    pub(crate) fn value(&mut self, series: SeriesId, value: Value) {
        for bound in self.bounds.iter_mut().filter(|_| self.loading) {
            if self.now >= bound.start && bound.subject.is_series(series) {
                bound.samples += 1;
                bound.current().value(value);
            }
        }
    }

    /// Judges what there is; returns the first threshold that ends the run.
    pub(crate) fn advance(
        &mut self,
        now: Duration,
        phase: LoadPhase,
        ledger: &Ledger,
        slowest: Duration,
    ) -> Option<String> {
        if !self.loading {
            return None;
        }
        self.now = now.saturating_sub(self.begun);
        let (now, answers) = (self.now, Answers { ledger, slowest });
        let broken = self.bounds.iter_mut().filter_map(|bound| bound.advance(now, phase, answers));
        // All of them are brought up to date, also after the first that ends the run.
        broken.fold(None, |first, next| first.or(Some(next)))
    }

    /// The last user has ended.
    pub(crate) fn finish(&mut self, now: Duration, ledger: &Ledger, slowest: Duration) {
        if !std::mem::take(&mut self.loading) {
            return;
        }
        self.now = now.saturating_sub(self.begun);
        let (now, answers) = (self.now, Answers { ledger, slowest });
        for bound in &mut self.bounds {
            let last = bound.slots.as_mut().and_then(|slots| slots.close(now));
            last.into_iter()
                .for_each(|(seen, length)| bound.window(&seen, length, now, LoadPhase::Draining, answers));
        }
    }

    /// Returns the result of this threshold, if it is judged here. A threshold that only ends the run is judged by the
    /// report unless it did.
    pub(crate) fn result(&self, threshold: &Threshold) -> Option<ThresholdResult> {
        let bound = self.bounds.iter().find(|bound| bound.threshold == *threshold)?;
        (bound.broken.is_some() || !threshold.is_of_whole_run()).then(|| bound.result(self.now))
    }
}

impl Bound {
    fn new(threshold: &Threshold, subjects: &impl Subjects, warm_up: Duration) -> Self {
        let start = threshold.start(warm_up);
        Self {
            subject: Subject::from_threshold(threshold, subjects),
            start,
            whole: Seen::default(),
            slots: threshold.window.map(|length| Slots::new(length, start)),
            samples: 0,
            worst: None,
            windows: 0,
            broken: None,
            gaps: None,
            threshold: threshold.clone(),
        }
    }

    /// Returns the counts for samples: what is in a window need not be kept for the whole run.
    fn current(&mut self) -> &mut Seen {
        match &mut self.slots {
            Some(slots) => &mut slots.open,
            None => &mut self.whole,
        }
    }

    fn sample(&mut self, sample: &Sample, end: Duration) {
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

    /// Requests are made, so iterations say nothing any more, also where a window has no request. Only what has ended the
    /// run stays.
    fn take_requests(&mut self) {
        self.subject = Subject::Kind(SeriesKind::Route);
        (self.samples, self.whole) = (0, Seen::default());
        self.slots.iter_mut().for_each(Slots::forget);
        if !self.threshold.abort {
            (self.worst, self.windows, self.broken, self.gaps) = (None, 0, None, None);
        }
    }

    fn advance(&mut self, now: Duration, phase: LoadPhase, answers: Answers<'_>) -> Option<String> {
        let is_running = phase == LoadPhase::Running;
        if let Some((seen, length)) = self.slots.as_mut().and_then(|slots| slots.advance(now)) {
            self.window(&seen, length, now, phase, answers);
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

    /// Looks at the stretches of a window in which the service did not answer, which may be more than the threshold allows.
    fn judge_gaps(&mut self, from: Duration, now: Duration, answers: Answers<'_>) {
        let (Some(tolerated), None) = (tolerated(&self.threshold), self.broken) else { return };
        let subject = self.threshold.gap_subject();
        let recent = answers.ledger.recent(&subject, (from, now), answers.slowest);
        if let Some(share) = recent.breaks(tolerated) {
            self.gaps = Some(Share::of_fraction(share));
            self.broken = Some((now, None));
        }
    }

    /// Judges a window.
    fn window(
        &mut self,
        seen: &Seen,
        length: Duration,
        now: Duration,
        phase: LoadPhase,
        answers: Answers<'_>,
    ) {
        self.judge_window(seen, length, now, phase);
        self.judge_gaps(now.saturating_sub(length), now, answers);
    }

    fn judge_window(&mut self, seen: &Seen, length: Duration, now: Duration, phase: LoadPhase) {
        let threshold = &self.threshold;
        // Where nothing new is started, fewer and fewer end.
        let falls =
            phase == LoadPhase::Draining && matches!(threshold.limit.kind(), Kind::Rate | Kind::Number);
        let Some(measured) = threshold.measure(seen, length) else { return };
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

    /// Ends the run where the samples so far break the threshold.
    fn judge_whole(&mut self, now: Duration, answers: Answers<'_>) {
        let Some(time) = now.checked_sub(self.start).filter(|time| !time.is_zero()) else { return };
        // Of a second as much is little.
        if time >= ENOUGH_TIME {
            self.judge_gaps(self.start, now, answers);
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

    fn result(&self, end: Duration) -> ThresholdResult {
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
            (None, None) => of_whole(threshold, &self.whole, end.saturating_sub(self.start)),
        };
        let windows = self.slots.as_ref().map(|_| self.windows);
        let broken_at = self.broken.map(|(at, _)| at);
        let mut result = ThresholdResult { windows, broken_at, ..result };
        result.apply_gaps(self.gaps);
        result.hint = result.hint.or_else(|| self.is_too_short(end));
        result
    }

    /// In words, where the run was over before there was anything to judge. The end of one that is not limited in time is
    /// not known before.
    fn is_too_short(&self, end: Duration) -> Option<String> {
        let needed = self.start + self.threshold.window.unwrap_or_default();
        (end < needed).then(|| {
            let took = format!("took {}", humantime::format_duration(seconds(end)));
            self.threshold.out_of_reach(self.start, &took)
        })
    }
}

/// Hundredths of a second are enough to tell when.
fn seconds(time: Duration) -> Duration {
    Duration::from_millis(time.as_millis() as u64 / 10 * 10)
}
