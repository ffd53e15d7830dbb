//! Two reports as one.

mod rows;
mod windows;

use std::collections::BTreeSet;

use molotov_core::{Latencies, Rate};

use super::counts::{IterationCounts, RequestCounts};
use super::generator::{Generator, Limited, Processor};
use super::offered::{Offered, WarmUp};
use super::steady::Steady;
use super::summary::{Connections, Ended, Mix, Report, Settings, Stop};
use super::threshold;
use crate::error::Error;
use crate::plan::LoadSettings;
use crate::quantity::Share;
use crate::suggest;

/// Tear-downs that are told in words.
const MAX_MESSAGES: usize = 100;

impl Report {
    /// This report as that of a shard, so that it is known which ones were merged.
    #[must_use]
    pub fn of_shard(mut self, name: impl Into<String>) -> Self {
        self.shards = vec![name.into()];
        self
    }

    /// Two reports of runs that took place at the same time, as if it had been one run: counts are added, latencies too, so
    /// that percentiles are those of all samples; `elapsed` is the longer one. The order does not matter.
    ///
    /// What cannot be added up says so: percentiles of [`windows`](Report::windows) are the greater ones, a
    /// [`sizing`](Report::sizing) has no merged answer, and thresholds of windows are [not
    /// mergeable](crate::ThresholdOutcome::NotMergeable) where they bound a rate or a count. Other thresholds are judged
    /// anew. A report that was written to a file cannot be merged; it must be in this process.
    ///
    /// ```
    /// # use molotov_core::{Scenario, Suite};
    /// use molotov_runner::{Plan, Report, RunExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let suite = || Suite::new().scenario(Scenario::new("idle", |_| Box::pin(async { Ok(()) })));
    /// let one = suite().run(Plan::users(2).max_runs(5)).await?;
    /// let other = suite().run(Plan::users(3).max_runs(5)).await?;
    ///
    /// let both = Report::merge(one, other);
    ///
    /// assert_eq!((both.settings.users, both.iterations.ok), (5, 25));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn merge(mut one: Self, mut other: Self) -> Self {
        rows::stamp(&mut one);
        rows::stamp(&mut other);
        let mix = mix(&one, &other);
        let mut report = Self {
            settings: settings(one.settings, other.settings),
            shards: sorted(one.shards, other.shards),
            started_at: one.started_at.min(other.started_at),
            elapsed: one.elapsed.max(other.elapsed),
            ended: graver(one.ended, other.ended),
            iterations: iterations(one.iterations, other.iterations),
            requests: requests(one.requests, other.requests),
            warm_up: warm_up(one.warm_up, other.warm_up),
            service: match (one.service, other.service) {
                (None, None) => None,
                (service, more) => Some(sum(
                    service.unwrap_or_else(|| one.latency.clone()),
                    more.as_ref().unwrap_or(&other.latency),
                )),
            },
            latency: sum(one.latency, &other.latency),
            scenarios: rows::rows(one.scenarios, other.scenarios),
            routes: rows::rows(one.routes, other.routes),
            timers: rows::rows(one.timers, other.timers),
            checks: rows::checks(one.checks, other.checks),
            counters: rows::counters(one.counters, other.counters),
            gauges: rows::gauges(one.gauges, other.gauges),
            trends: rows::trends(one.trends, other.trends),
            mix,
            failures: rows::failures(one.failures, other.failures),
            connections: connections(one.connections, &other.connections),
            bytes_sent: one.bytes_sent + other.bytes_sent,
            bytes_received: one.bytes_received + other.bytes_received,
            braked: one.braked + other.braked,
            refused_series: one.refused_series + other.refused_series,
            dropped_events: one.dropped_events + other.dropped_events,
            listener_failures: sorted(one.listener_failures, other.listener_failures),
            listener_summaries: {
                let mut all = [one.listener_summaries, other.listener_summaries].concat();
                all.sort_by(|a, b| (&a.name, &a.text).cmp(&(&b.name, &b.text)));
                all
            },
            teardown_failures: {
                let mut all = sorted(one.teardown_failures, other.teardown_failures);
                all.truncate(MAX_MESSAGES);
                all
            },
            teardown_failure_count: one.teardown_failure_count + other.teardown_failure_count,
            windows: windows::merged(&one.windows, &other.windows),
            sizing: None,
            capacity: None,
            gaps: one.gaps.merged(other.gaps),
            thresholds: Vec::new(),
            offered: offered(
                (one.offered, one.iterations.started),
                (other.offered, other.iterations.started),
            ),
            generator: generator(one.generator, other.generator),
            steady: steady(one.steady, other.steady),
            last_parts: one.last_parts.merged(other.last_parts),
            time_shares: one.time_shares.merged(other.time_shares),
        };
        report.thresholds = threshold::merged(&report, &one.thresholds, &other.thresholds);
        report.name_gaps();
        report
    }

    /// The reports of these shards as one, as [`Report::merge`] does. Each must be [named](Report::of_shard).
    ///
    /// # Errors
    ///
    /// When a shard is missing, is there twice, is not expected or has no name: each is named.
    pub fn merge_shards<'a>(
        expected: impl IntoIterator<Item = &'a str>,
        reports: impl IntoIterator<Item = Self>,
    ) -> Result<Self, Error> {
        let expected: BTreeSet<&str> = expected.into_iter().collect();
        let reports: Vec<Self> = reports.into_iter().collect();
        Error::unless_empty(shard_problems(&expected, &reports))?;
        let merged = reports.into_iter().reduce(Self::merge);
        merged.ok_or_else(|| Error::new("there are no reports to merge"))
    }
}

