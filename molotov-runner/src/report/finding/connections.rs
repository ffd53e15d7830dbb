//! Findings in connections: they are closed, or opening them takes longer and longer.

use std::time::Duration;

use molotov_core::ConnectionPolicy;

use super::stretch::{self, median, p50};
use super::{Finding, FindingKind, finding, finding_since};
use crate::report::{Report, Window};
use crate::units::{count, latency, percentage};

/// The minimum number of requests for a finding in connections, in addition to two of each user.
const FEWEST: u64 = 50;

/// The number of windows with opened connections that each third needs.
const WINDOWS: usize = 2;

/// The factor and the difference by which opening a connection takes longer in the end, and the factor by which a
/// request may.
const LONGER: f64 = 2.0;
const LEAST: Duration = Duration::from_millis(5);
const SAME: f64 = 1.5;

/// Nearly every request opened a connection, although connections were to be kept.
pub(super) fn not_kept_alive(report: &Report) -> Option<Finding> {
    let settings = &report.settings;
    let (opened, sent) = (report.connections.opened, report.requests.attempted);
    let kept = settings.connections == ConnectionPolicy::default() && !settings.fresh_session;
    let needed = u64::from(settings.users) * 2 + FEWEST;
    if !kept || sent < needed || opened < needed || opened * 2 < sent {
        return None;
    }
    let text = format!(
        "{} of the requests ({}) opened a connection of their own, although connections are kept: the service, or what \
         is in front of it, closes them",
        percentage(opened, sent),
        count(opened)
    );
    finding(FindingKind::NotKeptAlive, text)
}

/// Opening a connection took longer in the end, although requests on it did not.
pub(super) fn slow_to_open(report: &Report) -> Option<Finding> {
    let with_some = stretch::whole(report).iter().filter(|window| window.connections > 0);
    let windows: Vec<&Window> = with_some.collect();
    let third = windows.len() / 3;
    if third < WINDOWS {
        return None;
    }
    let (first, last) = (&windows[..third], &windows[windows.len() - third..]);
    let ((before, request_before), (after, request_after)) = (medians(first)?, medians(last)?);
    let apart = request_after <= request_before.mul_f64(SAME);
    if !apart || after < before.mul_f64(LONGER).max(before + LEAST) {
        return None;
    }
    let text = format!(
        "opening a connection took {} at first and {} in the end, while requests took {} and {}",
        latency(before),
        latency(after),
        latency(request_before),
        latency(request_after)
    );
    finding_since(FindingKind::SlowToOpen, last[0].start, text)
}

/// The medians of the time to open a connection, and of p50.
fn medians(windows: &[&Window]) -> Option<(Duration, Duration)> {
    median(windows.iter().copied(), opening).zip(median(windows.iter().copied(), p50))
}

/// The mean time to open a connection in a window.
fn opening(window: &Window) -> Option<Duration> {
    Some(window.connecting / u32::try_from(window.connections).ok().filter(|count| *count > 0)?)
}
