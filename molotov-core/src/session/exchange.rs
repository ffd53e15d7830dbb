//! From a request to its response: connection, redirects, status, and one sample for each hop.

mod redirect;

use std::borrow::Cow;
use std::mem;
use std::sync::LazyLock;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tokio::time::Instant;

use self::redirect::Stop;
use super::attempt::Attempt;
use super::body::{BodyStream, Pending};
use super::request::{Expect, Request};
use super::response::Response;
use super::{MAX_IDLE, Session};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::failure::FailureKind;
use crate::http::{Connection, Deadline, Head, Outgoing, Path, Target, Unanswered, connect, without_query};
use crate::sample::Record;

/// What becomes of a body that is read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Keep,
    Discard,
}

/// Sends a request, follows its redirects, and reads the last response whole.
pub(super) async fn whole(request: Request<'_>, read: Read) -> Result<Response> {
    let max = request.max_body;
    let mut journey = Journey::plan(request)?;
    loop {
        let (head, pending) = journey.hop().await?;
        let next = journey.redirect(head.status, &head.headers);
        let read = if matches!(next, Ok(Some(_))) { Read::Discard } else { read };
        let (attempt, body) = pending.read(read, max).await;
        let (redirect, wrong) = match next {
            Ok(Some(redirect)) => (Some(redirect), None),
            Ok(None) => (None, journey.check(head.status).err()),
            Err(error) => (None, Some(error)),
        };
        let checked = body.and_then(|body| wrong.map_or(Ok(body), Err));
        let elapsed = attempt.ended() - journey.began;
        let (body, length) = journey.settle(attempt, head.status, checked)?;
        let Some(redirect) = redirect else {
            let (method, route) = (journey.method, journey.name.into_owned());
            let Head { status, headers } = head;
            return Ok(Response { method, route, status, headers, body, length, elapsed });
        };
        journey.follow(redirect);
    }
}

/// Sends a request, follows its redirects, and leaves the body of the last response to the caller.
pub(super) async fn streamed(request: Request<'_>) -> Result<BodyStream<'_>> {
    let mut journey = Journey::plan(request)?;
    loop {
        let (head, pending) = journey.hop().await?;
        let (redirect, wrong) = match journey.redirect(head.status, &head.headers) {
            Ok(Some(redirect)) => (Some(redirect), None),
            Ok(None) => match journey.check(head.status) {
                Ok(()) => {
                    return Ok(BodyStream {
                        status: head.status,
                        headers: head.headers,
                        open: Some((journey, pending)),
                    });
                }
                Err(error) => (None, Some(error)),
            },
            Err(error) => (None, Some(error)),
        };
        let (attempt, body) = pending.read(Read::Discard, 0).await;
        journey.settle(attempt, head.status, body.and_then(|_| wrong.map_or(Ok(()), Err)))?;
        if let Some(redirect) = redirect {
            journey.follow(redirect);
        }
    }
}

/// A request on its way through its redirects.
pub(super) struct Journey<'s> {
    session: &'s Session,
    began: Instant,
    total: Deadline,
    method: Method,
    target: Cow<'s, Target>,
    /// Path and query of the current hop.
    path: Cow<'s, str>,
    /// The name under which this hop is reported, without the method.
    name: Cow<'s, str>,
    headers: HeaderMap,
    body: Bytes,
    expect: Option<Expect>,
    /// The cookies of the session that the current hop carries.
    cookies: Option<HeaderValue>,
    /// Where the hops before this one were.
    visited: Vec<Stop>,
    /// Whether the current hop is of the origin that the scenario named.
    at_home: bool,
}

