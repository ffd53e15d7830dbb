//! Reports of the largest load for which a page must stay readable.

use std::time::Duration;

use molotov_core::{FailureKind, Outcome, Record, SeriesKind};

use super::TestRun;
use crate::plan::threshold::Threshold;
use crate::report::{Ended, Offered, Report};

const ROUTES: u64 = 200;
const FAILURE_GROUPS: u64 = 50;

/// More kinds of failures than there are separate layers.
const KINDS: [FailureKind; 10] = [
    FailureKind::UserError,
    FailureKind::TimeoutHead,
    FailureKind::TimeoutTotal,
    FailureKind::ConnectRefused,
    FailureKind::ConnectReset,
    FailureKind::BodyTruncated,
    FailureKind::BodyDecode,
    FailureKind::SendReset,
    FailureKind::DnsNotFound,
    FailureKind::TlsExpired,
];

/// Ten minutes of an open load on 200 routes with failures of 50 groups, and thresholds of every kind.
pub(crate) fn large() -> Report {
    let mut run = TestRun::new();
    run.settings.load.open = true;
    run.settings.users = 500;
    run.elapsed = Duration::from_secs(600);
    let mut offered = Offered::default();
    let order = run.series(SeriesKind::Scenario, "order");
    for second in 0..600u64 {
        offered.scheduled += 4;
        for n in 0..8 {
            let route = (second * 8 + n) * 7 % ROUTES;
            let series = run.series(SeriesKind::Route, &name(route));
            for again in 0..25 {
                let micros = 1_000 + second * 40 + route * 90 + again * again * 300;
                run.sample(series, Outcome::Ok, micros);
                place(&mut run, second, micros);
            }
            let group = route % FAILURE_GROUPS;
            let message = format!("group {group}: {}", "no such department in this shop; ".repeat(20));
            let series = run.series(SeriesKind::Route, &name(group));
            run.fail(series, KINDS[group as usize % KINDS.len()], &message, 9_000);
            if let Some(note) = run.records.pop() {
                place(&mut run, second, 9_000);
                run.records.push(note);
            }
        }
        run.sample(order, Outcome::Ok, 4_000 + second);
        place(&mut run, second, 4_000 + second);
    }
    run.offered = Some(offered);
    let mut report = run.finish(Ended::Duration);
    let thresholds = "p99 < 20ms, p50 < 5ms, errors < 1%, rate > 50/s";
    report.thresholds = report.judged(&Threshold::parse_all(thresholds).expect("these are thresholds"), None);
    for (window, n) in report.windows.iter_mut().zip(0..) {
        window.connections = 3 + n % 5;
        window.lag = Duration::from_micros(900 + 37 * (n % 90));
        window.cpu_used = Duration::from_millis(400 + 7 * (n % 60));
    }
    report
}

fn name(route: u64) -> String {
    format!("GET /shops/{{shop}}/departments/{route}/items/{{item}}")
}

/// Sets the end of the latest sample to this second, half a second after its due time.
fn place(run: &mut TestRun, second: u64, micros: u64) {
    if let Some(Record::Sample(sample)) = run.records.last_mut() {
        sample.start = Duration::from_millis(second * 1_000 + 900) - Duration::from_micros(micros);
        sample.due = Some(sample.start.saturating_sub(Duration::from_millis(20)));
    }
}

/// A run of two seconds on a few routes.
pub(crate) fn short() -> Report {
    let mut run = TestRun::new();
    run.settings.ramp_up = Duration::ZERO;
    (run.settings.duration, run.elapsed) = (Some(Duration::from_secs(2)), Duration::from_millis(2_003));
    for (index, name) in
        ["GET /", "GET /items", "GET /items/{id}", "POST /basket", "POST /order"].iter().enumerate()
    {
        let series = run.series(SeriesKind::Route, name);
        for n in 0..400u64 {
            let micros = 1_000 * (index as u64 + 1) + n * n / 20;
            run.sample(series, Outcome::Ok, micros);
            place(&mut run, n / 200, micros);
        }
    }
    let browse = run.series(SeriesKind::Scenario, "browse");
    run.many(browse, 400, 4_000);
    run.finish(Ended::Duration)
}
