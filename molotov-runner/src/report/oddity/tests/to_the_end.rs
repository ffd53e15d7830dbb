//! Runs that fail to their end, with the figures at the bounds.

use super::*;
use crate::report::last_part::{LastPart, LastParts};

/// Of 6 s: no good end in the last two, and 20 good requests before.
fn part() -> LastPart {
    let [from, time] = [4, 2].map(Duration::from_secs);
    LastPart { from, time, failed: 5, ok_before: 20, failed_before: 0 }
}

fn ending(part: LastPart) -> Report {
    let mut report = judged(run(10, 20, part.failed), "errors < 50%, failed_requests < 50%");
    report.elapsed = Duration::from_secs(6);
    report.last_parts.requests = part;
    report
}

const KIND: [&str; 1] = ["failed_to_the_end"];

#[test]
fn run_that_fails_to_its_end_is_odd_despite_tolerance() {
    let text = "WARNING: from 4.0 s to the end every request failed 10 iterations, none failed; 25 requests";
    assert_headline(&ending(part()), Conclusion::Warning, text);

    let odd = ending(part()).oddities().remove(0);
    assert_eq!((odd.part, odd.whole), (4.0, 6.0));
}

#[test]
fn it_takes_five_failures_in_a_second_and_good_ones_before() {
    let time = Duration::from_secs(1);
    assert_eq!(kinds(&ending(LastPart { time, ..part() })), KIND);
    for none in [
        LastPart { time: Duration::from_millis(999), ..part() },
        LastPart { failed: 4, ..part() },
        LastPart { ok_before: 0, ..part() },
    ] {
        assert_eq!(kinds(&ending(none)), [""; 0], "{none:?}");
    }
}

#[test]
fn it_takes_more_failures_where_as_many_come_by_chance() {
    for (ok_before, failed_before, failed, is_odd) in [
        // After one good request five may fail as four of six do.
        (1, 0, 5, false),
        (1, 0, 7, true),
        (2, 0, 5, true),
        // One in two: ten in a row are one in 1,024.
        (50, 50, 9, false),
        (50, 50, 10, true),
        // Nine in ten.
        (10, 90, 60, false),
        (10, 90, 70, true),
    ] {
        let part = LastPart { ok_before, failed_before, failed, ..part() };
        let found = ending(part).oddities().iter().any(|oddity| oddity.kind.as_str() == KIND[0]);
        assert_eq!(found, is_odd, "{part:?}");
    }
}

#[test]
fn graver_oddity_replaces_a_lesser_one() {
    let mut went_silent = silent();
    went_silent.last_parts.requests = part();
    assert_eq!(kinds(&went_silent), ["went_silent"]);

    let mut all_failed = test_reports::all_failed();
    all_failed.last_parts = LastParts { requests: part(), iterations: part() };
    assert_eq!(kinds(&all_failed), ["scenarios_failed"]);
}

#[test]
fn iterations_that_fail_to_the_end_are_reported_where_requests_do_not() {
    let mut report = ending(LastPart::default());
    report.last_parts.iterations = part();
    assert_headline(&report, Conclusion::Warning, "WARNING: from 4.0 s to the end every iteration failed 10");

    report.last_parts.requests = part();
    assert_eq!(kinds(&report), KIND);
}

#[test]
fn failures_at_the_end_of_a_sizing_are_no_oddity() {
    let mut report = ending(part());
    report.sizing = test_reports::sizing().sizing;

    assert_eq!(kinds(&report), [""; 0]);
}
