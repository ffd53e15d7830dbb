//! The aggregated records: so far, and at the end of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use molotov_core::{Latencies, SeriesId, SeriesKind};

use super::series::Stats;
use super::{Aggregator, Interval};
use crate::quantity::{Share, Throughput};
use crate::report::counts::{IterationCounts, RequestCounts};
use crate::report::failures::FailureGroup;
use crate::report::gaps::Gaps;
use crate::report::last_part::LastParts;
use crate::report::mergeable::Merge;
use crate::report::offered::WarmUp;
use crate::report::rows::{Connections, Mix, SeriesRow};
use crate::report::run_progress::{ArrivalCounts, CourseDetail, RunProgress};
use crate::report::steady::Steady;
use crate::report::time_share::TimeShares;
use crate::report::values::{CounterRow, GaugeRow, SoftCheckRow, TrendRow};
use crate::report::windows::Window;

/// The aggregated records of a whole run.
pub(crate) struct Totals {
    pub(crate) iterations: IterationCounts,
    pub(crate) requests: RequestCounts,
    pub(crate) warm_up: Option<WarmUp>,
    pub(crate) latency: Latencies,
    pub(crate) service: Option<Latencies>,
    pub(crate) scenarios: Vec<SeriesRow>,
    pub(crate) routes: Vec<SeriesRow>,
    pub(crate) timers: Vec<SeriesRow>,
    pub(crate) checks: Vec<SoftCheckRow>,
    pub(crate) counters: Vec<CounterRow>,
    pub(crate) gauges: Vec<GaugeRow>,
    pub(crate) trends: Vec<TrendRow>,
    pub(crate) failures: Vec<FailureGroup>,
    pub(crate) connections: Connections,
    pub(crate) bytes: (u64, u64),
    pub(crate) braked: u64,
    pub(crate) windows: Vec<Window>,
    pub(crate) steady: Option<Steady>,
    pub(crate) gaps: Gaps,
    pub(crate) last_parts: LastParts,
    pub(crate) time_shares: TimeShares,
}

impl Aggregator {
    /// Returns the failures so far, and the slowest route at this time.
    fn detail(&self) -> CourseDetail {
        let of_requests = self.requests.attempted > 0;
        let kind = if of_requests { SeriesKind::Route } else { SeriesKind::Scenario };
        let counts = self.series_of_kind(kind).map(|(_, stats)| stats.kinds.counts());
        CourseDetail { failures: counts.fold(BTreeMap::new(), Merge::merge), slowest: self.slowest_route() }
    }

    fn slowest_route(&self) -> Option<(String, Duration)> {
        let second = self.windows.open.start.as_secs().checked_sub(1)?;
        let routes = self.series_of_kind(SeriesKind::Route);
        let medians = routes.filter_map(|(name, stats)| Some((name, stats.course().median_at(second)?)));
        let slowest = medians.max_by_key(|(_, median)| *median);
        slowest.map(|(name, median)| (name.to_owned(), median))
    }

    /// Returns the progress of the run, with the rates since the last call.
    pub(crate) fn snapshot(&mut self, now: Duration) -> RunProgress {
        self.update_windows();
        let ends = self.all_ends();
        let next = Interval { since: now, before: ends, ..Interval::default() };
        let interval = std::mem::replace(&mut self.interval, next);
        let ended = ends.minus(interval.before);
        let time = now.saturating_sub(interval.since);
        RunProgress {
            elapsed: now.saturating_sub(self.begun),
            iterations: self.iterations.finished(),
            failed_iterations: self.iterations.failures(),
            failed_requests: self.requests.failures(),
            iterations_per_second: Throughput::new(ended.iterations, time).in_second(),
            requests_per_second: Throughput::new(ended.requests, time).in_second(),
            p50: interval.latencies.percentile(50.0),
            p95: interval.latencies.percentile(95.0),
            p99: interval.latencies.percentile(99.0),
            arrivals: self.offered.map(|(scheduled, dropped)| ArrivalCounts {
                scheduled,
                dropped,
                started: self.iterations.started,
                scheduled_per_second: Throughput::new(interval.scheduled, time).in_second(),
                started_per_second: Throughput::new(interval.started, time).in_second(),
                dropped_per_second: Throughput::new(interval.dropped, time).in_second(),
            }),
            detail: self.detail(),
            ..RunProgress::default()
        }
    }

    /// Returns the totals at the end of the run: unfinished iterations count as cancelled.
    pub(crate) fn finish(&mut self, now: Duration) -> Totals {
        self.update_windows();
        self.finish_windows(now.saturating_sub(self.begun));
        self.totals(now)
    }

    /// Returns the totals so far, in a run in progress.
    pub(crate) fn so_far(&mut self, now: Duration) -> Totals {
        self.update_windows();
        self.totals(now)
    }

    /// Returns the complete windows that were not returned before.
    pub(crate) fn fresh_windows(&mut self) -> Vec<Window> {
        self.windows.take_ready()
    }

    fn totals(&self, now: Duration) -> Totals {
        // Not stored: an iteration that returns after all counts with its own outcome.
        let mut iterations = self.iterations;
        let ended = iterations.finished() + iterations.cancelled;
        iterations.cancelled += iterations.started.saturating_sub(ended);
        Totals {
            iterations,
            requests: self.requests,
            warm_up: self.warm_up.clone(),
            latency: self.latency(),
            service: self.service(),
            scenarios: self.rows(SeriesKind::Scenario),
            routes: self.rows(SeriesKind::Route),
            timers: self.rows(SeriesKind::Timer),
            checks: self.valued(SeriesKind::Check).map(check_row).collect(),
            counters: self.valued(SeriesKind::Counter).map(counter_row).collect(),
            gauges: self.valued(SeriesKind::Gauge).map(gauge_row).collect(),
            trends: self.valued(SeriesKind::Trend).map(trend_row).collect(),
            failures: self.failures.groups(self.begun, |id| self.series_name(id)),
            connections: self.connections.clone(),
            bytes: self.bytes,
            braked: self.braked,
            windows: self.windows.closed().to_vec(),
            steady: self.steady(),
            gaps: self.gaps(now),
            last_parts: self.last_parts(now),
            time_shares: self.time_shares(now),
        }
    }

