//! One timed attempt: whatever its outcome, it leaves exactly one sample.

use std::future::Future;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;

use super::Session;
use super::exchange_trace::ExchangeTrace;
use super::pending_request::PendingRequest;
use crate::error::{Error, Result};
use crate::http::{Deadline, Lease, NoResponse, ResponseHead};
use crate::recorder::Route;
use crate::sample::{Outcome, Sample, SeriesId, SeriesKind};

/// A timed attempt. If it is dropped between its start and its end, it is recorded as cancelled.
pub(super) struct Attempt<'s> {
    session: &'s Session,
    sample: Sample,
    started: Instant,
    /// The route of a request.
    route: Arc<str>,
    /// The connection of the attempt, as long as it uses one.
    lease: Option<Lease>,
    /// The head of the response, after its arrival.
    head: ResponseHead,
    /// The trailers of the response, after it was read to its end.
    trailers: Option<Box<HeaderMap>>,
    answered: Option<Instant>,
    /// The end, if it is known: for a response, the arrival of its last byte.
    ended: Option<Instant>,
    /// True from its start to its end.
    is_open: bool,
    /// Only if listeners or the display follow it.
    trace: Option<Box<ExchangeTrace>>,
}

impl<'s> Attempt<'s> {
    /// An attempt that has not started.
    pub(super) fn new(session: &'s Session) -> Self {
        let series = SeriesId { index: 0, kind: SeriesKind::Route };
        Self {
            session,
            sample: Sample::new(series, Outcome::Cancelled, Duration::ZERO, Duration::ZERO),
            started: session.run_handle.recorder().epoch(),
            route: Arc::default(),
            lease: None,
            head: ResponseHead::default(),
            trailers: None,
            answered: None,
            ended: None,
            is_open: false,
            trace: None,
        }
    }

    /// Starts it, or restarts it after its end.
    pub(super) fn start(&mut self, series: SeriesId, now: Instant) -> &mut Sample {
        self.session.mark_busy();
        let start = self.session.run_handle.since_start(now);
        let user = self.session.user.0 as u16;
        self.sample = Sample { user, ..Sample::new(series, Outcome::Cancelled, start, Duration::ZERO) };
        self.started = now;
        (self.answered, self.ended) = (None, None);
        self.is_open = true;
        &mut self.sample
    }

    /// Starts the current hop of a request.
    pub(super) fn start_hop(&mut self, route: Route, pending: &PendingRequest<'_>, now: Instant) {
        let session = self.session;
        self.route = route.name;
        let sample = self.start(route.series, now);
        session.run_handle.request(sample.start);
        sample.due = session.take_late().map(|late| sample.start.saturating_sub(late));
        if session.run_handle.is_followed() {
            let mut trace = ExchangeTrace::new(session, &self.route);
            trace.sends(|| pending.message(&self.route));
            self.trace = Some(Box::new(trace));
        }
    }

    /// Sends the current hop of a request on a connection, which belongs to the attempt until its end, and reads the
    /// head of the response.
    // Not an `async fn`, whose arguments would enlarge the future of each request.
    #[inline]
    pub(super) fn send(
        &mut self,
        lease: Lease,
        pending: &PendingRequest<'_>,
        now: Instant,
    ) -> impl Future<Output = Result<(), NoResponse>> {
        let route = self.sample.series;
        let (request, times) = (pending.head(), pending.send_times(now));
        async move {
            let head = self.lease.insert(lease).send(&request, &times, route).await?;
            self.set_head(head);
            Ok(())
        }
    }

    /// The route of its request.
    pub(super) fn route(&self) -> &str {
        &self.route
    }

    pub(super) fn started(&self) -> Instant {
        self.started
    }

    pub(super) fn sample(&mut self) -> &mut Sample {
        &mut self.sample
    }

