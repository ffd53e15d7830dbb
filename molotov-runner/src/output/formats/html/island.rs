//! The values of the charts as JSON, for the script.

use std::time::Duration;

use serde_json::{Value, json};

use super::chart::Line;
use super::course::CourseCharts;

/// The end of the course and its stretches of time in milliseconds, and the lines of each chart with a value for each of them.
pub(super) fn from_course(course: &CourseCharts) -> Value {
    let mut times: Vec<Vec<u64>> = Vec::new();
    let charts: Vec<_> = course
        .charts
        .iter()
        .map(|chart| {
            let lines = chart.lines.iter().rev().map(|line| with_time(line, &mut times)).collect::<Vec<_>>();
            json!({"id": chart.id, "unit": chart.unit.word(), "lines": lines})
        })
        .collect();
    json!({"schema": 1, "end": course.end.as_secs_f64() * 1e3, "times": times, "charts": charts})
}

/// A line: its values, and the place of its times among all.
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

fn millis(time: Duration) -> u64 {
    time.as_millis() as u64
}

/// A value as the page shows it: whole, where it has three digits or more.
fn in_three_digits(value: f64) -> Value {
    if value.fract() == 0.0 || value >= 100.0 {
        json!(value.round() as u64)
    } else {
        json!((value * 100.0).round() / 100.0)
    }
}
