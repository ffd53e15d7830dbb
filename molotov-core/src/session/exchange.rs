//! From a request to its response: connection, redirects, status, and one sample for each hop.

mod redirect;

use std::mem;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, COOKIE, HOST, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
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
use crate::http::{Connection, Deadline, Endpoint, Path, Target, connect, without_query};
use crate::sample::{Outcome, Record};

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
        let next = journey.redirect(&head.status, &head.headers);
        let read = if matches!(next, Ok(Some(_))) { Read::Discard } else { read };
        let (attempt, body) = pending.read(read, max).await;
        let (redirect, wrong) = match next {
            Ok(Some(redirect)) => (Some(redirect), None),
            Ok(None) => (None, journey.check(head.status).err()),
            Err(error) => (None, Some(error)),
        };
        let checked = body.and_then(|body| wrong.map_or(Ok(body), Err));
        let (body, length) = journey.settle(attempt, head.status, checked)?;
        let Some(redirect) = redirect else {
            let elapsed = journey.began.elapsed();
            let (method, route) = (journey.method, journey.name);
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
        let (redirect, wrong) = match journey.redirect(&head.status, &head.headers) {
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

/// The head of a response.
struct Head {
    status: StatusCode,
    headers: HeaderMap,
}

/// A request on its way through its redirects.
pub(super) struct Journey<'s> {
    session: &'s Session,
    began: Instant,
    total: Deadline,
    method: Method,
    target: Target,
    /// Path and query of the current hop.
    path: String,
    /// The name under which this hop is reported, without the method.
    name: String,
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
        check_length(&request)?;
        let filled = Path::fill(&request.route, &request.params)?;
        let absolute = filled.starts_with("http://") || filled.starts_with("https://");
        let (target, mut path) = match (&session.base, absolute) {
            (_, true) => Target::parse_absolute(&filled)?,
            (Some(base), false) => (base.clone(), base.path(&filled)),
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
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(query);
        }
        let name = match request.name {
            Some(name) => name.into_owned(),
            // Query strings are cut from names: they have many values, and may be secret.
            None => without_query(&request.route).to_owned(),
        };
        let began = Instant::now();
        let total = request.timeout.unwrap_or(session.client.timeouts().total);
        Ok(Self {
            session,
            began,
            total: Deadline::after(began, total, FailureKind::TimeoutTotal),
            method: request.method,
            target,
            path,
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
        let request = self.request()?;
        let series = self.session.series(&self.method, &self.name);
        let mut attempt = Attempt::start(self.session, series);
        self.session.meter.tell(|| Event::RequestSent {
            at: self.session.meter.since_start(attempt.started()),
            user: self.session.user,
            route: self.route(),
        });
        match self.exchange(&mut attempt, request).await {
            Ok((connection, response)) => {
                self.session.answered.fetch_add(1, Ordering::Relaxed);
                attempt.answered(response.status());
                let (parts, incoming) = response.into_parts();
                self.session.lock().jar.keep(&parts.headers, &self.target, &self.path);
                let head = Head { status: parts.status, headers: parts.headers };
                let session = self.session;
                Ok((head, Pending { session, attempt, connection, incoming, total: self.total }))
            }
            Err(error) => Err(self.failed(attempt, error)),
        }
    }

    fn request(&mut self) -> Result<http::Request<Full<Bytes>>> {
        let path = PathAndQuery::from_maybe_shared(Bytes::from(self.path.clone())).map_err(|_| {
            let path = without_query(&self.path).escape_debug();
            Error::msg(format!("`{path}` cannot be a path; pass values with `.path()` and `.query()`"))
        })?;
        let mut request = http::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = Uri::from(path);
        let headers = request.headers_mut();
        headers.insert(HOST, self.target.endpoint.authority.clone());
        headers.insert(USER_AGENT, self.session.client.0.user_agent.clone());
        if self.at_home {
            set_all(headers, &self.session.headers);
        }
        set_all(headers, &self.headers);
        if self.body.is_empty() && [Method::POST, Method::PUT, Method::PATCH].contains(&self.method) {
            // hyper says the length of an empty body in no request; these methods should (RFC 9110, section 8.6).
            headers.entry(CONTENT_LENGTH).or_insert(const { HeaderValue::from_static("0") });
        }
        self.cookies = self.session.lock().jar.header(&self.target, &self.path);
        if let Some(cookies) = &self.cookies {
            headers.entry(COOKIE).or_insert_with(|| cookies.clone());
        }
        Ok(request)
    }

    /// Sends on a kept-alive connection when there is one. When its server closed it before a byte of the request
    /// had left, the request is sent once more on a fresh one; that is counted.
    async fn exchange(
        &self,
        attempt: &mut Attempt<'s>,
        request: http::Request<Full<Bytes>>,
    ) -> Result<(Box<Connection>, http::Response<Incoming>)> {
        let mut request = request;
        let by = self.head_by(attempt.started());
        if let Some(mut connection) = self.kept_alive(by).await? {
            attempt.sample().reused = true;
            attempt.uses(&connection);
            match connection.send(request, by).await {
                Ok(response) => return Ok((connection, response)),
                Err(unanswered) => match unanswered.unsent {
                    Some(unsent) => request = unsent,
                    None => return Err(unanswered.error),
                },
            }
            attempt.sample().resent = true;
            attempt.sample().reused = false;
        }
        let mut connection = self.fresh().await?;
        attempt.uses(&connection);
        // The head's time begins when there is a connection to send it on.
        match connection.send(request, self.head_by(Instant::now())).await {
            Ok(response) => Ok((connection, response)),
            Err(unanswered) => Err(unanswered.error),
        }
    }

    fn head_by(&self, start: Instant) -> Deadline {
        Deadline::after(start, self.session.client.timeouts().head, FailureKind::TimeoutHead).or(self.total)
    }

    /// An idle connection of this session that is still open.
    async fn kept_alive(&self, by: Deadline) -> Result<Option<Box<Connection>>> {
        loop {
            let found = take_idle(self.session, &self.target.endpoint);
            let Some(mut connection) = found else { return Ok(None) };
            if connection.ready(by).await? {
                return Ok(Some(connection));
            }
        }
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
                attempt.finish(Outcome::Ok);
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

/// hyper believes a `Content-Length` that is set by hand: it would cut a longer body without a word.
fn check_length(request: &Request<'_>) -> Result<()> {
    let actual = request.body.len();
    match request.headers.get(CONTENT_LENGTH) {
        Some(said) if *said != *actual.to_string() => Err(Error::msg(format!(
            "the header `content-length` is not the length of the body ({actual}); leave it out, it is set for you"
        ))),
        _ => Ok(()),
    }
}

fn take_idle(session: &Session, endpoint: &Arc<Endpoint>) -> Option<Box<Connection>> {
    let mut inner = session.lock();
    let index = inner.idle.iter().rposition(|connection| {
        Arc::ptr_eq(connection.endpoint(), endpoint) || connection.endpoint() == endpoint
    })?;
    Some(inner.idle.swap_remove(index))
}

/// Keeps a connection whose response was read to its end for the next request, unless its own request was not
/// written to its end.
pub(super) fn put_back(session: &Session, mut connection: Box<Connection>) {
    if !connection.has_sent_all() {
        return;
    }
    connection.rest();
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

/// Sets each header in place of what is there under its name; extending a `HeaderMap` would add it beside.
fn set_all(headers: &mut HeaderMap, set: &HeaderMap) {
    for (name, value) in set {
        headers.insert(name.clone(), value.clone());
    }
}
