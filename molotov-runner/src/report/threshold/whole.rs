//! The judgement of a threshold by samples of any origin.

use std::time::Duration;

use super::observation::Observations;
use super::{Observed, ThresholdOutcome, ThresholdResult};
use crate::plan::threshold::Threshold;

/// Judges a threshold by these samples.
pub(super) fn judge_whole(threshold: &Threshold, seen: &Observations, time: Duration) -> ThresholdResult {
    let samples = seen.latencies.count().max(seen.ended).max(seen.values.count);
    match threshold.measure(seen, time).filter(|measured| measured.samples > 0) {
        Some(measured) => {
            let held = threshold.holds(&measured);
            let outcome = if held { ThresholdOutcome::Held } else { ThresholdOutcome::Broken };
            let result = ThresholdResult::new(threshold, outcome, Some(measured));
            match measured.observed {
                Observed::AtLeast(_) => result.with_cut(seen.cut.count()),
                _ => result,
            }
        }
        None if samples == 0 => ThresholdResult::new(threshold, ThresholdOutcome::NoSamples, None),
        None => ThresholdResult {
            samples,
            ..ThresholdResult::new(threshold, ThresholdOutcome::TooFewSamples, None)
        },
    }
}
