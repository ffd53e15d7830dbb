//! A report with records of all kinds.

use std::time::Duration;

use molotov_core::{Connected, FailureKind, Outcome, Record, SeriesKind, Value};

use super::TestRun;
use crate::report::{Declaration, Ended, Generator, Heartbeat, ListenerSummary, Report};

/// A report with all its parts.
pub(crate) fn rich() -> Report {
    let mut report = run().finish(Ended::Duration);
    report.teardown_failures = vec!["teardown of user 3: connection refused".into()];
    report.teardown_failure_count = 3;
    report.listener_failures = vec!["`on_event` panicked: index out of bounds".into()];
    report.listener_summaries = vec![ListenerSummary {
        name: "Slowest requests".into(),
        text: "12.0ms GET /items/{id}: 200 (user 3, at 1.0s)\n9.1ms GET /: 503 (user 1, at 2.5s)".into(),
    }];
    report.dropped_events = 1_200;
    report.generator = generator();
    for (row, line) in report.scenarios.iter_mut().zip([12, 31]) {
        row.declared = Some(Declaration { file: "src/main.rs".into(), line });
    }
    report
}

/// Iterations, requests, failures and metrics of every kind.
fn run() -> TestRun {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let buy = run.series(SeriesKind::Scenario, "buy");
    run.wanted = vec![(browse, 0.4), (buy, 0.6)];
    run.many(browse, 1_580, 2_100);
    run.many(buy, 2_341, 6_400);
    let home = run.series(SeriesKind::Route, "GET /");
    let item = run.series(SeriesKind::Route, "GET /items/{id}");
    let basket =
        run.series(SeriesKind::Route, "POST /basket/{basket}/items/{item}/quantity/{quantity}/confirm");
    run.many(home, 4_321, 620);
    run.many(item, 12_345, 843);
    run.many(basket, 450, 3_100);
    for n in 0..21 {
        run.fail(basket, FailureKind::Http5xx, "503 Service Unavailable", 4_000 + n);
        run.fail(buy, FailureKind::Http5xx, "POST /basket: 503 Service Unavailable", 9_000 + n);
    }
    run.fail(item, FailureKind::TimeoutHead, "no head of a response within 30s", 30_000_400);
    run.fail(
        buy,
        FailureKind::UserAssert,
        "assertion `left == right` failed\n  left: 1\n right: 2",
        30_020_100,
    );
    run.fail(item, FailureKind::LocalFds, "no file descriptor is left: raise `ulimit -n`", 90);
    for series in [browse, home, item] {
        run.sample(series, Outcome::Cancelled, 100);
    }
    own_metrics(&mut run);
    for n in 0..20 {
        let connect = Duration::from_micros(310 + n);
        run.push(Record::Connected(Connected::new(Duration::ZERO, connect, connect * 4)));
    }
    run.push(Record::Braked);
    run
}

/// A generator with all its figures.
fn generator() -> Generator {
    let mut heartbeat = Heartbeat::default();
    (0..200).for_each(|beat| heartbeat.record(Duration::from_micros(1_000 + 2 * beat)));
    let mut generator = Generator::default();
    generator.heartbeats.push(heartbeat);
    generator.processor.used = Some(Duration::from_millis(21_012));
    generator.processor.limit = Some(1.5);
    generator.processor.watched = Duration::from_millis(70_042);
    (generator.descriptors.used, generator.descriptors.limit) = (Some(43), Some(1_024));
    (generator.ports.used, generator.ports.limit) = (Some(61), Some(28_232));
    generator.same_machine = vec!["http://localhost:8080".into()];
    generator
}

fn own_metrics(run: &mut TestRun) {
    let query = run.series(SeriesKind::Timer, "query");
    run.many(query, 42, 12_000);
    run.fail(query, FailureKind::UserError, "deadlock detected", 1_204_000);
    for n in 0..200 {
        run.value(SeriesKind::Check, "basket is not empty", Value::Check(n % 50 != 0));
        run.value(SeriesKind::Counter, "items bought", Value::Add(3.0));
        run.value(SeriesKind::Gauge, "queue length", Value::Set(f64::from(n % 17)));
        run.value(SeriesKind::Trend, "basket value", Value::Observe(19.9 + f64::from(n) / 4.0));
    }
}
