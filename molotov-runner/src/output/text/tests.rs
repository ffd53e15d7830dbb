//! The text report, as snapshots, and the properties that hold for any report.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::output::escape::width;
use crate::output::text_style::{Colors, Detail};
use crate::report::test_reports::{self, NASTY};
use crate::report::{Breach, CapacityOutcome, Ended, Heartbeat, Measured, Share, SizingOutcome, Stop};

fn at(width: usize) -> TextStyle {
    TextStyle { width, ..TextStyle::default() }
}

fn whole() -> TextStyle {
    TextStyle { detail: Detail::Whole, ..TextStyle::default() }
}

#[test]
fn a_rich_report_at_80_columns() {
    insta::assert_snapshot!(render(&test_reports::rich(), &at(80)));
}

#[test]
fn phases_are_reported_where_receiving_takes_long() {
    let mut report = test_reports::streamed();
    let told = render(&report, &at(100));
    assert!(told.contains("waiting") && told.contains("receiving"), "{told}");
    insta::assert_snapshot!(told.split("Routes").nth(1).unwrap().split("\n\n").next().unwrap());

    for row in &mut report.routes {
        row.phases.as_mut().unwrap().receiving = molotov_core::Latencies::default();
    }
    let told = render(&report, &at(100));
    assert!(!told.contains("waiting") && !told.contains("receiving"), "{told}");
}

#[test]
fn a_rich_report_at_200_columns() {
    insta::assert_snapshot!(render(&test_reports::rich(), &at(200)));
}

#[test]
fn a_rich_report_at_40_columns() {
    insta::assert_snapshot!(render(&test_reports::rich(), &at(40)));
}

#[test]
fn a_run_that_ended_before_anything_did() {
    insta::assert_snapshot!(render(&test_reports::empty(), &at(80)));
}

#[test]
fn a_run_without_requests() {
    insta::assert_snapshot!(render(&test_reports::without_requests(), &at(80)));
}

#[test]
fn a_run_of_which_everything_failed() {
    insta::assert_snapshot!(render(&test_reports::all_failed(), &at(80)));
}

#[test]
fn a_run_whose_set_up_failed() {
    insta::assert_snapshot!(render(&test_reports::setup_failed(), &at(80)));
}

/// Ten seconds in which the load generator stood still for two.
fn invalid() -> Report {
    let mut report = test_reports::sound();
    let mut heartbeat = Heartbeat::default();
    (0..160).for_each(|_| heartbeat.record(Duration::from_millis(1)));
    (1..=40).for_each(|beat| heartbeat.record(Duration::from_millis(2_000 - 50 * beat)));
    report.generator.heartbeats = vec![heartbeat];
    report.generator.same_machine = vec!["http://localhost:8080".into()];
    report
}

#[test]
fn a_run_that_is_invalid() {
    insta::assert_snapshot!(render(&invalid(), &at(80)));
}

#[test]
fn quiet_invalid_run_prints_the_reason_and_a_suspect_one_nothing() {
    insta::assert_snapshot!(render_errors(&invalid(), &at(80)).unwrap());
    let interrupted = Report { ended: Ended::Signal(Stop::Interrupt), ..invalid() };
    let text = render_errors(&interrupted, &at(80)).unwrap();
    assert!(text.contains("Load generator: at fault"), "its thresholds fail for that: {text}");

    let mut suspect = test_reports::sound();
    suspect.settings.debug_build = true;
    assert_eq!(render_errors(&suspect, &at(80)), None);
}

#[test]
fn a_run_of_which_nothing_began_has_no_verdict() {
    for report in [test_reports::empty(), test_reports::setup_failed()] {
        assert!(!render(&report, &at(80)).contains("Load generator"));
    }
}

#[test]
fn dead_target_is_reported_with_its_counts() {
    let mut report = test_reports::all_failed();
    report.ended = Ended::DeadTarget(
        "http://localhost:8080: all 200 requests of the last 5 s failed, the latest with connect.refused"
            .into(),
    );
    insta::assert_snapshot!(headline::render(&report, &at(80)));
}

