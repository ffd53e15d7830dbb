//! Shares of scenarios that differ from the planned ones.

use super::{Finding, FindingKind, finding};
use crate::report::{Mix, Report};
use crate::units::share;

/// The minimum difference; a smaller one does not change the load.
const LEAST: f64 = 0.05;

/// The number of standard deviations that excludes chance.
const DEVIATIONS: f64 = 4.0;

/// The scenario whose share of the iterations differs most from the share by its weight.
pub(super) fn other_than_wanted(report: &Report) -> Option<Finding> {
    let started = report.iterations.started as f64;
    let mix = report.mix.iter().max_by(|one, other| difference(one).total_cmp(&difference(other)))?;
    let wanted = mix.wanted.fraction();
    let deviation = (wanted * (1.0 - wanted) / started).sqrt();
    if report.iterations.started == 0 || difference(mix) < LEAST.max(DEVIATIONS * deviation) {
        return None;
    }
    let text = format!(
        "{} was {} of the iterations, where {} were wanted by its weight",
        mix.scenario,
        share(mix.actual),
        share(mix.wanted)
    );
    finding(FindingKind::Mix, text)
}

fn difference(mix: &Mix) -> f64 {
    (mix.actual.fraction() - mix.wanted.fraction()).abs()
}
