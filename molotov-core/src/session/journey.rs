//! A request on its way through its redirects: what is to be sent, and what is expected.

mod redirect;

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tokio::time::Instant;

use self::redirect::Stop;
use super::Session;
use super::request::{Expect, Request};
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::{Connection, Deadline, Outgoing, Path, Target, without_query};
use crate::recorder::Route;

/// A request on its way through its redirects.
pub(super) struct Journey<'s> {
    pub(super) session: &'s Session,
    method: Method,
    pub(super) target: Cow<'s, Target>,
    /// Path and query of the current hop.
    pub(super) path: Cow<'s, str>,
    /// Under what the current hop is reported.
    pub(super) route: Route,
    headers: Option<Box<HeaderMap>>,
    body: Bytes,
    content_type: Option<&'static str>,
    expect: Option<Expect>,
    /// The cookies of the session that the current hop carries.
    cookies: Option<HeaderValue>,
    total: Duration,
    /// When the first hop began; the total time-out is reckoned from then.
    began: Option<Instant>,
    /// Where the hops before this one were.
    visited: Vec<Stop>,
    /// Whether the current hop is of the origin that the scenario named.
    at_home: bool,
}

impl<'s> Journey<'s> {
    /// Checks the request; nothing has been sent when this fails.
    pub(super) fn plan(mut request: Request<'s>) -> Result<Self> {
        let session = request.session;
        if let Some(mistake) = request.mistake.take() {
            return Err(mistake);
        }
        check_framing(&request)?;
        let filled = match &request.route {
            Cow::Borrowed(route) => Path::fill(route, &request.params)?,
            Cow::Owned(route) => Cow::Owned(Path::fill(route, &request.params)?.into_owned()),
        };
        let (target, mut path) = place(session, &request.route, filled)?;
        if let Some(query) = &request.query {
            let path = path.to_mut();
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(query);
        }
        let path = Path::sendable(path)?;
        // Query strings are cut from names: they have many values, and may be secret.
        let name = request.name.as_deref().unwrap_or_else(|| without_query(&request.route));
        Ok(Self {
            session,
            route: session.route(&request.method, name),
            total: request.timeout.unwrap_or(session.client.timeouts().total),
            began: None,
            method: request.method,
            target,
            path,
            headers: request.headers,
            body: request.body,
            content_type: request.content_type,
            expect: request.expect,
            cookies: None,
            visited: Vec::new(),
            at_home: true,
        })
    }

    /// When the first hop began, which may be now.
    pub(super) fn began(&mut self, now: Instant) -> Instant {
        *self.began.get_or_insert(now)
    }

    /// When the total time is over.
    pub(super) fn total(&self, now: Instant) -> Deadline {
        Deadline::after(self.began.unwrap_or(now), self.total, FailureKind::TimeoutTotal)
    }

    /// When the head of a response must be there, for a request that is sent now.
    pub(super) fn head_by(&self, now: Instant) -> Deadline {
        let head = self.session.client.timeouts().head;
        Deadline::after(now, head, FailureKind::TimeoutHead).or(self.total(now))
    }

    /// An idle connection for the current hop. The cookies are looked up on the way.
    pub(super) fn take_idle(&mut self) -> Option<Box<Connection>> {
        let mut inner = self.session.lock();
        self.cookies = inner.jar.header(&self.target, &self.path);
        inner.take_idle(&self.target.endpoint)
    }

    /// The current hop as it is to be sent.
    pub(super) fn outgoing(&self) -> Outgoing<'_> {
        Outgoing {
            method: &self.method,
            path: &self.path,
            host: &self.target.endpoint.host_line,
            user_agent: &self.session.client.0.user_agent,
            close: self.session.client.0.close.as_ref(),
            defaults: self.at_home.then_some(&self.session.defaults).filter(|defaults| !defaults.is_empty()),
            headers: self.headers.as_deref(),
            cookies: self.cookies.as_ref(),
            content_type: self.content_type,
            body: &self.body,
        }
    }

    /// Whether the status is what the scenario expects.
    pub(super) fn check(&self, status: StatusCode) -> Result<()> {
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
}

/// Where the path of a request leads.
fn place<'s>(
    session: &'s Session,
    route: &str,
    path: Cow<'s, str>,
) -> Result<(Cow<'s, Target>, Cow<'s, str>)> {
    if path.starts_with("http://") || path.starts_with("https://") {
        let (target, path) = Target::parse_absolute(&path)?;
        return Ok((Cow::Owned(target), Cow::Owned(path)));
    }
    let Some(base) = &session.base else {
        let why = format!(
            "`{}` is relative and there is no base URL; run with --host URL, set MOLOTOV_HOST, or return a `Target` \
             from a `#[global_setup]`",
            without_query(route)
        );
        // It will be so in each iteration.
        session.stop(&why);
        return Err(Error::msg(why));
    };
    Ok((Cow::Borrowed(base), base.path(path)))
}

/// How a body ends is told by us. A `Content-Length` that is not true would cut it without a word.
fn check_framing(request: &Request<'_>) -> Result<()> {
    let actual = request.body.len();
    let Some(headers) = &request.headers else { return Ok(()) };
    match headers.get(CONTENT_LENGTH) {
        Some(said) if *said != *actual.to_string() => Err(Error::msg(format!(
            "the header `content-length` is not the length of the body ({actual}); leave it out, it is set for you"
        ))),
        _ if headers.contains_key(TRANSFER_ENCODING) => Err(Error::msg(
            "the header `transfer-encoding` cannot be set; the body is sent whole, with its length",
        )),
        _ => Ok(()),
    }
}
