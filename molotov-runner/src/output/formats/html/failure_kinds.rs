//! Failures over time, stacked by their kinds.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use molotov_core::FailureKind;

use super::chart::{Chart, Line, LineForm, LineStep, Look, TimeAxis, Unit};
use crate::report::{Report, Window};

/// The height of the chart, in pixels.
const HEIGHT: f64 = 90.0;

/// The number of kinds with a layer of their own: the most frequent ones. The last colour is that of all others.
const MOST: usize = 8;
const COLORS: [&str; MOST + 1] =
    ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#b8860b", "#7b5fb5", "#5d8aa8", "#8c510a", "#767676"];

/// Failed requests per second; in a run without requests, failed iterations. `None` without failures.
pub(super) fn chart(report: &Report, windows: &[Window], axis: TimeAxis) -> Option<Chart> {
    let mut lines = Vec::new();
    let kinds = by_frequency(windows);
    let (own, others) = kinds.split_at(kinds.len().min(MOST));
    if !others.is_empty() {
        lines.push(layer("other kinds", others, COLORS[MOST], windows));
    }
    for (kind, color) in own.iter().zip(COLORS).rev() {
        lines.push(layer(kind.as_str(), &[*kind], color, windows));
    }
    if lines.is_empty() {
        lines.push(whole(report, windows)?);
    }
    Some(Chart::stacked("failed", "Failures, per second", HEIGHT, axis, Unit::Rate, lines))
}

/// The kinds, the most frequent one first.
fn by_frequency(windows: &[Window]) -> Vec<FailureKind> {
    let mut counts: BTreeMap<FailureKind, u64> = BTreeMap::new();
    for (kind, count) in windows.iter().flat_map(|window| &window.kinds) {
        *counts.entry(*kind).or_default() += count;
    }
    let mut kinds: Vec<_> = counts.keys().copied().collect();
    kinds.sort_by_key(|kind| Reverse(counts[kind]));
    kinds
}

/// All failures, if their kinds per second are unknown.
fn whole(report: &Report, windows: &[Window]) -> Option<Line> {
    let of_requests = report.requests.attempted > 0;
    let name = if of_requests { "requests failed" } else { "iterations failed" };
    let line = line(name, COLORS[0], windows, |window| {
        if of_requests { window.failed_requests } else { window.failed_iterations }
    });
    Some(line).filter(|line| line.values().next().is_some())
}

fn layer(name: &str, kinds: &[FailureKind], color: &'static str, windows: &[Window]) -> Line {
    line(name, color, windows, |window| kinds.iter().filter_map(|kind| window.kinds.get(kind)).sum())
}

/// A gap without failures: it takes no space, in the drawing and in its description.
fn line(name: &str, color: &'static str, windows: &[Window], failed: impl Fn(&Window) -> u64) -> Line {
    let steps = windows.iter().map(|window| LineStep {
        from: window.start,
        to: window.start + window.length,
        value: Some(failed(window)).filter(|failed| *failed > 0).and_then(|failed| window.per_second(failed)),
    });
    let look = Look { class: "kind", color, form: LineForm::Filled };
    Line { name: name.to_owned(), look, steps: steps.collect() }
}
