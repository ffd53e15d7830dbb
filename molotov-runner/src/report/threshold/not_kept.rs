//! The number of broken thresholds, in words.

use super::{ThresholdOutcome, ThresholdResult};
use crate::units::count;

/// The number of broken thresholds, with these words about them, and of those that could not be judged.
pub(crate) fn not_kept(results: &[ThresholdResult], figures: &str) -> String {
    let unjudged = results.iter().filter(|result| is_unjudged(result)).count() as u64;
    let broken = results.iter().filter(|result| !result.passed()).count() as u64 - unjudged;
    let all = results.len() as u64;
    let of_all = format!("of {} thresholds", count(all));
    let were = if broken == 1 { "was" } else { "were" };
    match (all, broken, unjudged) {
        (1, 0, _) => "the threshold could not be judged".into(),
        (1, ..) => format!("the threshold was not kept{figures}"),
        (_, 0, _) => format!("{} {of_all} could not be judged", count(unjudged)),
        (_, _, 0) => format!("{} {of_all} {were} not kept{figures}", count(broken)),
        _ => {
            format!(
                "{} {of_all} {were} not kept{figures}, and {} could not be judged",
                count(broken),
                count(unjudged)
            )
        }
    }
}

impl ThresholdResult {
    /// The gaps, or the share of the time, that broke it although its samples kept it.
    pub(crate) fn broken_by_time(&self) -> Option<String> {
        if self.outcome != ThresholdOutcome::Broken || self.is_broken_by_samples() {
            return None;
        }
        let time = if self.windows.is_some() { "a window" } else { "the time" };
        let gaps = self.gaps.map(|share| format!("gaps of {share}"));
        gaps.or_else(|| self.time_share.map(|share| format!("in {share} of {time}")))
    }

    /// The figure that broke it; `None` if it was not broken.
    pub(crate) fn broken_by(&self) -> Option<String> {
        let observed = self.observed.filter(|_| self.outcome == ThresholdOutcome::Broken);
        self.broken_by_time().or_else(|| observed.map(|observed| observed.to_string()))
    }
}

/// Returns `true` if there were no samples, or too few, for a judgement.
pub(crate) fn is_unjudged(result: &ThresholdResult) -> bool {
    use ThresholdOutcome::{NoSamples, NotMergeable, TooFewSamples};
    matches!(result.outcome, NoSamples | TooFewSamples | NotMergeable)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::plan::threshold::Threshold;
    use crate::quantity::Share;
    use crate::report::Observed;

    #[test]
    fn gaps_are_named_only_beside_kept_samples() {
        let threshold = &Threshold::parse_all("p99 < 20ms").unwrap()[0];
        let broken_by = |millis: u64| {
            let mut result = ThresholdResult::new(threshold, ThresholdOutcome::Held, None);
            result.observed = Some(Observed::Time(Duration::from_millis(millis)));
            if millis > 20 {
                result.outcome = ThresholdOutcome::Broken;
            }
            result.apply_gaps(Share::new(693, 10_000));
            assert!(result.gaps.is_some() && result.outcome == ThresholdOutcome::Broken);
            (result.broken_by().unwrap(), result.hint.is_some())
        };

        assert_eq!(broken_by(19), ("gaps of 6.93%".into(), true));
        assert_eq!(broken_by(30), ("30.0 ms".into(), false));
    }

    #[test]
    fn unjudged_threshold_is_not_called_broken() {
        use ThresholdOutcome::{Broken, Held, InvalidRun, NoSamples, NotMergeable, TooFewSamples};
        let of = |outcomes: &[ThresholdOutcome]| {
            let threshold = &Threshold::parse_all("p99 < 1s").unwrap()[0];
            let results: Vec<_> =
                outcomes.iter().map(|outcome| ThresholdResult::new(threshold, *outcome, None)).collect();
            not_kept(&results, "")
        };
        for (outcomes, said) in [
            (&[Broken][..], "the threshold was not kept"),
            (&[InvalidRun], "the threshold was not kept"),
            (&[TooFewSamples], "the threshold could not be judged"),
            (&[NoSamples], "the threshold could not be judged"),
            (&[NotMergeable], "the threshold could not be judged"),
            (&[Held, Broken], "1 of 2 thresholds was not kept"),
            (&[Broken, Broken, Held], "2 of 3 thresholds were not kept"),
            (&[Held, NoSamples], "1 of 2 thresholds could not be judged"),
            (&[Broken, NoSamples, Held], "1 of 3 thresholds was not kept, and 1 could not be judged"),
            (
                &[Broken, NoSamples, TooFewSamples, Broken],
                "2 of 4 thresholds were not kept, and 2 could not be judged",
            ),
        ] {
            assert_eq!(of(outcomes), said);
        }
    }
}
