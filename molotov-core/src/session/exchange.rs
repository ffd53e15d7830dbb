//! From a request to its response: a connection, the redirects, and one sample for each hop.

use std::future::ready;
use std::mem;
use std::sync::atomic::Ordering;

use tokio::time::Instant;

use super::attempt::Attempt;
use super::body::BodyStream;
use super::pending_request::PendingRequest;
use super::request::Request;
use super::response::Response;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::failure::FailureKind;
use crate::future::BoxFuture;
use crate::http::{Connection, Deadline, Unanswered, connect};
use crate::sample::Record;

/// What becomes of a body that is read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Keep,
    Discard,
    /// Of a failure: the beginning of it is kept, which the report shows.
    Begin,
}

/// Sends a request, follows its redirects, and reads the last response whole.
pub(super) fn whole(request: Request<'_>, read: Read) -> BoxFuture<'_, Result<Response>> {
    let max = request.max_body;
    let mut journey = match PendingRequest::plan(request) {
        Ok(journey) => journey,
        Err(mistake) => return Box::pin(ready(Err(mistake))),
    };
    Box::pin(async move {
        if journey.is_upload() {
            Box::pin(journey.measure()).await?;
        }
        loop {
            let mut attempt = journey.set_off();
            journey.hop(&mut attempt).await?;
            let (redirect, wrong) = match journey.redirect(&attempt.head) {
                Ok(Some(redirect)) => (Some(redirect), None),
                Ok(None) => (None, journey.check(attempt.head.status).err()),
                Err(error) => (None, Some(error)),
            };
            let read = match (&redirect, &wrong) {
                (None, None) => read,
                (None, Some(_)) => Read::Begin,
                (Some(_), _) => Read::Discard,
            };
            let body = if attempt.head.headers.is_coded && read == Read::Keep {
                Box::pin(attempt.decoded_body(&journey, max)).await
            } else {
                attempt.body(&journey, read, max).await
            };
            let checked = body.and_then(|body| match wrong {
                None => Ok(body),
                Some(error) => Err(error.with_excerpt(attempt.excerpt(&journey.route, &body.0))),
            });
            let (body, length) = journey.settle(&mut attempt, checked)?;
            let Some(redirect) = redirect else {
                let (began, ended) = (journey.began(attempt.started()), attempt.ended());
                let head = mem::take(&mut attempt.head);
                return Ok(Response { route: journey.route.name, head, body, length, began, ended });
            };
            journey.follow(redirect);
        }
    })
}

/// Sends a request, follows its redirects, and leaves the body of the last response to the caller.
pub(super) fn streamed(request: Request<'_>) -> BoxFuture<'_, Result<BodyStream<'_>>> {
    let planned = PendingRequest::plan(request);
    Box::pin(async move {
        let mut journey = planned?;
        if journey.is_upload() {
            Box::pin(journey.measure()).await?;
        }
        loop {
            let mut attempt = journey.set_off();
            journey.hop(&mut attempt).await?;
            let (redirect, wrong) = match journey.redirect(&attempt.head) {
                Ok(Some(redirect)) => (Some(redirect), None),
                Ok(None) => match journey.check(attempt.head.status) {
                    Ok(()) => return BodyStream::begin(journey, attempt),
                    Err(error) => (None, Some(error)),
                },
                Err(error) => (None, Some(error)),
            };
            let read = if wrong.is_some() { Read::Begin } else { Read::Discard };
            let body = attempt.body(&journey, read, 0).await;
            let checked = body.and_then(|(body, _)| match wrong {
                None => Ok(()),
                Some(error) => Err(error.with_excerpt(attempt.excerpt(&journey.route, &body))),
            });
            journey.settle(&mut attempt, checked)?;
            if let Some(redirect) = redirect {
                journey.follow(redirect);
            }
        }
    })
}

impl<'s> PendingRequest<'s> {
    /// A hop begins now.
    fn set_off(&mut self) -> Attempt<'s> {
        let started = Instant::now();
        self.began(started);
        let session = self.session;
        session.run_handle.emit(|| Event::RequestSent {
            at: session.run_handle.since_start(started),
            user: session.user,
            route: self.redacted_route(),
        });
        let mut attempt = Attempt::start(session, self.route.series, started);
        let sample = attempt.sample();
        session.run_handle.request(sample.start);
        sample.due = session.take_late().map(|late| sample.start.saturating_sub(late));
        if session.run_handle.is_followed() {
            attempt.follow(&self.route.name);
        }
        attempt
    }

    /// One request and the head of its response. A failure is recorded here.
    async fn hop(&mut self, attempt: &mut Attempt<'s>) -> Result<()> {
        match self.answer(attempt).await {
            Ok(()) => {
                self.session.answered.fetch_add(1, Ordering::Relaxed);
                if attempt.head.headers.sets_cookies {
                    let mut inner = self.session.lock();
                    inner.jar.keep(attempt.head.headers.map(), &self.target, &self.path);
                }
                Ok(())
            }
            Err(error) => Err(self.failed(attempt, error)),
        }
    }

    /// Sends on a kept-alive connection when there is one. When it turns out to be of no use before a byte of the request
    /// had left, the request goes on a fresh one, and what was wrong with it is counted where it belongs: at the route of
    /// its last response. Where the request was begun already, that it is sent once more is counted.
    async fn answer(&mut self, attempt: &mut Attempt<'s>) -> Result<()> {
        let started = attempt.started();
        let by = self.head_by(started);
        let mut idle = self.take_idle(started);
        attempt.sends(|| self.message());
        while let Some(connection) = idle {
            attempt.sample().reused = true;
            match self.send(attempt, connection, started, by).await {
                Ok(()) => return Ok(()),
                Err(Unanswered::Failed(error)) => return Err(self.after_others(attempt, error)),
                Err(Unanswered::Closed(fault)) => {
                    self.session.blame(fault);
                    idle = self.take_idle(started);
                }
                Err(Unanswered::Unsent(_, fault)) => {
                    self.session.blame(fault);
                    attempt.sample().resent = true;
                    break;
                }
            }
        }
        attempt.sample().reused = false;
        // Boxed, because it is rare: the future of each request would have to be long enough for it.
        let connection = Box::pin(self.fresh(started)).await?;
        // The head's time begins when there is a connection to send it on.
        let now = Instant::now();
        self.send(attempt, connection, now, self.head_by(now)).await.map_err(Unanswered::into_error)
    }

    async fn send(
        &self,
        attempt: &mut Attempt<'s>,
        connection: Box<Connection>,
        now: Instant,
        by: Deadline,
    ) -> Result<(), Unanswered> {
        let connection = attempt.uses(connection);
        let end = self.is_upload().then(|| self.total(now));
        let head = connection.send(&self.outgoing(), now, by, end, self.route.series).await?;
        let (first, written) = (connection.first_read(), connection.last_write());
        attempt.written(written.unwrap_or(now));
        attempt.answered(head, first);
        Ok(())
    }

    /// What came in place of the response may belong to the response before it on the same connection, which is named.
    fn after_others(&self, attempt: &mut Attempt<'s>, error: Error) -> Error {
        let before = attempt.connection().and_then(|connection| connection.last_route());
        match before.and_then(|series| self.session.run_handle.recorder().name_of(series)) {
            Some(name) if error.kind() == FailureKind::ProtocolUnexpectedBytes => Error::of(
                error.kind(),
                format!("{error}; it may belong to the response to `{name}` before it"),
            ),
            _ => error,
        }
    }

    async fn fresh(&self, now: Instant) -> Result<Box<Connection>> {
        let (connection, phases) =
            connect(&self.session.client, &self.target.endpoint, self.total(now)).await?;
        self.session.run_handle.push(Record::Connected(phases));
        Ok(connection)
    }

    /// Records how the hop ended.
    pub(super) fn settle<T>(&self, attempt: &mut Attempt<'s>, result: Result<T>) -> Result<T> {
        match result {
            Ok(value) => {
                self.tell_response(attempt);
                attempt.finish();
                Ok(value)
            }
            Err(error) if error.is_status() => {
                self.tell_response(attempt);
                Err(self.noted(attempt, error))
            }
            Err(error) => Err(self.failed(attempt, error)),
        }
    }

    fn tell_response(&self, attempt: &Attempt<'s>) {
        self.session.run_handle.emit(|| Event::ResponseReceived {
            at: self.session.run_handle.since_start(Instant::now()),
            user: self.session.user,
            route: self.redacted_route(),
            status: attempt.status(),
            elapsed: attempt.started().elapsed(),
        });
    }

    fn failed(&self, attempt: &mut Attempt<'s>, error: Error) -> Error {
        self.session.run_handle.emit(|| Event::RequestFailed {
            at: self.session.run_handle.since_start(Instant::now()),
            user: self.session.user,
            route: self.redacted_route(),
            kind: error.kind(),
            elapsed: attempt.started().elapsed(),
        });
        self.noted(attempt, error)
    }

    /// Records the failure; what the scenario gets also says which request it was.
    fn noted(&self, attempt: &mut Attempt<'s>, error: Error) -> Error {
        attempt.fail(&error);
        let told = Error::of(error.kind(), format!("{}: {error:#}", self.route.name))
            .with_excerpt(error.excerpt().map(str::to_owned));
        match error.status() {
            Some(status) => told.with_status(status).into_recorded(),
            None => told.into_recorded(),
        }
    }

    fn redacted_route(&self) -> String {
        self.route.name.to_string()
    }
}