#[test]
fn unused_picker_is_a_note() {
    let mut report = test_reports::rich();
    let note = "The scenario picker was not asked";
    assert!(!render(&report, &at(80)).contains(note));

    report.settings.picker_unasked = true;

    assert!(render(&report, &at(80)).contains(note));
}

#[test]
fn a_run_in_which_iterations_were_due() {
    insta::assert_snapshot!(render(&test_reports::due(), &at(80)));
}

#[test]
fn a_sizing() {
    insta::assert_snapshot!(render(&test_reports::sizing(), &at(80)));
}

/// The first line, for each way in which a sizing ends.
#[test]
fn the_answers_of_sizings() {
    let errors = Breach {
        users: 3,
        confirmed: false,
        objective: "errors <= 5%".into(),
        measured: Measured::Errors(Share::percent(5.32)),
        window: Duration::from_secs(5),
    };
    let outcomes = [
        SizingOutcome::Broken { breach: errors },
        SizingOutcome::NoLimit,
        SizingOutcome::TooFewSamples,
        SizingOutcome::GeneratorLimit {
            users: 80,
            why: "it had no descriptors, ports or memory left".into(),
        },
        SizingOutcome::Unsteady,
        SizingOutcome::TimeOver,
        SizingOutcome::Unfinished,
    ];
    let mut lines = Vec::new();
    for outcome in outcomes {
        let mut report = test_reports::sizing();
        let sizing = report.sizing.as_mut().unwrap();
        let (good, bad) = (sizing.good.take(), sizing.bad.take());
        let known = match &outcome {
            SizingOutcome::Broken { breach } => {
                vec![(good, Some(breach.clone())), (None, Some(breach.clone()))]
            }
            SizingOutcome::NoLimit => vec![(good, None)],
            _ => vec![(good.clone(), bad.clone()), (good, None), (None, None)],
        };
        let is_over = outcome == SizingOutcome::TimeOver;
        (sizing.trying, sizing.trying_broken) = (is_over.then_some(104), bad.clone().filter(|_| is_over));
        sizing.outcome = outcome;
        for (good, bad) in known {
            let sizing = report.sizing.as_mut().unwrap();
            (sizing.good, sizing.bad) = (good, bad);
            let sizing = sizing::render(&report, &at(200));
            lines.push(format!("{}\n{sizing}", headline::render(&report, &at(200)).replace('\n', " ")));
        }
    }
    insta::assert_snapshot!(lines.join("\n\n"));
}

#[test]
fn a_sizing_of_rates() {
    insta::assert_snapshot!(render(&test_reports::capacity(), &at(100)));
}

#[test]
fn the_answers_of_sizings_of_rates() {
    let rate = molotov_core::Rate::per_second(320);
    let outcomes = [
        CapacityOutcome::Found,
        CapacityOutcome::NoLimit,
        CapacityOutcome::Nothing,
        CapacityOutcome::Unsteady,
        CapacityOutcome::TooFewSamples { rate },
        CapacityOutcome::Generator { rate, why: "it used all of its processors".into() },
        CapacityOutcome::TimeOver,
        CapacityOutcome::Unfinished,
    ];
    let mut answers = Vec::new();
    for outcome in outcomes {
        let mut capacity = test_reports::capacity().capacity.unwrap();
        let is_open = matches!(outcome, CapacityOutcome::TimeOver | CapacityOutcome::Unfinished);
        capacity.trying = is_open.then_some(rate);
        capacity.trying_broken =
            (outcome == CapacityOutcome::TimeOver).then(|| "50.0% failed (errors <= 5%)".into());
        let (good, bad) = (capacity.good, capacity.bad);
        for (good, bad) in match outcome {
            CapacityOutcome::Found => vec![(good, bad)],
            CapacityOutcome::NoLimit => vec![(good, None)],
            CapacityOutcome::Nothing => vec![(None, bad)],
            _ => vec![(good, bad), (good, None), (None, bad), (None, None)],
        } {
            capacity.outcome = outcome.clone();
            (capacity.good, capacity.bad) = (good, bad);
            answers.push(capacity::answer(&capacity));
        }
    }
    insta::assert_snapshot!(answers.join("\n"));
}

