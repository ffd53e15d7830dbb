//! The report as serde sees it. The names of the fields are the schema.

use molotov_core::{Iteration, UserId};
use serde::Serialize;

use super::SCHEMA;
use super::capacity::CapacityView;
use super::gaps::GapsView;
use super::rows::{CheckView, CounterView, GaugeView, LatenciesView, RowView, TrendView, ms};
use super::sizing::SizingView;
use super::thresholds::ThresholdView;
use super::verdict::{GeneratorView, OddityView, ReasonView};
use crate::report::{
    Connections, Ended, FailureGroup, IterationCounts, ListenerSummary, Mix, Offered, Report, RequestCounts,
    Row, Settings, Steady, Stop, WarmUp, Window,
};

#[derive(Serialize)]
pub(super) struct ReportView<'r> {
    schema: u32,
    molotov: &'static str,
    started_at: String,
    elapsed_ms: f64,
    ended: EndedView<'r>,
    exit_code: u8,
    conclusion: &'static str,
    oddities: Vec<OddityView>,
    verdict: &'static str,
    reasons: Vec<ReasonView>,
    /// Readers must know it to understand the latencies.
    model: &'static str,
    settings: SettingsView<'r>,
    iterations: IterationsView,
    offered: Option<OfferedView>,
    requests: RequestsView,
    warm_up: Option<WarmUpView>,
    steady: Option<SteadyView>,
    latency: LatenciesView,
    service_latency: Option<LatenciesView>,
    scenarios: Vec<RowView<'r>>,
    routes: Vec<RowView<'r>>,
    timers: Vec<RowView<'r>>,
    checks: Vec<CheckView<'r>>,
    counters: Vec<CounterView<'r>>,
    gauges: Vec<GaugeView<'r>>,
    trends: Vec<TrendView<'r>>,
    mix: Vec<MixView<'r>>,
    failures: Vec<FailureView<'r>>,
    connections: ConnectionsView,
    bytes_sent: u64,
    bytes_received: u64,
    braked: u64,
    refused_series: u64,
    dropped_events: u64,
    listener_failures: &'r [String],
    listener_summaries: Vec<SummaryView<'r>>,
    teardown_failures: &'r [String],
    teardown_failure_count: u64,
    windows: Vec<WindowView>,
    sizing: Option<SizingView<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<CapacityView<'r>>,
    thresholds: Vec<ThresholdView<'r>>,
    gaps: GapsView,
    shards: &'r [String],
    generator: GeneratorView<'r>,
}

impl<'r> ReportView<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        let rows = |rows: &'r [Row]| rows.iter().map(|row| RowView::of(row, report.measured())).collect();
        Self {
            schema: SCHEMA,
            molotov: env!("CARGO_PKG_VERSION"),
            started_at: humantime::format_rfc3339_millis(report.started_at).to_string(),
            elapsed_ms: ms(report.elapsed),
            ended: EndedView::of(&report.ended),
            exit_code: report.exit_code().code(),
            conclusion: report.conclusion().as_str(),
            oddities: report.oddities().into_iter().map(OddityView::of).collect(),
            verdict: report.verdict().as_str(),
            reasons: report.reasons().into_iter().map(ReasonView::of).collect(),
            model: if report.settings.load.open { "open" } else { "closed" },
            settings: SettingsView::of(&report.settings),
            iterations: IterationsView::of(&report.iterations, report.iteration_rate().in_second()),
            offered: report.offered.as_ref().map(|offered| OfferedView::of(offered, &report.iterations)),
            requests: RequestsView::of(&report.requests, report.request_rate().in_second()),
            warm_up: report.warm_up.as_ref().map(WarmUpView::of),
            steady: report.steady.as_ref().map(SteadyView::of),
            latency: LatenciesView::of(&report.latency),
            service_latency: report.service.as_ref().map(LatenciesView::of),
            scenarios: rows(&report.scenarios),
            routes: rows(&report.routes),
            timers: rows(&report.timers),
            checks: report.checks.iter().map(CheckView::of).collect(),
            counters: report.counters.iter().map(|row| CounterView::of(row, report.elapsed)).collect(),
            gauges: report.gauges.iter().map(GaugeView::of).collect(),
            trends: report.trends.iter().map(TrendView::of).collect(),
            mix: report.mix.iter().map(MixView::of).collect(),
            failures: report.failures.iter().map(|group| FailureView::of(group, report)).collect(),
            connections: ConnectionsView::of(&report.connections),
            bytes_sent: report.bytes_sent,
            bytes_received: report.bytes_received,
            braked: report.braked,
            refused_series: report.refused_series,
            dropped_events: report.dropped_events,
            listener_failures: &report.listener_failures,
            listener_summaries: report.listener_summaries.iter().map(SummaryView::of).collect(),
            teardown_failures: &report.teardown_failures,
            teardown_failure_count: report.teardown_failure_count,
            windows: report.windows.iter().map(WindowView::of).collect(),
            sizing: report.sizing.as_ref().map(SizingView::of),
            capacity: report.capacity.as_ref().map(CapacityView::of),
            thresholds: report.thresholds.iter().map(ThresholdView::of).collect(),
            gaps: GapsView::of(&report.gaps),
            shards: &report.shards,
            generator: GeneratorView::of(&report.generator),
        }
    }
}

