//! The report: all results of a run, as values.

use std::time::{Duration, SystemTime};

use molotov_core::{Latencies, millis};
use serde::{Deserialize, Serialize};

use super::aggregate::Totals;
use super::counts::{IterationCounts, RequestCounts};
use super::ended::Ended;
use super::failures::FailureGroup;
use super::gaps::Gaps;
use super::generator::Generator;
use super::last_part::LastParts;
use super::offered::{Offered, WarmUp};
use super::rows::{Connections, ListenerSummary, Mix, SeriesRow};
use super::schema::Schema;
use super::settings::Settings;
use super::sizing::{Capacity, Sizing};
use super::steady::Steady;
use super::threshold::ThresholdResult;
use super::time_share::TimeShares;
use super::values::{CounterRow, GaugeRow, SoftCheckRow, TrendRow};
use super::windows::Window;
use crate::plan::threshold::Limit;
use crate::quantity::{Share, Throughput};
use crate::serialized::moment;

/// All results of a run.
///
/// A run as a value, for use in `assert!`.
///
/// ```
/// # use molotov::prelude::*;
/// # async fn test() -> std::result::Result<(), molotov::error::RunError> {
/// let plan = Plan::users(20).host("http://localhost:8080").duration(secs(30));
///
/// let report = Suite::registered().run(plan).await?;
///
/// assert_eq!(report.iterations.failures(), 0);
/// report.assert("p99 < 200ms, rate > 100/s");
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[non_exhaustive]
pub struct Report {
    /// The schema version of the written fields.
    #[serde(skip_serializing)]
    pub(crate) schema: Schema,
    /// The settings of a run.
    #[serde(skip_serializing)]
    pub settings: Settings,
    /// The merged shards, in alphabetical order; empty if they have no names.
    pub shards: Vec<String>,
    /// The time of its start.
    #[serde(with = "moment")]
    pub started_at: SystemTime,
    /// From the start of the first user to the end of the last one.
    #[serde(rename = "elapsed_ms", with = "millis")]
    pub elapsed: Duration,
    /// The reason why it ended.
    pub ended: Ended,
    /// Exact counts of iterations.
    #[serde(skip_serializing)]
    pub iterations: IterationCounts,
    /// Exact counts of requests.
    #[serde(skip_serializing)]
    pub requests: RequestCounts,
    /// The counts of both in the warm-up, which is measured separately.
    pub warm_up: Option<WarmUp>,
    /// Latencies of all good requests: from the due time, if there was one, or else from the start.
    pub latency: Latencies,
    /// Their service times, from their start, if some of them had due times.
    #[serde(rename = "service_latency")]
    pub service: Option<Latencies>,
    /// Iterations of each scenario, by name.
    #[serde(skip_serializing)]
    pub scenarios: Vec<SeriesRow>,
    /// Requests of each route, by name.
    #[serde(skip_serializing)]
    pub routes: Vec<SeriesRow>,
    /// The timers of `session.measure`, by name.
    #[serde(skip_serializing)]
    pub timers: Vec<SeriesRow>,
    /// Soft checks, by name.
    #[serde(rename = "checks")]
    pub soft_checks: Vec<SoftCheckRow>,
    /// Counters of the user's own, by name.
    #[serde(skip_serializing)]
    pub counters: Vec<CounterRow>,
    /// Gauges of the user's own, by name.
    pub gauges: Vec<GaugeRow>,
    /// Trends of the user's own, by name.
    pub trends: Vec<TrendRow>,
    /// Planned against actual shares of the scenarios.
    pub mix: Vec<Mix>,
    /// Failures, most frequent first.
    #[serde(skip_serializing)]
    pub failures: Vec<FailureGroup>,
    /// Connections.
    pub connections: Connections,
    /// Bytes written to sockets (with TLS: before encryption).
    pub bytes_sent: u64,
    /// Bytes read from sockets (with TLS: after decryption).
    pub bytes_received: u64,
    /// The number of times that a user waited, for up to 100 ms, because several consecutive iterations had failed
    /// within 10 ms.
    pub braked: u64,
    /// The number of rejected series, beyond the limit of 1,000.
    pub refused_series: u64,
    /// Events that were dropped because a listener was too slow.
    pub dropped_events: u64,
    /// The panic messages of listeners.
    pub listener_failures: Vec<String>,
    /// The messages of the command line's outputs that were not, or not fully, written: exit code 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unwritten: Vec<String>,
    /// The final summaries of listeners, in the order of their registration.
    pub listener_summaries: Vec<ListenerSummary>,
    /// The messages of failed tear-downs; at most 100 of them.
    pub teardown_failures: Vec<String>,
    /// The number of failed tear-downs.
    pub teardown_failure_count: u64,
    /// The course of the run, second by second; at most 600 windows, in longer runs of two seconds, four, and so on.
    pub windows: Vec<Window>,
    /// The number of users that the service sustains, if the run was a sizing.
    pub sizing: Option<Sizing>,
    /// The rate that the service sustains, if the run was a sizing that started with a rate.
    #[serde(default, skip_serializing)]
    pub capacity: Option<Capacity>,
    /// The intervals in which the service did not respond although requests were waiting.
    pub gaps: Gaps,
    /// The thresholds of the run, each with its observed value.
    #[serde(skip_serializing)]
    pub thresholds: Vec<ThresholdResult>,
    /// The observations of the load generator itself; [`Report::verdict`] judges them.
    #[serde(skip_serializing)]
    pub generator: Generator,
    /// The arrivals, if iterations had due times.
    #[serde(skip_serializing)]
    pub offered: Option<Offered>,
    /// The part of the load whose rates the text shows; `None` for a sizing, and if it was shorter than a second.
    pub steady: Option<Steady>,
    /// The last parts of the load without a good end.
    pub(crate) last_parts: LastParts,
    /// The shares of the time of the load, for thresholds.
    pub(crate) time_shares: TimeShares,
}

