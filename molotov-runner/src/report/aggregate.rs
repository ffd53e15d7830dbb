//! Adds up records: the one place from which everything that is reported comes.

use std::cell::Cell;
use std::time::Duration;

use molotov_core::{
    FailureKind, IdleFault, IdleFaultKind, Latencies, Outcome, Record, Recorder, Requests, Sample, Series,
    SeriesId, SeriesKind, Value,
};

use super::TREND_RESOLUTION;
use super::counts::{IterationCounts, RequestCounts};
use super::failures::{FailureGroup, Failures};
use super::gaps::{Books, Followed, Gaps, Ledger, Looked, nanos};
use super::last_part::{Counts, Follower, LastParts};
use super::offered::WarmUp;
use super::rows::{Connections, IdleFaults, Mix, Row, Service};
use super::run_progress::{ArrivalCounts, RunProgress};
use super::silence::{Answered, Known, Load, Silence, Silent};
use super::sliding::{Extent, Sliding, Span};
use super::steady::{Mark, Steady, SteadyPart};
use super::tally::Tally;
use super::target_health::Reach;
use super::threshold::Watch as Thresholds;
use super::time_share::{Counters, Cut, InFlight, TimeShares, Waits};
use super::values::{CheckRow, CounterRow, GaugeRow, TrendRow};
use super::windows::{Window, Windows};
use crate::plan::objective::Objective;
use crate::quantity::{Share, Throughput};

/// So many good samples say how long a request usually takes.
const SETTLED: u64 = 20;

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
    in_flight: InFlight,
    reach: Reach,
    /// Of the load: where nothing ended, and what became of the last requests.
    ledger: Ledger,
    silence: Silence,
    /// Where nothing ended well any more, of its requests and of its iterations.
    last_requests: Follower,
    last_iterations: Follower,
    /// How long the slowest good response took, a tick ago.
    slowest: Duration,
    /// Where thresholds are judged while it goes on.
    thresholds: Option<Box<Thresholds>>,
    /// Where thresholds of a closed model are judged by its time.
    counters: Option<Box<Counters>>,
    /// Requests that had no answer when the end of the run cut them.
    cuts: Vec<Cut>,
    bytes: (u64, u64),
    braked: u64,
    /// Arrivals that were due, and those of them that were dropped, where there are any.
    offered: Option<(u64, u64)>,
    /// What is kept apart, where something is, and the end of the time of which that is so.
    warm_up: Option<WarmUp>,
    warm_until: Option<Duration>,
    /// When the first user started, since the start of the run; set-ups come before.
    begun: Duration,
    /// Whether users are running: rates are of what ends meanwhile.
    loading: bool,
    /// The part of the load whose rates are shown, where there is one.
    steady: Option<SteadyPart>,
}

/// One series, as far as its kind needs it.
#[derive(Debug, Default)]
struct Stats {
    series: Option<Series>,
    started: u64,
    ok: Latencies,
    failed: Latencies,
    /// Where a due time was seen: until then they are the latencies.
    service: Option<Box<Service>>,
    cancelled: u64,
    /// How long those had taken when they were cut.
    cut: Latencies,
    answered: Answered,
    /// Where its samples are counted for gaps, where that is not only in those of all requests.
    books: Option<Box<Books>>,
    /// Twice the median of those that were ok, in nanoseconds, when there were so many.
    usual: Cell<(u64, u64)>,
    kinds: Tally<FailureKind>,
    statuses: Tally<u16>,
    in_load: u64,
    /// How many these were when the steady part began, and how many more when it ended.
    before_steady: u64,
    steady: u64,
    /// Those that ended, of those that are kept apart, and those of them that failed.
    warm_up: u64,
    warm_up_failed: u64,
    /// Of a scenario: iterations whose session sent or measured anything.
    busy: u64,
    values: Values,
    idle: IdleFaults,
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
    scheduled: u64,
    started: u64,
    dropped: u64,
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
                self.windows.open.started += many;
                self.interval.started += many;
                self.stats(series).started += many;
                // In an open model those are told that were due.
                if let (Some(thresholds), None) = (&mut self.thresholds, self.offered) {
                    thresholds.offered(many, 0);
                }
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
            Record::Idle(fault) => self.idle(*fault),
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

