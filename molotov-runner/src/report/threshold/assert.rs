//! The judgement of a report by thresholds in text form.

use std::fmt::Write as _;
use std::ops::Range;

use super::ThresholdResult;
use super::not_kept::not_kept;
use crate::error::RunError;
use crate::plan::threshold::{Key, Mistake, Threshold};
use crate::report::{Report, Verdict};
use crate::suggest;

impl Report {
    /// Checks that the run has kept these thresholds, with commas between them, for instance
    /// `p99 < 200ms, errors < 1%`. They are judged by the samples of the whole run. A threshold with a window or with
    /// `after` is judged during a run; here only its result is read, so the plan must have it too
    /// ([`Plan::threshold`](crate::Plan::threshold)).
    ///
    /// ```
    /// use molotov::{Plan, RunExt, Scenario, Suite};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let suite = Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
    /// let report = suite.run(Plan::users(2).max_runs(100)).await?;
    ///
    /// report.check("p99 < 1s, errors <= 0%")?;
    /// assert!(report.check("iterations > 1000").is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if a threshold is broken, has too few samples, or the run is [INVALID](crate::Verdict), in
    /// which case none is kept: the message is a table of the observed values. If the text is wrong, or names a
    /// scenario, tag, route or metric that is not in the report, the message marks the place.
    #[inline]
    pub fn check(&self, thresholds: &str) -> Result<Vec<ThresholdResult>, RunError> {
        let results = self.judged_by(thresholds)?;
        match results.iter().all(ThresholdResult::passed) {
            true => Ok(results),
            false => Err(RunError::new(table(&results) + &self.why_none_is_kept())),
        }
    }

    /// Replaces the thresholds of this report by these, and judges them.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// use molotov::results::RunResults;
    ///
    /// # fn judge() -> std::result::Result<(), molotov::error::RunError> {
    /// let yesterday = RunResults::read("yesterday.jsonl")?.report;
    /// let judged = yesterday.with_thresholds("p99 < 200ms, errors < 1%")?;
    /// println!("{judged}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the text is wrong, or names something that is not in the report, as with [`Report::check`].
    #[inline]
    pub fn with_thresholds(mut self, thresholds: &str) -> Result<Self, RunError> {
        self.thresholds = self.judged_by(thresholds)?;
        self.select_longest_gaps();
        Ok(self)
    }

    #[inline]
    fn judged_by(&self, thresholds: &str) -> Result<Vec<ThresholdResult>, RunError> {
        let parsed =
            Threshold::parse_all(thresholds).map_err(|mistake| RunError::new(mistake.to_string()))?;
        let mistakes = parsed.iter().filter_map(|threshold| self.mistake(threshold)).map(|it| it.to_string());
        RunError::unless_empty(mistakes.collect())?;
        // A threshold that only a run can judge is in its plan, or else an error was returned above.
        let results = parsed.iter().flat_map(|threshold| match threshold.is_of_whole_run() {
            true => self.judged(std::slice::from_ref(threshold), None),
            false => self.planned(threshold).cloned().into_iter().collect(),
        });
        Ok(results.collect())
    }

    /// Panics unless the run has kept these thresholds; for tests. See [`Report::check`].
    ///
    /// ```should_panic
    /// # use molotov::{Plan, RunExt, Scenario, Suite};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # let suite = Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
    /// # let report = suite.run(Plan::users(2).max_runs(100)).await.unwrap();
    /// report.assert("iterations > 1000, errors <= 0%");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if a threshold is broken, with a table of the observed values; and if the text is wrong.
    #[inline]
    #[track_caller]
    pub fn assert(&self, thresholds: &str) {
        if let Err(error) = self.check(thresholds) {
            panic!("{error}");
        }
    }

    /// The result of this threshold, if it is in the plan.
    fn planned(&self, threshold: &Threshold) -> Option<&ThresholdResult> {
        self.thresholds.iter().find(|result| result.planned == *threshold)
    }

    /// Returns the reasons why the figures are invalid, on lines of their own.
    fn why_none_is_kept(&self) -> String {
        let reasons =
            self.reasons().into_iter().filter(|it| self.is_rejected() && it.verdict == Verdict::Invalid);
        reasons.map(|reason| format!("\n  these numbers are worth nothing: {}", reason.text)).collect()
    }

    /// The mistake of a threshold for this report.
    fn mistake(&self, threshold: &Threshold) -> Option<Mistake> {
        let (why, place) = self.misfit(threshold)?;
        Some(Mistake::new(why, &threshold.said.text, place))
    }

    /// Returns the reason why a threshold cannot judge this report, and its place in the text.
    fn misfit(&self, threshold: &Threshold) -> Option<(String, Range<usize>)> {
        let whole = 0..threshold.said.text.len();
        if threshold.abort {
            return Some((format!("`{threshold}`: the run is over; leave `abort` out"), whole));
        }
        if !threshold.is_of_whole_run() && self.planned(threshold).is_none() {
            let why = format!(
                "`{threshold}` is judged while the run goes on; give it to the plan too: `.threshold(\"{threshold}\")`"
            );
            return Some((why, whole));
        }
        let of = threshold.of.as_ref()?;
        let (names, word) = (self.names(of.key), of.key.word());
        // A scenario may exist without a sample; a tag exists if any scenario has it.
        let is_there = names.contains(&of.name.as_str())
            || (of.key == Key::Scenario && self.settings.scenarios.contains(&of.name));
        if is_there {
            return None;
        }
        let why =
            format!("no {word} is called `{}`; {}", of.shown_name(), suggest::cure(word, &of.name, names));
        Some((why, threshold.said.name.clone()))
    }
}

/// Returns a line for each threshold.
fn table(results: &[ThresholdResult]) -> String {
    let mut text = not_kept(results, "");
    let name = results.iter().map(|result| result.threshold.chars().count()).max().unwrap_or(0);
    for result in results {
        let observed = result.observed.map_or_else(|| "–".into(), |observed| observed.to_string());
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n  {:name$}  {:>10}  {:>9} samples  {}",
            result.threshold, observed, result.samples, result.outcome
        );
        if let (Some(hint), false) = (&result.hint, result.passed()) {
            let _ = write!(text, "\n    {hint}");
        }
    }
    text
}
