//! The report: everything that a run has shown, as values.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use molotov_core::{ConnectionPolicy, FailureKind, IdleFaultKind, Iteration, Latencies, UserId};

use super::aggregate::Totals;
use super::counts::{IterationCounts, RequestCounts};
use super::failures::FailureGroup;
use super::gaps::Gaps;
use super::generator::Generator;
use super::last_part::LastParts;
use super::offered::{Offered, WarmUp};
use super::sizing::{Capacity, Sizing};
use super::steady::Steady;
use super::threshold::ThresholdResult;
use super::windows::Window;
use crate::plan::LoadSettings;
use crate::plan::threshold::Limit;
use crate::quantity::{Share, Throughput};

/// Everything that a run has shown.
///
/// A run as a value: look at it with `assert!`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What was run.
    pub settings: Settings,
    /// The shards that it is of, in alphabetical order; none where they have no names.
    pub shards: Vec<String>,
    /// When it started.
    pub started_at: SystemTime,
    /// From the start of the first user to the end of the last one.
    pub elapsed: Duration,
    /// Why it ended.
    pub ended: Ended,
    /// Iterations, exactly.
    pub iterations: IterationCounts,
    /// Requests, exactly.
    pub requests: RequestCounts,
    /// What of both was kept apart as warm-up.
    pub warm_up: Option<WarmUp>,
    /// Latencies of all requests that were ok: from when each was due, where it was, or else from its start.
    pub latency: Latencies,
    /// Their service times, from their start, where some of them had due times.
    pub service: Option<Latencies>,
    /// Iterations of each scenario, by name.
    pub scenarios: Vec<Row>,
    /// Requests of each route, by name.
    pub routes: Vec<Row>,
    /// What `session.measure` timed, by name.
    pub timers: Vec<Row>,
    /// Soft checks, by name.
    pub checks: Vec<CheckRow>,
    /// Counters of the user's own, by name.
    pub counters: Vec<CounterRow>,
    /// Gauges of the user's own, by name.
    pub gauges: Vec<GaugeRow>,
    /// Trends of the user's own, by name.
    pub trends: Vec<TrendRow>,
    /// Wanted against actual shares of the scenarios.
    pub mix: Vec<Mix>,
    /// Failures, most frequent first.
    pub failures: Vec<FailureGroup>,
    /// Connections.
    pub connections: Connections,
    /// Bytes written to sockets (with TLS: before encryption).
    pub bytes_sent: u64,
    /// Bytes read from sockets (with TLS: after decryption).
    pub bytes_received: u64,
    /// How often a user waited, for up to 100 ms, because several of its iterations in a row had failed within 10 ms.
    pub braked: u64,
    /// How often a further series was asked for, after there were 1,000.
    pub refused_series: u64,
    /// Events that were dropped because a listener was too slow.
    pub dropped_events: u64,
    /// Listeners that panicked, in words.
    pub listener_failures: Vec<String>,
    /// What listeners had to say in the end, in the order in which they were added.
    pub listener_summaries: Vec<ListenerSummary>,
    /// Tear-downs that failed, in words; at most 100 of them.
    pub teardown_failures: Vec<String>,
    /// How many tear-downs failed.
    pub teardown_failure_count: u64,
    /// The course of the run, second by second.
    pub windows: Vec<Window>,
    /// How many users the service stands, where the run was a sizing.
    pub sizing: Option<Sizing>,
    /// What rate the service stands, where the run was a sizing that began with a rate.
    pub capacity: Option<Capacity>,
    /// Where the service did not answer although requests were waiting.
    pub gaps: Gaps,
    /// The thresholds of the run, each with what was observed of it.
    pub thresholds: Vec<ThresholdResult>,
    /// What the load generator has seen of itself; [`Report::verdict`] says what follows.
    pub generator: Generator,
    /// What was due, where iterations had due times.
    pub offered: Option<Offered>,
    /// The part of the load whose rates the text shows; none of a sizing, and where it was shorter than a second.
    pub steady: Option<Steady>,
    /// Where nothing ended well any more.
    pub(crate) last_parts: LastParts,
}

