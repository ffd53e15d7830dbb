//! Each oddity with the figures at its bound, and its headline.

mod to_the_end;

use std::time::Duration;

use molotov_core::{FailureKind, Outcome, SeriesKind, Value};

use super::Conclusion;
use crate::plan::threshold::Threshold;
use crate::report::test_reports::{self, NASTY, TestRun};
use crate::report::{Ended, Gap, GapEnd, Heartbeat, Offered, Report, SoftCheckRow, Stop, Window};

/// A run of one scenario: good iterations, good requests and failed requests.
fn run(iterations: u64, ok: u64, failed: u64) -> Report {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let home = run.series(SeriesKind::Route, "GET /");
    (0..iterations).for_each(|_| run.sample(browse, Outcome::Ok, 900));
    (0..ok).for_each(|_| run.sample(home, Outcome::Ok, 800));
    (0..failed).for_each(|_| run.fail(home, FailureKind::Http5xx, "503 Service Unavailable", 800));
    run.finish(Ended::Duration)
}

fn judged(mut report: Report, thresholds: &str) -> Report {
    report.thresholds = report.judged(&Threshold::parse_all(thresholds).unwrap(), None);
    report
}

fn kinds(report: &Report) -> Vec<&'static str> {
    report.oddities().iter().map(|oddity| oddity.kind.as_str()).collect()
}

/// The first lines of the report, joined.
fn headline(report: &Report) -> String {
    let text = report.to_string();
    text.split("\n\n").next().unwrap_or_default().replace('\n', " ")
}

fn assert_headline(report: &Report, conclusion: Conclusion, beginning: &str) {
    let headline = headline(report);
    assert_eq!(report.conclusion(), conclusion, "{headline}");
    assert!(headline.starts_with(beginning), "{headline}");
}

#[test]
fn passed_takes_thresholds_and_without_them_the_headline_counts() {
    let good = run(10, 10, 0);
    assert_headline(&good, Conclusion::Counted, "10 iterations, none failed; 10 requests, none failed Ended");

    let kept = judged(good, "errors < 1%, max < 1s");
    assert_headline(&kept, Conclusion::Passed, "PASSED: 2 thresholds kept; 10 iterations, none failed; 10");

    let broken = judged(run(10, 10, 0), "errors < 1%, max < 1us");
    assert_headline(
        &broken,
        Conclusion::Failed,
        "FAILED: 1 of 2 thresholds was not kept (max < 1us: 800 µs) 10 iterations, none",
    );
}

#[test]
fn an_exit_code_of_its_own_is_named_first() {
    let stopped = Report { ended: Ended::Signal(Stop::Interrupt), ..run(10, 10, 0) };
    assert_headline(&stopped, Conclusion::Interrupted, "INTERRUPTED: 10 iterations, none failed");
    let stopped = Report { ended: Ended::Signal(Stop::Terminate), ..run(10, 10, 0) };
    assert_headline(&stopped, Conclusion::Terminated, "TERMINATED: 10 iterations, none failed");
}

#[test]
fn a_run_whose_numbers_are_worth_nothing_does_not_pass_where_it_may_be_invalid() {
    let mut report = judged(run(10, 10, 0), "errors < 1%");
    let mut heartbeat = Heartbeat::default();
    (0..40).for_each(|_| heartbeat.record(Duration::from_secs(2)));
    report.generator.heartbeats = vec![heartbeat];
    let at_fault = "the load generator was at fault, so these numbers are its own 10 iterations";
    assert_headline(&report, Conclusion::Invalid, &format!("INVALID: {at_fault}"));

    report.settings.allow_invalid = true;

    assert_headline(&report, Conclusion::Warning, &format!("WARNING: {at_fault}"));
}