    fn idle(&mut self, IdleFault { series, kind }: IdleFault) {
        let stray = matches!(kind, IdleFaultKind::StrayBytes(_));
        self.connections.stray_bytes += u64::from(stray);
        self.connections.broken_idle += u64::from(!stray);
        self.stats(series).idle.add(kind);
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
        let is_warm_up = self.is_warm_up(sample);
        if is_warm_up {
            self.count_warm_up(sample);
        } else {
            self.measure(sample, latency);
        }
        if self.loading {
            self.follow(sample);
        }
        match sample.series.kind {
            SeriesKind::Scenario => {
                self.iteration(sample);
                if let Some(sliding) = &mut self.watch {
                    sliding.iteration(sample);
                }
            }
            SeriesKind::Route => self.request(sample, latency, is_warm_up),
            _ => {}
        }
    }

    /// Whether and when the service answers.
    fn follow(&mut self, sample: &Sample) {
        let Some(stats) = self.series.get_mut(sample.series.index as usize) else { return };
        let is_request = sample.series.kind == SeriesKind::Route;
        // A suite that sends nothing itself waits in what it measures.
        let is_call = sample.series.kind == SeriesKind::Timer && self.requests.attempted == 0;
        if !is_request && !is_call && stats.books.is_none() {
            return;
        }
        let start = nanos(sample.start);
        let span = (start, start.saturating_add(nanos(sample.service)));
        if is_request && sample.outcome == Outcome::Ok && stats.books.is_none() {
            // What nearly all are; each instruction is in each request.
            stats.answered.add(span.0, span.1);
            return self.ledger.good(sample.series, span);
        }
        let is_cut = self.ledger.is_cut(sample);
        if is_request && (sample.outcome == Outcome::Ok || self.silence.not_good(sample, is_cut)) {
            stats.answered.add(span.0, span.1);
        }
        if is_call && sample.outcome == Outcome::Ok {
            stats.answered.add(span.0, span.1);
        }
        let books = stats.books.as_deref();
        if is_cut && (is_request || is_call) && self.ledger.has_stopped() {
            let (from, allowed) = (sample.start, books.and_then(|books| books.allowed));
            let cut = Cut { series: sample.series, from, to: from + sample.service, allowed };
            if cut.counts(self.cuts.len()) {
                self.cuts.push(cut);
            }
        }
        self.ledger.sample(sample, span, Followed { is_of_all: is_request || is_call, is_cut }, books);
    }

    /// When the latest request was sent that was answered, and how long the slowest good response took: asked for in each
    /// tick, and not kept with each sample.
    fn answered(&self) -> (Answered, Duration) {
        let routes = self.series.iter().filter(|stats| stats.answered.end() > 0);
        routes.fold((Answered::default(), Duration::ZERO), |(answered, slowest), stats| {
            let longest = stats.service_times().max().unwrap_or_default();
            (answered.and(stats.answered), slowest.max(longest))
        })
    }

    /// Whether it is one of those that are kept apart.
    fn is_warm_up(&self, sample: &Sample) -> bool {
        self.warm_until.is_some_and(|until| sample.due.unwrap_or(sample.start) < until)
    }

    /// Counts a sample that is kept apart.
    fn count_warm_up(&mut self, sample: &Sample) {
        let stats = self.stats(sample.series);
        stats.busy += u64::from(sample.sent > 0);
        match sample.outcome {
            Outcome::Cancelled => stats.cancelled += 1,
            outcome => {
                stats.warm_up += 1;
                stats.warm_up_failed += u64::from(outcome != Outcome::Ok);
            }
        }
        let Some(warm_up) = &mut self.warm_up else { return };
        match sample.series.kind {
            SeriesKind::Scenario => {
                warm_up.iterations.started += 1;
                warm_up.iterations.add(sample.outcome);
            }
            SeriesKind::Route => {
                warm_up.requests.add(sample.outcome, sample.sent > 0, sample.resent);
            }
            _ => {}
        }
    }

