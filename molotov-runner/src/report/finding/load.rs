//! Findings in the fate of the load: less was done than was due, or the whole service stood still.

use std::time::Duration;

use super::stretch::{self, done, due, median, requests, served_at_once};
use super::{Finding, FindingKind, finding_since, ramp};
use crate::report::gaps::{Gap, TOGETHER};
use crate::report::{Report, Verdict};
use crate::units::{latency, many, moment, rate};

/// The share of due iterations below which a service is saturated.
const SHORT: f64 = 0.9;

/// The minimum length of a standstill; a shorter one may be a pause of the machine.
const STILL: Duration = Duration::from_secs(1);

/// More was due than ended, second for second: the service does no more, independent of the number of waiting requests.
pub(super) fn saturated(report: &Report) -> Option<Finding> {
    let windows = stretch::steady(report);
    let (due, done) = (median(windows, due)?, median(windows, done)?);
    let is_told = ramp::flat(report).is_some();
    if windows.len() < 2 || done > due * SHORT || is_told || report.verdict() == Verdict::Invalid {
        return None;
    }
    let served = served_at_once(report, median(windows, requests)?)?;
    let text = format!("{} were due and {} done, however many waited: {served}", rate(due), rate(done));
    finding_since(FindingKind::Saturated, windows[0].start, text)
}

/// All routes stood still at once, while several requests waited.
pub(super) fn stood_still(report: &Report) -> Option<Finding> {
    let still = report.gaps.longest.iter().filter(|gap| gap.together >= TOGETHER && gap.length() >= STILL);
    let mut still: Vec<Gap> = still.copied().collect();
    still.sort_by(Gap::in_order_of_time);
    let (first, time) = (still.first()?, still.iter().map(Gap::length).sum::<Duration>());
    let times = if still.len() == 1 { "once".into() } else { many(still.len() as u64, "time", "times") };
    let text = format!(
        "the whole service stood still {times}, for {} in all, from {} on: no route answered",
        latency(time),
        moment(first.from)
    );
    finding_since(FindingKind::StoodStill, first.from, text)
}