    /// Latencies of all good requests.
    fn latency(&self) -> Latencies {
        let mut all = Latencies::default();
        self.series_of_kind(SeriesKind::Route).for_each(|(_, stats)| all.add(&stats.ok));
        all
    }

    /// Service times of all good requests, if some had due times.
    fn service(&self) -> Option<Latencies> {
        self.series_of_kind(SeriesKind::Route).find(|(_, stats)| stats.service.is_some())?;
        let mut all = Latencies::default();
        for (_, stats) in self.series_of_kind(SeriesKind::Route) {
            all.add(stats.service.as_deref().map_or(&stats.ok, |service| &service.ok));
        }
        Some(all)
    }

    /// The planned and the actual shares of the scenarios.
    pub(crate) fn mix(&self, wanted: &[(SeriesId, f64)]) -> Vec<Mix> {
        let all = self.iterations.started.max(1);
        let shares = wanted.iter().map(|(id, wanted)| Mix {
            scenario: self.series_name(*id),
            wanted: Share::from_fraction(*wanted),
            actual: Share::new(self.series.get(id.index as usize).map_or(0, |stats| stats.started), all)
                .unwrap_or_default(),
        });
        shares.collect()
    }

    /// The steady part, with its ends.
    fn steady(&self) -> Option<Steady> {
        let steady = self.steady.as_ref()?;
        steady.finish(self.steady_count(SeriesKind::Scenario), self.steady_count(SeriesKind::Route))
    }

    fn steady_count(&self, kind: SeriesKind) -> u64 {
        self.series_of_kind(kind).map(|(_, stats)| stats.steady).sum()
    }

    pub(super) fn series_name(&self, id: SeriesId) -> String {
        let series = self.series.get(id.index as usize).and_then(|stats| stats.series.as_ref());
        series.map_or_else(|| "?".into(), |series| series.name.clone())
    }

    pub(super) fn series_of_kind(&self, kind: SeriesKind) -> impl Iterator<Item = (&str, &Stats)> {
        let mut found: Vec<_> = self
            .series
            .iter()
            .filter_map(|stats| {
                Some((stats.series.as_ref().filter(|series| series.id.kind == kind)?.name.as_str(), stats))
            })
            .collect();
        found.sort_by_key(|(name, _)| *name);
        found.into_iter()
    }

    /// The series with a value; the series of a threshold may never get any.
    fn valued(&self, kind: SeriesKind) -> impl Iterator<Item = (&str, &Stats)> {
        self.series_of_kind(kind).filter(|(_, stats)| stats.values.count > 0)
    }

    fn rows(&self, kind: SeriesKind) -> Vec<SeriesRow> {
        let seen = self.series_of_kind(kind).filter(|(_, stats)| stats.has_rows());
        let rows = seen.map(|(name, stats)| SeriesRow {
            name: name.to_owned(),
            ok: stats.ok.clone(),
            failed: stats.failed.clone(),
            service: stats.service.as_deref().cloned(),
            // Unfinished iterations count as cancelled here, as in the whole.
            cancelled: stats
                .started
                .saturating_sub(stats.ok.count() + stats.failed.count() + stats.warm_up)
                .max(stats.cancelled),
            cut: stats.cut.clone(),
            kinds: stats.kinds.counts(),
            statuses: stats.statuses.counts(),
            in_load: stats.in_load,
            steady: stats.steady,
            warm_up: stats.warm_up,
            warm_up_failed: stats.warm_up_failed,
            busy: if kind == SeriesKind::Scenario { stats.busy } else { 0 },
            idle: stats.idle.clone(),
            course: stats.course().clone(),
            phases: Some(stats.phases.finish()).filter(|phases| !phases.is_empty()),
            declared: None,
        });
        rows.collect()
    }
}

impl Stats {
    /// Returns `true` if any record belongs to a row.
    fn has_rows(&self) -> bool {
        self.started + self.ok.count() + self.failed.count() + self.cancelled + self.warm_up > 0
    }
}

fn check_row((name, stats): (&str, &Stats)) -> SoftCheckRow {
    let passed = stats.values.passed;
    SoftCheckRow { name: name.to_owned(), passed, failed: stats.values.count - passed }
}

fn counter_row((name, stats): (&str, &Stats)) -> CounterRow {
    CounterRow { name: name.to_owned(), sum: stats.values.sum, count: stats.values.count }
}

fn gauge_row((name, stats): (&str, &Stats)) -> GaugeRow {
    let (min, max) = stats.values.extremes.unwrap_or_default();
    let (last, count) = (stats.values.last, stats.values.count);
    GaugeRow { name: name.to_owned(), last, min, max, count, until: None }
}

fn trend_row((name, stats): (&str, &Stats)) -> TrendRow {
    let (min, max) = stats.values.extremes.unwrap_or_default();
    let mut row = TrendRow {
        name: name.to_owned(),
        count: stats.values.count,
        min,
        max,
        sum: stats.values.sum,
        p50: None,
        p95: None,
        p99: None,
        values: stats.ok.clone(),
    };
    row.update_percentiles();
    row
}
