//! Parts of the course of a run, and their medians.

use std::time::Duration;

use molotov_core::Latencies;

use super::super::summary::Report;
use super::super::windows::Window;
use crate::quantity::Throughput;
use crate::units::{latency, many, rate};

/// The whole windows of the load, without the first one, in which everything is cold.
pub(super) fn whole(report: &Report) -> &[Window] {
    let all = &report.windows;
    let Some(first) = all.first() else { return &[] };
    let last = all.len() - usize::from(all.last().is_some_and(|last| last.length < first.length));
    all.get(1..last).unwrap_or_default()
}

/// Of these, the steady part of the load.
pub(super) fn steady(report: &Report) -> &[Window] {
    let Some(steady) = &report.steady else { return &[] };
    let all = whole(report);
    let first = all.partition_point(|window| window.start < steady.from);
    let last = all.partition_point(|window| window.start + window.length <= steady.from + steady.time);
    all.get(first..last).unwrap_or_default()
}

/// The median of a figure of these windows; the lower one for an even number. Windows without the figure are ignored.
pub(super) fn median<'w, T: Copy + PartialOrd>(
    windows: impl IntoIterator<Item = &'w Window>,
    figure: impl Fn(&Window) -> Option<T>,
) -> Option<T> {
    middle(windows.into_iter().filter_map(figure).collect())
}

/// The median of these. Sorting does not depend on their origin, so it is compiled once per type.
fn middle<T: Copy + PartialOrd>(mut figures: Vec<T>) -> Option<T> {
    figures.sort_by(|one, other| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal));
    figures.get(figures.len().checked_sub(1)? / 2).copied()
}

pub(super) fn p50(window: &Window) -> Option<Duration> {
    window.p50
}

pub(super) fn p99(window: &Window) -> Option<Duration> {
    window.p99
}

/// Due iterations per second.
pub(super) fn due(window: &Window) -> Option<f64> {
    (window.scheduled > 0).then(|| Throughput::new(window.scheduled, window.length).in_second())
}

/// Finished iterations per second.
pub(super) fn done(window: &Window) -> Option<f64> {
    Some(Throughput::new(window.iterations, window.length).in_second())
}

/// Finished requests per second.
pub(super) fn requests(window: &Window) -> Option<f64> {
    Some(Throughput::new(window.requests, window.length).in_second())
}

pub(super) fn users(window: &Window) -> Option<f64> {
    Some(f64::from(window.users))
}

/// The load of a window, in words.
pub(super) fn load_at(window: &Window) -> String {
    match due(window) {
        Some(due) => format!("{} due", rate(due)),
        None => format!("{} users and {}", window.users, rate(requests(window).unwrap_or_default())),
    }
}

/// The number of concurrently served requests, in words, for this throughput (Little's law: the fastest request is one
/// without a wait).
pub(super) fn served_at_once(report: &Report, requests: f64) -> Option<String> {
    let times = report.routes.iter().map(|row| row.service.as_ref().map_or(&row.ok, |service| &service.ok));
    let alone = times.filter_map(Latencies::min).min()?;
    let at_once = (requests * alone.as_secs_f64()).round().max(1.0) as u64;
    Some(format!(
        "as if {} served at a time, for the {} that the fastest took",
        many(at_once, "request was", "requests were"),
        latency(alone)
    ))
}

/// Returns `true` if a figure of these windows stays within a tenth of its median.
pub(super) fn is_constant(windows: &[Window], figure: fn(&Window) -> Option<f64>) -> bool {
    let Some(median) = median(windows, figure) else { return true };
    windows.iter().filter_map(figure).all(|one| (one - median).abs() <= median * 0.1 + 1.0)
}
