//! One attempt at something that is timed: whatever becomes of it, it leaves exactly one sample.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Session;
use super::exchange_trace::ExchangeTrace;
use crate::error::Error;
use crate::http::{Connection, ResponseHead};
use crate::recorder::Route;
use crate::sample::{Outcome, Sample, SeriesId};
use crate::trace::Message;

/// An attempt that has started. Dropped before it has finished, it is recorded as cancelled.
pub(super) struct Attempt<'s> {
    session: &'s Session,
    sample: Sample,
    started: Instant,
    /// The connection that it uses, as long as it does.
    pub(super) using: Option<Box<Connection>>,
    /// The head of the response, once it is there.
    pub(super) head: ResponseHead,
    answered: Option<Instant>,
    /// When it ended, where that is known: the end of a response is when its last byte came.
    ended: Option<Instant>,
    finished: bool,
    /// Only where somebody is told of it.
    followed: Option<Box<ExchangeTrace>>,
}

impl<'s> Attempt<'s> {
    pub(super) fn start(session: &'s Session, series: SeriesId, started: Instant) -> Self {
        session.is_busy();
        let start = session.run_handle.since_start(started);
        let user = session.user.0 as u16;
        let sample = Sample { user, ..Sample::new(series, Outcome::Cancelled, start, Duration::ZERO) };
        Self {
            session,
            sample,
            started,
            using: None,
            head: ResponseHead::default(),
            answered: None,
            ended: None,
            finished: false,
            followed: None,
        }
    }

    /// From now on somebody is told of it, by this name.
    pub(super) fn follow(&mut self, route: &Arc<str>) {
        self.followed = Some(Box::new(ExchangeTrace::new(self.session, route)));
    }

    /// This is about to be sent; it is made only where somebody is told of it.
    pub(super) fn sends(&mut self, message: impl FnOnce() -> Message) {
        if let Some(followed) = &mut self.followed {
            followed.sends(message);
        }
    }

    /// This piece of the body came.
    pub(super) fn took(&mut self, piece: &[u8]) {
        if let Some(followed) = &mut self.followed {
            followed.took(piece);
        }
    }

    pub(super) fn started(&self) -> Instant {
        self.started
    }

    pub(super) fn sample(&mut self) -> &mut Sample {
        &mut self.sample
    }

    /// From now on the connection is the attempt's own, until it lets go of it or ends.
    pub(super) fn uses(&mut self, connection: Box<Connection>) -> &mut Connection {
        self.using.insert(connection)
    }

    /// The connection that it uses.
    pub(super) fn connection(&mut self) -> Option<&mut Connection> {
        self.using.as_deref_mut()
    }

    /// The request was written at this time.
    pub(super) fn written(&mut self, at: Instant) {
        self.sample.written = at.saturating_duration_since(self.started);
    }

    /// The first byte of the response came at this time, and by now its head is there.
    pub(super) fn answered(&mut self, head: ResponseHead, at: Instant) {
        self.sample.status = head.status.as_u16();
        self.answered = Some(at);
        if let Some(followed) = &mut self.followed {
            followed.answered(&head);
        }
        self.head = head;
    }

    /// The status of the response; 0 before it is there.
    pub(super) fn status(&self) -> u16 {
        self.sample.status
    }

    /// The response is complete: the connection is free for the next request.
    pub(super) fn completed(&mut self) {
        if let Some(connection) = self.lets_go() {
            self.ended = Some(connection.last_read());
            self.session.put_back(connection);
        }
    }

    /// When it ended; now, where it has not.
    pub(super) fn ended(&self) -> Instant {
        self.ended.unwrap_or_else(Instant::now)
    }

    /// The beginning of the body of its response, which failed.
    #[cold]
    pub(super) fn excerpt(&self, route: &Route, body: &[u8]) -> Option<String> {
        self.session.excerpt(route, &self.head, body)
    }

    /// It ended well.
    pub(super) fn finish(&mut self) {
        self.record(Outcome::Ok, None);
    }

    /// Records the failure, and its words for the report.
    pub(super) fn fail(&mut self, error: &Error) {
        self.record(Outcome::Failed(error.kind()), Some(error));
        self.session.note(self.sample.series, error, self.sample.start + self.sample.service);
    }

    fn record(&mut self, outcome: Outcome, error: Option<&Error>) {
        self.finished = true;
        self.sample.outcome = outcome;
        let ended = self.ended();
        let service = ended - self.started;
        self.sample.service = service;
        // Often the response has come in one piece.
        self.sample.first_byte =
            self.answered.map(|at| if at == ended { service } else { at - self.started });
        // Here, so that also an attempt that is dropped accounts for what it has sent.
        drop(self.lets_go());
        self.session.run_handle.sample(&self.sample);
        if let Some(followed) = self.followed.take() {
            followed.ended(self.session, &self.sample, error);
        }
    }

    fn lets_go(&mut self) -> Option<Box<Connection>> {
        let connection = self.using.take()?;
        (self.sample.sent, self.sample.received) = connection.moved();
        Some(connection)
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.record(Outcome::Cancelled, None);
        }
    }
}