fn shard_problems(expected: &BTreeSet<&str>, reports: &[Report]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut there = BTreeSet::new();
    for report in reports {
        if report.shards.is_empty() {
            problems.push("a report has no name of a shard; give it one with `of_shard`".to_owned());
        }
        for shard in &report.shards {
            if !there.insert(shard.as_str()) {
                problems.push(format!("the shard `{shard}` is there twice, and would count twice"));
            }
            if !expected.contains(shard.as_str()) {
                let cure = suggest::cure("shard", shard, expected.iter().copied());
                problems.push(format!("no shard is called `{shard}`; {cure}"));
            }
        }
    }
    let missing = expected.iter().filter(|shard| !there.contains(**shard));
    problems.extend(missing.map(|shard| format!("the shard `{shard}` is missing")));
    problems
}

fn sorted(one: Vec<String>, other: Vec<String>) -> Vec<String> {
    let mut all = [one, other].concat();
    all.sort();
    all
}

fn sum(mut one: Latencies, other: &Latencies) -> Latencies {
    one.add(other);
    one
}

fn warm_up(one: Option<WarmUp>, other: Option<WarmUp>) -> Option<WarmUp> {
    let (one, other) = match (one, other) {
        (Some(one), Some(other)) => (one, other),
        (one, other) => return one.or(other),
    };
    Some(WarmUp {
        time: one.time.max(other.time),
        iterations: iterations(one.iterations, other.iterations),
        requests: requests(one.requests, other.requests),
    })
}

/// Rates are of the longer one, as with all of the load.
fn steady(one: Option<Steady>, other: Option<Steady>) -> Option<Steady> {
    let (one, other) = one.zip(other)?;
    Some(Steady {
        from: one.from.max(other.from),
        time: one.time.max(other.time),
        iterations: one.iterations + other.iterations,
        requests: one.requests + other.requests,
    })
}