/// Creates `Self` with these parts of the totals, then the empty ones, then the given ones. None can be forgotten.
macro_rules! report_fields {
    ($totals:ident => $($part:ident),*; default: $($empty:ident),*; $($name:ident: $value:expr),*) => {
        Self { $($part: $totals.$part,)* $($empty: Default::default(),)* $($name: $value,)* }
    };
}

impl Report {
    /// A report of these totals, without any other results.
    pub(crate) fn from_totals(totals: Totals) -> Self {
        report_fields!(totals => iterations, requests, warm_up, latency, service, scenarios, routes, timers, counters,
            gauges, trends, failures, connections, braked, windows, gaps, steady, last_parts, time_shares;
            default: settings, shards, elapsed, mix, refused_series, dropped_events, listener_failures, unwritten,
            listener_summaries, teardown_failures, teardown_failure_count, sizing, capacity, thresholds, generator, offered;
            schema: Schema, started_at: SystemTime::UNIX_EPOCH, ended: Ended::Completed, soft_checks: totals.checks,
            bytes_sent: totals.bytes.0, bytes_received: totals.bytes.1)
    }
}

impl Report {
    /// Returns the row of a route, for instance `GET /items/{id}`.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// let item = report.route("GET /items/{id}").unwrap();
    /// assert!(item.ok.percentile(99.0).unwrap().as_millis() < 200);
    /// # }
    /// ```
    pub fn route(&self, name: &str) -> Option<&SeriesRow> {
        self.routes.iter().find(|row| row.name == name)
    }

    /// Returns the row of a scenario.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// let buy = report.scenario("buy").unwrap();
    /// assert!(buy.count() >= 100);
    /// # }
    /// ```
    pub fn scenario(&self, name: &str) -> Option<&SeriesRow> {
        self.scenarios.iter().find(|row| row.name == name)
    }

    /// Returns the times of `session.measure` under this name.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// let checkout = report.timer("checkout").unwrap();
    /// assert!(checkout.ok.max().is_some_and(|longest| longest.as_secs() < 3));
    /// # }
    /// ```
    pub fn timer(&self, name: &str) -> Option<&SeriesRow> {
        self.timers.iter().find(|row| row.name == name)
    }

    /// Returns the soft check of this name. (`check` judges thresholds.)
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// let price = report.soft_check("price is positive").unwrap();
    /// assert_eq!(price.failed, 0);
    /// # }
    /// ```
    pub fn soft_check(&self, name: &str) -> Option<&SoftCheckRow> {
        self.soft_checks.iter().find(|row| row.name == name)
    }

    /// Returns the counter of this name.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// assert!(report.counter("items bought").unwrap().sum >= 1_000.0);
    /// # }
    /// ```
    pub fn counter(&self, name: &str) -> Option<&CounterRow> {
        self.counters.iter().find(|row| row.name == name)
    }

