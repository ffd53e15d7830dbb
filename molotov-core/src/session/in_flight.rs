//! The path from a request to its response: a connection, the redirects, and one sample for each hop.

use std::sync::atomic::Ordering;

use http::HeaderMap;
use tokio::time::Instant;

use super::attempt::Attempt;
use super::body::{self, Keep};
use super::pending_request::{NextStep, PendingRequest};
use super::response::Response;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::failure::FailureKind;
use crate::future::BoxFuture;
use crate::http::{Lease, NoResponse, ResponseHead};

/// Sends a request, follows its redirects, and reads the last response completely.
pub(super) fn response<'s>(pending: PendingRequest<'s>, keep: Keep) -> BoxFuture<'s, Result<Response>> {
    let mut in_flight = RequestInFlight::new(pending);
    Box::pin(async move {
        in_flight.respond().await?;
        let RequestInFlight { pending, attempt } = &mut in_flight;
        let body = match keep {
            Keep::AtMost(max) if attempt.head().headers.is_coded => {
                Box::pin(body::read_decoded(attempt, pending, max)).await
            }
            _ => body::read(attempt, pending, keep).await,
        };
        let (body, length) = in_flight.finish(body)?;
        let attempt = &mut in_flight.attempt;
        let (began, ended) = (in_flight.pending.began(attempt.started()), attempt.ended());
        let head = attempt.take_head();
        let (route, trailers) = attempt.take_rest();
        Ok(Response { route, head, trailers, body, length, began, ended })
    })
}

/// A request and the attempt of its current hop.
pub(super) struct RequestInFlight<'s> {
    pending: PendingRequest<'s>,
    attempt: Attempt<'s>,
}

impl<'s> RequestInFlight<'s> {
    /// A request before sending.
    pub(super) fn new(pending: PendingRequest<'s>) -> Self {
        let attempt = Attempt::new(pending.session);
        Self { pending, attempt }
    }

    /// Sends the request and follows its redirects, up to the head of an expected response. Failures are recorded here.
    pub(super) async fn respond(&mut self) -> Result<()> {
        if self.pending.is_upload() {
            Box::pin(self.pending.measure()).await?;
        }
        loop {
            let lease = self.start();
            if let Err(error) = self.answer(lease).await {
                return Err(self.fail(error));
            }
            self.pending.session.answered.fetch_add(1, Ordering::Relaxed);
            self.pending.keep_cookies(self.attempt.head());
            match self.pending.next_step(self.attempt.head()) {
                NextStep::Read => return Ok(()),
                // Boxed, because they are rare: the future of each request would have to be large enough for them.
                NextStep::Fail(error) => return Box::pin(self.reject(error)).await,
                NextStep::Follow(redirect) => {
                    Box::pin(self.pass_over()).await?;
                    self.pending.follow(*redirect);
                }
            }
        }
    }

    /// Reads an unexpected response to its end, and fails with the start of it.
    async fn reject(&mut self, error: Error) -> Result<()> {
        let body = body::read(&mut self.attempt, &self.pending, Keep::Beginning).await;
        let rejected = body.and_then(|(body, _)| Err(error.with_excerpt(self.attempt.excerpt(&body))));
        self.finish(rejected)
    }

    /// Reads the response of a hop with a redirect to its end.
    async fn pass_over(&mut self) -> Result<()> {
        let body = body::read(&mut self.attempt, &self.pending, Keep::Nothing).await;
        self.finish(body.map(drop))
    }

    /// Starts a hop with the idle connection of the session for it.
    fn start(&mut self) -> Option<Lease> {
        let session = self.pending.session;
        let now = Instant::now();
        let (route, lease) = self.pending.check_out(now);
        session.run_handle.emit(|| Event::RequestSent {
            at: session.run_handle.since_start(now),
            user: session.user,
            route: route.name.to_string(),
        });
        self.attempt.start_hop(route, &self.pending, now);
        lease
    }

    /// Sends on an idle connection if there is one, or else on a fresh one.
    async fn answer(&mut self, mut idle: Option<Lease>) -> Result<()> {
        loop {
            self.attempt.sample().reused = idle.is_some();
            let (lease, start) = match idle {
                Some(lease) => (lease, self.attempt.started()),
                // Boxed, because it is rare.
                None => Box::pin(self.connect()).await?,
            };
            match self.attempt.send(lease, &self.pending, start).await {
                Ok(()) => return Ok(()),
                Err(no_response) => idle = self.retry(no_response)?,
            }
        }
    }