/// Of each what was due, and how many iterations were started. Where nothing had due times, what was started was due then,
/// and nothing was dropped.
fn offered(one: (Option<Offered>, u64), other: (Option<Offered>, u64)) -> Option<Offered> {
    let (one, other) = match (one, other) {
        ((Some(one), _), (Some(other), _)) => (one, other),
        ((Some(offered), _), (None, started)) | ((None, started), (Some(offered), _)) => {
            return Some(Offered { scheduled: offered.scheduled + started, ..offered });
        }
        ((None, _), (None, _)) => return None,
    };
    Some(Offered {
        scheduled: one.scheduled + other.scheduled,
        dropped: one.dropped + other.dropped,
        dropped_late: one.dropped_late + other.dropped_late,
        waited: one.waited + other.waited,
        release_lag: sum(one.release_lag, &other.release_lag),
        start_lag: sum(one.start_lag, &other.start_lag),
    })
}

/// What all had in common. Rates add up; with stages, or rates of scenarios' own only, there is no rate of the whole.
fn load(one: LoadSettings, other: &LoadSettings) -> LoadSettings {
    LoadSettings {
        open: one.open || other.open,
        rate: one.rate.zip(other.rate).map(|(one, other)| {
            Rate::of_thousandths_per_hour(
                one.thousandths_per_hour().saturating_add(other.thousandths_per_hour()),
            )
        }),
        poisson: one.poisson || other.poisson,
        staged: one.staged || other.staged,
        max_late: one.max_late.max(other.max_late),
        pacing: one.pacing.filter(|_| one.pacing == other.pacing),
        shared_runs: one.shared_runs.zip(other.shared_runs).map(|(one, other)| one.saturating_add(other)),
        warm_up: one.warm_up.max(other.warm_up),
    }
}

fn iterations(one: IterationCounts, other: IterationCounts) -> IterationCounts {
    IterationCounts {
        started: one.started + other.started,
        ok: one.ok + other.ok,
        failed: one.failed + other.failed,
        panicked: one.panicked + other.panicked,
        cancelled: one.cancelled + other.cancelled,
    }
}

fn requests(one: RequestCounts, other: RequestCounts) -> RequestCounts {
    RequestCounts {
        attempted: one.attempted + other.attempted,
        ok: one.ok + other.ok,
        http_error: one.http_error + other.http_error,
        failed: one.failed + other.failed,
        cancelled: one.cancelled + other.cancelled,
        not_sent: one.not_sent + other.not_sent,
        resent: one.resent + other.resent,
        local: one.local + other.local,
        in_load: one.in_load + other.in_load,
    }
}

fn connections(one: Connections, other: &Connections) -> Connections {
    Connections {
        opened: one.opened + other.opened,
        reused: one.reused + other.reused,
        dns: sum(one.dns, &other.dns),
        connect: sum(one.connect, &other.connect),
        tls: sum(one.tls, &other.tls),
        stray_bytes: one.stray_bytes + other.stray_bytes,
        broken_idle: one.broken_idle + other.broken_idle,
    }
}

/// Wanted shares are weighted by what was started; actual ones are counted.
fn mix(one: &Report, other: &Report) -> Vec<Mix> {
    let all = one.iterations.started + other.iterations.started;
    let names: BTreeSet<&str> =
        [one, other].iter().flat_map(|report| &report.mix).map(|mix| mix.scenario.as_str()).collect();
    let scenarios = union(one.settings.scenarios.clone(), other.settings.scenarios.clone());
    let share = |name: &str, of: fn(&Mix) -> Share| {
        let started = |report: &Report| {
            let found = report.mix.iter().find(|mix| mix.scenario == name);
            found.map_or(0.0, |mix| of(mix).fraction() * report.iterations.started as f64)
        };
        Share::of_fraction((started(one) + started(other)) / all.max(1) as f64)
    };
    let mut merged: Vec<_> = names
        .into_iter()
        .map(|name| Mix {
            scenario: name.to_owned(),
            wanted: share(name, |mix| mix.wanted),
            actual: share(name, |mix| mix.actual),
        })
        .collect();
    merged.sort_by_key(|mix| scenarios.iter().position(|name| *name == mix.scenario));
    merged
}

/// What is the same keeps its order; otherwise there is none that both have.
fn union(one: Vec<String>, other: Vec<String>) -> Vec<String> {
    if one == other {
        return one;
    }
    let mut all = sorted(one, other);
    all.dedup();
    all
}

