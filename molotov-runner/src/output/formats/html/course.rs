//! The course of the run as charts that share one axis of time.

use std::time::Duration;

use molotov_core::Latencies;

use super::chart::{Bound, Chart, Form, Heat, Line, Look, Mark, Scale, Span, Step, TimeAxis, Unit};
use crate::output::escape::escape;
use crate::output::text::gap_sentence;
use crate::plan::threshold::Limit;
use crate::quantity::Throughput;
use crate::report::{Report, Window};
use crate::units::{elapsed, moment, setting};

/// Stretches of time of a line, at most.
const MOST_STEPS: usize = 300;

/// Columns of the density, at most.
const MOST_COLUMNS: usize = 120;

/// The numbers of stretches in which percentiles are tried, from fine to coarse.
const PERCENTILE_STEPS: [usize; 6] = [MOST_STEPS, 150, 75, 38, 19, 10];

/// The share of the stretches that must have a p99, so that they are not made longer.
const ENOUGH: f64 = 0.8;

/// The heights of small charts and of the one of latencies, in pixels.
const SMALL: f64 = 110.0;
const LARGE: f64 = 240.0;

const DUE: Look = stroke("due", "#555555", "1.5", "6 3");
const ENDED: Look = stroke("ended", "#0072b2", "1.5", "");
const REQUESTS: Look = stroke("requests", "#00795c", "1.5", "2 2");
const DROPPED: Look = Look { class: "dropped", color: "#e69f00", form: Form::Filled };
const FAILED: Look = Look { class: "failed", color: "#d55e00", form: Form::Filled };
const USERS: Look = stroke("users", "#0072b2", "1.5", "");
const P50: Look = stroke("p50", "#111111", "1.5", "");
const P90: Look = stroke("p90", "#111111", "1.5", "5 3");
const P99: Look = stroke("p99", "#c03a00", "2", "");
const MAX: Look = stroke("max", "#767676", "1", "1 2");

const fn stroke(class: &'static str, color: &'static str, width: &'static str, dashes: &'static str) -> Look {
    Look { class, color, form: Form::Stroke { width, dashes } }
}

/// The charts, and what is marked in all of them.
pub(super) struct CourseCharts {
    pub(super) charts: Vec<Chart>,
    pub(super) spans: Vec<Span>,
    pub(super) marks: Vec<Mark>,
}

impl CourseCharts {
    /// The charts of a run; none where nothing happened in it.
    pub(super) fn from_report(report: &Report) -> Option<Self> {
        let windows = report.course(MOST_STEPS);
        let end = windows.last().map(|window| window.start + window.length)?;
        let axis = TimeAxis::until(end);
        let charts = [rates(report, &windows, axis), failures(report, &windows, axis)];
        let charts = charts.into_iter().flatten().chain(latencies(report, axis)).chain(users(&windows, axis));
        Some(Self { charts: charts.collect(), spans: spans(report, end), marks: marks(report) })
    }
}

/// Iterations that were due, ended and were dropped, and requests that ended, per second.
fn rates(report: &Report, windows: &[Window], axis: TimeAxis) -> Option<Chart> {
    let mut lines = Vec::new();
    if report.offered.is_some() {
        if windows.iter().any(|window| window.dropped > 0) {
            lines.push(line("iterations dropped", DROPPED, windows, |window| {
                per_second(window.dropped, window)
            }));
        }
        lines.push(line("iterations due", DUE, windows, |window| per_second(window.scheduled, window)));
    }
    if windows.iter().any(|window| window.requests > 0) {
        lines.push(line("requests ended", REQUESTS, windows, |window| per_second(window.requests, window)));
    }
    lines.push(line("iterations ended", ENDED, windows, |window| per_second(window.iterations, window)));
    Some(chart("rate", "Rate, per second", SMALL, axis, Unit::Rate, lines))
}

