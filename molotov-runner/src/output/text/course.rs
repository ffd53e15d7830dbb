//! The course of the run, in at most twenty rows.

use std::time::Duration;

use crate::output::table::{BESIDE, Table, TableRow};
use crate::output::text_style::TextStyle;
use crate::report::{Report, Window};
use crate::units::{NONE, clock, count, latency_or_none, percentage_or_none};

/// The minimum duration of a run with a course.
const LEAST_TIME: Duration = Duration::from_secs(3);

const MOST_ROWS: usize = 20;

/// The width of the greatest bar. Plain characters: in some terminals blocks are two columns wide.
const BAR: usize = 10;

/// The minimum width of a table with bars.
const LEAST_WIDTH: usize = 80;

/// Users, rates, failures and latencies from the beginning to the end.
pub(super) fn render(report: &Report, look: &TextStyle) -> String {
    let windows = windows(report);
    if windows.is_empty() {
        return String::new();
    }
    let slowest = windows.iter().filter_map(slow).max();
    let slowest = slowest.filter(|_| look.wide() >= LEAST_WIDTH);
    let rows = windows.iter().map(|window| {
        let row = TableRow::new(&clock(window.start), cells(window, report));
        slowest.iter().fold(row, |row, slowest| row.spread(BESIDE, vec![bar(slow(window), *slowest)]))
    });
    let spread: &[&str] = if slowest.is_some() { &[""] } else { &[] };
    Table { title: "Course", counts: columns(report), spread, rows: rows.collect() }.render(look)
}

/// The windows of the rows; none for a run that is too short or empty.
fn windows(report: &Report) -> Vec<Window> {
    let is_empty = report.iterations.started == 0 && report.requests.attempted == 0;
    if report.elapsed < LEAST_TIME || is_empty && report.offered.is_none() {
        return Vec::new();
    }
    report.course(MOST_ROWS)
}

/// The rows of the course, each with its time first, without a header and without bars; none without a course.
pub(in crate::output) fn rows(report: &Report) -> Vec<Vec<String>> {
    let row = |window: &Window| std::iter::once(clock(window.start)).chain(cells(window, report)).collect();
    windows(report).iter().map(row).collect()
}

/// The names of the columns after the time.
pub(in crate::output) fn columns(report: &Report) -> &'static [&'static str] {
    match (report.offered.is_some(), report.requests.attempted > 0) {
        (false, false) => &["users", "it/s", "failed"],
        (true, false) => &["users", "due/s", "it/s", "failed"],
        (false, true) => &["users", "it/s", "failed", "req/s", "failed", "p50", "p99"],
        (true, true) => &["users", "due/s", "it/s", "failed", "req/s", "failed", "p50", "p99"],
    }
}

fn cells(window: &Window, report: &Report) -> Vec<String> {
    let mut cells = vec![count(window.users.into())];
    if report.offered.is_some() {
        cells.push(rate(report.due_rate_in(window)));
    }
    cells.extend([
        rate(window.per_second(window.iterations)),
        percentage_or_none(window.failed_iterations, window.iterations),
    ]);
    if report.requests.attempted > 0 {
        cells.extend([
            rate(window.per_second(window.requests)),
            percentage_or_none(window.failed_requests, window.requests),
        ]);
        cells.extend([latency_or_none(window.p50), latency_or_none(window.p99)]);
    }
    cells
}

/// The latency of slow requests. With too few samples for a p99, as for a slow service, it is the longest.
fn slow(window: &Window) -> Option<Duration> {
    window.p99.or_else(|| longest(window))
}

fn longest(window: &Window) -> Option<Duration> {
    window.latency.to_latencies().max()
}

fn rate(in_second: Option<f64>) -> String {
    let Some(rate) = in_second else { return NONE.into() };
    if rate < 100.0 { format!("{rate:.1}") } else { count(rate.round() as u64) }
}

