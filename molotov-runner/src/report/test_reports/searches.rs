//! Reports of sizings.

use std::time::Duration;

use molotov_core::{FailureKind, Rate, SeriesKind};

use super::TestRun;
use crate::report::{
    Breach, Capacity, CapacityOutcome, CapacityStep, Ended, Measured, Report, Sizing, SizingOutcome,
    SizingStep, Throughput,
};

/// A sizing whose service failed at some number of users.
pub(crate) fn sizing() -> Report {
    let mut run = TestRun::new();
    let browse = run.series(SeriesKind::Scenario, "browse");
    let home = run.series(SeriesKind::Route, "GET /");
    run.wanted = vec![(browse, 1.0)];
    (run.settings.users, run.settings.duration) = (500, None);
    run.settings.ramp_up = Duration::from_secs(300);
    run.many(browse, 2_341, 6_400);
    run.many(home, 4_321, 620);
    for n in 0..49 {
        run.fail(browse, FailureKind::Http5xx, "GET /: 503 Service Unavailable", 9_000 + n);
    }
    let mut report = run.finish(Ended::Sized);
    let breach = breach();
    report.sizing = Some(Sizing {
        objectives: vec!["p99 < 200ms".into(), "errors <= 5%".into()],
        most_users: 500,
        samples: 100,
        outcome: SizingOutcome::Broken { breach: breach.clone() },
        bad: Some(breach),
        trying: None,
        trying_broken: None,
        good: Some(good_step()),
    });
    report
}

fn breach() -> Breach {
    Breach {
        users: 113,
        confirmed: false,
        objective: "p99 < 200ms".into(),
        measured: Measured::Latency(Duration::from_micros(231_400)),
        window: Duration::from_millis(5_003),
    }
}

fn good_step() -> SizingStep {
    SizingStep {
        users: 96,
        confirmed: false,
        window: Duration::from_millis(5_001),
        iterations: 6_173,
        failed_iterations: 21,
        iteration_rate: Throughput::per_second(1_234.4),
        request_rate: Throughput::per_second(2_468.8),
        p50: Some(Duration::from_micros(6_212)),
        p95: Some(Duration::from_micros(22_345)),
        p99: Some(Duration::from_micros(143_210)),
    }
}

/// A sizing whose service was too slow from some rate on.
pub(crate) fn capacity() -> Report {
    let mut report = sizing();
    report.sizing = None;
    report.settings.users = 1_000;
    (report.settings.ramp_up, report.settings.load.open) = (Duration::ZERO, true);
    report.settings.load.rate = Some(Rate::per_second(160));
    let (good, bad) = (Rate::per_second(160), Rate::per_minute(9_795));
    report.capacity = Some(Capacity {
        objectives: vec!["p99 < 200ms".into(), "errors <= 5%".into()],
        outcome: CapacityOutcome::Found,
        good: Some(good),
        bad: Some(bad),
        trying: None,
        trying_broken: None,
        steps: vec![
            step(good, None, 51_000),
            step(bad, Some("p99 was 231.4 ms (p99 < 200ms)"), 231_400),
            step(good, None, 51_200),
        ],
    });
    report
}

fn step(rate: Rate, broken: Option<&str>, p99: u64) -> CapacityStep {
    CapacityStep {
        rate,
        broken: broken.map(Into::into),
        generator: None,
        window: Duration::from_millis(10_001),
        scheduled: 2_000,
        iterations: 1_990,
        failed_iterations: 0,
        p50: Some(Duration::from_micros(50_212)),
        p95: Some(Duration::from_micros(50_345)),
        p99: Some(Duration::from_micros(p99)),
    }
}