    /// Returns the gauge of this name.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// assert!(report.gauge("queue length").unwrap().max < 50.0);
    /// # }
    /// ```
    pub fn gauge(&self, name: &str) -> Option<&GaugeRow> {
        self.gauges.iter().find(|row| row.name == name)
    }

    /// Returns the trend of this name.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// let baskets = report.trend("basket value").unwrap();
    /// println!("{:?} on average, {:?} at most for half of them", baskets.mean(), baskets.p50);
    /// # }
    /// ```
    pub fn trend(&self, name: &str) -> Option<&TrendRow> {
        self.trends.iter().find(|row| row.name == name)
    }

    /// Returns the latencies of all finished requests, including failed ones.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// let all = report.all_latencies();
    /// assert!(all.count() >= report.latency.count());
    /// # }
    /// ```
    pub fn all_latencies(&self) -> Latencies {
        self.routes.iter().fold(Latencies::default(), |mut all, row| {
            all.add(&row.ok);
            all.add(&row.failed);
            all
        })
    }

    /// Selects the gaps that are worth reporting, based on the thresholds.
    pub(crate) fn select_longest_gaps(&mut self) {
        let broken = self.thresholds.iter().filter(|result| result.gaps.is_some());
        let limits = broken.filter_map(|result| match result.planned.limit {
            Limit::Time(limit) => Some(limit),
            _ => None,
        });
        let least = limits.min();
        if self.requests.attempted > 0 {
            return self.gaps.select_longest(self.service.as_ref().unwrap_or(&self.latency), least);
        }
        let mut calls = Latencies::default();
        self.timers.iter().for_each(|row| calls.add(&row.ok));
        self.gaps.select_longest(&calls, least);
    }

    /// Returns the rate of requests that ended while users were running.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// assert!(report.request_rate().in_second() > 100.0);
    /// # }
    /// ```
    pub fn request_rate(&self) -> Throughput {
        Throughput::new(self.requests.in_load, self.measured())
    }

    /// Returns the rate of iterations that ended.
    pub fn iteration_rate(&self) -> Throughput {
        let apart = self.warm_up.as_ref().map_or(0, |warm_up| warm_up.iterations.finished());
        Throughput::new(self.iterations.finished() - apart, self.measured())
    }

    /// Returns the rate at which this route, scenario or timer ended while users were running.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// if let Some(search) = report.route("GET /search") {
    ///     println!("{} searches per second", report.rate_of(search).in_second());
    /// }
    /// # }
    /// ```
    pub fn rate_of(&self, row: &SeriesRow) -> Throughput {
        Throughput::new(row.in_load, self.measured())
    }

    /// Returns the share of failed iterations in all finished ones; `None` without finished ones.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// assert!(report.failed_iterations().is_some_and(|share| share.in_percent() < 1.0));
    /// # }
    /// ```
    pub fn failed_iterations(&self) -> Option<Share> {
        Share::new(self.iterations.failures(), self.iterations.finished())
    }

    /// Returns the share of failed requests in all finished ones; `None` without finished ones.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// assert!(report.failed_requests().is_some_and(|share| share.in_percent() < 0.1));
    /// # }
    /// ```
    pub fn failed_requests(&self) -> Option<Share> {
        Share::new(self.requests.failures(), self.requests.attempted - self.requests.cancelled)
    }

    /// Returns the options that replay the first iteration of these failures, in addition to the other options of its
    /// run: `--seed 42 --replay 3:17`.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// if let Some(failure) = report.failures.first() {
    ///     println!("{}: replay with {}", failure.message, report.replay_of(failure));
    /// }
    /// # }
    /// ```
    pub fn replay_of(&self, failure: &FailureGroup) -> String {
        let (iteration, user) = failure.first;
        let seed = failure.seed.unwrap_or(self.settings.seed);
        format!("--seed {seed} --replay {user}:{iteration}")
    }

    /// Returns the length of the run without its warm-up, which is the time of all rates.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// let orders = report.scenario("buy").map_or(0, |row| row.ok.count());
    /// println!("{} orders per second", orders as f64 / report.measured().as_secs_f64());
    /// # }
    /// ```
    pub fn measured(&self) -> Duration {
        self.elapsed.saturating_sub(self.warm_up.as_ref().map_or(Duration::ZERO, |warm_up| warm_up.time))
    }
}
