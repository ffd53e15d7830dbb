//! The values of the charts as JSON, for the script.

use std::time::Duration;

use serde_json::{Value, json};

use super::chart::Line;
use super::course::CourseCharts;
use super::series;
use crate::report::{CoursePoint, Report, SeriesRow};

/// The maximum number of points of a row's course.
const MOST_POINTS: usize = 40;

/// The end of the course and its intervals in milliseconds, the lines of each chart with a value for each of them, and
/// the course of each row of a table.
pub(super) fn from_course(course: &CourseCharts, report: &Report) -> Value {
    let mut times: Vec<Vec<u64>> = Vec::new();
    let charts: Vec<_> = course
        .charts
        .iter()
        .map(|chart| {
            let lines = chart.lines.iter().rev().map(|line| with_time(line, &mut times)).collect::<Vec<_>>();
            json!({"id": chart.id, "unit": chart.unit.word(), "lines": lines})
        })
        .collect();
    let rows = json!({"scenarios": rows(&report.scenarios), "routes": rows(&report.routes)});
    json!({"schema": 1, "end": course.end.as_secs_f64() * 1e3, "times": times, "charts": charts, "rows": rows})
}

/// A line: its values, and the index of its times in the list of all.
fn with_time(line: &Line, times: &mut Vec<Vec<u64>>) -> Value {
    let starts = line.steps.iter().map(|step| step.from);
    let own: Vec<_> = starts.chain(line.steps.last().map(|step| step.to)).map(millis).collect();
    let place = times.iter().position(|known| *known == own).unwrap_or_else(|| {
        times.push(own);
        times.len() - 1
    });
    let values: Vec<_> = line.steps.iter().map(|step| step.value.map(in_three_digits)).collect();
    json!({"name": line.name, "time": place, "values": values})
}

/// The courses of the shown rows of a table, in its order: the length of a point in seconds; for each point its count,
/// its failures, if there are any, and p50 and p99 in milliseconds, if any point has them.
fn rows(rows: &[SeriesRow]) -> Vec<Value> {
    let rows = series::shown(rows).into_iter().map(|row| {
        let points = row.course.in_points(MOST_POINTS);
        let counts: Vec<_> = points.iter().map(|point| point.count).collect();
        let failed: Vec<_> = points.iter().map(|point| point.failed).collect();
        let some_failed = failed.iter().any(|failed| *failed > 0);
        let [p50, p99] =
            [|point: &CoursePoint| point.p50, |point: &CoursePoint| point.p99].map(|of| column(&points, of));
        let seconds = points.first().map_or(0, |point| point.length.as_secs());
        json!([seconds, counts, some_failed.then_some(failed), p50, p99])
    });
    rows.collect()
}

/// A percentile of each point; null if no point has it.
fn column(points: &[CoursePoint], of: fn(&CoursePoint) -> Option<Duration>) -> Option<Vec<Option<Value>>> {
    let times = points.iter().map(of).collect::<Vec<_>>();
    let some = times.iter().any(Option::is_some);
    some.then(|| times.into_iter().map(|time| time.map(short_millis)).collect())
}

/// Milliseconds in three digits: the percentiles of a course are no more exact.
fn short_millis(time: Duration) -> Value {
    match time.as_secs_f64() * 1e3 {
        millis @ 10.0..100.0 => in_three_digits((millis * 10.0).round() / 10.0),
        millis => in_three_digits(millis),
    }
}

fn millis(time: Duration) -> u64 {
    time.as_millis() as u64
}

/// A value in the page's notation: a whole number if it has three digits or more.
fn in_three_digits(value: f64) -> Value {
    if value.fract() == 0.0 || value >= 100.0 {
        json!(value.round() as u64)
    } else {
        json!((value * 100.0).round() / 100.0)
    }
}