#[derive(Serialize)]
struct SummaryView<'r> {
    name: &'r str,
    text: &'r str,
}

impl<'r> SummaryView<'r> {
    fn of(summary: &'r ListenerSummary) -> Self {
        Self { name: &summary.name, text: &summary.text }
    }
}

#[derive(Serialize)]
struct EndedView<'r> {
    reason: &'static str,
    detail: Option<&'r str>,
}

impl<'r> EndedView<'r> {
    fn of(ended: &'r Ended) -> Self {
        let (reason, detail) = match ended {
            Ended::Duration => ("duration", None),
            Ended::Completed => ("completed", None),
            Ended::FailFast => ("fail_fast", None),
            Ended::Stopped(why) => ("stopped", Some(why.as_str())),
            Ended::Signal(Stop::HangUp) => ("signal", Some("hang_up")),
            Ended::Signal(Stop::Interrupt) => ("signal", Some("interrupt")),
            Ended::Signal(Stop::Terminate) => ("signal", Some("terminate")),
            Ended::SetupFailed(why) => ("setup_failed", Some(why.as_str())),
            Ended::DataExhausted(why) => ("data_exhausted", Some(why.as_str())),
            Ended::Sized => ("sized", None),
            Ended::Threshold(which) => ("threshold", Some(which.as_str())),
            Ended::DeadTarget(why) => ("dead_target", Some(why.as_str())),
        };
        Self { reason, detail }
    }
}

#[derive(Serialize)]
struct SettingsView<'r> {
    users: u32,
    threads: usize,
    ramp_up_ms: f64,
    duration_ms: Option<f64>,
    max_runs: Option<u64>,
    delay_ms: f64,
    rate: Option<String>,
    arrivals: Option<&'static str>,
    staged: bool,
    max_late_ms: Option<f64>,
    pacing_ms: Option<f64>,
    shared_runs: Option<u64>,
    /// Text, because a number of 64 bits does not survive JavaScript.
    seed: String,
    replay: Option<PlaceView>,
    targets: &'r [String],
    notes: &'r [String],
    connections: &'static str,
    fresh_session: bool,
    resolve: &'r [String],
    dns_ttl_ms: f64,
    scenarios: &'r [String],
    picker_unasked: bool,
    insecure: bool,
    debug_build: bool,
    tolerated_failures: u64,
    unjudged_thresholds: usize,
    allow_invalid: bool,
    percentiles: &'r [f64],
}

impl<'r> SettingsView<'r> {
    fn of(settings: &'r Settings) -> Self {
        let load = &settings.load;
        Self {
            users: settings.users,
            threads: settings.threads,
            ramp_up_ms: ms(settings.ramp_up),
            duration_ms: settings.duration.map(ms),
            max_runs: settings.max_runs,
            delay_ms: ms(settings.delay),
            rate: load.rate.map(|rate| rate.to_string()),
            arrivals: load.open.then_some(if load.poisson { "poisson" } else { "even" }),
            staged: load.staged,
            max_late_ms: (load.open || load.pacing.is_some()).then(|| ms(load.max_late)),
            pacing_ms: load.pacing.map(ms),
            shared_runs: load.shared_runs,
            seed: settings.seed.to_string(),
            replay: settings.replay.map(PlaceView::of),
            targets: &settings.targets,
            notes: &settings.notes,
            connections: settings.connections.as_str(),
            fresh_session: settings.fresh_session,
            resolve: &settings.resolve,
            dns_ttl_ms: ms(settings.dns_ttl),
            scenarios: &settings.scenarios,
            picker_unasked: settings.picker_unasked,
            insecure: settings.insecure,
            debug_build: settings.debug_build,
            tolerated_failures: settings.tolerated_failures,
            unjudged_thresholds: settings.unjudged_thresholds,
            allow_invalid: settings.allow_invalid,
            percentiles: &settings.percentiles,
        }
    }
}

#[derive(Serialize)]
struct IterationsView {
    started: u64,
    ok: u64,
    failed: u64,
    panicked: u64,
    cancelled: u64,
    per_second: f64,
}

impl IterationsView {
    fn of(counts: &IterationCounts, per_second: f64) -> Self {
        let IterationCounts { started, ok, failed, panicked, cancelled } = *counts;
        Self { started, ok, failed, panicked, cancelled, per_second }
    }
}

#[derive(Serialize)]
struct WarmUpView {
    time_ms: f64,
    iterations: u64,
    failed_iterations: u64,
    requests: u64,
    failed_requests: u64,
}

