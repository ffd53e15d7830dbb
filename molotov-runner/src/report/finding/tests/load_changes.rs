//! Findings that need more than latencies: a changing load, thresholds, connections, the load generator.

use super::*;
use crate::plan::threshold::Threshold;
use crate::report::{Mix, Share, ThresholdResult};

/// A ramp from 2 to 60 users, each of whom makes 5 iterations a second, up to the maximum of the service.
fn users_up_to(most: u64) -> Report {
    let load = |n: u64| {
        let done = (10 * n).min(most);
        Second { users: 2 * n as u32, done, took: MS(2_000 * n / done), ..Second::USUAL }
    };
    course((1..=30).map(load))
}

#[test]
fn flat_throughput_beside_growing_latency_is_reported_with_the_users_served() {
    let mut report = users_up_to(100);
    report.routes = vec![route("GET /", &[(900, 200)])];

    let findings = report.findings();

    let flat = findings.iter().find(|finding| finding.kind == FindingKind::Flat).expect("it is flat");
    let text = "throughput stayed at 100/s from 32 users to 52 users, and p50 grew from 320 ms to 520 ms: as if 20 \
                requests were served at a time, for the 200 ms that the fastest took";
    assert_eq!((flat.text.as_str(), flat.since), (text, Some(S(21))));
    assert_none(&users_up_to(1_000));
}

#[test]
fn more_that_is_due_while_no_more_is_done_is_flat() {
    let due = |most: u64| {
        let load = |n: u64| Second {
            due: 20 * n,
            done: (20 * n).min(most),
            took: MS(10 + 10 * (20 * n).saturating_sub(most)),
            ..Second::USUAL
        };
        course((1..=30).map(load))
    };

    let findings = due(200).findings();
    let kinds: Vec<_> = findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::Flat, FindingKind::Knee], "{findings:#?}");
    let text = &findings[0].text;
    assert!(text.starts_with("throughput stayed at 200/s from 320/s due to 520/s due"), "{text}");
    assert_none(&due(2_000));
}

#[test]
fn failures_that_begin_above_a_load_are_reported_with_it() {
    let failing = |above: u32| {
        let mut report = users_up_to(1_000);
        for window in &mut report.windows {
            window.failed_requests = if window.users > above { window.requests / 4 } else { 0 };
        }
        report
    };

    let text = assert_only(&failing(30), FindingKind::FailsAbove);

    assert_eq!(text, "failures begin above 30 users: 24.9% of the requests, and 0% up to it");
    // The same number at any load, or only at the end.
    assert_none(&failing(0));
    assert_none(&failing(58));
}

fn judged(report: &Report, thresholds: &str) -> Vec<ThresholdResult> {
    report.judged(&Threshold::parse_all(thresholds).unwrap(), None)
}

#[test]
fn first_threshold_that_was_broken_is_reported_with_the_load() {
    let mut report =
        course((0..12).map(|n| Second { took: MS(if n < 5 { 10 } else { 12 }), ..Second::USUAL }));
    report.requests.attempted = 1_200;
    report.routes = vec![route("GET /", &[(500, 10), (700, 12)])];
    report.thresholds = judged(&report, "p50 < 11ms, p90 < 11ms, p10 < 11ms");

    let text = assert_only(&report, FindingKind::ThresholdBroken);

    assert_eq!(
        text,
        "the threshold p90 < 11ms was broken first from 5.0 s on, at 20 users and 100/s: 12.0 ms over the run"
    );
    assert_eq!(report.findings()[0].since, Some(S(5)));
    report.thresholds = judged(&report, "p90 < 5ms, errors < 1%");
    let text = assert_only(&report, FindingKind::ThresholdBroken);
    assert_eq!(
        text,
        "the threshold p90 < 5ms was broken from the start, at 20 users and 100/s: 12.0 ms over the run"
    );
    report.thresholds = judged(&report, "p10 < 11ms, errors < 1%");
    assert_none(&report);
}

#[test]
fn connections_that_take_longer_and_longer_to_open_are_reported_where_requests_do_not() {
    let opening = |took: u64| {
        let mut report = course((0..12).map(|n| Second { took: MS(10 + took * n / 20), ..Second::USUAL }));
        for (window, n) in report.windows.iter_mut().zip(0u32..) {
            (window.connections, window.connecting) = (4, MS(3 + 10 * u64::from(n)) * 4);
        }
        report
    };

    let text = assert_only(&opening(0), FindingKind::SlowToOpen);

    assert_eq!(
        text,
        "opening a connection took 23.0 ms at first and 103 ms in the end, while requests took 10.0 ms and 10.0 ms"
    );
    let findings = opening(40).findings();
    assert!(findings.iter().all(|finding| finding.kind != FindingKind::SlowToOpen), "{findings:#?}");
}

#[test]
fn peaks_of_latency_with_a_late_generator_are_reported() {
    let peaking = |late: fn(u64) -> bool| {
        let slow = |n: u64| n % 4 == 3;
        let second = |n| Second { took: MS(if slow(n) { 90 } else { 10 }), ..Second::USUAL };
        let mut report = course((0..24).map(second));
        for (window, n) in report.windows.iter_mut().zip(0..) {
            window.lag = MS(if late(n) { 80 } else { 1 });
        }
        report
    };

    let text = assert_only(&peaking(|n| n % 4 == 3), FindingKind::GeneratorLate);

    assert!(text.contains("in 6 of 6 windows with a p99 above 20.0 ms"), "{text}");
    assert!(text.contains("woken up to 80.0 ms late"), "{text}");
    // Late at other times, or at all times.
    assert_none(&peaking(|n| n % 4 == 1));
    assert_none(&peaking(|_| true));
}

#[test]
fn deviating_mix_is_reported() {
    let mut report = course([Second::USUAL; 5]);
    report.iterations.started = 1_000;
    let mix = |scenario: &str, wanted, actual| Mix {
        scenario: scenario.into(),
        wanted: Share::percent(wanted),
        actual: Share::percent(actual),
    };
    report.mix = vec![mix("buy", 40.0, 12.0), mix("browse", 60.0, 88.0)];

    let text = assert_only(&report, FindingKind::Mix);

    assert!(text.ends_with("of the iterations, where 60.0% were wanted by its weight"), "{text}");
    report.iterations.started = 0;
    assert_none(&report);
    report.iterations.started = 1_000;
    report.mix = vec![mix("buy", 40.0, 38.0), mix("browse", 60.0, 62.0)];
    assert_none(&report);
}