fn bar(time: Option<Duration>, slowest: Duration) -> String {
    let share = time.unwrap_or_default().as_secs_f64() / slowest.as_secs_f64().max(f64::MIN_POSITIVE);
    format!("{:BAR$}", "=".repeat((share * BAR as f64).ceil() as usize))
}

#[cfg(test)]
mod tests {
    use molotov_core::Latencies;

    use super::*;
    use crate::report::{Offered, test_reports};

    /// A run of this number of seconds, whose latency doubles in the middle.
    fn report(seconds: u64) -> Report {
        let mut report = test_reports::sound();
        report.elapsed = Duration::from_secs(seconds);
        report.offered = Some(Offered::default());
        report.windows =
            (0..seconds).map(|second| window(second, if second < seconds / 2 { 20 } else { 40 })).collect();
        report
    }

    fn window(second: u64, millis: u64) -> Window {
        let mut latencies = Latencies::default();
        (0..200).for_each(|n| latencies.record(Duration::from_micros(millis * 1_000 + n)));
        let mut window = Window::default();
        (window.start, window.length) = (Duration::from_secs(second), Duration::from_secs(1));
        (window.users, window.scheduled, window.iterations) = (20, 102, 100);
        (window.requests, window.failed_requests, window.latency) = (200, second % 2, (&latencies).into());
        (window.p50, window.p99) = (latencies.percentile(50.0), latencies.percentile(99.0));
        window
    }

    #[test]
    fn course_of_a_long_run_has_few_rows() {
        insta::assert_snapshot!(render(&report(45), &TextStyle::default()));
    }

    #[test]
    fn rows_are_ten_to_twenty_and_no_line_is_too_wide() {
        for seconds in [20, 21, 40, 41, 59, 100, 600] {
            let text = render(&report(seconds), &TextStyle::default());
            assert!((11..=21).contains(&text.lines().count()), "{text}");
            assert!(text.lines().all(|line| line.is_ascii() && line.len() <= 80), "{text}");
        }
    }

    #[test]
    fn rest_of_the_last_second_is_no_row() {
        let mut report = report(6);
        report.windows[5].length = Duration::from_millis(2);

        let text = render(&report, &TextStyle::default());

        let last = text.lines().last().unwrap();
        assert!(text.lines().count() == 6 && last.starts_with("4 s        20    204"), "{text}");
    }

    #[test]
    fn rest_behind_the_load_lowers_no_rate_of_arrivals() {
        let mut report = report(6);
        (report.settings.ramp_up, report.settings.duration) = (Duration::ZERO, Some(Duration::from_secs(5)));
        report.elapsed = Duration::from_millis(5_040);
        report.windows[5] =
            Window { scheduled: 0, length: Duration::from_millis(40), ..report.windows[5].clone() };

        let due: Vec<_> = rows(&report).into_iter().map(|cells| cells[2].clone()).collect();

        assert_eq!(due, ["102"; 5]);
    }

    #[test]
    fn second_with_few_slow_requests_has_the_longest_bar() {
        let mut report = report(6);
        let mut few = Latencies::default();
        (0..20).for_each(|_| few.record(Duration::from_millis(500)));
        (report.windows[3].p99, report.windows[3].latency) = (None, (&few).into());

        let text = render(&report, &TextStyle::default());

        let bars: Vec<_> = text.lines().map(|line| line.matches('=').count()).collect();
        assert_eq!(bars[1..], [1, 1, 1, 10, 1, 1], "{text}");
    }

    #[test]
    fn narrow_course_has_no_bars() {
        let look = TextStyle { width: 40, ..TextStyle::default() };

        assert!(!render(&report(30), &look).contains("=="));
    }

    #[test]
    fn short_run_has_no_course() {
        assert_eq!(render(&report(2), &TextStyle::default()), "");
    }

    #[test]
    fn run_without_requests_has_rates_only() {
        let mut report = test_reports::without_requests();
        report.elapsed = Duration::from_secs(3);

        let text = render(&report, &TextStyle::default());

        assert!(text.starts_with("Course") && !text.contains("p99") && !text.contains("req/s"), "{text}");
    }
}
