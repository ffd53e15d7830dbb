//! The finding that the load generator may cause latencies.

use std::time::Duration;

use super::stretch::{self, median, p99};
use super::{Finding, FindingKind, finding_since};
use crate::report::{Heartbeat, Report, Window};
use crate::units::latency;

/// The factor by which p99 is greater in a peak.
const TWICE: u32 = 2;
const LEAST: Duration = Duration::from_millis(5);

/// The minimum number of windows with a peak.
const FEWEST: usize = 2;

/// The share of windows with late threads: at least `MOST` of those with a peak, and at most `FEW` of the others.
const MOST: f64 = 0.75;
const FEW: f64 = 0.25;

/// Latency peaks when the threads of the load generator are woken late, and rarely otherwise.
pub(super) fn late_in_peaks(report: &Report) -> Option<Finding> {
    let windows = stretch::whole(report);
    let usual = median(windows, p99)?;
    let limit = (usual * TWICE).max(usual + LEAST);
    let (peaks, others): (Vec<&Window>, Vec<_>) = windows.iter().partition(|window| window.p99 > Some(limit));
    let late = peaks.iter().filter(|window| is_late(window)).count();
    let besides = others.iter().filter(|window| is_late(window)).count();
    let few = besides as f64 <= others.len() as f64 * FEW;
    if peaks.len() < FEWEST || (late as f64) < peaks.len() as f64 * MOST || !few {
        return None;
    }
    let longest = peaks.iter().map(|window| window.lag).max()?;
    let text = format!(
        "latency peaked when the load generator was late itself, in {late} of {} windows with a p99 above {}: its \
         threads were woken up to {} late, so these peaks may be its own",
        peaks.len(),
        latency(limit),
        latency(longest)
    );
    finding_since(FindingKind::GeneratorLate, peaks[0].start, text)
}

fn is_late(window: &Window) -> bool {
    window.lag > Heartbeat::LATE
}
