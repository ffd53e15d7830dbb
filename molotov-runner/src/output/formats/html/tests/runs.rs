//! Pages of unusual runs: each is well-formed, and all its figures are numbers.

use std::time::Duration;

use molotov_core::{FailureKind, Latencies, Outcome, SeriesKind, Value};

use super::{Report, elements, render, test_reports};
use crate::report::test_reports::TestRun;
use crate::report::{Ended, Window};

/// Renders the page; panics if it is not well-formed or has a figure that is not a number.
#[track_caller]
fn page(report: &Report) -> String {
    let page = render(report);
    elements(&page);
    let (text, _) = page.split_once("<script>").expect("a script at its end");
    assert!(!text.contains("NaN") && page.contains("<h1>"), "{text}");
    page
}

/// A run with requests of these durations, in microseconds.
fn requests(micros: &[u64]) -> Report {
    let mut run = TestRun::new();
    let (browse, home) = (run.series(SeriesKind::Scenario, "browse"), run.series(SeriesKind::Route, "GET /"));
    for micros in micros {
        run.sample(home, Outcome::Ok, *micros);
        run.sample(browse, Outcome::Ok, *micros);
    }
    run.finish(Ended::Duration)
}

#[test]
fn run_of_two_shards_has_a_page() {
    let merged = Report::merge(test_reports::rich(), test_reports::due());

    assert!(page(&merged).contains("id=\"latency\""));
}

#[test]
fn run_that_is_all_warm_up_has_a_page() {
    let mut run = TestRun::new();
    run.settings.load.warm_up = Duration::from_secs(60);
    let home = run.series(SeriesKind::Route, "GET /");
    run.many(home, 400, 900);

    let page = page(&run.finish(Ended::Duration));

    assert!(page.contains("warm-up: what ended in the first 1m is in no percentile"), "{page}");
}

#[test]
fn run_of_a_day_has_a_page_that_is_no_larger() {
    let mut report = test_reports::large();
    for (window, n) in report.windows.iter_mut().zip(0..) {
        (window.start, window.length) = (Duration::from_secs(144 * n), Duration::from_secs(144));
    }
    report.elapsed = Duration::from_secs(86_400);

    let page = page(&report);

    assert!(page.contains(">20h00</text>") && page.len() <= 500_000, "{} bytes", page.len());
}

#[test]
fn values_that_are_no_numbers_are_shown_as_such() {
    let mut run = TestRun::new();
    for (name, value) in [("up", f64::INFINITY), ("down", f64::NEG_INFINITY), ("none", f64::NAN)] {
        run.value(SeriesKind::Gauge, name, Value::Set(value));
        run.value(SeriesKind::Counter, name, Value::Add(value));
        run.value(SeriesKind::Trend, name, Value::Observe(value));
    }

    let page = render(&run.finish(Ended::Duration));

    elements(&page);
    assert!(page.contains("<td>inf</td><td>inf</td><td>inf</td>"), "{page}");
}

#[test]
fn one_sample_equal_samples_and_samples_beyond_an_hour_have_pages() {
    let hour = 3_600_000_000;
    for micros in [&[1_234][..], &[5_000; 300], &[0; 3], &[hour; 2], &[2 * hour, 40 * hour, 1]] {
        let page = page(&requests(micros));
        assert!(page.contains("id=\"latency\"") && page.contains("id=\"routes\""), "{micros:?}");
    }
}

#[test]
fn run_without_length_or_users_has_a_page() {
    let mut report = requests(&[1_000; 200]);
    (report.elapsed, report.settings.users) = (Duration::ZERO, 0);
    report.windows = vec![Window { requests: 200, iterations: 200, ..Window::default() }];
    report.windows[0].latency = (&report.latency).into();
    page(&report);

    report.windows.clear();
    page(&report);
}

#[test]
fn run_whose_windows_have_no_percentiles_has_a_page() {
    let mut report = requests(&[1_000; 50]);
    for window in &mut report.windows {
        (window.p50, window.p95, window.p99) = (None, None, None);
        window.latency = (&Latencies::default()).into();
    }

    page(&report);
}

#[test]
fn names_without_characters_and_with_many_are_shown() {
    let long = "n".repeat(256);

    let page = page(&test_reports::named(&["", long.as_str()]));

    let rows: Vec<_> = page.matches("<tbody><tr><th scope=\"row\">").collect();
    let long = format!("<th scope=\"row\">{}…</th>", "n".repeat(159));
    assert!(rows.len() > 3 && page.contains(&long), "{page}");
}

#[test]
fn two_hundred_failures_with_long_messages_are_cut() {
    let mut run = TestRun::new();
    let home = run.series(SeriesKind::Route, "GET /");
    for n in 0..200 {
        run.fail(home, FailureKind::UserError, &format!("{n} {}", "<no> ".repeat(800)), 9_000);
    }
    let report = run.finish(Ended::Duration);
    assert_eq!(report.failures.len(), 200);

    let page = page(&report);

    assert!(page.len() <= 160_000, "{} bytes", page.len());
    assert!(page.contains("And 150 failures in 150 groups more"), "{page}");
}
