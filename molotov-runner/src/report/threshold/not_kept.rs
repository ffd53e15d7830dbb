//! The number of thresholds that were not kept, in words.

use super::{ThresholdOutcome, ThresholdResult};
use crate::units::count;

/// Says how many were not kept, and how many could not be judged, where there is one of either.
pub(crate) fn not_kept(results: &[ThresholdResult]) -> String {
    let unjudged = results.iter().filter(|result| is_unjudged(result)).count() as u64;
    let broken = results.iter().filter(|result| !result.passed()).count() as u64 - unjudged;
    let all = results.len() as u64;
    let of_all = format!("of {} thresholds", count(all));
    let were = if broken == 1 { "was" } else { "were" };
    match (all, broken, unjudged) {
        (1, 0, _) => "the threshold could not be judged".into(),
        (1, ..) => "the threshold was not kept".into(),
        (_, 0, _) => format!("{} {of_all} could not be judged", count(unjudged)),
        (_, _, 0) => format!("{} {of_all} {were} not kept", count(broken)),
        _ => {
            format!("{} {of_all} {were} not kept, and {} could not be judged", count(broken), count(unjudged))
        }
    }
}

/// Returns `true` if there was nothing, or too little, to judge it by.
fn is_unjudged(result: &ThresholdResult) -> bool {
    use ThresholdOutcome::{NoSamples, NotMergeable, TooFewSamples};
    matches!(result.outcome, NoSamples | TooFewSamples | NotMergeable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::threshold::Threshold;

    #[test]
    fn what_could_not_be_judged_is_not_called_broken() {
        use ThresholdOutcome::{Broken, Held, InvalidRun, NoSamples, NotMergeable, TooFewSamples};
        let of = |outcomes: &[ThresholdOutcome]| {
            let threshold = &Threshold::parse_all("p99 < 1s").unwrap()[0];
            let results: Vec<_> =
                outcomes.iter().map(|outcome| ThresholdResult::new(threshold, *outcome, None)).collect();
            not_kept(&results)
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
