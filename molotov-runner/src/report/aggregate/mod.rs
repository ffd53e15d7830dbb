//! The aggregation of records: the single source of all reported figures.

mod course;
mod end_counts;
mod failure_kinds;
mod samples;
mod series;
mod series_course;
#[cfg(test)]
mod tests;
mod totals;

use std::time::Duration;

use molotov_core::{Latencies, Requests, SeriesId};

use self::course::{OpenTime, Outlier};
use self::end_counts::EndCounts;
use self::failure_kinds::FailureKinds;
use self::series::Stats;
pub(crate) use self::totals::Totals;
use super::counts::{IterationCounts, RequestCounts};
use super::failures::Failures;
use super::gaps::{Books, Gaps, GeneratorState, Ledger, Looked, RequestLength};
use super::last_part::{Counts, Follower, LastParts};
use super::load_phase::LoadPhase;
use super::offered::{ArrivalTally, WarmUp};
use super::rows::Connections;
use super::silence::{KnownRoute, LoadEnd, Silence, Silent};
use super::sliding::{Sliding, Span, WindowExtent};
use super::steady::{SteadyBound, SteadyPart};
use super::target_health::ReachCounts;
use super::threshold::Watch as Thresholds;
use super::time_share::{Counters, Cut, InFlight, TimeShares, UserTime, Waits};
use super::windows::Windows;
use crate::plan::objective::Objective;

/// The number of good samples that establishes a request's usual duration.
const SETTLED: u64 = 20;

/// The aggregated records so far.
#[derive(Debug, Default)]
pub(crate) struct Aggregator {
    series: Vec<Stats>,
    iterations: IterationCounts,
    requests: RequestCounts,
    connections: Connections,
    failures: Failures,
    /// Latencies of requests, since the last update of the window and the interval.
    recent: Latencies,
    windows: Windows,
    open_time: OpenTime,
    /// Samples that ended after the open window.
    early: Vec<Outlier>,
    /// The part of the totals' ends that is in a window.
    placed: EndCounts,
    /// The failed requests, by kind.
    failure_kinds: FailureKinds,
    /// The number of active users at the latest tick.
    users: u32,
    interval: Interval,
    /// The sliding window over the run, for a search.
    watch: Option<Box<Sliding>>,
    in_flight: InFlight,
    reach: ReachCounts,
    /// The ledger of the load: intervals without an end, and the fate of the last requests.
    ledger: Ledger,
    silence: Silence,
    /// The last parts of the load without a good end, of requests and of iterations.
    last_requests: Follower,
    last_iterations: Follower,
    /// The duration of the slowest good response, at the last tick.
    slowest: Duration,
    /// The thresholds that are judged during the run.
    thresholds: Option<Box<Thresholds>>,
    /// The counters for thresholds of a closed model, which are judged by time.
    counters: Option<Box<Counters>>,
    /// Requests without a response that the end of the run cancelled.
    cuts: Vec<Cut>,
    bytes: (u64, u64),
    braked: u64,
    /// Due arrivals, and dropped ones of them, if there are arrivals.
    offered: Option<(u64, u64)>,
    /// The samples of the warm-up, if there is one, and its end.
    warm_up: Option<WarmUp>,
    warm_until: Option<Duration>,
    /// The start of the first user, since the start of the run; set-ups come before.
    begun: Duration,
    /// `true` while users run: rates only include ends in that time.
    loading: bool,
    /// The part of the load whose rates are shown, if any.
    steady: Option<SteadyPart>,
}

/// The counts since the display's last update.
#[derive(Debug, Default)]
struct Interval {
    since: Duration,
    /// The ends before that.
    before: EndCounts,
    scheduled: u64,
    started: u64,
    dropped: u64,
    latencies: Latencies,
}