impl<'s> Journey<'s> {
    /// Checks the request; nothing has been sent when this fails.
    fn plan(mut request: Request<'s>) -> Result<Self> {
        let session = request.session;
        if let Some(mistake) = request.mistake.take() {
            return Err(mistake);
        }
        check_framing(&request)?;
        let filled = match &request.route {
            Cow::Borrowed(route) => Path::fill(route, &request.params)?,
            Cow::Owned(route) => Cow::Owned(Path::fill(route, &request.params)?.into_owned()),
        };
        let absolute = filled.starts_with("http://") || filled.starts_with("https://");
        let (target, mut path) = match (&session.base, absolute) {
            (_, true) => {
                let (target, path) = Target::parse_absolute(&filled)?;
                (Cow::Owned(target), Cow::Owned(path))
            }
            (Some(base), false) => (Cow::Borrowed(base), base.path(filled)),
            (None, false) => {
                let why = format!(
                    "`{}` is relative and there is no base URL; run with --host URL, set MOLOTOV_HOST, or return a \
                     `Target` from a `#[global_setup]`",
                    without_query(&request.route)
                );
                // It will be so in each iteration.
                session.stop(&why);
                return Err(Error::msg(why));
            }
        };
        if let Some(query) = &request.query {
            let path = path.to_mut();
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(query);
        }
        // Query strings are cut from names: they have many values, and may be secret.
        let name = request.name.unwrap_or_else(|| match request.route {
            Cow::Borrowed(route) => Cow::Borrowed(without_query(route)),
            Cow::Owned(route) => Cow::Owned(without_query(&route).to_owned()),
        });
        let began = Instant::now();
        let total = request.timeout.unwrap_or(session.client.timeouts().total);
        Ok(Self {
            session,
            began,
            total: Deadline::after(began, total, FailureKind::TimeoutTotal),
            method: request.method,
            target,
            path: Path::sendable(path)?,
            name,
            headers: request.headers,
            body: request.body,
            expect: request.expect,
            cookies: None,
            visited: Vec::new(),
            at_home: true,
        })
    }

    /// One request and the head of its response. A failure is recorded here.
    async fn hop(&mut self) -> Result<(Head, Pending<'s>)> {
        let session = self.session;
        let series = session.series(&self.method, &self.name);
        let started = if self.visited.is_empty() { self.began } else { Instant::now() };
        let mut attempt = Attempt::start(session, series, started);
        session.meter.tell(|| Event::RequestSent {
            at: session.meter.since_start(started),
            user: session.user,
            route: self.route(),
        });
        match self.exchange(&mut attempt).await {
            Ok(head) => {
                session.answered.fetch_add(1, Ordering::Relaxed);
                if head.headers.sets_cookies {
                    session.lock().jar.keep(head.headers.map(), &self.target, &self.path);
                }
                Ok((head, Pending { session, attempt, total: self.total }))
            }
            Err(error) => Err(self.failed(attempt, error)),
        }
    }

    /// Sends on a kept-alive connection when there is one. When its server closed it before a byte of the request
    /// had left, the request is sent once more on a fresh one; that is counted.
    async fn exchange(&mut self, attempt: &mut Attempt<'s>) -> Result<Head> {
        let started = attempt.started();
        let by = self.head_by(started);
        if let Some(connection) = self.kept_alive(started, by).await? {
            attempt.sample().reused = true;
            match self.send(attempt, connection, by).await {
                Ok(head) => return Ok(head),
                Err(unanswered) if !unanswered.unsent => return Err(unanswered.error),
                Err(_) => {}
            }
            attempt.sample().resent = true;
            attempt.sample().reused = false;
        }
        let connection = self.fresh().await?;
        // The head's time begins when there is a connection to send it on.
        let by = self.head_by(Instant::now());
        self.send(attempt, connection, by).await.map_err(|unanswered| unanswered.error)
    }

    async fn send(
        &self,
        attempt: &mut Attempt<'s>,
        connection: Box<Connection>,
        by: Deadline,
    ) -> Result<Head, Unanswered> {
        let connection = attempt.uses(connection);
        let head = connection.send(&self.outgoing(), by).await?;
        let at = connection.last_read();
        attempt.answered(head.status, at);
        Ok(head)
    }

