//! Long tables, and runs that are too short for rates.

use std::time::Duration;

use molotov_core::{Outcome, SeriesKind};

use super::render;
use crate::output::text_style::TextStyle;
use crate::report::test_reports::TestRun;
use crate::report::{Ended, Report};

/// Each route `GET /items/N` was requested N times.
fn run(routes: u64) -> Report {
    let mut run = TestRun::new();
    let scenario = run.series(SeriesKind::Scenario, "browse");
    run.sample(scenario, Outcome::Ok, 900);
    for n in 1..=routes {
        let route = run.series(SeriesKind::Route, &format!("GET /items/{n}"));
        (0..n).for_each(|_| run.sample(route, Outcome::Ok, 900));
    }
    run.finish(Ended::Completed)
}

fn text(report: &Report) -> String {
    render(report, &TextStyle { width: 200, ..TextStyle::default() })
}

#[test]
fn of_many_routes_the_busiest_are_shown_and_the_cure_stands_before_them() {
    let text = text(&run(120));

    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("GET /items/")).collect();
    assert_eq!(rows.len(), 50);
    assert!(rows[0].starts_with("GET /items/120 ") && rows[49].starts_with("GET /items/71 "), "{text}");
    assert!(
        text.contains("\nand 70 more routes, with 2,485 samples; `--report FILE.json` has all of them\n"),
        "{text}"
    );
    let [cure, table] =
        ["120 routes differ in a value only", "\nRoutes "].map(|part| text.find(part).unwrap());
    assert!(cure < table, "{text}");
    assert_eq!(text.matches("differ in a value only").count(), 1, "{text}");
    assert!(text.contains("(all routes)"), "{text}");
}

#[test]
fn as_many_routes_as_fit_are_all_shown() {
    let text = text(&run(50));

    assert_eq!(text.lines().filter(|line| line.starts_with("GET /items/")).count(), 50);
    assert!(!text.contains(" more routes"), "{text}");
}

#[test]
fn a_run_that_was_too_short_has_no_rates() {
    let mut report = run(3);
    report.elapsed = Duration::from_millis(99);
    report.steady = None;

    let short = text(&report);
    report.elapsed = Duration::from_millis(100);

    assert!(!short.contains("/s"), "{short}");
    assert!(text(&report).contains("ended at "), "{}", text(&report));
}

#[test]
fn requests_of_set_ups_alone_have_no_rate() {
    let mut report = run(2);
    report.routes[1].in_load = 0;
    report.routes[1].steady = 0;

    let text = text(&report);

    let row = text.lines().find(|line| line.starts_with("GET /items/2 ")).unwrap();
    assert!(!row.contains("/s") && row.contains(" – "), "{row}");
}

#[test]
fn the_only_one_that_failed_is_not_all_of_them() {
    let mut run = TestRun::new();
    let scenario = run.series(SeriesKind::Scenario, "browse");
    run.fail(scenario, molotov_core::FailureKind::UserError, "no", 900);
    let report = run.finish(Ended::Completed);

    assert!(text(&report).contains("FAILED: the only iteration failed\n"), "{}", text(&report));
}
