//! Findings in the course of latencies: they rise with the load, or without it, or stay high after a peak.

use std::time::Duration;

use super::stretch::{self, done, due, load_at, median, p50, p99, users};
use super::{Finding, FindingKind, finding_since};
use crate::report::{Report, Window};
use crate::units::{count, latency, moment, rate};

/// The factor by which latency must have risen.
const TWICE: u32 = 2;

/// The minimum difference; a smaller one may be caused by the machine.
const LEAST: Duration = Duration::from_millis(5);

/// The minimum number of windows that distinguishes a drift from chance.
const FEWEST: usize = 6;

/// The minimum share of pairs of windows with a slower later one; by chance it is a half.
const RISING: f64 = 0.85;

/// The number of windows after a knee that stay above the limit.
const STAYS: usize = 3;

/// The number of windows whose median determines a knee.
const TEN: usize = 10;

/// Latency grew under a constant load, or with a growing load.
pub(super) fn drift_or_knee(report: &Report) -> Option<Finding> {
    drift(report).or_else(|| knee(report))
}

/// The last third of a constant load was slower than the first one by half, and the change was gradual.
fn drift(report: &Report) -> Option<Finding> {
    let windows = stretch::steady(report);
    if windows.len() < FEWEST || ![users, due].iter().all(|figure| stretch::is_constant(windows, *figure)) {
        return None;
    }
    let third = windows.len() / 3;
    let (first, last) = (&windows[..third], &windows[windows.len() - third..]);
    let (before, after) = (median(first, p50)?, median(last, p50)?);
    if after < before * 3 / 2 || after < before + LEAST || rising(windows) < RISING {
        return None;
    }
    // If more is due than is done, its queue grows, and there is a separate finding.
    if super::load::saturated(report).is_some() {
        return None;
    }
    let text = format!(
        "latency grew under a constant load: p50 was {} in the first third and {} in the last, after {} requests",
        latency(before),
        latency(after),
        count(report.requests.attempted)
    );
    finding_since(FindingKind::Drift, first[0].start, text)
}

/// The share of pairs of windows with a slower later one (the statistic of Mann and Kendall).
fn rising(windows: &[Window]) -> f64 {
    let medians: Vec<Duration> = windows.iter().filter_map(p50).collect();
    let (mut all, mut rise) = (0.0, 0.0);
    for (at, earlier) in medians.iter().enumerate() {
        for later in &medians[at + 1..] {
            all += 1.0;
            rise += f64::from(u8::from(later > earlier));
        }
    }
    if all > 0.0 { rise / all } else { 0.0 }
}

/// The first window from which on p99 is more than twice that of the first third, by the median of ten windows.
fn knee(report: &Report) -> Option<Finding> {
    let windows = stretch::whole(report);
    let third = windows.len() / 3;
    if third < STAYS {
        return None;
    }
    let before = median(&windows[..third], p99)?;
    let limit = (before * TWICE).max(before + LEAST);
    let starts = third..windows.len().saturating_sub(STAYS - 1);
    let at = starts.into_iter().find(|start| {
        let next = &windows[*start..windows.len().min(start + TEN)];
        next[0].p99 > Some(limit) && median(next, p99) > Some(limit)
    })?;
    let (window, load) = (&windows[at], load_at(&windows[at]));
    let grown = grown(&windows[..third], &windows[at..]);
    let after = median(&windows[at..windows.len().min(at + TEN)], p99)?;
    let with = if grown { format!("at {load}") } else { format!("at {load}, which is no more than before") };
    let text = format!(
        "p99 rose from {} to {} at {}, {with}",
        latency(before),
        latency(after),
        moment(window.start)
    );
    finding_since(FindingKind::Knee, window.start, text)
}

/// Returns `true` if the load grew by a tenth or more.
fn grown(before: &[Window], after: &[Window]) -> bool {
    [users, due].iter().any(|figure| {
        let (before, after) = (median(before, figure), median(after, figure));
        before.zip(after).is_some_and(|(before, after)| after >= before * 1.1)
    })
}

/// After a peak of the load, at the same load as before it, latency stayed more than twice as high.
pub(super) fn not_recovered(report: &Report) -> Option<Finding> {
    let all: Vec<Window> = report.windows.iter().filter(|window| window.scheduled > 0).cloned().collect();
    let peak = (0..all.len()).max_by_key(|at| all[*at].scheduled)?;
    let (before, behind) = (&all[..peak], all.get(peak + 1..)?);
    let (usual, now) = (median(before, due)?, median(behind, due)?);
    if due(&all[peak])? < usual * 2.0 || now > usual * 1.5 || behind.len() < 2 {
        return None;
    }
    let last = &behind[behind.len() / 2..];
    let (good, bad) = (median(before, p50)?, median(last, p50)?);
    if bad < (good * TWICE).max(good + LEAST) {
        return None;
    }
    let text = format!(
        "the service did not recover from the peak of {} at {}: p50 was {} before it, and {} in the end, when {} were \
         due and {} done",
        rate(due(&all[peak])?),
        moment(all[peak].start),
        latency(good),
        latency(bad),
        rate(median(last, due)?),
        rate(median(last, done)?)
    );
    finding_since(FindingKind::NotRecovered, all[peak].start, text)
}
