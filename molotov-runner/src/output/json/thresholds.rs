//! Thresholds, as serde sees them.

use serde::Serialize;

use super::rows::ms;
use crate::report::{Observed, Share, ThresholdResult};

#[derive(Serialize)]
pub(super) struct ThresholdView<'r> {
    threshold: &'r str,
    origin: Option<&'r str>,
    passed: bool,
    result: &'static str,
    observed: Option<f64>,
    unit: Option<&'static str>,
    at_least: bool,
    samples: u64,
    cut: u64,
    gap_share: Option<f64>,
    time_share: Option<f64>,
    windows_judged: Option<u64>,
    broken_at_ms: Option<f64>,
    hint: Option<&'r str>,
}

impl<'r> ThresholdView<'r> {
    pub(super) fn of(result: &'r ThresholdResult) -> Self {
        let (observed, unit) = match result.observed {
            None => (None, None),
            Some(Observed::Time(time) | Observed::AtLeast(time)) => (Some(ms(time)), Some("ms")),
            Some(Observed::Share(share)) => (Some(share.fraction()), Some("share")),
            Some(Observed::Rate(rate)) => (Some(rate.in_second()), Some("per_second")),
            Some(Observed::Number(number)) => (Some(number).filter(|it| it.is_finite()), Some("number")),
        };
        Self {
            threshold: &result.threshold,
            origin: result.origin.as_deref(),
            passed: result.passed(),
            result: result.outcome.as_str(),
            observed,
            unit,
            at_least: matches!(result.observed, Some(Observed::AtLeast(_))),
            samples: result.samples,
            cut: result.cut,
            gap_share: result.gaps.map(Share::fraction),
            time_share: result.time_share.map(Share::fraction),
            windows_judged: result.windows,
            broken_at_ms: result.broken_at.map(ms),
            hint: result.hint.as_deref(),
        }
    }
}
