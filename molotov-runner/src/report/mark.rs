//! The moments of a run with a planned or an actual change.

use std::time::Duration;

use molotov_core::millis;
use serde::Serialize;

use super::ended::Ended;
use super::summary::Report;
use super::threshold::ThresholdResult;

/// A moment of a run, for charts of its course.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// let first_breach = report.marks().into_iter().find(|mark| mark.kind.as_str() == "threshold");
/// println!("{:?}", first_breach.map(|mark| mark.at));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mark {
    /// The time since the first user started.
    #[serde(rename = "at_ms", with = "millis")]
    pub at: Duration,
    /// The kind of the moment.
    pub kind: MarkKind,
    /// The text: the stage, or the threshold.
    pub text: String,
}

/// The kind of a moment.
///
/// ```
/// use molotov::report::MarkKind;
///
/// assert_eq!(MarkKind::WarmUp.as_str(), "warm_up");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MarkKind {
    /// A stage of the load started.
    Stage,
    /// The warm-up was over.
    WarmUp,
    /// A threshold was broken for the first time.
    Threshold,
    /// The load ended early: by a signal, a scenario, a threshold, a failure, or because the target was dead.
    Ended,
}

impl MarkKind {
    /// The stable name: `stage`, `warm_up`, `threshold`, `ended`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::WarmUp => "warm_up",
            Self::Threshold => "threshold",
            Self::Ended => "ended",
        }
    }
}

impl Report {
    /// Returns the moments of the run, in order of time: the starts of its stages, the end of its warm-up, the known
    /// times at which thresholds first broke, and an early end of the load. Moments that the run did not reach are left
    /// out.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// for mark in report.marks() {
    ///     println!("{:?} {}: {}", mark.at, mark.kind.as_str(), mark.text);
    /// }
    /// # }
    /// ```
    pub fn marks(&self) -> Vec<Mark> {
        let mut marks = self.marks_with(self.broken_thresholds());
        marks.extend(self.early_end());
        marks
    }

    /// The moment from which on nothing new was started, if it was early.
    fn early_end(&self) -> Option<Mark> {
        let is_early = matches!(
            self.ended,
            Ended::Signal(_)
                | Ended::Stopped(_)
                | Ended::Threshold(_)
                | Ended::FailFast
                | Ended::DeadTarget(_)
        );
        is_early.then(|| Mark::new(self.due_time(), MarkKind::Ended, &self.ended.to_string()))
    }

    /// The moments of a run in progress. A threshold of the whole run is not broken before the end.
    pub(crate) fn marks_so_far(&self) -> Vec<Mark> {
        let broken = self.thresholds.iter().filter_map(|result| Some((result.broken_at?, result)));
        self.marks_with(broken.collect())
    }

    fn marks_with(&self, broken: Vec<(Duration, &ThresholdResult)>) -> Vec<Mark> {
        let load = &self.settings.load;
        let stages = load.stages.iter().map(|stage| Mark::new(stage.at, MarkKind::Stage, &stage.text));
        let warm_up = Some(load.warm_up).filter(|time| !time.is_zero());
        let warm_up = warm_up.map(|time| Mark::new(time, MarkKind::WarmUp, "the warm-up was over"));
        let broken =
            broken.into_iter().map(|(at, result)| Mark::new(at, MarkKind::Threshold, &result.threshold));
        let marks = stages.chain(warm_up).chain(broken);
        let mut marks: Vec<_> = marks.filter(|mark| mark.at < self.elapsed).collect();
        // Stages that start at once keep their order.
        marks.sort_by_key(|mark| mark.at);
        marks
    }
}

impl Mark {
    fn new(at: Duration, kind: MarkKind, text: &str) -> Self {
        Self { at, kind, text: text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::report::{Stop, ThresholdOutcome, test_reports};

    #[test]
    fn stages_warm_up_and_broken_thresholds_are_marks() {
        let mut report = test_reports::judged();
        report.elapsed = Duration::from_secs(100);
        report.thresholds.retain(|result| result.outcome == ThresholdOutcome::Broken);
        report.thresholds.truncate(1);
        report.thresholds[0].broken_at = Some(Duration::from_secs(12));
        let stages = "0..200/s in 30s, burst 5, 12000/m for 1m 10s, 200/s..0/s in 1m";
        report.settings.load = Plan::stages(stages).warm_up(Duration::from_secs(10)).load.settings();

        let marks = report.marks();

        let threshold = &report.thresholds[0].threshold;
        let found: Vec<_> =
            marks.iter().map(|mark| (mark.at.as_secs(), mark.kind.as_str(), mark.text.as_str())).collect();
        assert_eq!(
            found,
            [
                (0, "stage", "0/s..200/s in 30s"),
                (10, "warm_up", "the warm-up was over"),
                (12, "threshold", threshold.as_str()),
                (30, "stage", "burst 5"),
                (30, "stage", "200/s for 1m 10s"),
            ]
        );
    }

    #[test]
    fn early_end_is_a_mark_and_an_end_in_time_is_none() {
        let mut report = test_reports::sound();
        report.thresholds.clear();
        (report.elapsed, report.gaps.time) = (Duration::from_secs(20), Duration::from_secs(18));
        assert_eq!(report.marks(), []);

        report.ended = Ended::Signal(Stop::Interrupt);

        let end = Mark::new(Duration::from_secs(18), MarkKind::Ended, "interrupted (Ctrl-C)");
        assert_eq!(report.marks(), [end]);
    }

    #[test]
    fn stages_of_users_are_in_their_words() {
        let load = Plan::stages("0..50 in 30s, 50 for 1m").load.settings();

        let stages: Vec<_> = load.stages.iter().map(|stage| stage.text.as_str()).collect();

        assert_eq!(stages, ["0..50 in 30s", "50 for 1m"]);
    }
}
