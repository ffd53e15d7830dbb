mod load_changes;

use std::time::Duration;

use molotov_core::{FailureKind, Iteration, Latencies, UserId};
use proptest::prelude::*;

use super::*;
use crate::report::last_part::{LastPart, LastParts};
use crate::report::{FailureGroup, Gap, GapEnd, SeriesRow, Service, Steady, Window, test_reports};

const MS: fn(u64) -> Duration = Duration::from_millis;
const S: fn(u64) -> Duration = Duration::from_secs;

/// A second of a load of 20 users, with the duration of all its requests.
#[derive(Clone, Copy)]
struct Second {
    users: u32,
    due: u64,
    done: u64,
    took: Duration,
}

impl Second {
    const USUAL: Self = Self { users: 20, due: 0, done: 100, took: Duration::from_millis(10) };

    fn window(self, place: u32) -> Window {
        let mut latencies = Latencies::default();
        (0..self.done).for_each(|_| latencies.record(self.took));
        let mut window = Window::default();
        (window.start, window.length) = (S(place.into()), S(1));
        (window.users, window.scheduled) = (self.users, self.due);
        (window.iterations, window.started, window.requests) = (self.done, self.done, self.done);
        window.set_latencies(&latencies);
        window
    }
}

/// A load of these seconds, steady from its start to its end.
fn course(seconds: impl IntoIterator<Item = Second>) -> Report {
    let mut report = test_reports::sound();
    report.windows = seconds.into_iter().zip(0..).map(|(second, place)| second.window(place)).collect();
    let time = S(report.windows.len() as u64);
    report.steady = Some(Steady { from: Duration::ZERO, time, iterations: 0, requests: 0 });
    report.elapsed = time;
    report
}

/// Latencies from pairs of a count and a duration.
fn latencies(all: &[(u64, u64)]) -> Latencies {
    let mut latencies = Latencies::default();
    for (many, ms) in all {
        (0..*many).for_each(|_| latencies.record(MS(*ms)));
    }
    latencies
}

fn route(name: &str, ok: &[(u64, u64)]) -> SeriesRow {
    SeriesRow { name: name.into(), ok: latencies(ok), ..test_reports::sound().routes.remove(0) }
}

#[track_caller]
fn assert_only(report: &Report, kind: FindingKind) -> String {
    let findings = report.findings();
    let kinds: Vec<_> = findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [kind], "{findings:#?}");
    findings[0].text.clone()
}

#[track_caller]
fn assert_none(report: &Report) {
    assert_eq!(report.findings(), [], "nothing speaks for a fault");
}

#[test]
fn healthy_service_has_no_findings() {
    assert_none(&course([Second::USUAL; 30]));
    assert_none(&test_reports::sound());
    assert_none(&test_reports::due());
    assert_none(&test_reports::empty());
}

#[test]
fn latency_that_grows_under_a_constant_load_is_a_drift() {
    let slower = |n: u64| Second { took: MS(10 + 3 * n), ..Second::USUAL };

    let text = assert_only(&course((0..12).map(slower)), FindingKind::Drift);

    assert!(text.contains("p50 was 16.0 ms in the first third and 40.0 ms in the last"), "{text}");
    // The same with more users is no drift, nor are latencies that rise and fall.
    let with_users = |n: u32| Second {
        users: 20 + 5 * n,
        done: 100 + 25 * u64::from(n),
        took: MS(10 + u64::from(n)),
        ..Second::USUAL
    };
    assert_none(&course((0..12).map(with_users)));
    assert_none(&course((0..12u64).map(|n| Second { took: MS(10 + 7 * (n % 3)), ..Second::USUAL })));
}

#[test]
fn knee_is_named_with_the_load_at_that_moment() {
    let load = |n: u64| Second {
        due: 100 + 20 * n,
        done: 100 + 20 * n,
        took: MS(if n < 20 { 10 } else { 90 }),
        ..Second::USUAL
    };

    let report = course((0..30).map(load));

    let text = assert_only(&report, FindingKind::Knee);
    assert_eq!(text, "p99 rose from 10.0 ms to 90.0 ms at 20.0 s, at 500/s due");
    assert_eq!(report.findings()[0].since, Some(S(20)));
}

#[test]
fn latency_that_stays_high_behind_a_peak_has_not_recovered() {
    let due = |n| if n == 4 { 200 } else { 20 };
    let load =
        |n| Second { due: due(n), done: due(n), took: MS(if n < 4 { 10 } else { 300 }), ..Second::USUAL };

    let text = assert_only(&course((0..12).map(load)), FindingKind::NotRecovered);

    assert!(
        text.contains("from the peak of 200/s at 4.0 s: p50 was 10.0 ms before it, and 300 ms in the end"),
        "{text}"
    );
    let good = |n| Second { took: MS(if n == 4 { 300 } else { 10 }), ..load(n) };
    assert_none(&course((0..12).map(good)));
}