/// What was run.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Settings {
    /// Virtual users.
    pub users: u32,
    /// Runtime threads.
    pub threads: usize,
    /// Over which the users started.
    pub ramp_up: Duration,
    /// How long the load was to last after the ramp-up.
    pub duration: Option<Duration>,
    /// Iterations that each user was to make.
    pub max_runs: Option<u64>,
    /// Pause after each iteration.
    pub delay: Duration,
    /// When iterations were to begin.
    pub load: LoadSettings,
    /// The seed of all randomness; of a merged report the least of them.
    pub seed: u64,
    /// The only iteration that was executed, where the run was a replay (`--replay`).
    pub replay: Option<(UserId, Iteration)>,
    /// The base URLs: the one that was named (`--host`), and those that sessions were given; at most 9.
    pub targets: Vec<String>,
    /// The mistake of the first request that was relative without a base URL, with its cure.
    pub(crate) lacks_base: Option<String>,
    /// What of the environment other clients heed and this run did not, in words: the variables of a proxy. Only the command
    /// line looks at them.
    pub notes: Vec<String>,
    /// How long connections were kept.
    pub connections: ConnectionPolicy,
    /// True where each iteration had a session of its own (`--fresh-session`).
    pub fresh_session: bool,
    /// Addresses that were named in place of DNS (`--resolve`), as `host:port:address`.
    pub resolve: Vec<String>,
    /// How long an answer of DNS was used.
    pub dns_ttl: Duration,
    /// The scenarios that could be picked, in order of registration.
    pub scenarios: Vec<String>,
    /// True where there is a scenario picker and it was not asked, because scenarios were named (`--scenario`, `--tag`),
    /// or each was executed once.
    pub picker_unasked: bool,
    /// True where certificates were not checked (`--insecure`).
    pub insecure: bool,
    /// True where the load generator itself was built without optimisation.
    pub debug_build: bool,
    /// Failed iterations that are tolerated (`--fail N` less one).
    pub tolerated_failures: u64,
    /// Thresholds that were not judged, because each scenario was executed once, or because the run was a sizing.
    pub unjudged_thresholds: usize,
    /// Of the scenarios, those that take a session.
    pub(crate) with_session: Vec<String>,
    /// The scenarios of each tag.
    pub(crate) tags: BTreeMap<String, Vec<String>>,
    /// True where an invalid run has no exit code of its own (`--allow-invalid`).
    pub allow_invalid: bool,
    /// The percentiles that were asked for, of all requests, by the objectives of a sizing and by thresholds; in percent.
    pub percentiles: Vec<f64>,
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// Its duration was over.
    Duration,
    /// Every user had made its iterations.
    Completed,
    /// An iteration failed, and the plan says to stop then.
    FailFast,
    /// A scenario asked for it, for this reason.
    Stopped(String),
    /// From outside.
    Signal(Stop),
    /// A set-up failed, for this reason.
    SetupFailed(String),
    /// A feeder had no row left (`then_stop()`): which, in words.
    DataExhausted(String),
    /// A sizing came to its end.
    Sized,
    /// A threshold was broken that is to end the run then (`abort`); it, and what was observed.
    Threshold(String),
    /// Nearly all requests failed as no healthy target lets them ([`Plan::dead_target_window`](crate::Plan::dead_target_window));
    /// of a sizing: no attempt to connect has succeeded. The targets, and how it went.
    DeadTarget(String),
}

/// A signal that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal was closed.
    HangUp,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration => f.write_str("its duration was over"),
            Self::Completed => f.write_str("every user had made its iterations"),
            Self::FailFast => f.write_str("an iteration failed (--fail-fast)"),
            Self::Stopped(why) => write!(f, "a scenario stopped it: {why}"),
            Self::Signal(Stop::Interrupt) => f.write_str("interrupted (Ctrl-C)"),
            Self::Signal(Stop::Terminate) => f.write_str("terminated (SIGTERM)"),
            Self::Signal(Stop::HangUp) => f.write_str("hung up (SIGHUP)"),
            Self::SetupFailed(why) => write!(f, "a set-up failed: {why}"),
            Self::DataExhausted(why) => f.write_str(why),
            Self::Sized => f.write_str("the sizing came to its end"),
            Self::Threshold(which) => write!(f, "a threshold was broken: {which}"),
            Self::DeadTarget(why) => write!(f, "the target is dead: {why}"),
        }
    }
}

/// One scenario, route or timer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Latencies of what ended well: from when it was due, where it was, or else from its start.
    pub ok: Latencies,
    /// Latencies of what failed; a time-out counts as what elapsed.
    pub failed: Latencies,
    /// Service times of both, from the start, where some had due times. Without them the latencies are service times.
    pub service: Option<Service>,
    /// Cut by the end of the run, or dropped.
    pub cancelled: u64,
    /// How long those had taken when they were cut: each of them is known to be longer. In no other latencies, and in the
    /// percentiles that a threshold judges ([`Latencies::estimate`]).
    pub cut: Latencies,
    /// Failures by kind.
    pub kinds: BTreeMap<FailureKind, u64>,
    /// Responses by status (routes only).
    pub statuses: BTreeMap<u16, u64>,
    /// Of those that ended: while users were running, and not in a global set-up or tear-down. The rate is of these.
    pub in_load: u64,
    /// Of these: in the steady part of the load ([`Report::steady`]).
    pub steady: u64,
    /// What ended, well or not, of what was kept apart as warm-up; it is in none of the above.
    pub warm_up: u64,
    /// Of these, those that failed.
    pub warm_up_failed: u64,
    /// What came of connections behind these responses, while they were idle (routes only). It failed no request.
    pub idle: IdleFaults,
    /// Of a scenario: iterations whose session sent, measured or counted anything, the warm-up included.
    pub busy: u64,
}