#[test]
fn a_sizing_of_a_dead_target() {
    let mut report = test_reports::all_failed();
    report.sizing = test_reports::sizing().sizing;
    let sizing = report.sizing.as_mut().unwrap();
    (sizing.outcome, sizing.good, sizing.bad) = (SizingOutcome::Unfinished, None, None);
    report.ended = Ended::DeadTarget(
        "http://localhost:8080: all 200 attempts to connect failed (connect.refused)".into(),
    );
    insta::assert_snapshot!(render(&report, &at(80)));
}

#[test]
fn sizing_of_a_dead_target_reports_its_result_so_far() {
    let died = || Ended::DeadTarget("http://localhost:8080: 30 of the 30 requests failed".into());
    let (mut users, mut rates) = (test_reports::sizing(), test_reports::capacity());
    users.sizing.as_mut().unwrap().outcome = SizingOutcome::Unfinished;
    rates.capacity.as_mut().unwrap().outcome = CapacityOutcome::Unfinished;
    (users.ended, rates.ended) = (died(), died());

    for (report, found) in [(users, "96 users are good"), (rates, "between 160/s and 163.25/s")] {
        let text = headline::render(&report, &at(200)).replace('\n', " ");
        assert!(text.starts_with("FAILED: the target is dead: http://localhost:8080: 30"), "{text}");
        assert!(text.contains(found) && text.contains("so far"), "{text}");
    }
}

#[test]
fn a_set_up_that_fails_after_others_have_run_hides_nothing_of_them() {
    let mut report = test_reports::rich();
    report.ended = Ended::SetupFailed("setup `account`: 507 Insufficient Storage".into());

    let text = render(&report, &at(200));

    let beginning = text.lines().take(5).collect::<Vec<_>>().join("\n");
    assert!(beginning.contains(" iterations, "), "{beginning}");
    assert!(beginning.contains(": a set-up failed: setup `account`: 507"), "{beginning}");
    assert!(!text.contains("nothing was run") && text.contains("\nTotals\n"), "{text}");
    assert!(text.contains("\nLoad generator: "), "{text}");
}

/// The parts that thresholds change: the beginning, the table and the notes.
fn of_thresholds(text: &str) -> String {
    let parts: Vec<_> = text.split("\n\n").collect();
    let wanted =
        |part: &&&str| ["FAILED", "Thresholds", "Notes", "PASSED"].iter().any(|word| part.starts_with(word));
    parts.iter().filter(wanted).copied().collect::<Vec<_>>().join("\n\n")
}

#[test]
fn thresholds() {
    insta::assert_snapshot!(of_thresholds(&render(&test_reports::judged(), &at(100))));
}

#[test]
fn thresholds_where_there_is_little_room() {
    insta::assert_snapshot!(of_thresholds(&render(&test_reports::judged(), &at(40))));
}

#[test]
fn quiet_run_prints_the_broken_thresholds() {
    insta::assert_snapshot!(of_thresholds(&render_errors(&test_reports::judged(), &at(80)).unwrap()));
}

#[test]
fn thresholds_that_were_not_judged_are_reported() {
    let mut report = test_reports::without_requests();
    report.settings.unjudged_thresholds = 2;
    let text = render(&report, &at(100));
    assert!(
        text.contains("2 thresholds were not judged, because each scenario was executed once."),
        "{text}"
    );
}

#[test]
fn nasty_names_are_shown_harmlessly() {
    insta::assert_snapshot!(render(&test_reports::named(&NASTY), &at(80)));
}

