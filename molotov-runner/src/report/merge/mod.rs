//! The merge of two reports.
//!
//! Most of it is inlined, so that it is only compiled in programs that merge reports.

mod failures;
mod mix;
mod repeats;
mod windows;

use std::collections::BTreeSet;

use molotov_core::Latencies;

use super::mergeable::{Merge, merge_fields, sorted};
use super::offered::Offered;
use super::rows::ListenerSummary;
use super::summary::Report;
use super::threshold::{self, ThresholdResult};
use crate::error::RunError;
use crate::suggest;

/// The maximum number of kept tear-down messages.
const MAX_MESSAGES: usize = 100;

impl Report {
    /// Names this report as that of a shard, so that a merged report lists its shards.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// # fn join(north: Report, south: Report) {
    /// let both = Report::merge(north.of_shard("north"), south.of_shard("south"));
    /// assert_eq!(both.shards, ["north", "south"]);
    /// # }
    /// ```
    #[must_use]
    #[inline]
    pub fn of_shard(mut self, name: impl Into<String>) -> Self {
        self.shards = vec![name.into()];
        self
    }

    /// Merges two reports of runs at the same time as if they were one run: counts and latencies are added, so that
    /// percentiles are those of all samples; `elapsed` is the longer one. The order does not matter.
    ///
    /// Parts that cannot be added up are marked: a [`sizing`](Report::sizing) has no merged result, and thresholds of
    /// windows are [not mergeable](crate::ThresholdOutcome::NotMergeable) if they bound a rate or a count. Other
    /// thresholds are judged again. Reports from a file are merged like any other: [`Report::from_json`].
    ///
    /// ```
    /// # use molotov::{Scenario, Suite};
    /// use molotov::{Plan, Report, RunExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let suite = || Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
    /// let one = suite().run(Plan::users(2).max_runs(5)).await?;
    /// let other = suite().run(Plan::users(3).max_runs(5)).await?;
    ///
    /// let both = Report::merge(one, other);
    ///
    /// assert_eq!((both.settings.users, both.iterations.ok), (5, 25));
    /// # Ok(()) }
    /// ```
    #[must_use]
    #[inline]
    pub fn merge(one: Self, other: Self) -> Self {
        let thresholds = [one.thresholds.clone(), other.thresholds.clone()];
        Self::sum(one, other).judged_anew(&thresholds)
    }

    /// Both reports as one, without thresholds.
    #[inline]
    fn sum(mut one: Self, mut other: Self) -> Self {
        one.stamp();
        other.stamp();
        let (mix, offered, service) =
            (mix::merged(&one, &other), merged_offered(&one, &other), merged_service(&one, &other));
        merge_fields!(one, other =>
            settings, ended, iterations, requests, warm_up, latency, scenarios, routes, timers, soft_checks, counters, gauges,
            trends, failures, connections, bytes_sent, bytes_received, braked, refused_series, dropped_events,
            teardown_failure_count, windows, gaps, generator, last_parts, time_shares;
            schema: one.schema,
            shards: sorted(one.shards, other.shards),
            started_at: one.started_at.min(other.started_at),
            elapsed: one.elapsed.max(other.elapsed),
            service: service,
            mix: mix,
            listener_failures: sorted(one.listener_failures, other.listener_failures),
            unwritten: first(sorted(one.unwritten, other.unwritten)),
            listener_summaries: summaries(one.listener_summaries, other.listener_summaries),
            teardown_failures: first(sorted(one.teardown_failures, other.teardown_failures)),
            sizing: None,
            capacity: None,
            thresholds: Vec::new(),
            offered: offered,
            // A part of only one report is not a part of the whole.
            steady: one.steady.zip(other.steady).map(|(one, other)| one.merge(other)))
    }

    /// The sum of two runs, with the thresholds of both.
    #[inline]
    fn judged_anew(mut self, [one, other]: &[Vec<ThresholdResult>; 2]) -> Self {
        self.thresholds = threshold::merged(&self, one, other);
        self.select_longest_gaps();
        self
    }

    /// Merges the reports of these shards, like [`Report::merge`]. Each must be [named](Report::of_shard).
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// # fn join(shards: Vec<Report>) -> std::result::Result<(), molotov::error::RunError> {
    /// let whole = Report::merge_shards(["north", "south"], shards)?;
    /// assert_eq!(whole.iterations.failures(), 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error that lists each missing, duplicate, unexpected or unnamed shard.
    #[inline]
    pub fn merge_shards<'a>(
        expected: impl IntoIterator<Item = &'a str>,
        reports: impl IntoIterator<Item = Self>,
    ) -> Result<Self, RunError> {
        let expected: BTreeSet<&str> = expected.into_iter().collect();
        let reports: Vec<Self> = reports.into_iter().collect();
        RunError::unless_empty(shard_problems(&expected, &reports))?;
        let merged = reports.into_iter().reduce(Self::merge);
        merged.ok_or_else(|| RunError::new("there are no reports to merge"))
    }
}

#[inline]
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

impl Report {
    /// Records the latest time of a run's gauges, and the seed of its failures.
    #[inline]
    fn stamp(&mut self) {
        let (end, seed) = (self.started_at + self.elapsed, self.settings.seed);
        self.gauges.iter_mut().for_each(|gauge| gauge.until = gauge.until.or(Some(end)));
        self.failures.iter_mut().for_each(|group| group.seed = group.seed.or(Some(seed)));
    }
}

/// In a run without due times, each start counts as due at that time.
#[inline]
fn merged_offered(one: &Report, other: &Report) -> Option<Offered> {
    match (one.offered.clone(), other.offered.clone()) {
        (Some(offered), None) => Some(offered.with_started(other.iterations.started)),
        (None, Some(offered)) => Some(offered.with_started(one.iterations.started)),
        (one, other) => one.merge(other),
    }
}

/// Merges service times, if one of them had due times; the latencies of the other are service times then.
#[inline]
fn merged_service(one: &Report, other: &Report) -> Option<Latencies> {
    let has_service = one.service.is_some() || other.service.is_some();
    has_service.then(|| service_times(one).merge(service_times(other)))
}

#[inline]
fn service_times(report: &Report) -> Latencies {
    report.service.as_ref().unwrap_or(&report.latency).clone()
}

#[inline]
fn summaries(one: Vec<ListenerSummary>, other: Vec<ListenerSummary>) -> Vec<ListenerSummary> {
    let mut all = [one, other].concat();
    all.sort_by(|a, b| (&a.name, &a.text).cmp(&(&b.name, &b.text)));
    all
}

#[inline]
fn first(mut messages: Vec<String>) -> Vec<String> {
    messages.truncate(MAX_MESSAGES);
    messages
}

#[cfg(test)]
mod tests;