    /// Adds a sample to its series.
    fn measure(&mut self, sample: &Sample, latency: Duration) {
        let in_load = u64::from(self.loading && sample.outcome != Outcome::Cancelled);
        let busy = u64::from(sample.sent > 0);
        let stats = self.stats(sample.series);
        stats.in_load += in_load;
        stats.busy += busy;
        if sample.due.is_some() || stats.service.is_some() {
            stats.serve(sample);
        }
        match sample.outcome {
            Outcome::Ok => stats.ok.record(latency),
            Outcome::Failed(kind) => {
                stats.failed.record(latency);
                stats.kinds.add(kind);
            }
            Outcome::Cancelled => {
                stats.cancelled += 1;
                stats.cut.record(latency);
            }
        }
        if sample.status > 0 {
            stats.statuses.add(sample.status);
        }
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.sample(sample);
        }
        if let (Some(counters), true) = (&mut self.counters, self.loading) {
            counters.sample(sample);
        }
    }

    fn iteration(&mut self, sample: &Sample) {
        self.iterations.add(sample.outcome);
        let failed = match sample.outcome {
            Outcome::Ok => false,
            Outcome::Failed(_) => true,
            Outcome::Cancelled => return,
        };
        self.interval.iterations += 1;
        self.windows.open.iterations += 1;
        self.windows.open.failed_iterations += u64::from(failed);
    }

    fn request(&mut self, sample: &Sample, latency: Duration, is_warm_up: bool) {
        self.requests.add(sample.outcome, sample.sent > 0, sample.resent);
        if let Some(sliding) = &mut self.watch {
            sliding.request(sample);
            self.in_flight.end(sample.start);
        }
        let in_load = self.loading && sample.outcome != Outcome::Cancelled && !is_warm_up;
        self.requests.in_load += u64::from(in_load);
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
        self.warm_until = self.warm_up.as_ref().map(|warm_up| now + warm_up.time);
        // What set-ups did is in the totals, but in no rate: it happened before the first second.
        self.recent.clear();
        self.interval = Interval { since: now, ..Interval::default() };
        self.windows = Windows::default();
        if let Some(sliding) = &mut self.watch {
            sliding.begin();
            self.in_flight.begin(self.requests.attempted);
        }
        if let Some(counters) = &mut self.counters {
            counters.begin(now);
        }
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.begin(now);
        }
        if let Some(steady) = &mut self.steady {
            steady.begin(now);
            let mark = steady.look(now);
            self.mark(mark);
        }
        self.ledger.begin(now);
        self.silence = Silence::default();
        self.last_requests.begin(now, self.counts_of_requests());
        self.last_iterations.begin(now, self.counts_of_iterations());
        self.loading = true;
    }

    /// The load is steady from so long after its beginning on, and at most for this time after its beginning.
    pub(crate) fn steady_after(&mut self, after: Duration, length: Option<Duration>) {
        self.steady = Some(SteadyPart::new(after, length));
    }

    /// The load is not steady any more: nothing new is started, or users are done.
    pub(crate) fn unsteady(&mut self, now: Duration) {
        let mark = self.steady.as_mut().filter(|_| self.loading).and_then(|steady| steady.end(now));
        self.mark(mark);
    }

    /// Counts from now on, or up to now.
    fn mark(&mut self, mark: Option<Mark>) {
        match mark {
            Some(Mark::Begins) => {
                self.series.iter_mut().for_each(|stats| stats.before_steady = stats.in_load)
            }
            Some(Mark::Ends) => {
                self.series.iter_mut().for_each(|stats| stats.steady = stats.in_load - stats.before_steady);
            }
            None => {}
        }
    }

    /// The last user has ended; what comes after it is a tear-down's.
    pub(crate) fn end(&mut self, now: Duration) {
        self.unsteady(now);
        self.look_for_last_part(now);
        self.loading = false;
        self.slowest = self.answered().1;
        self.ledger.stop(now);
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.end(now, &self.ledger, self.slowest);
        }
    }

    /// No new iterations are started any more.
    pub(crate) fn stop(&mut self, now: Duration) {
        self.look_for_last_part(now);
        self.ledger.stop(now);
    }

    /// Looks whether anything has ended well.
    fn look_for_last_part(&mut self, now: Duration) {
        if self.loading {
            let is_in_load = !self.ledger.has_stopped();
            let (requests, iterations) = (self.counts_of_requests(), self.counts_of_iterations());
            self.last_requests.look(now, requests, is_in_load);
            self.last_iterations.look(now, iterations, is_in_load);
        }
    }

    /// Good ones, and those that failed, but not for a fault of this machine.
    fn counts_of_requests(&self) -> Counts {
        (self.requests.ok, self.requests.failures() - self.requests.local)
    }

    fn counts_of_iterations(&self) -> Counts {
        (self.iterations.ok, self.iterations.failures())
    }

    fn last_parts(&self, now: Duration) -> LastParts {
        let end = self.ledger.stopped().unwrap_or(now);
        LastParts {
            requests: self.last_requests.finish(self.begun, end),
            iterations: self.last_iterations.finish(self.begun, end),
        }
    }

    /// Follows the gaps of what these series are.
    pub(crate) fn follow_gaps(&mut self, (ledger, series): (Ledger, Vec<(SeriesId, Books)>)) {
        self.ledger = ledger;
        for (id, books) in series {
            self.stats(id).books = Some(Box::new(books));
        }
    }

    /// Looks for gaps; these requests were started so far. `is_stalled` says that the load generator itself did not run.
    pub(crate) fn look_for_gaps(&mut self, now: Duration, requests: Requests, is_stalled: bool) {
        if self.loading {
            self.slowest = self.answered().1;
            let series = &self.series;
            let is_unusual =
                |id: SeriesId, took: u64| series.get(id.index as usize)?.is_unusual(took, SETTLED);
            let looked = Looked { now, requests, sampled: self.requests.attempted, is_stalled };
            self.ledger.tick(looked, &is_unusual);
            if self.watch.is_some() {
                self.in_flight.tick(now, requests.started);
            }
        }
    }

    /// How long nothing has ended although requests wait, and how many these are.
    pub(crate) fn hang(&self) -> Option<(Duration, u64)> {
        self.ledger.live().hang().filter(|_| self.loading)
    }

    /// How long it is nothing unusual that nothing ends: twice as long as the slowest good response, or as long as a
    /// threshold of a route allows.
    pub(crate) fn usual_wait(&self) -> Duration {
        (self.slowest * 2).max(self.ledger.patience())
    }

    /// Whether the service had stopped answering when the load of so many users ended. It may be silent for the window.
    pub(crate) fn silent(&self, window: Duration, stopped: Duration, users: u32) -> Option<Silent> {
        let known = |id: SeriesId| {
            let stats = self.series.get(id.index as usize);
            Known {
                name: self.name(id),
                answered: stats.and_then(|stats| stats.answered.times()),
                slowest: stats.and_then(|stats| stats.service_times().max()),
                allowed: stats.and_then(|stats| stats.books.as_deref()?.allowed),
            }
        };
        let stopped = self.ledger.stopped().unwrap_or(stopped);
        let (answered, slowest) = self.answered();
        let load = Load { window, begun: self.begun, stopped, answered, slowest, users };
        self.silence.judge(&load, known)
    }

    fn gaps(&self, now: Duration) -> Gaps {
        let series = &self.series;
        let is_unusual =
            |id: SeriesId, took: u64| series.get(id.index as usize)?.is_unusual(took, 1).or(Some(true));
        self.ledger.gaps(now, self.slowest, &is_unusual)
    }

    /// Judges these thresholds while the run goes on.
    pub(crate) fn keep(&mut self, thresholds: Option<Thresholds>) {
        self.thresholds = thresholds.map(Box::new);
    }

    /// Moves their windows on; the first one that is broken and ends the run. `running` says whether iterations are
    /// still started.
    pub(crate) fn broken(&mut self, now: Duration, running: bool) -> Option<String> {
        self.thresholds.as_mut()?.advance(now, running, &self.ledger, self.slowest)
    }

    /// Counts the samples of these thresholds by when they began.
    pub(crate) fn count(&mut self, counters: Option<Counters>) {
        self.counters = counters.map(Box::new);
    }

    fn time_shares(&self, now: Duration) -> TimeShares {
        let stopped = self.ledger.stopped().unwrap_or(now);
        let counted = self.counters.as_ref().map(|counters| counters.finish(stopped)).unwrap_or_default();
        TimeShares { counted, waits: Waits::of(&self.cuts, (self.begun, stopped), |id| self.name(id)) }
    }

    /// What was found of them.
    pub(crate) fn thresholds(&self) -> Option<&Thresholds> {
        self.thresholds.as_deref()
    }

    /// Closes the window of the time series when it is over, and begins and ends the steady part.
    pub(crate) fn tick(&mut self, now: Duration, users: u32) {
        let mark = self.steady.as_mut().filter(|_| self.loading).and_then(|steady| steady.look(now));
        self.mark(mark);
        self.look_for_last_part(now);
        let now = now.saturating_sub(self.begun);
        if self.windows.is_over(now) {
            self.settle();
            self.windows.advance(now, users);
        }
    }

    /// What is due, or else begins, in the first part of the load is kept apart.
    pub(crate) fn keep_apart(&mut self, time: Duration) {
        self.warm_up = (!time.is_zero()).then(|| WarmUp { time, ..WarmUp::default() });
    }

    /// So many arrivals were due so far, and so many of them were dropped. Says how many iterations have started.
    pub(crate) fn offered(&mut self, scheduled: u64, dropped: u64) -> u64 {
        let before = self.offered.replace((scheduled, dropped)).unwrap_or_default();
        self.interval.scheduled += scheduled - before.0;
        self.interval.dropped += dropped - before.1;
        self.windows.open.scheduled += scheduled - before.0;
        self.windows.open.dropped += dropped - before.1;
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.offered(scheduled - before.0, dropped - before.1);
        }
        self.iterations.started
    }

    /// Keeps a window that slides over the run, from now on.
    pub(crate) fn watch(&mut self, extent: Extent, objectives: Vec<Objective>) {
        self.watch = Some(Box::new(Sliding::new(extent, objectives)));
    }

    /// Moves that window on; the window where it has moved.
    pub(crate) fn slide(&mut self, now: Duration, users: u32) -> Option<Span> {
        let slowest = self.slowest;
        let waiting = self.in_flight.waiting(now, slowest, self.offered.is_some());
        let now = now.saturating_sub(self.begun);
        let mut span = self.watch.as_mut()?.advance(now, users)?;
        span.waiting = waiting;
        span.gaps = self.ledger.recent(&(None, Duration::ZERO), (span.start, span.end), slowest);
        Some(span)
    }

    /// Lets that window begin now.
    pub(crate) fn slide_from(&mut self, now: Duration) {
        let now = now.saturating_sub(self.begun);
        if let Some(sliding) = &mut self.watch {
            sliding.restart(now);
        }
    }

    /// Arrivals that were due and of which no iteration has ended: they wait or are in flight.
    pub(crate) fn undone(&self) -> u64 {
        let (scheduled, dropped) = self.offered.unwrap_or_default();
        scheduled.saturating_sub(dropped + self.iterations.finished() + self.iterations.cancelled)
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
    pub(crate) fn snapshot(&mut self, now: Duration) -> RunProgress {
        self.settle();
        let interval = std::mem::take(&mut self.interval);
        self.interval.since = now;
        let time = now.saturating_sub(interval.since);
        RunProgress {
            elapsed: now.saturating_sub(self.begun),
            iterations: self.iterations.finished(),
            failed_iterations: self.iterations.failures(),
            failed_requests: self.requests.failures(),
            iterations_per_second: Throughput::of(interval.iterations, time).in_second(),
            requests_per_second: Throughput::of(interval.requests, time).in_second(),
            p50: interval.latencies.percentile(50.0),
            p95: interval.latencies.percentile(95.0),
            p99: interval.latencies.percentile(99.0),
            arrivals: self.offered.map(|(scheduled, dropped)| ArrivalCounts {
                scheduled,
                dropped,
                started: self.iterations.started,
                scheduled_per_second: Throughput::of(interval.scheduled, time).in_second(),
                started_per_second: Throughput::of(interval.started, time).in_second(),
                dropped_per_second: Throughput::of(interval.dropped, time).in_second(),
            }),
            ..RunProgress::default()
        }
    }

    /// What the end of the run finds: iterations that never came back are cancelled too.
    pub(crate) fn finish(&mut self, now: Duration) -> Totals {
        self.settle();
        self.windows.finish(now.saturating_sub(self.begun), 0);
        self.totals(now)
    }

    /// What was found so far, in a run that goes on.
    pub(crate) fn so_far(&mut self, now: Duration) -> Totals {
        self.settle();
        self.totals(now)
    }

    /// The windows that ended since the last time this was asked.
    pub(crate) fn fresh_windows(&mut self) -> Vec<Window> {
        self.windows.take_fresh()
    }

    fn totals(&self, now: Duration) -> Totals {
        // Not kept: should one of them come back after all, it counts as what it says it is.
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
            failures: self.failures.groups(self.begun, |id| self.name(id)),
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

    /// Of all requests that were ok.
    fn latency(&self) -> Latencies {
        let mut all = Latencies::default();
        self.of(SeriesKind::Route).for_each(|(_, stats)| all.add(&stats.ok));
        all
    }

    /// Of all requests that were ok, where some of them had due times.
    fn service(&self) -> Option<Latencies> {
        self.of(SeriesKind::Route).find(|(_, stats)| stats.service.is_some())?;
        let mut all = Latencies::default();
        for (_, stats) in self.of(SeriesKind::Route) {
            all.add(stats.service.as_deref().map_or(&stats.ok, |service| &service.ok));
        }
        Some(all)
    }

    /// The shares that were wanted against those that were started.
    pub(crate) fn mix(&self, wanted: &[(SeriesId, f64)]) -> Vec<Mix> {
        let all = self.iterations.started.max(1);
        let share = |(id, wanted): &(SeriesId, f64)| Mix {
            scenario: self.name(*id),
            wanted: Share::of_fraction(*wanted),
            actual: Share::of(self.series.get(id.index as usize).map_or(0, |stats| stats.started), all)
                .unwrap_or_default(),
        };
        wanted.iter().map(share).collect()
    }

    /// The steady part, with what ended in it.
    fn steady(&self) -> Option<Steady> {
        let count = |kind| self.of(kind).map(|(_, stats)| stats.steady).sum();
        self.steady.as_ref()?.finish(count(SeriesKind::Scenario), count(SeriesKind::Route))
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
            service: stats.service.as_deref().cloned(),
            // Those that never came back are cancelled here as in the whole.
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
        };
        let seen = |(_, stats): &(&str, &Stats)| {
            stats.started + stats.ok.count() + stats.failed.count() + stats.cancelled + stats.warm_up > 0
        };
        self.of(kind).filter(seen).map(row).collect()
    }
}