#[test]
fn everything_in_full() {
    insta::assert_snapshot!(render(&test_reports::named(&NASTY), &whole()));
}

#[test]
fn quiet_run_prints_its_errors() {
    insta::assert_snapshot!(render_errors(&test_reports::rich(), &at(80)).unwrap());
}

#[test]
fn quiet_successful_run_prints_nothing() {
    assert_eq!(render_errors(&test_reports::without_requests(), &at(80)), None);
}

#[test]
fn failures_that_are_tolerated_are_still_reported() {
    let mut report = test_reports::all_failed();
    report.settings.tolerated_failures = 500;
    let text = render(&report, &at(200));
    assert!(text.starts_with("WARNING: all 200 iterations failed\n200 iterations, all failed; "), "{text}");
    assert!(text.contains("up to 500 failed iterations are tolerated"), "{text}");
}

#[test]
fn colours_add_nothing_but_colour() {
    let (mut report, mut setup) = (test_reports::rich(), test_reports::setup_failed());
    for report in [&mut report, &mut setup] {
        let colored = render(report, &TextStyle { colors: Colors::On, ..at(80) });
        assert!(colored.contains("\u{1b}[1m"));
        assert!(colored.contains("\u{1b}[31m"));
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), render(report, &at(80)));
    }
}

fn all_reports() -> Vec<Report> {
    test_reports::all().into_iter().chain([invalid()]).collect()
}

fn assert_fits(text: &str, columns: usize) {
    for line in text.lines() {
        assert!(width(line) <= columns, "{} columns: {line}", width(line));
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(!line.ends_with(' '), "spaces at the end: {line:?}");
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for report in all_reports() {
        for columns in [40, 60, 79, 80, 81, 100, 120, 200] {
            for detail in [Detail::Short, Detail::Whole] {
                let look = TextStyle { detail, ..at(columns) };
                assert_fits(&render(&report, &look), columns);
                assert_fits(&render_errors(&report, &look).unwrap_or_default(), columns);
            }
        }
    }
}

/// Every number at its maximum, so that every column exceeds its usual width.
fn greatest() -> Report {
    let mut report = test_reports::rich();
    let most = u64::MAX;
    report.iterations.started = most;
    report.iterations.ok = most / 2;
    report.requests.attempted = most;
    report.requests.not_sent = most;
    report.connections.opened = most / 2;
    report.bytes_sent = most / 2;
    report.dropped_events = most;
    report.failures[0].count = most / 2;
    report.soft_checks[0].passed = most / 2;
    report.settings.seed = most;
    for gauge in &mut report.gauges {
        (gauge.min, gauge.max, gauge.last) = (f64::MIN, f64::MAX, f64::NAN);
    }
    report
}

#[test]
fn the_greatest_numbers_fit_too() {
    for columns in [40, 80, 200] {
        assert_fits(&render(&greatest(), &at(columns)), columns);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_name_fits(names in prop::collection::vec(any::<String>(), 1..4), columns in 0usize..240) {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_fits(&render(&test_reports::named(&names), &at(columns)), columns.max(40));
    }

    #[test]
    fn any_number_fits(numbers in prop::collection::vec(any::<(f64, u64)>(), 1..9), columns in 40usize..240) {
        let mut report = test_reports::rich();
        let mut number = numbers.iter().cycle().copied();
        let mut next = || number.next().unwrap_or_default();
        (report.gauges[0].last, report.soft_checks[0].passed) = (next().0, next().1 / 2);
        (report.trends[0].sum, report.trends[0].count) = next();
        (report.counters[0].sum, report.braked) = next();
        let (wanted, refused) = next();
        (report.mix[0].wanted, report.refused_series) = (Share::percent(wanted), refused);
        report.elapsed = Duration::from_nanos(next().1);
        assert_fits(&render(&report, &at(columns)), columns);
    }
}
