//! The summary of k6 (`--summary-export`), which other tools read, for instance GitLab's load performance report. Times
//! are in milliseconds.

use std::time::Duration;

use molotov_core::Latencies;
use serde_json::{Map, Value, json};

use crate::quantity::{Share, Throughput};
use crate::report::{Report, SeriesRow};

pub(super) fn render(report: &Report) -> String {
    let root = json!({"name": "", "path": "", "id": ROOT_ID, "groups": {}, "checks": {}});
    format!("{:#}\n", json!({"root_group": root, "metrics": metrics(report)}))
}

/// The MD5 of empty text, which is k6's id of the root.
const ROOT_ID: &str = "d41d8cd98f00b204e9800998ecf8427e";

fn metrics(report: &Report) -> Value {
    let iterations = report.iterations.finished();
    let requests = report.requests.attempted - report.requests.cancelled;
    let mut metrics = Map::new();
    let mut put = |name: &str, metric: Value| metrics.insert(name.to_owned(), metric);
    if let Some(checks) = checks(report) {
        put("checks", checks);
    }
    put(
        "data_received",
        counter(report.bytes_received, Throughput::new(report.bytes_received, report.elapsed)),
    );
    put("data_sent", counter(report.bytes_sent, Throughput::new(report.bytes_sent, report.elapsed)));
    put("http_req_duration", trend(&all(&report.routes)));
    put("http_req_failed", rate(report.requests.failures(), requests));
    put("http_req_waiting", trend(&waiting(report)));
    put("http_reqs", counter(requests, report.request_rate()));
    put("iteration_duration", trend(&all(&report.scenarios)));
    put("iterations", counter(iterations, report.iteration_rate()));
    put("vus_max", gauge(report.settings.users));
    Value::Object(metrics)
}

/// Soft checks; `None` without checks, as in k6.
fn checks(report: &Report) -> Option<Value> {
    let passed = report.soft_checks.iter().map(|check| check.passed).sum::<u64>();
    let failed = report.soft_checks.iter().map(|check| check.failed).sum::<u64>();
    (passed + failed > 0).then(|| rate(passed, passed + failed))
}

/// The service times of all ends.
fn all(rows: &[SeriesRow]) -> Latencies {
    let mut all = Latencies::default();
    for row in rows {
        let (ok, failed) = match &row.service {
            Some(service) => (&service.ok, &service.failed),
            None => (&row.ok, &row.failed),
        };
        all.add(ok);
        all.add(failed);
    }
    all
}

fn waiting(report: &Report) -> Latencies {
    let mut all = Latencies::default();
    report.routes.iter().filter_map(|row| row.phases.as_ref()).for_each(|phases| all.add(&phases.waiting));
    all
}

fn counter(count: u64, rate: Throughput) -> Value {
    json!({"count": count, "rate": rate.in_second()})
}

/// A share. k6 calls the counted part passes, whatever it is.
fn rate(passes: u64, whole: u64) -> Value {
    let value = Share::new(passes, whole).map_or(0.0, Share::fraction);
    json!({"passes": passes, "fails": whole - passes, "value": value})
}

fn gauge(value: u32) -> Value {
    json!({"value": value, "min": value, "max": value})
}

/// The figures of a trend, without those that need more samples.
fn trend(latencies: &Latencies) -> Value {
    let figures = [
        ("avg", latencies.mean()),
        ("min", latencies.min()),
        ("med", latencies.percentile(50.0)),
        ("max", latencies.max()),
        ("p(90)", latencies.percentile(90.0)),
        ("p(95)", latencies.percentile(95.0)),
    ];
    let mut known = Map::new();
    for (name, time) in figures {
        if let Some(time) = time {
            known.insert(name.to_owned(), millis(time));
        }
    }
    Value::Object(known)
}

fn millis(time: Duration) -> Value {
    (time.as_nanos() as f64 / 1e6).into()
}
