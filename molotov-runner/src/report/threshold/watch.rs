//! The evaluation of samples during a run, for thresholds that need more than the totals of the whole run: those with a
//! window, with `after`, and with `abort`.

use std::time::Duration;

use molotov_core::{Sample, SeriesId, Value};

use super::ThresholdResult;
use super::bound::{Answers, Bound};
use super::subject::Subjects;
use crate::plan::threshold::Threshold;
use crate::report::gaps::Ledger;
use crate::report::load_phase::LoadPhase;

/// The evaluated thresholds.
#[derive(Debug)]
pub(crate) struct Watch {
    bounds: Vec<Bound>,
    begun: Duration,
    loading: bool,
    /// The approximate end of the next records; values have no time of their own.
    now: Duration,
}

impl Watch {
    /// Creates a watch for the thresholds that need it, in a run with this warm-up; `None` if none does.
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

    /// Starts with the first user. Records of set-ups do not count.
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

    /// Adds the due iterations since the last call, and the dropped ones of them. In a closed model each start counts
    /// as due.
    pub(crate) fn offered(&mut self, scheduled: u64, dropped: u64) {
        if self.loading {
            self.bounds.iter_mut().for_each(|bound| bound.offered(self.now, scheduled, dropped));
        }
    }

    pub(crate) fn value(&mut self, series: SeriesId, value: Value) {
        if self.loading {
            self.bounds.iter_mut().for_each(|bound| bound.value(self.now, series, value));
        }
    }

    /// Judges the current samples; returns the first threshold that ends the run.
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
        // All of them are updated, also after the first that ends the run.
        broken.fold(None, |first, next| first.or(Some(next)))
    }

    /// Records that no new iterations start.
    pub(crate) fn stop(&mut self, now: Duration, ledger: &Ledger, slowest: Duration) {
        if self.loading {
            self.now = now.saturating_sub(self.begun);
            let (now, answers) = (self.now, Answers { ledger, slowest });
            self.bounds.iter_mut().for_each(|bound| bound.stop(now, answers));
        }
    }

    /// Finishes after the last user.
    pub(crate) fn finish(&mut self, now: Duration, ledger: &Ledger, slowest: Duration) {
        if std::mem::take(&mut self.loading) {
            self.now = now.saturating_sub(self.begun);
            let (now, answers) = (self.now, Answers { ledger, slowest });
            self.bounds.iter_mut().for_each(|bound| bound.finish(now, answers));
        }
    }

    /// Returns the result of this threshold, if it is judged here; `vain` additional samples count as not good. A
    /// threshold that only ends the run is judged by the report unless it did so.
    pub(crate) fn result(&self, threshold: &Threshold, vain: u64) -> Option<ThresholdResult> {
        let bound = self.bounds.iter().find(|bound| bound.threshold == *threshold)?;
        if !bound.is_broken() && threshold.is_of_whole_run() {
            None
        } else if vain == 0 {
            Some(bound.result(self.now))
        } else {
            Some(bound.with_vain(vain, self.now).result(self.now))
        }
    }
}
