//! Findings in failures: their kind, their start, and the concurrency above which they occur.

use std::time::Duration;

use super::{Finding, FindingKind, finding, finding_since};
use crate::report::{Report, SeriesRow};
use crate::units::{count, many, moment, percentage};

/// The minimum number of consecutive failures for a finding.
const FEWEST: u64 = 5;

/// The share of failures from which on one kind at one place dominates.
const MOST: f64 = 0.5;

/// The share of refused requests from which on a service limits its concurrency.
const REFUSED: f64 = 0.05;

/// Every request failed from a time on, after a number of good requests: the service has died.
pub(super) fn failed_from(report: &Report) -> Option<Finding> {
    let last = &report.last_parts.requests;
    if last.ok_before == 0 || last.failed < FEWEST || last.failed_before > last.ok_before {
        return None;
    }
    // The probability of this many consecutive failures, with the same failure rate as before, is less than one in a
    // million.
    let before = (last.failed_before + 1) as f64 / (last.ok_before + last.failed_before + 2) as f64;
    if before.powf(last.failed as f64) > 1e-6 || last.time < Duration::from_millis(200) {
        return None;
    }
    let (good, failed) = (count(last.ok_before), count(last.failed));
    let text =
        format!("every request failed from {} on ({failed}), after {good} that were ok", moment(last.from));
    finding_since(FindingKind::FailedFrom, last.from, text)
}

/// The dominant failure, with the times of its first and last occurrence.
pub(super) fn dominant(report: &Report) -> Option<Finding> {
    let all: u64 = report.failures.iter().map(|group| group.count).sum();
    let group = report.failures.first()?;
    if group.count < FEWEST || (group.count as f64) < all as f64 * MOST {
        return None;
    }
    let (first, last) = group.seen;
    let share = if group.count == all {
        "all failures are".into()
    } else {
        percentage(group.count, all) + " of failures are"
    };
    let text = format!(
        "{share} {} in {} ({} from {} to {})",
        group.kind,
        group.place,
        many(group.count, "time", "times"),
        moment(first),
        moment(last)
    );
    finding_since(FindingKind::Failures, first, text)
}

/// Requests that a service refuses because it serves others: the failed ones take less time than the good ones, at all
/// times, and by Little's law this number of good ones was in flight at once.
pub(super) fn refused(report: &Report) -> Option<Finding> {
    let (mut ok, mut refused, mut served) = (0, 0, Duration::ZERO);
    let mut fast = true;
    for row in &report.routes {
        let at_once = overloaded(row);
        (ok, refused, served) = (ok + row.ok.count(), refused + at_once, served + served_time(row));
        fast &= at_once == 0 || failed_time(row) < row.ok.mean().unwrap_or_default();
    }
    let time = report.measured().as_secs_f64();
    if !fast || ok < FEWEST || (refused as f64) < REFUSED * (ok + refused) as f64 || time <= 0.0 {
        return None;
    }
    let at_once = served.as_secs_f64() / time;
    if at_once < 1.0 || at_once >= 0.95 * f64::from(report.settings.users) {
        return None;
    }
    let share = percentage(refused, ok + refused);
    let text = format!(
        "{share} of the requests were refused (503 or 429) sooner than others were answered: about {} were served at \
         once",
        many(at_once.round() as u64, "request", "requests")
    );
    finding(FindingKind::Refused, text)
}

/// The responses with which a service reports overload.
fn overloaded(row: &SeriesRow) -> u64 {
    [429, 503].iter().filter_map(|status| row.statuses.get(status)).sum()
}

fn served_time(row: &SeriesRow) -> Duration {
    row.service.as_ref().map_or(&row.ok, |service| &service.ok).sum()
}

fn failed_time(row: &SeriesRow) -> Duration {
    row.service.as_ref().map_or(&row.failed, |service| &service.failed).mean().unwrap_or_default()
}