    /// Opens a connection; also returns the start of the time limit for the head.
    async fn connect(&mut self) -> Result<(Lease, Instant)> {
        let lease = self.pending.connect(self.attempt.started()).await?;
        let now = Instant::now();
        self.attempt.set_written(now);
        Ok((lease, now))
    }

    /// Returns the next idle connection, if there is one, after a connection that turned out to be useless before a
    /// byte of the request had left. Its fault is counted at the route of its last response. If the request was started
    /// already, it continues on a fresh connection, and the second sending is counted.
    #[cold]
    fn retry(&mut self, no_response: NoResponse) -> Result<Option<Lease>> {
        let session = self.pending.session;
        match no_response {
            fresh if !self.attempt.sample().reused => Err(fresh.into_error()),
            NoResponse::Failed(error) => Err(self.after_others(error)),
            NoResponse::Closed(fault) => {
                session.blame(fault);
                Ok(self.pending.lend())
            }
            NoResponse::Unsent(_, fault) => {
                session.blame(fault);
                self.attempt.sample().resent = true;
                Ok(None)
            }
        }
    }

    /// Names the previous response on the same connection, to which bytes in place of this response may belong.
    #[cold]
    fn after_others(&self, error: Error) -> Error {
        let before = self.attempt.lease().and_then(Lease::last_route);
        match before.and_then(|series| self.pending.session.run_handle.recorder().name_of(series)) {
            Some(name) if error.kind() == FailureKind::ProtocolUnexpectedBytes => Error::with_kind(
                error.kind(),
                format!("{error}; it may belong to the response to `{name}` before it"),
            ),
            _ => error,
        }
    }

    /// Returns the head of the response and removes it.
    pub(super) fn take_head(&mut self) -> ResponseHead {
        self.attempt.take_head()
    }

    /// The next piece of the body, with a time limit from now on; `None` at its end, after which the connection is
    /// free.
    pub(super) async fn next_piece(&mut self) -> Result<Option<bytes::Bytes>> {
        match self.attempt.next_piece(&self.pending.piece_by(Instant::now())).await {
            Some(piece) => piece.map(Some),
            None => {
                self.attempt.check_in();
                Ok(None)
            }
        }
    }

    /// The trailers of the response, after it was read to its end.
    pub(super) fn trailers(&self) -> Option<&HeaderMap> {
        self.attempt.trailers()
    }

    /// Records the end of the hop.
    pub(super) fn finish<T>(&mut self, result: Result<T>) -> Result<T> {
        match result {
            Ok(value) => {
                self.emit_response();
                self.attempt.finish();
                Ok(value)
            }
            Err(error) if error.is_status() => {
                self.emit_response();
                Err(self.record_failure(error))
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    fn emit_response(&self) {
        let session = self.pending.session;
        session.run_handle.emit(|| Event::ResponseReceived {
            at: session.run_handle.since_start(Instant::now()),
            user: session.user,
            route: self.attempt.route().to_owned(),
            status: self.attempt.status(),
            elapsed: self.attempt.started().elapsed(),
        });
    }

    #[cold]
    fn fail(&mut self, error: Error) -> Error {
        let session = self.pending.session;
        session.run_handle.emit(|| Event::RequestFailed {
            at: session.run_handle.since_start(Instant::now()),
            user: session.user,
            route: self.attempt.route().to_owned(),
            kind: error.kind(),
            elapsed: self.attempt.started().elapsed(),
        });
        self.record_failure(error)
    }

    /// Records the failure; the error for the scenario also names the request.
    #[cold]
    fn record_failure(&mut self, error: Error) -> Error {
        self.attempt.fail(&error);
        let named = Error::with_kind(error.kind(), format!("{}: {error:#}", self.attempt.route()))
            .with_excerpt(error.excerpt().map(str::to_owned));
        match error.status() {
            Some(status) => named.with_status(status).into_recorded(),
            None => named.into_recorded(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::session::Session;
    use crate::session::draft::Draft;

    /// glibc serves blocks of up to 1,032 bytes from a list of the thread; longer ones cost a hundred instructions
    /// more.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn the_future_of_a_request_is_short() {
        let session = Session::detached();
        let draft = Draft::new(Method::GET, "http://127.0.0.1:1/".into());

        let future = response(PendingRequest::new(&session, draft).unwrap(), Keep::AtMost(0));

        assert!(size_of_val(&*future) <= 1032, "{}", size_of_val(&*future));
    }
}
