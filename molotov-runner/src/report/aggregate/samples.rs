//! The aggregation of single records.

use std::time::Duration;

use molotov_core::{IdleFault, IdleFaultKind, Outcome, Record, Recorder, Sample, SeriesId, SeriesKind};

use super::Aggregator;
use super::course::Counting;
use super::series::Stats;
use crate::report::gaps::{Followed, nanos};
use crate::report::silence::Answered;
use crate::report::time_share::Cut;

impl Aggregator {
    /// Adds the records.
    pub(crate) fn absorb(&mut self, records: &mut Vec<Record>) {
        for record in records.iter_mut() {
            match record {
                // By reference: moving it would cost as much as counting it.
                Record::Sample(sample) => self.sample(sample),
                record => self.add(std::mem::replace(record, Record::Braked)),
            }
        }
        records.clear();
    }

    fn add(&mut self, record: Record) {
        match record {
            Record::Started(series, many) => {
                self.iterations.started += many;
                self.windows.count_started(many);
                self.interval.started += many;
                self.stats(series).started += many;
                // In the open model, thresholds count scheduled arrivals instead of starts.
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
            // Its sample has been counted.
            Record::Iteration(_) => {}
            Record::Value(series, value) => {
                if let Some(thresholds) = &mut self.thresholds {
                    thresholds.value(series, value);
                }
                self.stats(series).value(value);
            }
            // In tests, so that every new kind of record is counted somewhere.
            other => debug_assert!(false, "not counted: {other:?}"),
        }
    }

    fn idle(&mut self, IdleFault { series, kind, .. }: IdleFault) {
        let stray = matches!(kind, IdleFaultKind::StrayBytes(_));
        self.connections.stray_bytes += u64::from(stray);
        self.connections.broken_idle += u64::from(!stray);
        self.stats(series).idle.add(kind);
    }

    /// Updates the names of new series.
    pub(crate) fn learn(&mut self, recorder: &Recorder) {
        let known = self.series.iter().take_while(|stats| stats.series.is_some()).count();
        for series in recorder.series_since(known) {
            let id = series.id;
            self.stats(id).series = Some(series);
        }
    }

    pub(super) fn stats(&mut self, id: SeriesId) -> &mut Stats {
        let index = id.index as usize;
        if index >= self.series.len() {
            self.series.resize_with(index + 1, Stats::default);
        }
        &mut self.series[index]
    }

    #[inline]
    fn sample(&mut self, sample: &Sample) {
        if self.open_time.has_end_of(sample) { self.count(sample) } else { self.add_outlier(sample) }
    }

    /// Adds a sample to all totals.
    pub(super) fn count(&mut self, sample: &Sample) {
        let latency = sample.latency();
        let counting = self.counting(sample);
        match counting {
            Counting::WarmUp => self.count_warm_up(sample),
            Counting::Measured => self.measure(sample, latency),
        }
        if self.loading {
            self.follow(sample);
            if let Some(counters) = &mut self.counters {
                counters.sample(sample);
            }
        }
        match sample.series.kind {
            SeriesKind::Scenario => {
                self.iterations.add(sample.outcome);
                if let Some(sliding) = &mut self.watch {
                    sliding.iteration(sample);
                }
            }
            SeriesKind::Route => self.request(sample, latency, counting),
            _ => {}
        }
    }

    /// Records the response of the service for gaps and silences.
    fn follow(&mut self, sample: &Sample) {
        let Some(stats) = self.series.get_mut(sample.series.index as usize) else { return };
        let is_request = sample.series.kind == SeriesKind::Route;
        // A suite without requests of its own waits in its measured calls.
        let is_call = sample.series.kind == SeriesKind::Timer && self.requests.attempted == 0;
        if !is_request && !is_call && stats.books.is_none() {
            return;
        }
        let start = nanos(sample.start);
        let span = (start, start.saturating_add(nanos(sample.service)));
        if is_request && sample.outcome == Outcome::Ok && stats.books.is_none() {
            // The usual case; each instruction runs for each request.
            stats.answered.add(span.0, span.1);
            return self.ledger.add_good(sample.series, span);
        }
        let is_cut = self.ledger.is_cut(sample);
        if is_request && is_cut {
            self.silence.add_cut(sample);
        } else if is_request && (sample.outcome == Outcome::Ok || self.silence.add_failed(sample)) {
            stats.answered.add(span.0, span.1);
        }
        if is_call && sample.outcome == Outcome::Ok {
            stats.answered.add(span.0, span.1);
        }
        let books = stats.books.as_deref();
        if is_cut && (is_request || is_call) && self.ledger.has_stopped() {
            let (from, allowed) = (sample.start, books.and_then(|books| books.allowed));
            let cut =
                Cut { series: sample.series, user: sample.user, from, to: from + sample.service, allowed };
            if cut.counts(self.cuts.len()) {
                self.cuts.push(cut);
            }
        }
        self.ledger.sample(sample, span, Followed { is_of_all: is_request || is_call, is_cut }, books);
    }

    /// Returns the latest answered request, and the duration of the slowest good response: they are computed at each
    /// tick instead of updated with each sample.
    pub(super) fn answered(&self) -> (Answered, Duration) {
        let routes = self.series.iter().filter(|stats| stats.answered.latest_end() > 0);
        routes.fold((Answered::default(), Duration::ZERO), |(answered, slowest), stats| {
            let longest = stats.service_times().max().unwrap_or_default();
            (answered.and(stats.answered), slowest.max(longest))
        })
    }

    pub(super) fn counting(&self, sample: &Sample) -> Counting {
        let is_warm_up = self.warm_until.is_some_and(|until| sample.due.unwrap_or(sample.start) < until);
        if is_warm_up { Counting::WarmUp } else { Counting::Measured }
    }

    /// Counts a sample of the warm-up.
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
                warm_up.requests.add(sample);
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
            _ => {
                stats.cancelled += 1;
                stats.cut.record(latency);
            }
        }
        if sample.status > 0 {
            stats.statuses.add(sample.status);
        }
        if sample.series.kind == SeriesKind::Route {
            stats.phases.add(sample);
        }
        if let Some(thresholds) = &mut self.thresholds {
            thresholds.sample(sample);
        }
    }

    fn request(&mut self, sample: &Sample, latency: Duration, counting: Counting) {
        self.requests.add(sample);
        if let Some(sliding) = &mut self.watch {
            sliding.request(sample);
            self.in_flight.remove(sample.start);
        }
        let in_load = self.loading && sample.outcome != Outcome::Cancelled && counting == Counting::Measured;
        self.requests.in_load += u64::from(in_load);
        self.connections.reused += u64::from(sample.reused && sample.sent > 0);
        self.bytes.0 += sample.sent;
        self.bytes.1 += sample.received;
        if sample.outcome != Outcome::Ok {
            self.reach.add_failed(sample);
        }
        if let Outcome::Failed(kind) = sample.outcome {
            self.failure_kinds.add(kind);
        }
        if sample.outcome != Outcome::Cancelled {
            self.recent.record(latency);
        }
    }

    /// Updates the window and the interval. Each request counts in both; one addition of all is cheaper than two for
    /// each.
    pub(super) fn update_windows(&mut self) {
        self.windows.latencies.add(&self.recent);
        self.interval.latencies.add(&self.recent);
        self.recent.clear();
    }
}