/// What the records of a whole run add up to.
pub(crate) struct Totals {
    pub(crate) iterations: IterationCounts,
    pub(crate) requests: RequestCounts,
    pub(crate) warm_up: Option<WarmUp>,
    pub(crate) latency: Latencies,
    pub(crate) service: Option<Latencies>,
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
    pub(crate) steady: Option<Steady>,
    pub(crate) gaps: Gaps,
    pub(crate) last_parts: LastParts,
    pub(crate) time_shares: TimeShares,
}

impl Stats {
    fn service_times(&self) -> &Latencies {
        self.service.as_deref().map_or(&self.ok, |service| &service.ok)
    }

    /// Whether a request that took so many nanoseconds was longer than twice the median. None while fewer than this were
    /// ok.
    fn is_unusual(&self, took: u64, least: u64) -> Option<bool> {
        let times = self.service_times();
        let count = times.count();
        if count < least {
            return None;
        }
        let (known, mut usual) = self.usual.get();
        // The median costs more than a look at a sample may.
        if count >= known + known / 4 {
            let median = times.percentile(50.0).or_else(|| times.max()).unwrap_or_default();
            usual = median.as_nanos() as u64 * 2;
            self.usual.set((count, usual));
        }
        Some(took > usual)
    }

    /// Adds a service time; to be called before its latency is added.
    fn serve(&mut self, sample: &Sample) {
        let service = self
            .service
            .get_or_insert_with(|| Box::new(Service { ok: self.ok.clone(), failed: self.failed.clone() }));
        match sample.outcome {
            Outcome::Ok => service.ok.record(sample.service),
            Outcome::Failed(_) => service.failed.record(sample.service),
            Outcome::Cancelled => {}
        }
    }

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
            user: 0,
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
