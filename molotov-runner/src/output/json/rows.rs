//! The parts of the report that have a name and numbers, as serde sees them.

use std::collections::BTreeMap;
use std::time::Duration;

use molotov_core::Latencies;
use serde::Serialize;

use crate::report::{CheckRow, CounterRow, GaugeRow, Row, Service, Throughput, TrendRow};

#[derive(Serialize)]
pub(super) struct LatenciesView {
    count: u64,
    sum_ms: f64,
    mean_ms: Option<f64>,
    min_ms: Option<f64>,
    p50_ms: Option<f64>,
    p90_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    p99_9_ms: Option<f64>,
    max_ms: Option<f64>,
    clamped: u64,
}

impl LatenciesView {
    pub(super) fn of(latencies: &Latencies) -> Self {
        let percentile = |percent| latencies.percentile(percent).map(ms);
        Self {
            count: latencies.count(),
            sum_ms: ms(latencies.sum()),
            mean_ms: latencies.mean().map(ms),
            min_ms: latencies.min().map(ms),
            p50_ms: percentile(50.0),
            p90_ms: percentile(90.0),
            p95_ms: percentile(95.0),
            p99_ms: percentile(99.0),
            p99_9_ms: percentile(99.9),
            max_ms: latencies.max().map(ms),
            clamped: latencies.clamped(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct RowView<'r> {
    name: &'r str,
    count: u64,
    per_second: f64,
    in_steady: u64,
    busy: u64,
    cancelled: u64,
    warm_up_count: u64,
    warm_up_failed: u64,
    ok: LatenciesView,
    failed: LatenciesView,
    all: LatenciesView,
    cut: LatenciesView,
    service: Option<ServiceView>,
    kinds: BTreeMap<&'static str, u64>,
    statuses: &'r BTreeMap<u16, u64>,
    stray_bytes: u64,
    first_bytes: Option<&'r str>,
    broken_idle: u64,
    broken_how: Option<&'r str>,
}

impl<'r> RowView<'r> {
    pub(super) fn of(row: &'r Row, elapsed: Duration) -> Self {
        Self {
            name: &row.name,
            count: row.count(),
            per_second: Throughput::of(row.in_load, elapsed).in_second(),
            in_steady: row.steady,
            busy: row.busy,
            cancelled: row.cancelled,
            warm_up_count: row.warm_up,
            warm_up_failed: row.warm_up_failed,
            ok: LatenciesView::of(&row.ok),
            failed: LatenciesView::of(&row.failed),
            all: LatenciesView::of(&row.all()),
            cut: LatenciesView::of(&row.cut),
            service: row.service.as_ref().map(ServiceView::of),
            kinds: row.kinds.iter().map(|(kind, count)| (kind.as_str(), *count)).collect(),
            statuses: &row.statuses,
            stray_bytes: row.idle.stray_bytes,
            first_bytes: row.idle.first_bytes.as_deref(),
            broken_idle: row.idle.broken,
            broken_how: row.idle.how.as_deref(),
        }
    }
}

/// Service times, where latencies are something else.
#[derive(Serialize)]
pub(super) struct ServiceView {
    ok: LatenciesView,
    failed: LatenciesView,
}

impl ServiceView {
    fn of(service: &Service) -> Self {
        Self { ok: LatenciesView::of(&service.ok), failed: LatenciesView::of(&service.failed) }
    }
}

#[derive(Serialize)]
pub(super) struct CheckView<'r> {
    name: &'r str,
    passed: u64,
    failed: u64,
}

impl<'r> CheckView<'r> {
    pub(super) fn of(CheckRow { name, passed, failed }: &'r CheckRow) -> Self {
        Self { name, passed: *passed, failed: *failed }
    }
}

#[derive(Serialize)]
pub(super) struct CounterView<'r> {
    name: &'r str,
    count: u64,
    sum: f64,
    per_second: Option<f64>,
}

impl<'r> CounterView<'r> {
    pub(super) fn of(CounterRow { name, sum, count }: &'r CounterRow, elapsed: Duration) -> Self {
        let per_second = (!elapsed.is_zero()).then(|| sum / elapsed.as_secs_f64());
        Self { name, count: *count, sum: *sum, per_second }
    }
}

#[derive(Serialize)]
pub(super) struct GaugeView<'r> {
    name: &'r str,
    count: u64,
    last: f64,
    min: f64,
    max: f64,
}

impl<'r> GaugeView<'r> {
    pub(super) fn of(GaugeRow { name, last, min, max, count, .. }: &'r GaugeRow) -> Self {
        Self { name, count: *count, last: *last, min: *min, max: *max }
    }
}

#[derive(Serialize)]
pub(super) struct TrendView<'r> {
    name: &'r str,
    count: u64,
    sum: f64,
    min: f64,
    p50: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    max: f64,
}

impl<'r> TrendView<'r> {
    pub(super) fn of(row: &'r TrendRow) -> Self {
        let TrendRow { name, count, min, max, sum, p50, p95, p99, .. } = row;
        Self { name, count: *count, sum: *sum, min: *min, p50: *p50, p95: *p95, p99: *p99, max: *max }
    }
}

/// Milliseconds. One division rounds once, so the shortest decimal form of the result is the exact value.
pub(super) fn ms(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}
