//! Reports for tests, created like real ones: records through the aggregator.

mod large;
mod rich;
mod run;
mod searches;

use std::time::Duration;

use molotov_core::{FailureKind, Outcome, Rate, Record, SeriesKind, Value};

pub(crate) use self::large::{large, short};
pub(crate) use self::rich::rich;
pub(crate) use self::run::{TestRun, from_totals};
pub(crate) use self::searches::{capacity, sizing};
use crate::plan::threshold::Threshold;
use crate::report::{Ended, Gap, GapEnd, Offered, Report};

/// A report of every kind of run.
pub(crate) fn all() -> Vec<Report> {
    vec![
        rich(),
        judged(),
        due(),
        sound(),
        streamed(),
        sizing(),
        capacity(),
        empty(),
        without_requests(),
        all_failed(),
        setup_failed(),
        named(&NASTY),
    ]
}

/// A run with due times, in which a stall made some iterations late.
pub(crate) fn due() -> Report {
    let mut run = TestRun::new();
    run.settings.load.open = true;
    run.settings.load.rate = Some(Rate::per_second(500));
    run.settings.load.max_late = Duration::from_secs(10);
    (run.settings.ramp_up, run.settings.delay) = (Duration::ZERO, Duration::ZERO);
    let browse = run.series(SeriesKind::Scenario, "browse");
    let home = run.series(SeriesKind::Route, "GET /");
    let item = run.series(SeriesKind::Route, "GET /items/{id}");
    run.settings.load.warm_up = Duration::from_millis(5_150);
    let mut offered = Offered { scheduled: 1_040, dropped: 40, waited: 199, ..Offered::default() };
    for n in 0..1_000u64 {
        let late = Duration::from_micros(if n < 20 { 2_000_000 - n * 10_000 } else { 31 });
        offered.release_lag.record(Duration::from_micros(31));
        offered.start_lag.record(late);
        run.late(browse, 2_100 + n, late);
        run.late(home, 900 + n, late);
        run.sample(item, Outcome::Ok, 1_100 + n);
        if let Some(Record::Sample(sample)) = run.records.last_mut() {
            sample.start = Duration::from_millis(5_100 + n);
        }
    }
    run.offered = Some(offered);
    run.steady = Some(Duration::from_millis(5_150));
    run.finish(Ended::Duration)
}

/// Records of all kinds, with thresholds of which some are broken.
pub(crate) fn judged() -> Report {
    let mut report = rich();
    let thresholds = "p99 < 20ms, errors < 1%, rate > 50/s, p95{scenario=buy} < 8ms, errors{route=\"GET /items/{di}\"} < 1%, \
                      p50{trend=basket value} < 60, requests > 10000, p99.999 < 1s";
    report.thresholds = report.judged(&Threshold::parse_all(thresholds).expect("these are thresholds"), None);
    report.thresholds[3].origin = Some("scenario `buy` (src/main.rs:12)".into());
    report.thresholds[3].broken_at = Some(Duration::from_millis(12_300));
    report.gaps.longest.push(Gap {
        from: Duration::from_millis(1_200),
        to: Duration::from_millis(5_000),
        waiting: 5,
        ended_by: GapEnd::Cut,
        unusual: 5,
        together: 5,
        is_overtaken: false,
    });
    report
}

/// A run without failures.
pub(crate) fn sound() -> Report {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let home = run.series(SeriesKind::Route, "GET /");
    run.many(browse, 2_341, 6_400);
    run.many(home, 4_321, 620);
    run.finish(Ended::Duration)
}

/// Responses that are sent slowly, except for one route.
pub(crate) fn streamed() -> Report {
    let mut run = TestRun::new();
    for (name, first_byte) in [("GET /", 9), ("GET /video", 4)] {
        let series = run.series(SeriesKind::Route, name);
        for n in 0..200 {
            run.sample(series, Outcome::Ok, 10_000 + 10 * n);
            if let Some(Record::Sample(sample)) = run.records.last_mut() {
                sample.written = Duration::from_millis(1);
                sample.first_byte = Some(sample.service * first_byte / 10);
            }
        }
    }
    run.sample(run.series(SeriesKind::Route, "GET /video"), Outcome::Cancelled, 5_000);
    run.finish(Ended::Duration)
}

/// Started and stopped before anything was finished.
pub(crate) fn empty() -> Report {
    TestRun::new().finish(Ended::Signal(crate::report::Stop::Interrupt))
}

/// Iterations without requests, all of them good.
pub(crate) fn without_requests() -> Report {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    run.settings.max_runs = Some(1);
    run.settings.duration = None;
    run.settings.ramp_up = Duration::ZERO;
    run.settings.targets.clear();
    run.elapsed = Duration::from_millis(843);
    run.wanted = vec![(browse, 1.0)];
    run.many(browse, 20, 2_100);
    run.finish(Ended::Completed)
}

/// The port has no listener.
pub(crate) fn all_failed() -> Report {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let home = run.series(SeriesKind::Route, "GET /");
    run.wanted = vec![(browse, 1.0)];
    for n in 0..200 {
        let message = "connecting to 127.0.0.1:8080: connection refused; is the service started?";
        run.fail(home, FailureKind::ConnectRefused, message, 90 + n);
        run.fail(browse, FailureKind::ConnectRefused, message, 110 + n);
    }
    run.finish(Ended::FailFast)
}

/// A set-up failed, so nothing ran.
pub(crate) fn setup_failed() -> Report {
    let mut run = TestRun::new();
    run.elapsed = Duration::ZERO;
    run.settings.debug_build = true;
    run.finish(Ended::SetupFailed(
        "global set-up `database` (tests/load.rs:12): cannot connect to postgres://localhost: connection refused"
            .into(),
    ))
}

/// Hostile names and messages for the display.
pub(crate) const NASTY: [&str; 6] = [
    "GET /\u{1b}[31m\u{1b}]0;owned\u{7}",
    "one\ntwo\r\nFAILED: forged",
    "GET /日本語/の/とても/長い/パス/日本語/の/とても/長い/パス/日本語/の/とても/長い/パス",
    "a/very/long/name/that/has/no/space/in/it/and/goes/on/and/on/and/on/until/it/is/longer/than/the/screen",
    "\u{202e}gnp.exe\u{2066}",
    "",
];

/// A run with these as all its names and messages.
pub(crate) fn named(names: &[&str]) -> Report {
    let mut run = TestRun::new();
    for (index, name) in names.iter().enumerate() {
        let scenario = run.series(SeriesKind::Scenario, name);
        let route = run.series(SeriesKind::Route, name);
        run.wanted.push((scenario, 1.0 / names.len() as f64));
        run.many(scenario, 20, 1_000);
        run.many(route, 1_200, 1_000 * (index as u64 + 1));
        run.fail(route, FailureKind::BodyDecode, name, 12_000_000);
        run.value(SeriesKind::Check, name, Value::Check(true));
        run.value(SeriesKind::Counter, name, Value::Add(1e14));
        run.value(SeriesKind::Gauge, name, Value::Set(-1.5));
        run.value(SeriesKind::Trend, name, Value::Observe(1e9));
    }
    run.settings.scenarios = names.iter().map(ToString::to_string).collect();
    run.settings.targets = vec![names.concat()];
    let mut report = run.finish(Ended::Stopped(names.concat()));
    report.teardown_failures = names.iter().map(ToString::to_string).collect();
    report.teardown_failure_count = names.len() as u64 + 5;
    report.listener_failures = report.teardown_failures.clone();
    report
}