fn settings(one: Settings, other: Settings) -> Settings {
    let mut tags = one.tags;
    for (tag, scenarios) in other.tags {
        let all = tags.entry(tag).or_default();
        *all = union(std::mem::take(all), scenarios);
    }
    Settings {
        users: one.users.saturating_add(other.users),
        threads: one.threads + other.threads,
        ramp_up: one.ramp_up.max(other.ramp_up),
        duration: one.duration.max(other.duration),
        max_runs: one.max_runs.max(other.max_runs),
        delay: one.delay.max(other.delay),
        load: load(one.load, &other.load),
        seed: one.seed.min(other.seed),
        replay: one.replay.filter(|_| one.replay == other.replay),
        targets: union(one.targets, other.targets),
        lacks_base: one.lacks_base.into_iter().chain(other.lacks_base).min(),
        notes: union(one.notes, other.notes),
        connections: one.connections,
        fresh_session: one.fresh_session || other.fresh_session,
        resolve: union(one.resolve, other.resolve),
        dns_ttl: one.dns_ttl.max(other.dns_ttl),
        scenarios: union(one.scenarios, other.scenarios),
        with_session: union(one.with_session, other.with_session),
        picker_unasked: one.picker_unasked || other.picker_unasked,
        insecure: one.insecure || other.insecure,
        debug_build: one.debug_build || other.debug_build,
        tolerated_failures: one.tolerated_failures.max(other.tolerated_failures),
        allow_invalid: one.allow_invalid && other.allow_invalid,
        percentiles: {
            let mut all = [one.percentiles, other.percentiles].concat();
            all.sort_by(f64::total_cmp);
            all.dedup();
            all
        },
        unjudged_thresholds: one.unjudged_thresholds.max(other.unjudged_thresholds),
        tags,
    }
}

/// What several generators have seen of themselves: each has its own descriptors and ports, so the scarcest count.
fn generator(mut one: Generator, other: Generator) -> Generator {
    one.heartbeats.extend(other.heartbeats);
    one.starts.lag.add(&other.starts.lag);
    one.starts.dropped += other.starts.dropped;
    one.starts.dropped_late += other.starts.dropped_late;
    one.processor = Processor {
        used: one.processor.used.zip(other.processor.used).map(|(one, other)| one + other),
        limit: one.processor.limit.zip(other.processor.limit).map(|(one, other)| one + other),
        watched: one.processor.watched.max(other.processor.watched),
        busy: one.processor.busy.max(other.processor.busy),
    };
    let scarcer = |one: Limited, other: Limited| {
        if other.share().unwrap_or_default() > one.share().unwrap_or_default() { other } else { one }
    };
    one.descriptors = scarcer(one.descriptors, other.descriptors);
    one.ports = scarcer(one.ports, other.ports);
    one.dropped_records += other.dropped_records;
    one.same_machine = sorted(one.same_machine, other.same_machine);
    one.same_machine.dedup();
    one.own_target |= other.own_target;
    one
}

/// Of two ends the one that is to be told.
fn graver(one: Ended, other: Ended) -> Ended {
    let rank = |ended: &Ended| match ended {
        Ended::Duration => 0,
        Ended::Completed => 1,
        Ended::Sized => 2,
        Ended::Stopped(_) => 3,
        Ended::FailFast => 4,
        Ended::DataExhausted(_) => 5,
        Ended::Threshold(_) => 6,
        Ended::DeadTarget(_) => 7,
        Ended::SetupFailed(_) => 8,
        Ended::Signal(Stop::HangUp) => 9,
        Ended::Signal(Stop::Interrupt) => 10,
        Ended::Signal(Stop::Terminate) => 11,
    };
    let key = |ended: &Ended| (rank(ended), ended.to_string());
    if key(&one) >= key(&other) { one } else { other }
}

#[cfg(test)]
mod tests;
