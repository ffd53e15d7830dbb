//! A report that is rebuilt from the records of each second, if a run left none itself.
//!
//! It is inlined, like all code that reads results files.

use std::collections::BTreeMap;
use std::time::Duration;

use molotov_core::{Latencies, SeriesKind};

use super::course::{CoarseCounts, CoursePart, bucket_of};
use super::ended::Ended;
use super::failures::FailureGroup;
use super::mergeable::Merge;
use super::rows::SeriesRow;
use super::summary::Report;
use super::values::{CounterRow, GaugeRow, SoftCheckRow, TrendRow};
use super::windows::{Window, Windows};

/// The rows, failures and windows of a run, as far as known.
#[derive(Debug, Default)]
pub(crate) struct Rebuilt {
    pub(crate) rows: Vec<(SeriesKind, SeriesRow)>,
    pub(crate) checks: Vec<SoftCheckRow>,
    pub(crate) counters: Vec<CounterRow>,
    pub(crate) gauges: Vec<GaugeRow>,
    pub(crate) trends: Vec<TrendRow>,
    pub(crate) failures: Vec<FailureGroup>,
    pub(crate) windows: RebuiltWindows,
}

/// The part of a row to which latencies belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowPart {
    Ok,
    Failed,
}

/// The windows of a run, at most 600, as in a run.
#[derive(Debug, Default)]
pub(crate) struct RebuiltWindows {
    windows: Windows,
    /// The end of the last one, since the first user started.
    pub(crate) end: Duration,
}

impl RebuiltWindows {
    #[inline]
    pub(crate) fn add(&mut self, mut window: Window, latencies: &Latencies) {
        self.end = window.start + window.length;
        window.set_latencies(latencies);
        self.windows.keep(window);
    }
}

impl SeriesRow {
    /// Adds the ends of a second to the course.
    #[inline]
    pub(crate) fn add_to_course(&mut self, second: u64, latencies: &Latencies, part: RowPart) {
        let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
        for (micros, count) in latencies.buckets() {
            *counts.entry(bucket_of(micros)).or_default() += count;
        }
        let failed = if part == RowPart::Failed { latencies.count() } else { 0 };
        self.course.add(second, CoursePart { failed, latencies: CoarseCounts::from_counts(counts) });
    }
}

impl SeriesRow {
    #[inline]
    fn has_figures(&self) -> bool {
        self.count() + self.cancelled + self.warm_up > 0
    }
}

impl Report {
    /// This report with the rebuilt parts in place of its rows, and with thresholds that are judged by them.
    #[inline]
    pub(crate) fn with_rebuilt(mut self, rebuilt: Rebuilt, ended: Ended) -> Self {
        [&mut self.scenarios, &mut self.routes, &mut self.timers].into_iter().for_each(Vec::clear);
        self.elapsed = rebuilt.windows.end;
        self.ended = ended;
        self.windows = rebuilt.windows.windows.closed().to_vec();
        self.failures = Vec::new().merge(rebuilt.failures);
        self.soft_checks = by_name(rebuilt.checks, |row| &row.name);
        self.counters = by_name(rebuilt.counters, |row| &row.name);
        self.gauges = by_name(rebuilt.gauges, |row| &row.name);
        self.trends = by_name(rebuilt.trends, |row| &row.name);
        self.trends.iter_mut().for_each(TrendRow::update_percentiles);
        for (kind, row) in rebuilt.rows.into_iter().filter(|(_, row)| row.has_figures()) {
            match kind {
                SeriesKind::Scenario => self.scenarios.push(row),
                SeriesKind::Route => self.routes.push(row),
                _ => self.timers.push(row),
            }
        }
        for rows in [&mut self.scenarios, &mut self.routes, &mut self.timers] {
            rows.sort_by(|a, b| a.name.cmp(&b.name));
        }
        self.add_up_latencies();
        self.judge_again();
        self
    }

    /// The latencies of all requests, from those of the routes.
    #[inline]
    fn add_up_latencies(&mut self) {
        self.latency = Latencies::default();
        self.routes.iter().for_each(|row| self.latency.add(&row.ok));
        let has_service = self.routes.iter().any(|row| row.service.is_some());
        self.service = has_service.then(|| {
            self.routes.iter().fold(Latencies::default(), |mut all, row| {
                all.add(row.service.as_ref().map_or(&row.ok, |service| &service.ok));
                all
            })
        });
    }

    /// Judges thresholds of the whole run again by the available figures; the others keep their last state.
    #[inline]
    fn judge_again(&mut self) {
        let results = self.thresholds.iter().cloned().map(|result| match result.planned.is_of_whole_run() {
            true => result.judged_again(self),
            false => result,
        });
        self.thresholds = results.collect();
    }

    /// Returns the first mistake in counts that must add up, in a report from a file.
    #[inline]
    pub(crate) fn false_count(&self) -> Option<&'static str> {
        let (iterations, requests) = (&self.iterations, &self.requests);
        let most = 1u64 << 50;
        let all =
            [iterations.started, requests.attempted, requests.in_load, requests.not_sent, requests.resent];
        if all.iter().any(|count| *count > most) {
            return Some("there are more iterations or requests than there can be");
        }
        let ended = [iterations.ok, iterations.failed, iterations.panicked, iterations.cancelled];
        if sum(&ended) != Some(iterations.started) {
            return Some("the iterations do not add up");
        }
        let ended = [requests.ok, requests.http_error, requests.failed, requests.cancelled];
        if sum(&ended) != Some(requests.attempted) || requests.not_sent > requests.attempted {
            return Some("the requests do not add up");
        }
        let is_more = self.warm_up.as_ref().is_some_and(|apart| {
            let (all, apart) = (&self.requests, &apart.requests);
            apart.attempted > all.attempted
                || apart.cancelled > apart.attempted
                || apart.failures() > all.failures()
        }) || self.warm_up.as_ref().is_some_and(|apart| {
            let apart = &apart.iterations;
            apart.finished() > iterations.finished() || apart.failures() > iterations.failures()
        });
        is_more.then_some("more is kept apart as warm-up than there is")
    }
}

#[inline]
fn sum(counts: &[u64]) -> Option<u64> {
    counts.iter().try_fold(0u64, |sum, count| sum.checked_add(*count))
}

#[inline]
fn by_name<R>(mut rows: Vec<R>, name: impl Fn(&R) -> &str) -> Vec<R> {
    rows.sort_by(|a, b| name(a).cmp(name(b)));
    rows
}