    fn outgoing(&self) -> Outgoing<'_> {
        static NONE: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);
        Outgoing {
            method: &self.method,
            path: &self.path,
            authority: &self.target.endpoint.authority,
            user_agent: &self.session.client.0.user_agent,
            defaults: if self.at_home { &self.session.headers } else { &NONE },
            headers: &self.headers,
            cookies: self.cookies.as_ref(),
            body: &self.body,
        }
    }

    fn head_by(&self, start: Instant) -> Deadline {
        Deadline::after(start, self.session.client.timeouts().head, FailureKind::TimeoutHead).or(self.total)
    }

    /// An idle connection of this session that is still open. The cookies are looked up on the way.
    async fn kept_alive(&mut self, now: Instant, by: Deadline) -> Result<Option<Box<Connection>>> {
        let mut found = {
            let mut inner = self.session.lock();
            self.cookies = inner.jar.header(&self.target, &self.path);
            inner.take_idle(&self.target.endpoint)
        };
        while let Some(mut connection) = found {
            if connection.ready(now, by).await? {
                return Ok(Some(connection));
            }
            found = self.session.lock().take_idle(&self.target.endpoint);
        }
        Ok(None)
    }

    async fn fresh(&self) -> Result<Box<Connection>> {
        let (connection, phases) = connect(&self.session.client, &self.target.endpoint, self.total).await?;
        self.session.meter.push(Record::Connected(phases));
        Ok(connection)
    }

    /// Whether the status is what the scenario expects.
    fn check(&self, status: StatusCode) -> Result<()> {
        let wanted = match &self.expect {
            Some(expect) if expect.allows(status) => return Ok(()),
            None if status.is_success() => return Ok(()),
            Some(expect) => format!(" (expected {expect})"),
            None => String::new(),
        };
        let kind = match status.as_u16() {
            400..=499 => FailureKind::Http4xx,
            500..=599 => FailureKind::Http5xx,
            _ => FailureKind::HttpUnexpectedStatus,
        };
        let reason = status.canonical_reason().unwrap_or("unknown status");
        Err(Error::of(kind, format!("{} {reason}{wanted}", status.as_u16())).with_status(status))
    }

    /// Records how the hop ended.
    pub(super) fn settle<T>(&self, attempt: Attempt<'s>, status: StatusCode, result: Result<T>) -> Result<T> {
        match result {
            Ok(value) => {
                self.tell_response(&attempt, status);
                attempt.finish();
                Ok(value)
            }
            Err(error) if error.is_status() => {
                self.tell_response(&attempt, status);
                Err(self.noted(attempt, error))
            }
            Err(error) => Err(self.failed(attempt, error)),
        }
    }

    fn tell_response(&self, attempt: &Attempt<'s>, status: StatusCode) {
        self.session.meter.tell(|| Event::ResponseReceived {
            at: self.session.meter.since_start(Instant::now()),
            user: self.session.user,
            route: self.route(),
            status: status.as_u16(),
            elapsed: attempt.started().elapsed(),
        });
    }

    fn failed(&self, attempt: Attempt<'s>, error: Error) -> Error {
        self.session.meter.tell(|| Event::RequestFailed {
            at: self.session.meter.since_start(Instant::now()),
            user: self.session.user,
            route: self.route(),
            kind: error.kind(),
            elapsed: attempt.started().elapsed(),
        });
        self.noted(attempt, error)
    }

    /// Records the failure; what the scenario gets also says which request it was.
    fn noted(&self, attempt: Attempt<'s>, error: Error) -> Error {
        attempt.fail(&error);
        let text = format!("{}: {error:#}", self.route());
        let told = Error::of(error.kind(), text);
        match error.status() {
            Some(status) => told.with_status(status).into_recorded(),
            None => told.into_recorded(),
        }
    }

    fn route(&self) -> String {
        format!("{} {}", self.method, self.name)
    }
}

/// How a body ends is told by us. A `Content-Length` that is not true would cut it without a word.
fn check_framing(request: &Request<'_>) -> Result<()> {
    let actual = request.body.len();
    match request.headers.get(CONTENT_LENGTH) {
        Some(said) if *said != *actual.to_string() => Err(Error::msg(format!(
            "the header `content-length` is not the length of the body ({actual}); leave it out, it is set for you"
        ))),
        _ if request.headers.contains_key(TRANSFER_ENCODING) => Err(Error::msg(
            "the header `transfer-encoding` cannot be set; the body is sent whole, with its length",
        )),
        _ => Ok(()),
    }
}

/// Keeps a connection whose response was read to its end for the next request, where it can be used again.
pub(super) fn put_back(session: &Session, mut connection: Box<Connection>) {
    if !connection.rest() {
        return;
    }
    let mut inner = session.lock();
    if inner.idle.len() >= MAX_IDLE {
        // The oldest goes; it is closed outside of the lock.
        let oldest = mem::replace(&mut inner.idle[0], connection);
        drop(inner);
        drop(oldest);
    } else {
        inner.idle.push(connection);
    }
}
