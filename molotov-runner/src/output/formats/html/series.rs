//! The tables of scenarios, routes and timers, each row with its own course.

use std::time::Duration;

use molotov_core::Latencies;

use super::chart::{ValueScale, outline};
use super::table;
use super::writer::{Html, title_of};
use crate::output::escape::{fit, name};
use crate::output::text;
use crate::report::{CoursePoint, Report, SeriesRow};
use crate::units::{NONE, count, latency, latency_or_none, percentage};

/// The maximum number of rows of a table; the JSON report has all.
const MOST_ROWS: usize = 200;

/// The maximum width of a name, in columns.
const LONGEST_NAME: usize = 160;

/// The numbers of points for the p99 of a row, tried from fine to coarse.
const POINTS: [usize; 3] = [40, 20, 10];

/// The share of the points that must have a p99; otherwise they are made longer.
const ENOUGH: f64 = 0.8;

/// The height of a row's chart, in units of half a pixel: whole numbers take little space.
const HEIGHT: f64 = 48.0;

const PERCENTILES: [f64; 4] = [50.0, 90.0, 99.0, 99.9];

const COLUMNS: [&str; 11] =
    ["count", "failed", "rate", "min", "p50", "p90", "p99", "p99.9", "max", "over time", "status"];

/// Writes the tables of latencies.
pub(super) fn write(html: &mut Html, report: &Report) {
    section(html, report, "scenarios", "Scenarios", &report.scenarios);
    section(html, report, "routes", "Routes", &report.routes);
    section(html, report, "timers", "Timers", &report.timers);
}

fn section(html: &mut Html, report: &Report, id: &'static str, title: &'static str, rows: &[SeriesRow]) {
    if rows.is_empty() {
        return;
    }
    html.open_section(id, title);
    let has_status = rows.iter().any(|row| !row.statuses.is_empty());
    let columns: Vec<_> =
        [title].into_iter().chain(COLUMNS).filter(|name| has_status || *name != "status").collect();
    table::open(html, &title_of(id), &columns);
    for row in shown(rows) {
        html.open("tbody", &[]);
        whole_row(html, report, row, has_status);
        html.close();
    }
    if let Some(sum) = SeriesRow::sum(rows, "all").filter(|_| rows.len() > 1) {
        html.open("tfoot", &[]);
        whole_row(html, report, &sum, has_status);
        html.close();
    }
    table::close(html);
    let rest = rows.len().saturating_sub(MOST_ROWS) as u64;
    if rest > 0 {
        html.element(
            "p",
            &[],
            &format!("And {} more, with fewer samples; --report FILE.json has all of them.", count(rest)),
        );
    }
    html.close();
}

/// The shown rows of a table, those with the most samples first.
pub(super) fn shown(rows: &[SeriesRow]) -> Vec<&SeriesRow> {
    let mut shown = SeriesRow::busiest_first(rows);
    shown.truncate(MOST_ROWS);
    shown
}

/// A row, and below it the latencies of failures, and the service times.
fn whole_row(html: &mut Html, report: &Report, row: &SeriesRow, has_status: bool) {
    let service = row.service.as_ref();
    html.open("tr", &[]);
    html.element("th", &[("scope", "row")], &fit(&name(&row.name), LONGEST_NAME));
    let failed = match row.failed.count() {
        0 => "0".into(),
        failed => format!("{} ({})", count(failed), percentage(failed, row.count())),
    };
    for cell in [count(row.count()), failed, text::rate_cell(row, report)].iter().chain(&spread(&row.ok)) {
        html.element("td", &[], cell);
    }
    html.open("td", &[]);
    course(html, row);
    html.close();
    if has_status {
        html.element("td", &[("class", "status")], &statuses(row));
    }
    html.close();
    further(html, "service times", service.map(|service| &service.ok), has_status);
    further(html, "what failed", Some(&row.failed), has_status);
    further(html, "what failed, service times", service.map(|service| &service.failed), has_status);
}

