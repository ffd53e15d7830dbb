//! Adds up records: the one place from which everything that is reported comes.

use std::time::Duration;

use molotov_core::{
    FailureKind, Latencies, Outcome, Record, Recorder, Sample, Series, SeriesId, SeriesKind, Value,
};

use super::TREND_RESOLUTION;
use super::counts::{IterationCounts, RequestCounts};
use super::failures::{FailureGroup, Failures};
use super::reach::Reach;
use super::sliding::{Extent, Sliding, Span};
use super::snapshot::Snapshot;
use super::summary::{CheckRow, Connections, CounterRow, GaugeRow, Mix, Row, TrendRow, per_second};
use super::tally::Tally;
use super::threshold::Watch as Thresholds;
use super::windows::{Window, Windows};

/// What all records so far add up to.
#[derive(Debug, Default)]
pub(crate) struct Aggregator {
    series: Vec<Stats>,
    iterations: IterationCounts,
    requests: RequestCounts,
    connections: Connections,
    failures: Failures,
    /// Of requests, since the window and the interval were last brought up to date.
    recent: Latencies,
    windows: Windows,
    interval: Interval,
    /// Where somebody looks at the run while it goes on.
    watch: Option<Box<Sliding>>,
    reach: Reach,
    /// Where thresholds are judged while it goes on.
    thresholds: Option<Box<Thresholds>>,
    bytes: (u64, u64),
    braked: u64,
    /// When the first user started, since the start of the run; set-ups come before.
    begun: Duration,
    /// Whether users are running: rates are of what ends meanwhile.
    loading: bool,
}

/// One series, as far as its kind needs it.
#[derive(Debug, Default)]
struct Stats {
    series: Option<Series>,
    started: u64,
    ok: Latencies,
    failed: Latencies,
    cancelled: u64,
    kinds: Tally<FailureKind>,
    statuses: Tally<u16>,
    in_load: u64,
    values: Values,
}

#[derive(Debug, Default)]
struct Values {
    count: u64,
    passed: u64,
    sum: f64,
    last: f64,
    extremes: Option<(f64, f64)>,
}

/// Since the display last looked.
#[derive(Debug, Default)]
struct Interval {
    since: Duration,
    iterations: u64,
    requests: u64,
    latencies: Latencies,
}

impl Aggregator {
    /// Adds the records.
    pub(crate) fn absorb(&mut self, records: &mut Vec<Record>) {
        for record in records.drain(..) {
            self.add(record);
        }
    }

    fn add(&mut self, record: Record) {
        match record {
            Record::Started(series, many) => {
                self.iterations.started += many;
                self.stats(series).started += many;
            }
            Record::Sample(sample) => self.sample(&sample),
            Record::Failure(note) => self.failures.add(*note),
            Record::Connected(phases) => {
                self.connections.opened += 1;
                if !phases.dns.is_zero() {
                    self.connections.dns.record(phases.dns);
                }
                self.connections.connect.record(phases.connect);
                if !phases.tls.is_zero() {
                    self.connections.tls.record(phases.tls);
                }
            }
            Record::Braked => self.braked += 1,
            // Its sample was counted.
            Record::Iteration(_) => {}
            Record::Value(series, value) => {
                if let Some(thresholds) = &mut self.thresholds {
                    thresholds.value(series, value);
                }
                self.stats(series).value(value);
            }
        }
    }

    /// Learns the names of series that are new.
    pub(crate) fn learn(&mut self, recorder: &Recorder) {
        let known = self.series.iter().take_while(|stats| stats.series.is_some()).count();
        for series in recorder.series_since(known) {
            let id = series.id;
            self.stats(id).series = Some(series);
        }
    }

    fn stats(&mut self, id: SeriesId) -> &mut Stats {
        let index = id.index as usize;
        if index >= self.series.len() {
            self.series.resize_with(index + 1, Stats::default);
        }
        &mut self.series[index]
    }