#[test]
fn ignored_failures_of_requests_are_odd_from_a_tenth_on() {
    for (ok, failed, text) in [
        (
            0,
            10,
            "WARNING: all 10 requests failed, although their iterations did not 10 iterations, none failed",
        ),
        (90, 10, "WARNING: 10 of 100 requests (10.0%) failed, although their iterations did not"),
    ] {
        let report = run(10, ok, failed);
        assert_headline(&report, Conclusion::Warning, text);
        assert_headline(&judged(report, "max < 1s"), Conclusion::Warning, text);
    }
    assert_headline(
        &run(10, 91, 9),
        Conclusion::Counted,
        "10 iterations, none failed; 100 requests, 9 failed",
    );
}

#[test]
fn where_a_threshold_judges_requests_it_takes_most_of_them() {
    assert_eq!(kinds(&judged(run(10, 60, 40), "failed_requests < 50%")), [""; 0]);
    assert_eq!(kinds(&judged(run(10, 50, 50), "failed_requests < 60%")), ["requests_failed"]);
}

#[test]
fn a_scenario_that_takes_a_session_and_sends_nothing_is_odd() {
    let mut report = run(10, 10, 0);
    report.settings.with_session = vec!["browse".into()];
    let text = "WARNING: no request was sent by `browse` in 10 iterations, although it takes a session: is an \
                `.await` missing?";
    assert_headline(&report, Conclusion::Warning, text);

    report.scenarios[0].busy = 1;
    assert_eq!(kinds(&report), [""; 0]);

    report.scenarios[0].busy = 0;
    report.settings.with_session.clear();
    assert_eq!(kinds(&report), [""; 0], "it has no session to send with");
}

#[test]
fn scenario_without_a_success_is_odd_despite_tolerance() {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let buy = run.series(SeriesKind::Scenario, "buy");
    (0..99).for_each(|_| run.sample(browse, Outcome::Ok, 900));
    run.fail(buy, FailureKind::UserError, "no basket", 900);
    let report = judged(run.finish(Ended::Duration), "errors < 5%");

    assert_headline(
        &report,
        Conclusion::Warning,
        "WARNING: every iteration of `buy` failed (1) 100 iterations",
    );
    assert_eq!(report.exit_code().code(), 0);
}

#[test]
fn all_iterations_that_failed_are_odd_where_they_are_tolerated_and_counted_where_not() {
    let mut report = test_reports::all_failed();
    assert_headline(
        &report,
        Conclusion::Failed,
        "FAILED: 200 iterations, all failed; 200 requests, all failed",
    );

    report.settings.tolerated_failures = 500;

    assert_headline(
        &report,
        Conclusion::Warning,
        "WARNING: all 200 iterations failed 200 iterations, all failed;",
    );
}

#[test]
fn a_route_of_which_every_request_failed_is_odd_among_good_ones() {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let (home, ads) = (run.series(SeriesKind::Route, "GET /"), run.series(SeriesKind::Route, "GET /ads"));
    (0..50).for_each(|_| run.sample(browse, Outcome::Ok, 900));
    (0..500).for_each(|_| run.sample(home, Outcome::Ok, 800));
    (0..2).for_each(|_| run.fail(ads, FailureKind::Http4xx, "404 Not Found", 800));
    let report = run.finish(Ended::Duration);

    assert_headline(
        &report,
        Conclusion::Warning,
        "WARNING: every request of `GET /ads` failed (2) 50 iterations",
    );
}

#[test]
fn checks_that_failed_are_odd_unless_a_threshold_judges_them() {
    let check = |name: &str, passed, failed| SoftCheckRow { name: name.into(), passed, failed };
    let mut report = run(10, 10, 0);
    report.soft_checks = vec![check("fresh", 8, 2), check("cheap", 10, 0)];
    assert_headline(
        &report,
        Conclusion::Warning,
        "WARNING: the check `fresh` failed 2 of 10 times (20.0%) 10 iter",
    );

    let judged_now = judged(report.clone(), "passed{check=fresh} > 70%");
    assert_headline(&judged_now, Conclusion::Passed, "PASSED: 1 threshold kept; 10 iterations, none failed");

    let counted = judged(report.clone(), "count{check=fresh} > 1");
    assert_headline(&counted, Conclusion::Warning, "WARNING: the check `fresh` failed 2 of 10 times (20.0%)");

    report.soft_checks = vec![check("fresh", 0, 3)];
    assert_headline(&report, Conclusion::Warning, "WARNING: the check `fresh` never passed (3 checks)");
}