/// Requests that failed, per second; in a run without requests the iterations.
fn failures(report: &Report, windows: &[Window], axis: TimeAxis) -> Option<Chart> {
    let line = if report.requests.attempted > 0 {
        line("requests failed", FAILED, windows, |window| per_second(window.failed_requests, window))
    } else {
        line("iterations failed", FAILED, windows, |window| per_second(window.failed_iterations, window))
    };
    let some = line.values().any(|rate| rate > 0.0);
    some.then(|| chart("failed", "Failures, per second", SMALL * 0.7, axis, Unit::Rate, vec![line]))
}

/// Users that were active. None are at the end of the last window, which is no news.
fn users(windows: &[Window], axis: TimeAxis) -> Option<Chart> {
    let mut line = line("users", USERS, windows, |window| Some(window.users.into()));
    if let Some(last) = line.steps.last_mut().filter(|step| step.value == Some(0.0)) {
        last.value = None;
    }
    line.values().next()?;
    let scale = Scale::whole(line.values().fold(0.0, f64::max));
    Some(Chart { scale, ..chart("users", "Users", SMALL * 0.7, axis, Unit::Count, vec![line]) })
}

/// A chart from 0 to the greatest value.
fn chart(
    id: &'static str,
    title: &'static str,
    height: f64,
    axis: TimeAxis,
    unit: Unit,
    lines: Vec<Line>,
) -> Chart {
    let greatest = lines.iter().flat_map(Line::values).fold(0.0, f64::max);
    Chart {
        id,
        title,
        sentence: sentence(&lines, unit),
        height,
        axis,
        scale: Scale::linear(greatest),
        unit,
        heat: None,
        lines,
        bounds: Vec::new(),
    }
}

/// The density of latencies, their percentiles and the bounds of thresholds; none where no request ended.
fn latencies(report: &Report, axis: TimeAxis) -> Option<Chart> {
    let columns: Vec<_> = measured(&report.course(MOST_COLUMNS));
    let micros = columns.iter().flat_map(|(_, times)| [times.min(), times.max()]).flatten().map(micros);
    let (least, greatest) = micros.fold(None, |range: Option<(f64, f64)>, value| {
        let (least, greatest) = range.unwrap_or((value, value));
        Some((least.min(value), greatest.max(value)))
    })?;
    let mut bounds = bounds(report);
    bounds.retain(|bound| bound.value >= least / 10.0 && bound.value <= greatest * 10.0);
    let values = bounds.iter().map(|bound| bound.value);
    let (least, greatest) = values
        .fold((least.max(1.0), greatest), |(least, greatest), value| (least.min(value), greatest.max(value)));
    let scale = Scale::log(least, greatest);
    let mut heat = Heat::default();
    for (window, times) in &columns {
        heat.add(axis.share(window.start), axis.share(window.start + window.length), times, &scale);
    }
    let lines = percentiles(report);
    let title = if report.offered.is_some() {
        "Latency of requests, from when they were due"
    } else {
        "Latency of requests"
    };
    let chart = chart("latency", title, LARGE, axis, Unit::Time, lines);
    Some(Chart { scale, heat: Some(heat), bounds, ..chart })
}

/// p50, p90, p99 and the maximum. Where too few windows have a p99, neighbours are added up.
fn percentiles(report: &Report) -> Vec<Line> {
    let courses = PERCENTILE_STEPS.into_iter().map(|most| measured(&report.course(most)));
    let mut finest = None;
    for course in courses {
        let with_p99 = course.iter().filter(|(_, times)| times.percentile(99.0).is_some()).count();
        let is_enough = with_p99 as f64 >= ENOUGH * course.len() as f64;
        finest = if is_enough { Some(course) } else { finest.or(Some(course)) };
        if is_enough {
            break;
        }
    }
    let course = finest.unwrap_or_default();
    let each = course.first().map(|(window, _)| setting(window.length)).unwrap_or_default();
    let mut lines = Vec::new();
    for (name, look, percent) in
        [("max", MAX, 100.0), ("p90", P90, 90.0), ("p50", P50, 50.0), ("p99", P99, 99.0)]
    {
        let steps = course.iter().map(|(window, times)| {
            let value = if percent < 100.0 { times.percentile(percent) } else { times.max() };
            Step { from: window.start, to: window.start + window.length, value: value.map(micros) }
        });
        let line = Line { name: format!("{name} of {each}"), look, steps: steps.collect() };
        if line.values().next().is_some() {
            lines.push(line);
        }
    }
    lines
}