impl WarmUpView {
    fn of(warm_up: &WarmUp) -> Self {
        Self {
            time_ms: ms(warm_up.time),
            iterations: warm_up.iterations.finished(),
            failed_iterations: warm_up.iterations.failures(),
            requests: warm_up.requests.attempted - warm_up.requests.cancelled,
            failed_requests: warm_up.requests.failures(),
        }
    }
}

#[derive(Serialize)]
struct SteadyView {
    start_ms: f64,
    time_ms: f64,
    iterations: u64,
    requests: u64,
}

impl SteadyView {
    fn of(steady: &Steady) -> Self {
        Self {
            start_ms: ms(steady.from),
            time_ms: ms(steady.time),
            iterations: steady.iterations,
            requests: steady.requests,
        }
    }
}

#[derive(Serialize)]
struct OfferedView {
    scheduled: u64,
    started: u64,
    finished: u64,
    dropped: u64,
    waited: u64,
    release_lag: LatenciesView,
    start_lag: LatenciesView,
}

impl OfferedView {
    fn of(offered: &Offered, iterations: &IterationCounts) -> Self {
        Self {
            scheduled: offered.scheduled,
            started: iterations.started,
            finished: iterations.finished(),
            dropped: offered.dropped,
            waited: offered.waited,
            release_lag: LatenciesView::of(&offered.release_lag),
            start_lag: LatenciesView::of(&offered.start_lag),
        }
    }
}

#[derive(Serialize)]
struct RequestsView {
    attempted: u64,
    ok: u64,
    http_error: u64,
    failed: u64,
    cancelled: u64,
    not_sent: u64,
    resent: u64,
    local: u64,
    in_load: u64,
    per_second: f64,
}

impl RequestsView {
    fn of(counts: &RequestCounts, per_second: f64) -> Self {
        let RequestCounts { attempted, ok, http_error, failed, cancelled, not_sent, resent, local, in_load } =
            *counts;
        Self { attempted, ok, http_error, failed, cancelled, not_sent, resent, local, in_load, per_second }
    }
}

#[derive(Serialize)]
struct MixView<'r> {
    scenario: &'r str,
    wanted: f64,
    actual: f64,
}

impl<'r> MixView<'r> {
    fn of(Mix { scenario, wanted, actual }: &'r Mix) -> Self {
        Self { scenario, wanted: wanted.fraction(), actual: actual.fraction() }
    }
}

#[derive(Serialize)]
struct FailureView<'r> {
    place: &'r str,
    kind: &'static str,
    message: &'r str,
    count: u64,
    first: PlaceView,
    first_at_ms: f64,
    last_at_ms: f64,
    body: Option<&'r str>,
    replay: String,
    repeatable: bool,
}

/// One iteration of one user.
#[derive(Serialize)]
struct PlaceView {
    user: u32,
    iteration: u64,
}

impl PlaceView {
    fn of((user, iteration): (UserId, Iteration)) -> Self {
        Self { user: user.0, iteration: iteration.0 }
    }
}

impl<'r> FailureView<'r> {
    fn of(group: &'r FailureGroup, report: &Report) -> Self {
        let (iteration, user) = group.first;
        Self {
            place: &group.place,
            kind: group.kind.as_str(),
            message: &group.message,
            count: group.count,
            first: PlaceView::of((user, iteration)),
            first_at_ms: ms(group.seen.0),
            last_at_ms: ms(group.seen.1),
            body: group.excerpt.as_deref(),
            replay: report.replay_of(group),
            repeatable: group.is_repeatable(),
        }
    }
}

#[derive(Serialize)]
struct ConnectionsView {
    opened: u64,
    reused: u64,
    dns: LatenciesView,
    connect: LatenciesView,
    tls: LatenciesView,
    stray_bytes: u64,
    broken_idle: u64,
}

impl ConnectionsView {
    fn of(connections: &Connections) -> Self {
        Self {
            opened: connections.opened,
            reused: connections.reused,
            dns: LatenciesView::of(&connections.dns),
            connect: LatenciesView::of(&connections.connect),
            tls: LatenciesView::of(&connections.tls),
            stray_bytes: connections.stray_bytes,
            broken_idle: connections.broken_idle,
        }
    }
}

#[derive(Serialize)]
struct WindowView {
    start_ms: f64,
    length_ms: f64,
    users: u32,
    scheduled: u64,
    started: u64,
    dropped: u64,
    iterations: u64,
    failed_iterations: u64,
    requests: u64,
    failed_requests: u64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
}

impl WindowView {
    fn of(window: &Window) -> Self {
        Self {
            start_ms: ms(window.start),
            length_ms: ms(window.length),
            users: window.users,
            scheduled: window.scheduled,
            started: window.started,
            dropped: window.dropped,
            iterations: window.iterations,
            failed_iterations: window.failed_iterations,
            requests: window.requests,
            failed_requests: window.failed_requests,
            p50_ms: window.p50.map(ms),
            p95_ms: window.p95.map(ms),
            p99_ms: window.p99.map(ms),
        }
    }
}