/// 800 iterations were due in 10 s, of which this number was done.
fn due(done: u64, dropped: u64, elapsed: u64) -> Report {
    let mut report = run(done, done, 0);
    (report.settings.duration, report.settings.ramp_up) = (Some(Duration::from_secs(10)), Duration::ZERO);
    report.elapsed = Duration::from_secs(elapsed);
    report.offered = Some(Offered { scheduled: 800, dropped, ..Offered::default() });
    report
}

#[test]
fn a_rate_that_was_not_reached_is_odd() {
    let text = "WARNING: 80.0/s were due, 47.6/s were done 476 iterations, none failed";
    assert_headline(&due(476, 324, 10), Conclusion::Warning, text);
    assert_eq!(kinds(&due(761, 39, 10)), [""; 0], "less than a twentieth is chance");
}

#[test]
fn a_rate_is_missed_too_where_iterations_began_only_after_the_last_was_due() {
    let mut report = due(800, 0, 17);
    let window = |start, started| Window {
        start: Duration::from_secs(start),
        length: Duration::from_secs(1),
        started,
        ..Window::default()
    };
    report.windows = vec![window(9, 80), window(10, 50)];
    assert_headline(&report, Conclusion::Warning, "WARNING: 80.0/s were due, 47.1/s were done");

    // All of them started in time, and took long.
    report.windows = vec![window(9, 80), window(10, 39)];
    assert_eq!(kinds(&report), [""; 0]);
}

/// The burst exceeds the number of users.
#[test]
fn a_burst_at_the_end_that_is_done_is_no_missed_rate() {
    let mut report = due(800, 0, 14);
    let window = |start, scheduled, started| Window {
        start: Duration::from_secs(start),
        length: Duration::from_secs(1),
        scheduled,
        started,
        ..Window::default()
    };
    report.settings.load.staged = true;
    report.windows = vec![window(8, 50, 50), window(9, 350, 100), window(10, 0, 250)];
    assert_eq!(kinds(&report), [""; 0]);

    // A constant rate that is not reached.
    report.windows = vec![window(8, 80, 50), window(9, 80, 50), window(10, 0, 200)];
    assert_eq!(kinds(&report), ["rate_missed"]);
}

#[test]
fn a_scenario_of_which_no_iteration_ended_is_odd() {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let hang = run.series(SeriesKind::Scenario, "hang");
    run.sample(browse, Outcome::Ok, 900);
    (0..3).for_each(|_| run.sample(hang, Outcome::Cancelled, 900));
    run.elapsed = Duration::from_secs(1);
    let report = run.finish(Ended::Duration);

    let text =
        "WARNING: no iteration of `hang` came to its end (3 started) 1 iteration, none failed, 3 more cut";
    assert_headline(&report, Conclusion::Warning, text);
}

/// Of ten seconds, only the first one had ends; one request was cancelled.
fn silent() -> Report {
    let mut report = run(1, 1, 0);
    report.elapsed = Duration::from_secs(10);
    report.gaps.time = report.elapsed;
    let (from, to) = (Duration::from_secs(1), report.elapsed);
    report.gaps.longest = vec![Gap {
        from,
        to,
        waiting: 1,
        ended_by: GapEnd::Cut,
        unusual: 1,
        together: 1,
        is_overtaken: false,
    }];
    report
}

#[test]
fn a_run_in_whose_last_part_nothing_ended_is_odd() {
    let report = judged(silent(), "max < 1s");
    let text = "WARNING: nothing ended from 1.00 s to the end at 10.0 s while users waited 1 iteration";
    assert_headline(&report, Conclusion::Warning, text);
}