impl Aggregator {
    /// Starts the load with the first user; `now` is the time since the start of the run.
    pub(crate) fn start_load(&mut self, now: Duration) {
        self.begun = now;
        self.warm_until = self.warm_up.as_ref().map(|warm_up| now + warm_up.time);
        // The set-ups' samples are in the totals, but in no rate: they ended before the first second.
        self.recent.clear();
        self.requests.in_load = 0;
        self.series.iter_mut().for_each(|stats| stats.in_load = 0);
        self.interval = Interval { since: now, before: self.all_ends(), ..Interval::default() };
        self.start_course();
        if let Some(sliding) = &mut self.watch {
            sliding.clear();
            self.in_flight.start(self.requests.attempted);
        }
        if let Some(counters) = &mut self.counters {
            counters.start(now);
        }
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.start(now);
        }
        if let Some(steady) = &mut self.steady {
            steady.start(now);
            let bound = steady.update(now);
            self.mark(bound);
        }
        self.ledger.start(now);
        self.silence = Silence::default();
        self.last_requests.start(now, self.counts_of_requests());
        self.last_iterations.start(now, self.counts_of_iterations());
        self.loading = true;
    }

    /// Sets the steady part of the load: it starts this long after the load, and lasts at most this long.
    pub(crate) fn steady_after(&mut self, after: Duration, length: Option<Duration>) {
        self.steady = Some(SteadyPart::new(after, length));
    }

    /// Ends the steady part: no new iterations start, or users are done.
    pub(crate) fn unsteady(&mut self, now: Duration) {
        let bound = self.steady.as_mut().filter(|_| self.loading).and_then(|steady| steady.stop(now));
        self.mark(bound);
    }

    /// Starts or ends the counts of the steady part.
    fn mark(&mut self, bound: Option<SteadyBound>) {
        match bound {
            Some(SteadyBound::Begins) => {
                self.series.iter_mut().for_each(|stats| stats.before_steady = stats.in_load)
            }
            Some(SteadyBound::Ends) => {
                self.series.iter_mut().for_each(|stats| stats.steady = stats.in_load - stats.before_steady);
            }
            None => {}
        }
    }

    /// Ends the load with the last user; later records belong to tear-downs.
    pub(crate) fn end_load(&mut self, now: Duration) {
        self.unsteady(now);
        self.look_for_last_part(now);
        self.loading = false;
        self.slowest = self.answered().1;
        self.ledger.stop(now);
        let ledger = self.ledger.settled(&|id, took| self.final_length(id, took));
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.finish(now, &ledger, self.slowest);
        }
    }

    /// Records that no new iterations start.
    pub(crate) fn stop(&mut self, now: Duration) {
        self.look_for_last_part(now);
        self.ledger.stop(now);
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.stop(now, &self.ledger, self.slowest);
        }
        if let Some(counters) = &mut self.counters {
            counters.stop(now);
        }
    }

    /// Updates the last parts of the load without a good end.
    fn look_for_last_part(&mut self, now: Duration) {
        if self.loading {
            let phase = self.ledger.phase();
            let (requests, iterations) = (self.counts_of_requests(), self.counts_of_iterations());
            self.last_requests.observe(now, requests, phase);
            self.last_iterations.observe(now, iterations, phase);
        }
    }

    /// The numbers of good requests, and of failed ones without those by faults of this machine.
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

    /// Follows the gaps of these series.
    pub(crate) fn follow_gaps(&mut self, (ledger, series): (Ledger, Vec<(SeriesId, Books)>)) {
        self.ledger = ledger;
        for (id, books) in series {
            self.stats(id).books = Some(Box::new(books));
        }
    }

    /// Updates the gaps; `requests` is the number of started requests so far.
    pub(crate) fn look_for_gaps(&mut self, now: Duration, requests: Requests, generator: GeneratorState) {
        if self.loading {
            self.slowest = self.answered().1;
            let series = &self.series;
            let looked = Looked { now, requests, sampled: self.requests.attempted, generator };
            self.ledger.tick(looked, &|id: SeriesId, took: u64| {
                series.get(id.index as usize)?.request_length(took, SETTLED)
            });
            if self.watch.is_some() {
                self.in_flight.tick(now, requests.started);
            }
        }
    }

    /// Returns the time for which nothing has ended although requests wait, and the number of those.
    pub(crate) fn hang(&self) -> Option<(Duration, u64)> {
        self.ledger.live().hang().filter(|_| self.loading)
    }

    /// Returns the usual time without an end: twice the duration of the slowest good response, or the limit of a
    /// route's threshold.
    pub(crate) fn usual_wait(&self) -> Duration {
        (self.slowest * 2).max(self.ledger.patience())
    }

    /// Judges the service at the end of a load with this number of users; returns `None` if it responded. It may be
    /// silent for the window.
    pub(crate) fn silent(&self, window: Duration, stopped: Duration, users: u32) -> Option<Silent> {
        let stopped = self.ledger.stopped().unwrap_or(stopped);
        let (answered, slowest) = self.answered();
        let load = LoadEnd { window, begun: self.begun, stopped, answered, slowest, users };
        self.silence.judge(&load, |id| self.known_of_route(id))
    }

    /// Returns the properties of a route for the judgement of the load's end.
    fn known_of_route(&self, id: SeriesId) -> KnownRoute {
        let stats = self.series.get(id.index as usize);
        KnownRoute {
            name: self.series_name(id),
            answered: stats.and_then(|stats| stats.answered.times()),
            slowest: stats.and_then(|stats| stats.service_times().max()),
            allowed: stats.and_then(|stats| stats.books.as_deref()?.allowed),
        }
    }

    fn gaps(&self, now: Duration) -> Gaps {
        self.ledger.gaps(now, self.slowest, &|id, took| self.final_length(id, took))
    }

    /// Classifies a request's duration in comparison with all others of its series.
    fn final_length(&self, id: SeriesId, took: u64) -> Option<RequestLength> {
        self.series.get(id.index as usize)?.request_length(took, 1).or(Some(RequestLength::Unusual))
    }

    /// Sets the thresholds that are judged during the run.
    pub(crate) fn set_thresholds(&mut self, thresholds: Option<Thresholds>) {
        self.thresholds = thresholds.map(Box::new);
    }

    /// Advances the windows of the thresholds; returns the first broken threshold that ends the run.
    pub(crate) fn judge_thresholds(&mut self, now: Duration, phase: LoadPhase) -> Option<String> {
        self.thresholds.as_mut()?.advance(now, phase, &self.ledger, self.slowest)
    }

    /// Sets the counters for thresholds of a closed model, which are judged by time.
    pub(crate) fn set_counters(&mut self, counters: Option<Counters>) {
        self.counters = counters.map(Box::new);
    }

    fn time_shares(&self, now: Duration) -> TimeShares {
        let stopped = self.ledger.stopped().unwrap_or(now);
        let counted = self.counters.as_ref().map(|counters| counters.finish(stopped)).unwrap_or_default();
        let unknown = UserTime::default();
        let users = self.counters.as_ref().map_or(&unknown, |counters| counters.user_time());
        let waits = Waits::from_cuts(&self.cuts, (self.begun, stopped), users, |id| self.series_name(id));
        TimeShares { counted, waits }
    }

    /// Returns the thresholds that are judged during the run.
    pub(crate) fn thresholds(&self) -> Option<&Thresholds> {
        self.thresholds.as_deref()
    }

    /// Adds the load generator's own figures since the last tick to the open window.
    pub(crate) fn observe_generator(&mut self, lag: Duration, cpu_used: Duration) {
        let window = &mut self.windows.open;
        window.lag = window.lag.max(lag);
        window.cpu_used += cpu_used;
    }

    /// Closes the finished windows of the course, and starts and ends the steady part.
    pub(crate) fn tick(&mut self, now: Duration, users: u32) {
        let bound = self.steady.as_mut().filter(|_| self.loading).and_then(|steady| steady.update(now));
        self.mark(bound);
        self.look_for_last_part(now);
        let now = now.saturating_sub(self.begun);
        self.users = users;
        self.windows.release();
        self.close_windows(now);
        self.windows.end_tick(now);
    }

    /// Sets a warm-up: iterations that are due, or else start, in this first part of the load are measured separately.
    pub(crate) fn keep_apart(&mut self, time: Duration) {
        self.warm_up = (!time.is_zero()).then(|| WarmUp { time, ..WarmUp::default() });
    }

    /// Adds the arrivals since the last call. Returns the number of iterations that have started.
    pub(crate) fn offered(&mut self, counts: ArrivalTally) -> u64 {
        let ArrivalTally { scheduled, dropped, due } = counts;
        let before = self.offered.replace((scheduled, dropped)).unwrap_or_default();
        self.interval.scheduled += scheduled - before.0;
        self.interval.dropped += dropped - before.1;
        let placed: u64 = due.iter().map(|(_, many)| many).sum();
        self.windows.count_arrivals((scheduled - before.0).saturating_sub(placed), dropped - before.1);
        due.into_iter().for_each(|(second, many)| self.windows.count_due(second, many));
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.offered(scheduled - before.0, dropped - before.1);
        }
        self.iterations.started
    }

    /// Starts a window that slides over the run.
    pub(crate) fn watch(&mut self, extent: WindowExtent, objectives: Vec<Objective>) {
        self.watch = Some(Box::new(Sliding::new(extent, objectives)));
    }

    /// Advances that window; returns it if it has moved.
    pub(crate) fn slide(&mut self, now: Duration, users: u32) -> Option<Span> {
        let slowest = self.slowest;
        let mut waiting = self.in_flight.waiting(now, slowest);
        waiting.is_open = self.offered.is_some();
        let now = now.saturating_sub(self.begun);
        let mut span = self.watch.as_mut()?.advance(now, users)?;
        span.waiting = waiting;
        span.gaps = self.ledger.recent(&(None, Duration::ZERO), (span.start, span.end), slowest);
        Some(span)
    }

    /// Restarts that window now.
    pub(crate) fn slide_from(&mut self, now: Duration) {
        let now = now.saturating_sub(self.begun);
        if let Some(sliding) = &mut self.watch {
            sliding.restart(now);
        }
    }

    /// Due arrivals without a finished iteration: they wait or are in flight.
    pub(crate) fn undone(&self) -> u64 {
        let (scheduled, dropped) = self.offered.unwrap_or_default();
        scheduled.saturating_sub(dropped + self.iterations.finished() + self.iterations.cancelled)
    }

    /// Returns the counts of requests for the health of the target.
    pub(crate) fn reach(&self) -> ReachCounts {
        self.reach.with_ok(self.requests.ok)
    }

    /// The time since the first user started; `now` is the time since the start of the run.
    pub(crate) fn load_time(&self, now: Duration) -> Duration {
        now.saturating_sub(self.begun)
    }
}
