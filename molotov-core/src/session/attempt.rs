//! One attempt at something that is timed: whatever becomes of it, it leaves exactly one sample.

use std::time::Duration;

use tokio::time::Instant;

use super::Session;
use crate::error::Error;
use crate::sample::{Outcome, Record, Sample, SeriesId};

/// An attempt that has started. Dropped before it has finished, it is recorded as cancelled.
pub(super) struct Attempt<'s> {
    session: &'s Session,
    sample: Sample,
    started: Instant,
    finished: bool,
}

impl<'s> Attempt<'s> {
    pub(super) fn start(session: &'s Session, series: SeriesId) -> Self {
        let started = Instant::now();
        let sample = Sample {
            series,
            outcome: Outcome::Cancelled,
            due: None,
            start: session.meter.since_start(started),
            service: Duration::ZERO,
            first_byte: None,
            sent: 0,
            received: 0,
            status: 0,
            reused: false,
            resent: false,
        };
        Self { session, sample, started, finished: false }
    }

    pub(super) fn started(&self) -> Instant {
        self.started
    }

    pub(super) fn sample(&mut self) -> &mut Sample {
        &mut self.sample
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