#[test]
fn a_gap_that_something_ended_or_that_is_no_longer_than_requests_are_is_not_the_last() {
    let mut ended = silent();
    ended.gaps.longest[0].ended_by = GapEnd::Response;
    assert_eq!(kinds(&ended), [""; 0]);

    let mut given_up = silent();
    given_up.gaps.longest[0].to = Duration::from_secs(9);
    assert_eq!(kinds(&given_up), [""; 0]);

    let mut slow = silent();
    slow.routes[0].ok.record(Duration::from_millis(4_501));
    assert_eq!(kinds(&slow), [""; 0]);
}

#[test]
fn stall_for_a_tenth_of_the_load_is_odd() {
    let mut report = silent();
    report.gaps.time = Duration::from_secs(10);
    let gap = &mut report.gaps.longest[0];
    (gap.ended_by, gap.to, gap.together) = (GapEnd::Response, gap.from + Duration::from_millis(1_001), 4);

    let text = "WARNING: for 1.00 s of 10.0 s nothing ended although requests were waiting 1 iteration";
    assert_headline(&judged(report.clone(), "max < 3s"), Conclusion::Warning, text);

    report.gaps.longest[0].together = 3;
    assert_eq!(kinds(&report), [""; 0]);
}

#[test]
fn iterations_without_requests_go_silent_too() {
    let mut report = run(1, 0, 0);
    report.windows[0].length = Duration::from_secs(1);
    (report.elapsed, report.iterations.cancelled) = (Duration::from_secs(10), 1);

    assert_eq!(kinds(&report), ["went_silent"]);
}

#[test]
fn the_headline_names_two_oddities_and_notes_name_the_others() {
    let mut report = due(476, 324, 10);
    report.settings.with_session = vec!["browse".into()];
    report.soft_checks = vec![SoftCheckRow { name: "fresh".into(), passed: 8, failed: 2 }];

    let text = report.to_string();

    assert_eq!(kinds(&report), ["no_requests", "checks_failed", "rate_missed"]);
    assert!(headline(&report).contains("missing?; the check `fresh` failed 2 of 10 times"), "{text}");
    assert!(text.contains("\n  - 80.0/s were due, 47.6/s were done.\n"), "{text}");
}

#[test]
fn intended_failures_of_a_sizing_are_no_oddity() {
    let mut report = due(476, 324, 10);
    report.sizing = test_reports::sizing().sizing;

    assert_eq!(kinds(&report), [""; 0]);
    assert_headline(&report, Conclusion::Counted, "96 users are good, at 1,234 iterations/s");
}

#[test]
fn checks_that_fail_in_a_sizing_are_odd_because_no_objective_judges_them() {
    let mut report = due(476, 324, 10);
    report.soft_checks = vec![SoftCheckRow { name: "fresh".into(), passed: 8, failed: 2 }];
    report.sizing = test_reports::sizing().sizing;

    assert_eq!(kinds(&report), ["checks_failed"]);
    assert_headline(&report, Conclusion::Warning, "WARNING: the check `fresh` failed 2 of 10 times");
}

#[test]
fn sizing_with_unread_responses_is_odd() {
    let mut report = run(10, 0, 10);
    report.sizing = test_reports::sizing().sizing;

    assert_headline(
        &report,
        Conclusion::Warning,
        "WARNING: all 10 requests failed, although their iterations did",
    );
}

#[test]
fn no_word_of_praise_stands_beside_an_oddity() {
    let report = judged(run(10, 0, 10), "max < 1s");
    let text = report.to_string();
    assert!(!text.contains("PASSED") && !text.contains("VALID"), "{text}");
}

#[test]
fn names_from_outside_break_no_headline() {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    run.sample(browse, Outcome::Ok, 900);
    for name in NASTY {
        let scenario = run.series(SeriesKind::Scenario, name);
        run.fail(scenario, FailureKind::UserError, name, 900);
        run.value(SeriesKind::Check, name, Value::Check(false));
    }
    let mut report = run.finish(Ended::Duration);
    report.settings.tolerated_failures = 100;

    let text = report.to_string();

    assert_eq!(kinds(&report), ["scenarios_failed", "checks_failed"]);
    assert!(text.starts_with("WARNING: every iteration of `"), "{text}");
    assert!(!text.contains("\nFAILED: forged") && !text.contains('\u{1b}'), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}
