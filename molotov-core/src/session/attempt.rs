//! One attempt at something that is timed: whatever becomes of it, it leaves exactly one sample.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Session;
use crate::error::Error;
use crate::http::{Connection, Traffic};
use crate::sample::{Outcome, Record, Sample, SeriesId};

/// An attempt that has started. Dropped before it has finished, it is recorded as cancelled.
pub(super) struct Attempt<'s> {
    session: &'s Session,
    sample: Sample,
    started: Instant,
    /// The counters of its connection, and what they were when it began to use it.
    account: Option<(Arc<Traffic>, u64, u64)>,
    finished: bool,
}

impl<'s> Attempt<'s> {
    pub(super) fn start(session: &'s Session, series: SeriesId) -> Self {
        let started = Instant::now();
        let start = session.meter.since_start(started);
        let sample = Sample::new(series, Outcome::Cancelled, start, Duration::ZERO);
        Self { session, sample, started, account: None, finished: false }
    }

    pub(super) fn started(&self) -> Instant {
        self.started
    }

    pub(super) fn sample(&mut self) -> &mut Sample {
        &mut self.sample
    }

    /// From now on the bytes of this connection are the attempt's own, until it lets go of it or ends.
    pub(super) fn uses(&mut self, connection: &Connection) {
        let traffic = connection.traffic();
        self.account = Some((Arc::clone(traffic), traffic.written(), traffic.read()));
    }

    /// The connection is about to serve another.
    pub(super) fn lets_go(&mut self) {
        if let Some((traffic, written, read)) = self.account.take() {
            self.sample.sent = traffic.written() - written;
            self.sample.received = traffic.read() - read;
        }
    }

    /// The first byte of the response is here.
    pub(super) fn answered(&mut self, status: http::StatusCode) {
        self.sample.first_byte = Some(self.started.elapsed());
        self.sample.status = status.as_u16();
    }

    pub(super) fn finish(mut self, outcome: Outcome) {
        self.record(outcome);
    }

    /// Records the failure, and its words for the report.
    pub(super) fn fail(mut self, error: &Error) {
        self.record(Outcome::Failed(error.kind()));
        self.session.note(self.sample.series, error);
    }

    /// How long it took so far, or in all once it is recorded.
    fn record(&mut self, outcome: Outcome) {
        self.finished = true;
        // Here, so that also an attempt that is dropped accounts for what it has sent.
        self.lets_go();
        self.sample.outcome = outcome;
        self.sample.service = self.started.elapsed();
        self.session.meter.push(Record::Sample(self.sample));
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.record(Outcome::Cancelled);
        }
    }
}