/// What came of connections while no request was using them, at the route of the last response on each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdleFaults {
    /// How often bytes came that no request had asked for. The connection was closed, and the next request went on a
    /// fresh one.
    pub stray_bytes: u64,
    /// The first bytes of one of them: at most 40 characters, escaped, with secrets masked.
    pub first_bytes: Option<String>,
    /// How often the connection broke: a reset, or a fault of its encryption.
    pub broken: u64,
    /// How one of them broke, in words.
    pub how: Option<String>,
}

impl IdleFaults {
    pub(crate) fn add(&mut self, kind: IdleFaultKind) {
        match kind {
            IdleFaultKind::StrayBytes(first) => {
                self.stray_bytes += 1;
                self.first_bytes.get_or_insert(first);
            }
            IdleFaultKind::Broken(how) => {
                self.broken += 1;
                self.how.get_or_insert(how);
            }
            _ => {}
        }
    }
}

/// Service times: from the start of an attempt to its end, whenever it was due.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Service {
    /// Of what ended well.
    pub ok: Latencies,
    /// Of what failed.
    pub failed: Latencies,
}

impl Row {
    /// What ended, well or not.
    pub fn count(&self) -> u64 {
        self.ok.count() + self.failed.count()
    }

    /// What failed, of what ended; none where nothing did.
    pub fn failed_share(&self) -> Option<Share> {
        Share::of(self.failed.count(), self.count())
    }

    /// The latencies of everything that ended, well or not.
    pub fn all(&self) -> Latencies {
        let mut all = self.ok.clone();
        all.add(&self.failed);
        all
    }
}

/// A soft check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckRow {
    /// Its name.
    pub name: String,
    /// How often it passed.
    pub passed: u64,
    /// How often it did not.
    pub failed: u64,
}

/// A counter of the user's own.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CounterRow {
    /// Its name.
    pub name: String,
    /// Its sum.
    pub sum: f64,
    /// How often something was added.
    pub count: u64,
}

/// A gauge of the user's own.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GaugeRow {
    /// Its name.
    pub name: String,
    /// The value that was set last.
    pub last: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// How often it was set.
    pub count: u64,
    /// Of a merged report: until when it was set, at the latest.
    pub(crate) until: Option<SystemTime>,
}

/// A trend of the user's own.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TrendRow {
    /// Its name.
    pub name: String,
    /// How many values.
    pub count: u64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// Their sum.
    pub sum: f64,
    /// The median, with three digits; none where there are too few values.
    pub p50: Option<f64>,
    /// The 95th percentile.
    pub p95: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
    /// All values, in thousandths that are counted as microseconds.
    pub(crate) values: Latencies,
}

/// What a listener had to say when the run was over ([`Listener::summing_up`](molotov_core::Listener::summing_up)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListenerSummary {
    /// The listener's name.
    pub name: String,
    /// What it said, in lines.
    pub text: String,
}

/// The share of a scenario in all iterations.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mix {
    /// The scenario.
    pub scenario: String,
    /// By its weight.
    pub wanted: Share,
    /// Of the iterations that were started.
    pub actual: Share,
}

/// Connections of a run.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Connections {
    /// Opened.
    pub opened: u64,
    /// Requests that were sent on a connection which had served one before.
    pub reused: u64,
    /// How long resolving took; only of connections to a name.
    pub dns: Latencies,
    /// How long connecting took.
    pub connect: Latencies,
    /// How long the TLS handshake took; only of connections with TLS.
    pub tls: Latencies,
    /// Connections that were closed because bytes came that no request had asked for; [`Row::idle`] says behind which
    /// responses.
    pub stray_bytes: u64,
    /// Connections that broke while they were idle, otherwise than by being closed properly.
    pub broken_idle: u64,
}