    fn sample(&mut self, sample: &Sample) {
        let latency = sample.latency();
        let in_load = u64::from(self.loading && sample.outcome != Outcome::Cancelled);
        let stats = self.stats(sample.series);
        stats.in_load += in_load;
        match sample.outcome {
            Outcome::Ok => stats.ok.record(latency),
            Outcome::Failed(kind) => {
                stats.failed.record(latency);
                stats.kinds.add(kind);
            }
            Outcome::Cancelled => stats.cancelled += 1,
        }
        if sample.status > 0 {
            stats.statuses.add(sample.status);
        }
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.sample(sample);
        }
        match sample.series.kind {
            SeriesKind::Scenario => {
                self.iteration(sample);
                if let Some(sliding) = &mut self.watch {
                    sliding.iteration(sample);
                }
            }
            SeriesKind::Route => self.request(sample, latency),
            _ => {}
        }
    }

    fn iteration(&mut self, sample: &Sample) {
        let failed = match sample.outcome {
            Outcome::Ok => {
                self.iterations.ok += 1;
                false
            }
            Outcome::Failed(FailureKind::UserPanic | FailureKind::UserAssert) => {
                self.iterations.panicked += 1;
                true
            }
            Outcome::Failed(_) => {
                self.iterations.failed += 1;
                true
            }
            Outcome::Cancelled => {
                self.iterations.cancelled += 1;
                return;
            }
        };
        self.interval.iterations += 1;
        self.windows.open.iterations += 1;
        self.windows.open.failed_iterations += u64::from(failed);
    }

    fn request(&mut self, sample: &Sample, latency: Duration) {
        self.requests.add(sample.outcome, sample.sent > 0, sample.resent);
        if let Some(sliding) = &mut self.watch {
            sliding.request(sample);
        }
        self.requests.in_load += u64::from(self.loading && sample.outcome != Outcome::Cancelled);
        self.connections.reused += u64::from(sample.reused && sample.sent > 0);
        self.bytes.0 += sample.sent;
        self.bytes.1 += sample.received;
        let ok = sample.outcome == Outcome::Ok;
        if !ok {
            self.reach.not_ok(sample);
        }
        if sample.outcome == Outcome::Cancelled {
            return;
        }
        self.interval.requests += 1;
        self.windows.open.requests += 1;
        self.windows.open.failed_requests += u64::from(!ok);
        self.recent.record(latency);
    }

    /// Brings the window and the interval up to date. Each request is counted in both; one addition of all of them is
    /// cheaper than two for each.
    fn settle(&mut self) {
        self.windows.latencies.add(&self.recent);
        self.interval.latencies.add(&self.recent);
        self.recent.clear();
    }

    /// The first user starts now; `now` is the time since the start of the run.
    pub(crate) fn begin(&mut self, now: Duration) {
        self.begun = now;
        // What set-ups did is in the totals, but in no rate: it happened before the first second.
        self.recent.clear();
        self.interval = Interval { since: now, ..Interval::default() };
        self.windows = Windows::default();
        if let Some(sliding) = &mut self.watch {
            sliding.begin();
        }
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.begin(now);
        }
        self.loading = true;
    }

    /// The last user has ended; what comes after it is a tear-down's.
    pub(crate) fn end(&mut self, now: Duration) {
        self.loading = false;
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.end(now);
        }
    }

    /// Judges these thresholds while the run goes on.
    pub(crate) fn keep(&mut self, thresholds: Option<Thresholds>) {
        self.thresholds = thresholds.map(Box::new);
    }

    /// Moves their windows on; the first one that is broken and ends the run. `running` says whether iterations are
    /// still started.
    pub(crate) fn broken(&mut self, now: Duration, running: bool) -> Option<String> {
        self.thresholds.as_mut()?.advance(now, running)
    }

    /// What was found of them.
    pub(crate) fn thresholds(&self) -> Option<&Thresholds> {
        self.thresholds.as_deref()
    }

    /// Closes the window of the time series when it is over.
    pub(crate) fn tick(&mut self, now: Duration, users: u32) {
        let now = now.saturating_sub(self.begun);
        if self.windows.is_over(now) {
            self.settle();
            self.windows.advance(now, users);
        }
    }

    /// Keeps a window that slides over the run, from now on.
    pub(crate) fn watch(&mut self, extent: Extent) {
        self.watch = Some(Box::new(Sliding::new(extent)));
    }

    /// Moves that window on; the window where it has moved.
    pub(crate) fn slide(&mut self, now: Duration, users: u32) -> Option<Span> {
        let now = now.saturating_sub(self.begun);
        self.watch.as_mut()?.advance(now, users)
    }

    /// What requests said of the target so far.
    pub(crate) fn reach(&self) -> Reach {
        self.reach.with_ok(self.requests.ok)
    }

    /// The time since the first user started; `now` is the time since the start of the run.
    pub(crate) fn load_time(&self, now: Duration) -> Duration {
        now.saturating_sub(self.begun)
    }

    /// How the run stands, with the rates since the last time this was asked.
    pub(crate) fn snapshot(&mut self, now: Duration) -> Snapshot {
        self.settle();
        let interval = std::mem::take(&mut self.interval);
        self.interval.since = now;
        let time = now.saturating_sub(interval.since);
        Snapshot {
            elapsed: now.saturating_sub(self.begun),
            iterations: self.iterations.finished(),
            failed_iterations: self.iterations.failures(),
            failed_requests: self.requests.failures(),
            iterations_per_second: per_second(interval.iterations, time),
            requests_per_second: per_second(interval.requests, time),
            p50: interval.latencies.percentile(50.0),
            p95: interval.latencies.percentile(95.0),
            p99: interval.latencies.percentile(99.0),
            ..Snapshot::default()
        }
    }

    /// What the end of the run finds: iterations that never came back are cancelled too.
    pub(crate) fn finish(&mut self, now: Duration) -> Totals {
        self.settle();
        self.windows.finish(now.saturating_sub(self.begun), 0);
        // Not kept: should one of them come back after all, it counts as what it says it is.
        let mut iterations = self.iterations;
        let ended = iterations.finished() + iterations.cancelled;
        iterations.cancelled += iterations.started.saturating_sub(ended);
        Totals {
            iterations,
            requests: self.requests,
            latency: self.latency(),
            scenarios: self.rows(SeriesKind::Scenario),
            routes: self.rows(SeriesKind::Route),
            timers: self.rows(SeriesKind::Timer),
            checks: self.valued(SeriesKind::Check).map(check_row).collect(),
            counters: self.valued(SeriesKind::Counter).map(counter_row).collect(),
            gauges: self.valued(SeriesKind::Gauge).map(gauge_row).collect(),
            trends: self.valued(SeriesKind::Trend).map(trend_row).collect(),
            failures: self.failures.groups(|id| self.name(id)),
            connections: self.connections.clone(),
            bytes: self.bytes,
            braked: self.braked,
            windows: self.windows.closed().to_vec(),
        }
    }

    /// Of all requests that were ok.
    fn latency(&self) -> Latencies {
        let mut all = Latencies::default();
        self.of(SeriesKind::Route).for_each(|(_, stats)| all.add(&stats.ok));
        all
    }

    /// The shares that were wanted against those that were started.
    pub(crate) fn mix(&self, wanted: &[(SeriesId, f64)]) -> Vec<Mix> {
        let all = self.iterations.started.max(1) as f64;
        let share = |(id, wanted): &(SeriesId, f64)| Mix {
            scenario: self.name(*id),
            wanted: *wanted,
            actual: self.series.get(id.index as usize).map_or(0, |stats| stats.started) as f64 / all,
        };
        wanted.iter().map(share).collect()
    }

    fn name(&self, id: SeriesId) -> String {
        let series = self.series.get(id.index as usize).and_then(|stats| stats.series.as_ref());
        series.map_or_else(|| "?".into(), |series| series.name.clone())
    }

    fn of(&self, kind: SeriesKind) -> impl Iterator<Item = (&str, &Stats)> {
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

    /// Those that have got a value; a threshold may be of one that never gets any.
    fn valued(&self, kind: SeriesKind) -> impl Iterator<Item = (&str, &Stats)> {
        self.of(kind).filter(|(_, stats)| stats.values.count > 0)
    }

    fn rows(&self, kind: SeriesKind) -> Vec<Row> {
        let row = |(name, stats): (&str, &Stats)| Row {
            name: name.to_owned(),
            ok: stats.ok.clone(),
            failed: stats.failed.clone(),
            // Those that never came back are cancelled here as in the whole.
            cancelled: stats
                .started
                .saturating_sub(stats.ok.count() + stats.failed.count())
                .max(stats.cancelled),
            kinds: stats.kinds.counts(),
            statuses: stats.statuses.counts(),
            in_load: stats.in_load,
        };
        let seen = |(_, stats): &(&str, &Stats)| {
            stats.started + stats.ok.count() + stats.failed.count() + stats.cancelled > 0
        };
        self.of(kind).filter(seen).map(row).collect()
    }
}

