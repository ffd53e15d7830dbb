//! The first broken threshold, and the load at that moment.

use super::stretch::load_at;
use super::{Finding, FindingKind, finding_since};
use crate::report::{Report, ThresholdOutcome, ThresholdResult};
use crate::units::moment;

/// Returns the first broken threshold.
pub(super) fn broken_first(report: &Report) -> Option<Finding> {
    let (from, result) = report.first_broken()?;
    let window = report.windows.iter().rfind(|window| window.start <= from)?;
    let broken = report.thresholds.iter().filter(|result| result.outcome == ThresholdOutcome::Broken);
    let text = format!(
        "the threshold {} was broken{} from {}, at {}: {}",
        result.threshold,
        if broken.count() > 1 { " first" } else { "" },
        if from.is_zero() { "the start".into() } else { format!("{} on", moment(from)) },
        load_at(window),
        figure(result)?
    );
    finding_since(FindingKind::ThresholdBroken, from, text)
}

/// The observed figures that broke it, and their time.
fn figure(result: &ThresholdResult) -> Option<String> {
    let figure = result.broken_by()?;
    Some(match (result.broken_by_time(), result.gaps, result.windows, result.broken_at) {
        (Some(_), Some(share), ..) => format!("the service did not answer for {share} of the time"),
        (Some(_), None, ..) => format!("it was beyond its limit {figure}"),
        (None, _, Some(_), _) => format!("{figure} in the worst window"),
        (None, _, None, Some(_)) => format!("{figure} up to then"),
        (None, _, None, None) => format!("{figure} over the run"),
    })
}