    /// The connection of the attempt.
    pub(super) fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }

    /// The request is written from this time on; the socket usually takes all of it at once.
    pub(super) fn set_written(&mut self, at: Instant) {
        self.sample.written = at.saturating_duration_since(self.started);
    }

    /// Sets the head of the response.
    fn set_head(&mut self, head: ResponseHead) {
        let Some(lease) = &self.lease else { return };
        if let Some(written) = lease.last_write() {
            self.sample.written = written.saturating_duration_since(self.started);
        }
        self.answered = Some(lease.first_read());
        self.sample.status = head.status.as_u16();
        if let Some(trace) = &mut self.trace {
            trace.answered(&head);
        }
        self.head = head;
    }

    /// The head of the response.
    pub(super) fn head(&self) -> &ResponseHead {
        &self.head
    }

    /// Returns the head of the response and removes it.
    pub(super) fn take_head(&mut self) -> ResponseHead {
        mem::take(&mut self.head)
    }

    /// The trailers of the response, after it was read to its end.
    pub(super) fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_deref()
    }

    /// Returns the route and the trailers and removes them.
    pub(super) fn take_rest(&mut self) -> (Arc<str>, Option<Box<HeaderMap>>) {
        (mem::take(&mut self.route), self.trailers.take())
    }

    /// The status of the response; 0 before its arrival.
    pub(super) fn status(&self) -> u16 {
        self.sample.status
    }

    /// The whole body, if it came with the head.
    pub(super) fn complete_body(&mut self) -> Option<Bytes> {
        let body = self.lease.as_mut().and_then(Lease::complete_body)?;
        self.trace_piece(&body);
        Some(body)
    }

    /// The next piece of the body; `None` at its end, after which the trailers are available.
    pub(super) async fn next_piece(&mut self, by: &Deadline) -> Option<Result<Bytes>> {
        let lease = self.lease.as_mut()?;
        let piece = lease.next_piece(by).await;
        match &piece {
            Some(Ok(bytes)) => self.trace_piece(bytes),
            Some(Err(_)) => {}
            None => {
                self.trailers = lease.take_trailers();
                self.trace_trailers();
            }
        }
        piece
    }

    fn trace_trailers(&mut self) {
        if let (Some(trace), Some(trailers)) = (&mut self.trace, &self.trailers) {
            trace.trailers(trailers);
        }
    }

    fn trace_piece(&mut self, piece: &[u8]) {
        if let Some(trace) = &mut self.trace {
            trace.took(piece);
        }
    }

    /// The time of the last received bytes.
    pub(super) fn last_read(&self) -> Instant {
        self.lease.as_ref().map_or(self.started, Lease::last_read)
    }

    /// Gives the connection back: the response is complete.
    pub(super) fn check_in(&mut self) {
        if let Some(lease) = self.take_lease() {
            self.ended = Some(lease.last_read());
            self.session.check_in(lease);
        }
    }

    /// The end; the current time, if it has not ended.
    pub(super) fn ended(&self) -> Instant {
        self.ended.unwrap_or_else(Instant::now)
    }

    /// The start of the body of its failed response.
    #[cold]
    pub(super) fn excerpt(&self, body: &[u8]) -> Option<String> {
        self.session.excerpt(self.sample.series, &self.route, &self.head, body)
    }

    /// Records its success.
    pub(super) fn finish(&mut self) {
        self.record(Outcome::Ok, None);
    }

    /// Records the failure, and its message for the report.
    #[cold]
    pub(super) fn fail(&mut self, error: &Error) {
        self.record(Outcome::Failed(error.kind()), Some(error));
        self.session.note(self.sample.series, error, self.sample.start + self.sample.service);
    }

    fn record(&mut self, outcome: Outcome, error: Option<&Error>) {
        self.is_open = false;
        self.sample.outcome = outcome;
        let ended = self.ended();
        let service = ended - self.started;
        self.sample.service = service;
        // Often the response has come in one piece.
        self.sample.first_byte =
            self.answered.map(|at| if at == ended { service } else { at - self.started });
        // Here, so that a dropped attempt also accounts for the bytes that it has sent.
        drop(self.take_lease());
        self.session.run_handle.sample(&self.sample);
        if let Some(trace) = self.trace.take() {
            trace.ended(self.session, &self.sample, error);
        }
    }

    fn take_lease(&mut self) -> Option<Lease> {
        let lease = self.lease.take()?;
        (self.sample.sent, self.sample.received) = lease.moved();
        Some(lease)
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.is_open {
            self.record(Outcome::Cancelled, None);
        }
    }
}