/// What the records of a whole run add up to.
pub(crate) struct Totals {
    pub(crate) iterations: IterationCounts,
    pub(crate) requests: RequestCounts,
    pub(crate) latency: Latencies,
    pub(crate) scenarios: Vec<Row>,
    pub(crate) routes: Vec<Row>,
    pub(crate) timers: Vec<Row>,
    pub(crate) checks: Vec<CheckRow>,
    pub(crate) counters: Vec<CounterRow>,
    pub(crate) gauges: Vec<GaugeRow>,
    pub(crate) trends: Vec<TrendRow>,
    pub(crate) failures: Vec<FailureGroup>,
    pub(crate) connections: Connections,
    pub(crate) bytes: (u64, u64),
    pub(crate) braked: u64,
    pub(crate) windows: Vec<Window>,
}

impl Stats {
    fn value(&mut self, value: Value) {
        let values = &mut self.values;
        values.count += 1;
        let number = match value {
            Value::Check(passed) => {
                values.passed += u64::from(passed);
                return;
            }
            Value::Add(number) | Value::Set(number) | Value::Observe(number) => number,
        };
        values.sum += number;
        values.last = number;
        let (least, greatest) = values.extremes.unwrap_or((number, number));
        values.extremes = Some((least.min(number), greatest.max(number)));
        if let Value::Observe(number) = value {
            // A trend is a distribution like any other; its unit stands for a millisecond here.
            self.ok.record(Duration::from_micros((number.max(0.0) * TREND_RESOLUTION) as u64));
        }
    }
}