/// Additional latencies of a row; empty without samples.
fn further(html: &mut Html, label: &str, times: Option<&Latencies>, has_status: bool) {
    let Some(times) = times.filter(|times| times.count() > 0) else { return };
    html.open("tr", &[("class", "further")]);
    html.element("th", &[("scope", "row")], label);
    html.element("td", &[("colspan", "3")], &count(times.count()));
    spread(times).iter().for_each(|cell| html.element("td", &[], cell));
    html.element("td", &[("colspan", if has_status { "2" } else { "1" })], "");
    html.close();
}

fn spread(times: &Latencies) -> Vec<String> {
    let mut cells = vec![latency_or_none(times.min())];
    for percent in PERCENTILES {
        cells.push(latency_or_none(times.percentile(percent)));
    }
    cells.push(latency_or_none(times.max()));
    cells
}

fn statuses(row: &SeriesRow) -> String {
    let several = row.statuses.len() > 1;
    let statuses = row.statuses.iter().map(|(status, many)| {
        if several { format!("{status} × {}", count(*many)) } else { status.to_string() }
    });
    let statuses: Vec<_> = statuses.collect();
    if statuses.is_empty() { NONE.into() } else { statuses.join(", ") }
}

/// The 99th percentile over time, or the median if that has too few samples; below it the times of failures.
fn course(html: &mut Html, row: &SeriesRow) {
    let (percentile, points) = with_percentile(row);
    let Some(greatest) = points.iter().filter_map(percentile.of).max() else { return };
    let scale = ValueScale::linear(greatest.as_secs_f64());
    let line = places(&points, |point| {
        let time = (percentile.of)(point)?;
        Some((2.0 + (HEIGHT - 10.0) * (1.0 - scale.share(time.as_secs_f64()))).round())
    });
    let failed = places(&points, |point| (point.failed > 0).then_some(HEIGHT - 3.0));
    let view = format!("0 0 {} {HEIGHT}", points.len());
    let attributes = [("class", "spark"), ("viewBox", view.as_str()), ("preserveAspectRatio", "none")];
    html.open("svg", &[&attributes[..], &[("width", "120"), ("height", "24"), ("role", "img")]].concat());
    html.element("title", &[], &format!("{} up to {}", percentile.name, latency(greatest)));
    html.shape("path", &[("fill", "none"), ("stroke", "#c03a00"), ("d", &line)]);
    if !failed.is_empty() {
        html.shape(
            "path",
            &[("class", "failed"), ("stroke", "#d55e00"), ("stroke-width", "3"), ("d", &failed)],
        );
    }
    html.close();
}

/// A percentile of the points of a course.
struct PointPercentile {
    name: &'static str,
    of: fn(&CoursePoint) -> Option<Duration>,
}

/// The course of a row in the finest points of which nearly all have a p99; with the median if there are none.
fn with_percentile(row: &SeriesRow) -> (PointPercentile, Vec<CoursePoint>) {
    let p99 = PointPercentile { name: "p99", of: |point| point.p99 };
    let fine = row.course.in_points(POINTS[0]);
    if is_enough(&fine) {
        return (p99, fine);
    }
    for most in &POINTS[1..] {
        // There are at least half of the maximum number of points.
        let least = (most.div_ceil(2).min(fine.len()) as f64 * ENOUGH) as u64 * Latencies::samples_for(99.0);
        let points = (row.count() >= least).then(|| row.course.in_points(*most));
        if let Some(points) = points.filter(|points| is_enough(points)) {
            return (p99, points);
        }
    }
    (PointPercentile { name: "p50", of: |point| point.p50 }, fine)
}

fn is_enough(points: &[CoursePoint]) -> bool {
    let counted = points.iter().filter(|point| point.count > 0).count();
    let with_p99 = points.iter().filter(|point| point.p99.is_some()).count();
    with_p99 as f64 >= ENOUGH * counted as f64
}

/// The path through the heights of points, each of which is one unit wide.
fn places(points: &[CoursePoint], y: impl Fn(&CoursePoint) -> Option<f64>) -> String {
    let places = points.iter().zip(0u32..);
    outline(places.map(|(point, place)| (f64::from(place), f64::from(place + 1), y(point))), None)
}
