//! Latencies over time: their density, percentiles, and the bounds of thresholds.

use std::time::Duration;

use molotov_core::Latencies;

use super::chart::{BoundLine, Chart, Heat, Line, LineStep, Look, TimeAxis, Unit, ValueScale};
use crate::output::escape::escape;
use crate::plan::threshold::Limit;
use crate::report::{Report, Window, WindowGroup};
use crate::units::setting;

/// The height of the chart, in pixels.
const HEIGHT: f64 = 240.0;

/// The maximum number of columns of the density.
const MOST_COLUMNS: usize = 120;

/// The numbers of intervals for percentiles, tried from fine to coarse.
const STRETCHES: [usize; 6] = [300, 150, 75, 38, 19, 10];

/// The share of the intervals that must have a p99; otherwise they are made longer.
const ENOUGH: f64 = 0.8;

/// The maximum factor between a drawn bound and the range of all latencies.
const NEAR: f64 = 10.0;

/// The lines, from the lowest layer to the highest.
const LINES: [(&str, f64, Look); 4] = [
    ("max", 100.0, Look::stroke("max", "#767676", "1", "1 2")),
    ("p99", 99.0, Look::stroke("p99", "#c03a00", "2", "")),
    ("p90", 90.0, Look::stroke("p90", "#111111", "1.5", "5 3")),
    ("p50", 50.0, Look::stroke("p50", "#111111", "1.5", "")),
];

/// An interval with its latencies.
type Stretch = (Window, Latencies);

/// The chart; `None` if no request ended.
pub(super) fn chart(report: &Report, axis: TimeAxis) -> Option<Chart> {
    let columns = stretches(report, MOST_COLUMNS);
    let extremes = columns.iter().flat_map(|(_, times)| [times.min(), times.max()]).flatten().map(micros);
    let (least, greatest) = range(extremes)?;
    let mut bounds = bounds(report);
    bounds.retain(|bound| bound.value >= least / NEAR && bound.value <= greatest * NEAR);
    let values = bounds.iter().map(|bound| bound.value).chain([least.max(1.0), greatest]);
    let (least, greatest) = range(values)?;
    let scale = ValueScale::log(least, greatest);
    let mut heat = Heat::default();
    for (window, times) in &columns {
        heat.add(axis.share(window.start), axis.share(window.start + window.length), times, &scale);
    }
    let course = with_percentiles(report);
    let note = note(report, &course);
    let chart = Chart::from_zero("latency", "Latency of requests", HEIGHT, axis, Unit::Time, lines(&course));
    Some(Chart { scale, heat: Some(heat), bounds, note, ..chart })
}

/// The requests and the time of the latencies, and the length of the percentiles' intervals.
fn note(report: &Report, course: &[Stretch]) -> String {
    let due = if report.offered.is_some() { "from when they were due; " } else { "" };
    let each = course.first().map(|(window, _)| setting(window.length)).unwrap_or_default();
    let failed = if report.requests.failures() > 0 { "failed ones too; " } else { "" };
    format!("{failed}{due}percentiles of {each} each")
}

/// The finest intervals of which nearly all have a p99: neighbours with too few samples are merged.
fn with_percentiles(report: &Report) -> Vec<Stretch> {
    let enough = STRETCHES.iter().find(|most| is_enough(&report.course_groups(**most)));
    stretches(report, *enough.unwrap_or(&STRETCHES[0]))
}

/// Returns `true` if nearly all have a p99.
fn is_enough(groups: &[WindowGroup<'_>]) -> bool {
    let needed = Latencies::samples_for(99.0);
    let with_p99 = groups.iter().filter(|group| group.requests() >= needed).count();
    with_p99 as f64 >= ENOUGH * groups.len() as f64
}

fn lines(course: &[Stretch]) -> Vec<Line> {
    let lines = LINES.iter().map(|(name, percent, look)| {
        let steps = course.iter().map(|(window, times)| {
            let value = if *percent < 100.0 { times.percentile(*percent) } else { times.max() };
            LineStep { from: window.start, to: window.start + window.length, value: value.map(micros) }
        });
        Line { name: (*name).to_owned(), look: *look, steps: steps.collect() }
    });
    lines.filter(|line| line.values().next().is_some()).collect()
}

/// The windows, at most this number, each with its latencies.
fn stretches(report: &Report, most: usize) -> Vec<Stretch> {
    report.course_groups(most).iter().map(|group| (group.counts(), group.latencies())).collect()
}

/// The thresholds of the latency of all requests.
fn bounds(report: &Report) -> Vec<BoundLine> {
    let of_all = report.thresholds.iter().filter_map(|result| {
        let planned = &result.planned;
        let is_plain = planned.phase.is_none() && planned.of.is_none();
        match planned.limit {
            Limit::Time(limit) if is_plain => {
                Some(BoundLine { value: micros(limit), text: escape(&result.threshold).into_owned() })
            }
            _ => None,
        }
    });
    of_all.collect()
}

/// The least and the greatest; `None` without values.
fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.map(|value| (value, value)).reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