/// The windows, each with its latencies.
fn measured(windows: &[Window]) -> Vec<(Window, Latencies)> {
    windows.iter().map(|window| (window.clone(), window.latency.to_latencies())).collect()
}

/// The thresholds of the latency of all requests.
fn bounds(report: &Report) -> Vec<Bound> {
    let of_all = report.thresholds.iter().filter_map(|result| {
        let planned = &result.planned;
        let is_plain = planned.phase.is_none() && planned.of.is_none();
        match planned.limit {
            Limit::Time(limit) if is_plain => {
                Some(Bound { value: micros(limit), text: escape(&result.threshold).into_owned() })
            }
            _ => None,
        }
    });
    of_all.collect()
}

/// The warm-up, the time in which users were started, and stretches without an answer.
fn spans(report: &Report, end: Duration) -> Vec<Span> {
    let mut spans = Vec::new();
    let warm_up = report.warm_up.as_ref().map(|warm_up| warm_up.time.min(end));
    if let Some(to) = warm_up {
        let text =
            format!("warm-up: what ended in the first {} is in no percentile of the tables", setting(to));
        spans.push(Span { from: Duration::ZERO, to, class: "warm-up", color: "#eeeeee", text });
    }
    for gap in &report.gaps.longest {
        let text = gap_sentence(gap, report);
        let (from, to) = (gap.from.min(end), gap.to.min(end));
        spans.push(Span { from, to, class: "gap", color: "#ffe1c4", text });
    }
    spans
}

/// The times from which findings are so, by their number, and at which thresholds were broken.
fn marks(report: &Report) -> Vec<Mark> {
    let findings = report.findings();
    let findings = findings.iter().zip(1..).filter_map(|(finding, number)| {
        let text = escape(&finding.text).into_owned();
        Some(Mark { at: finding.since?, sign: format!("▾{number}"), text })
    });
    let broken = report.thresholds.iter().filter_map(|result| {
        let text = format!("{} was broken at {}", escape(&result.threshold), moment(result.broken_at?));
        Some(Mark { at: result.broken_at?, sign: "✗".into(), text })
    });
    findings.chain(broken).collect()
}

fn line(name: &str, look: Look, windows: &[Window], value: fn(&Window) -> Option<f64>) -> Line {
    let steps = windows.iter().map(|window| Step {
        from: window.start,
        to: window.start + window.length,
        value: value(window),
    });
    Line { name: name.to_owned(), look, steps: steps.collect() }
}

fn per_second(count: u64, window: &Window) -> Option<f64> {
    (!window.length.is_zero()).then(|| Throughput::new(count, window.length).in_second())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The lines in words: the range of each, and its end.
fn sentence(lines: &[Line], unit: Unit) -> String {
    let end = lines.iter().filter_map(|line| line.steps.last()).map(|step| step.to).max().unwrap_or_default();
    let parts = lines.iter().rev().filter_map(|line| {
        let (least, greatest) = line
            .values()
            .fold((f64::MAX, f64::MIN), |(least, greatest), value| (least.min(value), greatest.max(value)));
        let last = line.values().last()?;
        let [least, greatest, last] = [least, greatest, last].map(|value| unit.text(value));
        Some(format!("{}: {least} to {greatest}, {last} at the end", line.name))
    });
    format!("Over {}: {}.", elapsed(end), parts.collect::<Vec<_>>().join("; "))
}
