use super::*;
use crate::report::CourseDetail;
use molotov_core::{FailureKind, Rate};
use proptest::prelude::*;

const STOPPING: Stopping = Stopping { within: Duration::from_millis(7_100), is_cut: false, by_signal: true };

fn snapshot() -> RunProgress {
    RunProgress {
        elapsed: Duration::from_secs(75),
        total: Some(Duration::from_secs(300)),
        planned: None,
        users: 20,
        wanted_users: 20,
        iterations: 4_000,
        failed_iterations: 33,
        failed_requests: 1_020,
        iterations_per_second: 66.66,
        requests_per_second: 12_345.6,
        p50: Some(Duration::from_micros(843)),
        p95: Some(Duration::from_micros(12_345)),
        p99: None,
        stopping: None,
        sizing: None,
        arrivals: None,
        detail: CourseDetail::default(),
    }
}

#[test]
fn a_block_with_all_that_matters() {
    insta::assert_snapshot!(live(&snapshot(), 79).join("\n"), @r"
    1m 15s / 5m 00s  [=========>                            ]  25%  20 users
    iterations    66.7/s     33 failed so far
    requests    12,346/s  1,020 failed so far  p50 843 µs   p95 12.3 ms  p99 –
    ");
}

#[test]
fn permanent_lines_have_failures_and_the_slowest_route() {
    assert_eq!(
        course(&snapshot(), 200),
        [
            "1m 15s, 20 users, iterations 66.7/s, requests 12,346/s, p50 843 µs, p95 12.3 ms, p99 –, none failed"
        ]
    );

    let failures = [(FailureKind::Http5xx, 1_017), (FailureKind::TimeoutHead, 3)].into();
    let slowest = Some(("GET /a\u{1b}b".to_owned(), Duration::from_millis(40)));
    let snapshot = RunProgress { detail: CourseDetail { failures, slowest }, ..snapshot() };

    let lines = course(&snapshot, 60);

    assert!(lines.iter().all(|line| width(line) <= 60), "{lines:?}");
    let text = lines.join(" ");
    assert!(
        text.ends_with("slowest GET /a\\u{1b}b (p50 40.0 ms), failed: 1,017 × http.5xx, 3 × timeout.head"),
        "{text}"
    );
}

#[test]
fn iterations_are_progress_too_and_users_still_come() {
    let snapshot = RunProgress { total: None, planned: Some(10_000), users: 7, ..snapshot() };
    insta::assert_snapshot!(live(&snapshot, 79).join("\n"), @r"
    1m 15s  [=========>              ]  40%  4,000/10,000 iterations  7 of 20 users
    iterations    66.7/s     33 failed so far
    requests    12,346/s  1,020 failed so far  p50 843 µs   p95 12.3 ms  p99 –
    ");
}

#[test]
fn without_an_end_there_is_no_bar() {
    let snapshot = RunProgress { total: None, stopping: Some(STOPPING), users: 1, ..snapshot() };
    insta::assert_snapshot!(live(&snapshot, 79).join("\n"), @r"
    1m 15s  stopping: 1 user has 8 s to finish, Ctrl-C again cuts it
    iterations    66.7/s     33 failed so far
    requests    12,346/s  1,020 failed so far  p50 843 µs   p95 12.3 ms  p99 –
    ");
}

#[test]
fn end_message_has_the_wait_its_limit_and_the_way_to_hurry() {
    let by_time = Stopping { by_signal: false, ..STOPPING };
    let cut = Stopping { is_cut: true, ..STOPPING };
    let minutes = Stopping { within: Duration::from_secs(90), ..by_time };

    assert_eq!(stop(&STOPPING, 3), "stopping: 3 users have 8 s to finish, Ctrl-C again cuts them");
    assert_eq!(stop(&by_time, 1), "stopping: 1 user has 8 s to finish, Ctrl-C cuts it");
    assert_eq!(stop(&cut, 3), "stopping: tear-downs may take 8 s, Ctrl-C again skips them");
    assert_eq!(stop(&minutes, 2), "stopping: 2 users have 1m 30s to finish, Ctrl-C cuts them");
}

#[test]
fn the_first_second_of_a_run_in_a_narrow_terminal() {
    let snapshot =
        RunProgress { total: Some(Duration::from_secs(3)), wanted_users: 5, ..RunProgress::default() };
    insta::assert_snapshot!(live(&snapshot, 40).join("\n"), @r"
    0 s / 3 s  [>       ]   0%  0 of 5 users
    iterations  0/s  0 failed so far
    requests    0/s  0 failed so far  p50 –…
    ");
}

#[test]
fn arrivals_have_a_line_of_their_own() {
    let arrivals = ArrivalCounts {
        scheduled: 5_000,
        started: 4_900,
        dropped: 40,
        scheduled_per_second: 500.0,
        started_per_second: 490.0,
        dropped_per_second: 4.0,
    };
    let snapshot = RunProgress { arrivals: Some(arrivals), ..snapshot() };
    let lines = format!("{}\n{}", live(&snapshot, 99).join("\n"), plain(&snapshot));
    insta::assert_snapshot!(lines, @r"
    1m 15s / 5m 00s  [=========>                            ]  25%  20 users
    iterations    66.7/s     33 failed so far
    requests    12,346/s  1,020 failed so far  p50 843 µs   p95 12.3 ms  p99 –
    arrivals       500/s  5,000 due, 40 dropped at 4.00/s, 4,900 started at 490/s
    75s/300s users=20 it=4000 it/s=66.7 it_failed=33 req/s=12345.6 req_failed=1020 p50=843µs p95=12.3ms p99=- due=5000 due/s=500.0 started=4900 started/s=490.0 dropped=40 dropped/s=4.0
    ");
}

#[test]
fn sizing_of_rates_shows_the_current_and_the_held_rate() {
    for (good, line, words) in [
        (None, "sizing      trying 20/s, none held yet  (p99 < 1s)", " trying/s=20.0 good/s=-"),
        (
            Some(Rate::per_second(10)),
            "sizing      trying 20/s, 10/s held  (p99 < 1s)",
            " trying/s=20.0 good/s=10.0",
        ),
    ] {
        let rates = Some((Rate::per_second(20), good));
        let sizing = Sought { objectives: "p99 < 1s".into(), rates, ..Sought::default() };
        let snapshot = RunProgress { sizing: Some(sizing), ..snapshot() };

        assert_eq!(live(&snapshot, 99).last().unwrap(), line);
        assert!(plain(&snapshot).contains(words), "{}", plain(&snapshot));
    }
}

#[test]
fn a_sizing_has_a_line_of_its_own() {
    let sizing = crate::report::test_reports::sizing().sizing.unwrap();
    let objectives = sizing.objectives.join(", ");
    let nothing = Sought { objectives: objectives.clone(), ..Sought::default() };
    let some = Sought { objectives, good: sizing.good, rates: None };
    let lines = [nothing, some].map(|sought| {
        let snapshot = RunProgress { users: 98, wanted_users: 500, sizing: Some(sought), ..snapshot() };
        format!("{}\n{}", live(&snapshot, 99).join("\n"), plain(&snapshot))
    });
    insta::assert_snapshot!(lines.join("\n\n"), @r"
    1m 15s / 5m 00s  [=========>                            ]  25%  98 of 500 users
    iterations    66.7/s     33 failed so far
    requests    12,346/s  1,020 failed so far  p50 843 µs   p95 12.3 ms  p99 –
    sizing      none good yet  (p99 < 200ms, errors <= 5%)
    75s/300s users=98 it=4000 it/s=66.7 it_failed=33 req/s=12345.6 req_failed=1020 p50=843µs p95=12.3ms p99=- good_users=-

    1m 15s / 5m 00s  [=========>                            ]  25%  98 of 500 users
    iterations    66.7/s     33 failed so far
    requests    12,346/s  1,020 failed so far  p50 843 µs   p95 12.3 ms  p99 –
    sizing      96 users good at 1,234 iterations/s and 2,469 requests/s  (p99 < 200ms, errors <= 5%)
    75s/300s users=98 it=4000 it/s=66.7 it_failed=33 req/s=12345.6 req_failed=1020 p50=843µs p95=12.3ms p99=- good_users=96 good_it/s=1234.4 good_req/s=2468.8
    ");
}

#[test]
fn plain_lines_have_stable_words() {
    let planned = RunProgress { total: None, planned: Some(10_000), stopping: Some(STOPPING), ..snapshot() };
    let lines = [plain(&snapshot()), plain(&planned), plain(&RunProgress::default())];
    insta::assert_snapshot!(lines.join("\n"), @r"
    75s/300s users=20 it=4000 it/s=66.7 it_failed=33 req/s=12345.6 req_failed=1020 p50=843µs p95=12.3ms p99=-
    75s users=20 it=4000/10000 it/s=66.7 it_failed=33 req/s=12345.6 req_failed=1020 p50=843µs p95=12.3ms p99=- stopping left=8s
    0s users=0 it=0 it/s=0.0 it_failed=0 req/s=0.0 req_failed=0 p50=- p95=- p99=-
    ");
}

proptest! {
    #[test]
    fn no_line_of_the_block_wraps(
        columns in 0usize..200, elapsed in any::<u32>(), total in any::<Option<u32>>(),
        planned in any::<Option<u64>>(), n in any::<u64>(), users in any::<u32>(), rate in any::<f64>(),
        p50 in any::<Option<u32>>(), stopping in any::<bool>(), sizing in any::<bool>(),
        due in any::<Option<u64>>(),
    ) {
        let snapshot = RunProgress {
            elapsed: Duration::from_millis(elapsed.into()),
            total: total.map(|s| Duration::from_secs(s.into())),
            planned, users, wanted_users: 5, iterations: n, failed_iterations: n,
            failed_requests: n, iterations_per_second: rate, requests_per_second: rate,
            p50: p50.map(|n| Duration::from_micros(n.into())), p95: None, p99: None,
            stopping: stopping.then_some(STOPPING),
            sizing: sizing.then(Sought::default),
            arrivals: due.map(|due| ArrivalCounts {
                scheduled: due, started: n, dropped: n,
                scheduled_per_second: rate, started_per_second: rate, dropped_per_second: rate,
            }),
            detail: CourseDetail::default(),
        };
        let lines = live(&snapshot, columns);
        prop_assert!(lines.len() == 3 + usize::from(sizing) + usize::from(due.is_some()));
        prop_assert!(lines.iter().all(|line| width(line) <= columns));
        prop_assert!(!plain(&snapshot).contains('\n'));
    }
}