fn check_row((name, stats): (&str, &Stats)) -> CheckRow {
    let passed = stats.values.passed;
    CheckRow { name: name.to_owned(), passed, failed: stats.values.count - passed }
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
    row.settle();
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_add_up_to_the_whole_also_when_an_iteration_never_comes_back() {
        let recorder = Recorder::new(1, |_| {});
        let series = recorder.series(SeriesKind::Scenario, "stuck");
        let mut aggregator = Aggregator::default();
        aggregator.absorb(&mut vec![Record::Started(series, 1)]);
        aggregator.learn(&recorder);

        let totals = aggregator.finish(Duration::ZERO);

        assert_eq!(totals.iterations.cancelled, 1);
        assert_eq!(totals.scenarios[0].cancelled, 1);
    }

    fn request(series: SeriesId) -> Record {
        Record::Sample(Sample {
            series,
            outcome: Outcome::Ok,
            due: None,
            start: Duration::ZERO,
            service: Duration::from_millis(1),
            first_byte: None,
            sent: 1,
            received: 1,
            status: 200,
            reused: false,
            resent: false,
        })
    }

    #[test]
    fn rates_are_of_what_ended_while_users_were_running() {
        let mut aggregator = Aggregator::default();
        let series = SeriesId { index: 0, kind: SeriesKind::Route };

        aggregator.absorb(&mut vec![request(series); 5]);
        aggregator.begin(Duration::from_secs(1));
        aggregator.absorb(&mut vec![request(series); 3]);
        aggregator.end(Duration::from_secs(2));
        aggregator.absorb(&mut vec![request(series); 2]);

        let totals = aggregator.finish(Duration::from_secs(2));
        assert_eq!((totals.requests.ok, totals.requests.in_load), (10, 3));
    }
}