impl Report {
    /// A report of what was added up, in which nothing else happened.
    pub(crate) fn of(totals: Totals) -> Self {
        Self {
            settings: Settings::default(),
            shards: Vec::new(),
            started_at: SystemTime::UNIX_EPOCH,
            elapsed: Duration::ZERO,
            ended: Ended::Completed,
            iterations: totals.iterations,
            requests: totals.requests,
            warm_up: totals.warm_up,
            latency: totals.latency,
            service: totals.service,
            scenarios: totals.scenarios,
            routes: totals.routes,
            timers: totals.timers,
            checks: totals.checks,
            counters: totals.counters,
            gauges: totals.gauges,
            trends: totals.trends,
            mix: Vec::new(),
            failures: totals.failures,
            connections: totals.connections,
            bytes_sent: totals.bytes.0,
            bytes_received: totals.bytes.1,
            braked: totals.braked,
            refused_series: 0,
            dropped_events: 0,
            listener_failures: Vec::new(),
            listener_summaries: Vec::new(),
            teardown_failures: Vec::new(),
            teardown_failure_count: 0,
            windows: totals.windows,
            sizing: None,
            capacity: None,
            gaps: totals.gaps,
            thresholds: Vec::new(),
            generator: Generator::default(),
            offered: None,
            steady: totals.steady,
            last_parts: totals.last_parts,
        }
    }
}

impl Report {
    /// The row of a route, for instance `GET /items/{id}`.
    pub fn route(&self, name: &str) -> Option<&Row> {
        self.routes.iter().find(|row| row.name == name)
    }

    /// The row of a scenario.
    pub fn scenario(&self, name: &str) -> Option<&Row> {
        self.scenarios.iter().find(|row| row.name == name)
    }

    /// What `session.measure` timed under this name.
    pub fn timer(&self, name: &str) -> Option<&Row> {
        self.timers.iter().find(|row| row.name == name)
    }

    /// The soft check of this name. (`check` judges thresholds.)
    pub fn soft_check(&self, name: &str) -> Option<&CheckRow> {
        self.checks.iter().find(|row| row.name == name)
    }

    /// The counter of this name.
    pub fn counter(&self, name: &str) -> Option<&CounterRow> {
        self.counters.iter().find(|row| row.name == name)
    }

    /// The gauge of this name.
    pub fn gauge(&self, name: &str) -> Option<&GaugeRow> {
        self.gauges.iter().find(|row| row.name == name)
    }

    /// The trend of this name.
    pub fn trend(&self, name: &str) -> Option<&TrendRow> {
        self.trends.iter().find(|row| row.name == name)
    }

    /// Latencies of all requests that ended, failed ones too.
    pub fn all_latencies(&self) -> Latencies {
        self.routes.iter().fold(Latencies::default(), |mut all, row| {
            all.add(&row.ok);
            all.add(&row.failed);
            all
        })
    }

    /// Chooses the gaps that are worth a word, by what thresholds say of them.
    pub(crate) fn name_gaps(&mut self) {
        let broken = self.thresholds.iter().filter(|result| result.gaps.is_some());
        let limits = broken.filter_map(|result| match result.planned.limit {
            Limit::Time(limit) => Some(limit),
            _ => None,
        });
        let least = limits.min();
        if self.requests.attempted > 0 {
            return self.gaps.name(self.service.as_ref().unwrap_or(&self.latency), least);
        }
        let mut calls = Latencies::default();
        self.timers.iter().for_each(|row| calls.add(&row.ok));
        self.gaps.name(&calls, least);
    }

    /// Requests that ended while users were running.
    pub fn request_rate(&self) -> Throughput {
        Throughput::of(self.requests.in_load, self.measured())
    }

    /// Iterations that ended.
    pub fn iteration_rate(&self) -> Throughput {
        let apart = self.warm_up.as_ref().map_or(0, |warm_up| warm_up.iterations.finished());
        Throughput::of(self.iterations.finished() - apart, self.measured())
    }

    /// How often this route, scenario or timer ended while users were running.
    pub fn rate_of(&self, row: &Row) -> Throughput {
        Throughput::of(row.in_load, self.measured())
    }

    /// The iterations that failed, of those that ended; none where none did.
    pub fn failed_iterations(&self) -> Option<Share> {
        Share::of(self.iterations.failures(), self.iterations.finished())
    }

    /// The requests that failed, of those that ended; none where none did.
    pub fn failed_requests(&self) -> Option<Share> {
        Share::of(self.requests.failures(), self.requests.attempted - self.requests.cancelled)
    }

    /// The options that execute the first iteration of these failures once more, with all others of its run: `--seed 42
    /// --replay 3:17`.
    pub fn replay_of(&self, failure: &FailureGroup) -> String {
        let (iteration, user) = failure.first;
        let seed = failure.seed.unwrap_or(self.settings.seed);
        format!("--seed {seed} --replay {user}:{iteration}")
    }

    /// How long the run was without its warm-up; rates are of this time.
    pub fn measured(&self) -> Duration {
        self.elapsed.saturating_sub(self.warm_up.as_ref().map_or(Duration::ZERO, |warm_up| warm_up.time))
    }
}
