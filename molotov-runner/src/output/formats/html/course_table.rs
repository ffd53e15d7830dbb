//! The course of the run as a table.

use super::table;
use super::writer::Html;
use crate::report::{Report, Window, WindowGroup};
use crate::units::{NONE, clock, count, latency_or_none, percentage_or_none, rate_over};

/// The maximum number of rows of the table.
const MOST_ROWS: usize = 60;

/// Writes the table under the title with this id.
pub(super) fn write(html: &mut Html, report: &Report, title: &str) {
    let rows: Vec<_> = report.course_groups(MOST_ROWS).iter().map(|group| row(group, report)).collect();
    table::whole(html, title, &columns(report), &rows);
}

fn columns(report: &Report) -> Vec<&'static str> {
    let mut columns = vec!["from", "users"];
    if report.offered.is_some() {
        columns.extend(["due", "dropped"]);
    }
    columns.extend(["iterations", "failed"]);
    if report.requests.attempted > 0 {
        columns.extend(["requests", "failed", "p50", "p90", "p99", "max"]);
    }
    columns
}

fn row(group: &WindowGroup<'_>, report: &Report) -> (String, Vec<String>) {
    let window = &group.counts();
    let mut cells = vec![count(window.users.into())];
    if report.offered.is_some() {
        cells.extend([in_words(report.due_rate_in(window), window), rate(window.dropped, window)]);
    }
    cells.extend([
        rate(window.iterations, window),
        percentage_or_none(window.failed_iterations, window.iterations),
    ]);
    if report.requests.attempted > 0 {
        let times = group.latencies();
        cells.extend([
            rate(window.requests, window),
            percentage_or_none(window.failed_requests, window.requests),
        ]);
        for percent in [50.0, 90.0, 99.0] {
            cells.push(latency_or_none(times.percentile(percent)));
        }
        cells.push(latency_or_none(times.max()));
    }
    (clock(window.start), cells)
}

fn rate(many: u64, window: &Window) -> String {
    in_words(window.per_second(many), window)
}

fn in_words(per_second: Option<f64>, window: &Window) -> String {
    per_second.and_then(|rate| rate_over(rate, window.length)).unwrap_or_else(|| NONE.into())
}