#[test]
fn missed_rate_is_reported_with_the_users_served() {
    let mut report = course([Second { due: 80, done: 50, took: S(1), ..Second::USUAL }; 10]);
    let times = latencies(&[(20, 100), (400, 900)]);
    report.routes = vec![route("GET /", &[(420, 900)])];
    report.routes[0].service = Some(Service { ok: times, ..Service::default() });

    let text = assert_only(&report, FindingKind::Saturated);

    assert!(text.starts_with("80.0/s were due and 50.0/s done"), "{text}");
    assert!(text.contains("as if 5 requests were served at a time, for the 100 ms"), "{text}");
}

#[test]
fn slow_route_is_named_and_one_that_is_a_little_slower_is_not() {
    let mut report = course([Second::USUAL; 3]);
    report.routes = vec![route("GET /", &[(900, 5)]), route("GET /search", &[(100, 800)])];

    let text = assert_only(&report, FindingKind::SlowRoute);

    assert!(
        text.starts_with("GET /search takes 95 % of the time of all requests and is 10.0% of them"),
        "{text}"
    );
    report.routes[1] = route("GET /search", &[(100, 20)]);
    assert_none(&report);
}

#[test]
fn few_slow_requests_of_all_routes_are_counted() {
    let second = |_| {
        let mut window = Second::USUAL.window(0);
        window.set_latencies(&latencies(&[(99, 5), (1, 1_000)]));
        window
    };
    let mut report = course([Second::USUAL; 10]);
    report.windows = (0..10).map(second).collect();
    report.routes = vec![route("GET /", &[(495, 5), (5, 1_000)]), route("GET /a", &[(495, 5), (5, 1_000)])];

    let text = assert_only(&report, FindingKind::SlowFew);

    assert!(text.starts_with("10 requests of 2 routes (1.0%)"), "{text}");
}

#[test]
fn failures_are_reported_by_the_kind_and_time_of_most_of_them() {
    let mut report = course([Second::USUAL; 10]);
    report.failures = vec![FailureGroup {
        place: "POST /order".into(),
        kind: FailureKind::TimeoutHead,
        message: "no response within 1 s".into(),
        count: 312,
        first: (Iteration(17), UserId(3)),
        seen: (S(3), S(9)),
        excerpt: None,
        excerpt_of: (Iteration(17), UserId(3)),
        seed: None,
    }];

    let text = assert_only(&report, FindingKind::Failures);

    assert_eq!(text, "all failures are timeout.head in POST /order (312 times from 3.0 s to 9.0 s)");
}

#[test]
fn death_of_a_service_is_reported_with_its_responses_so_far() {
    let mut report = course([Second::USUAL; 10]);
    let requests = LastPart { from: MS(4_200), time: S(3), failed: 900, ok_before: 800, failed_before: 0 };
    report.last_parts = LastParts { requests, ..LastParts::default() };

    let text = assert_only(&report, FindingKind::FailedFrom);

    assert_eq!(text, "every request failed from 4.2 s on (900), after 800 that were ok");
}

#[test]
fn stops_of_the_whole_service_are_added_up() {
    let mut report = course([Second::USUAL; 20]);
    let gap = |from, to| Gap {
        from,
        to,
        waiting: 9,
        ended_by: GapEnd::Response,
        unusual: 9,
        together: 9,
        is_overtaken: false,
    };
    report.gaps.longest = vec![gap(S(12), S(14)), gap(S(5), S(7))];

    let text = assert_only(&report, FindingKind::StoodStill);

    assert!(
        text.starts_with("the whole service stood still 2 times, for 4.00 s in all, from 5.0 s on"),
        "{text}"
    );
    report.gaps.longest = vec![Gap { together: 1, ..gap(S(5), S(7)) }];
    assert_none(&report);
}

#[test]
fn connections_that_are_closed_each_time_are_reported() {
    let mut report = course([Second::USUAL; 5]);
    (report.connections.opened, report.requests.attempted) = (1_900, 1_900);

    assert_only(&report, FindingKind::NotKeptAlive);

    report.connections.opened = 20;
    assert_none(&report);
}

proptest! {
    /// Random latencies are no fault, whatever their spread.
    #[test]
    fn chance_is_no_drift_and_no_knee(took in prop::collection::vec(8u64..=12, 6..60)) {
        let seconds = took.into_iter().map(|ms| Second { took: MS(ms), ..Second::USUAL });

        prop_assert_eq!(course(seconds).findings(), []);
    }
}
