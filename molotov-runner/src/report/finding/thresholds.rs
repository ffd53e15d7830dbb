//! The threshold that was broken first, and the load at that moment.

use super::stretch::load_at;
use super::{Finding, FindingKind, finding_since};
use crate::report::Report;
use crate::units::moment;

/// Of the thresholds that were not kept the one that was broken first.
pub(super) fn broken_first(report: &Report) -> Option<Finding> {
    let broken = report.thresholds.iter().filter_map(|result| Some((result.broken_from(report)?, result)));
    let (from, result) = broken.min_by_key(|(from, _)| *from)?;
    let window = report.windows.iter().rfind(|window| window.start <= from)?;
    let (threshold, from_when, load) = (&result.threshold, moment(from), load_at(window));
    let text = format!("of the thresholds {threshold} was broken first, from {from_when} on, at {load}");
    finding_since(FindingKind::ThresholdBroken, from, text)
}
