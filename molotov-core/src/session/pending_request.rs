//! A request on its way through its redirects: what is to be sent, and what is expected.

mod pattern;
mod redirect;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tokio::time::Instant;

use self::redirect::Stop;
use super::Session;
use super::dump;
use super::request::{Expect, Request};
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::{
    Connection, Deadline, Path, RequestBody, RequestHead, Target, redacted_route, without_fragment,
};
use crate::mask::Whence;
use crate::recorder::Route;
use crate::trace::Message;

/// A request on its way through its redirects.
pub(super) struct PendingRequest<'s> {
    pub(super) session: &'s Session,
    method: Method,
    pub(super) target: Cow<'s, Target>,
    /// Path and query of the current hop.
    pub(super) path: Cow<'s, str>,
    /// Under what the current hop is reported.
    pub(super) route: Route,
    headers: Option<Box<HeaderMap>>,
    body: RequestBody,
    content_type: Option<Cow<'static, str>>,
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

impl<'s> PendingRequest<'s> {
    /// Checks the request; nothing has been sent when this fails.
    pub(super) fn plan(mut request: Request<'s>) -> Result<Self> {
        let session = request.session;
        if let Some(mistake) = request.mistake.take() {
            return Err(mistake);
        }
        check_headers(&request)?;
        let filled = match &request.route {
            Cow::Borrowed(route) => Path::fill(without_fragment(route), &request.params)?,
            Cow::Owned(route) => {
                Cow::Owned(Path::fill(without_fragment(route), &request.params)?.into_owned())
            }
        };
        let (target, mut path) = place(session, &request.route, filled)?;
        if let Some(query) = &request.query {
            let path = path.to_mut();
            match path.split_once('?') {
                None => path.push('?'),
                Some((_, "")) => {}
                Some(_) => path.push('&'),
            }
            path.push_str(query);
        }
        let path = Path::sendable(path)?;
        // Query strings are cut from names: they have many values, and may be secret.
        let name = request.name.take().unwrap_or_else(|| redacted_route(&request.route));
        authorize(session, &target, &mut request.headers);
        Ok(Self {
            session,
            route: session.route(&request.method, &name),
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

    /// Looks at the files that are to be sent. Nothing has been sent when this fails.
    pub(super) async fn measure(&mut self) -> Result<()> {
        if let RequestBody::Upload(upload) = &self.body {
            self.body = RequestBody::Upload(Arc::clone(upload).measured().await?);
        }
        check_length(self.headers.as_deref(), self.body.len())
    }

    /// Whether it has files to look at.
    pub(super) fn is_upload(&self) -> bool {
        matches!(self.body, RequestBody::Upload(_))
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
    pub(super) fn take_idle(&mut self, now: Instant) -> Option<Box<Connection>> {
        let mut inner = self.session.lock();
        self.cookies = inner.jar.header(&self.target, &self.path, now);
        inner.take_idle(&self.target.endpoint)
    }

    /// The current hop as it is to be sent.
    pub(super) fn outgoing(&self) -> RequestHead<'_> {
        RequestHead {
            method: &self.method,
            path: &self.path,
            host: &self.target.endpoint.host_line,
            user_agent: &self.session.client.0.user_agent,
            close: self.session.client.0.close.as_ref(),
            defaults: self.at_home.then_some(&self.session.defaults).filter(|defaults| !defaults.is_empty()),
            headers: self.headers.as_deref(),
            cookies: self.cookies.as_ref(),
            content_type: self.content_type.as_deref(),
            body: &self.body,
        }
    }

    /// The current hop as it is shown to a person.
    pub(super) fn message(&self) -> Message {
        let url = self.target.shown(&self.path);
        let outgoing = self.outgoing();
        let mut headers = Vec::new();
        let mut lines = dump::Lines::default();
        outgoing.each_header(|name, value| lines.add(&mut headers, name, value));
        if let Some(length) = outgoing.length() {
            headers.push((CONTENT_LENGTH.to_string(), length.to_string()));
        }
        let body = match &self.body {
            RequestBody::Bytes(bytes) => {
                let whence = Whence { route: &self.route.name, is_wanted: true };
                lines.body(whence, bytes, bytes.len() as u64)
            }
            RequestBody::Upload(_) => lines.upload(self.body.len()),
        };
        Message { first: dump::first(&self.method, &url), headers, body }
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
    if !route.starts_with('/')
        && let Some((target, path)) = Target::parse_route(route, &path)?
    {
        return Ok((Cow::Owned(target), Cow::Owned(path)));
    }
    let Some(base) = &session.base else {
        let why = format!(
            "`{}` is relative and there is no base URL; run with --host URL, set MOLOTOV_HOST, or return a `Target` \
             from a `#[global_setup]`",
            redacted_route(route)
        );
        session.run_handle.recorder().set_lacks_base(&why);
        // It will be so in each iteration.
        session.stop(&why);
        return Err(Error::msg(why));
    };
    Ok((Cow::Borrowed(base), base.path(path)))
}

/// Who sends the request, where the URL says so, and neither the request nor the session does.
fn authorize(session: &Session, target: &Target, headers: &mut Option<Box<HeaderMap>>) {
    let of_base = || {
        let base = session.base.as_ref()?;
        base.authorization.as_ref().filter(|_| base.same_origin(target))
    };
    let Some(value) = target.authorization.as_ref().or_else(of_base) else { return };
    let set = headers.as_ref().is_some_and(|headers| headers.contains_key(AUTHORIZATION));
    if !set && !session.defaults.has(&AUTHORIZATION) {
        headers.get_or_insert_default().insert(AUTHORIZATION, value.clone());
    }
}

/// How a body ends, and what separates its parts, is told by us.
fn check_headers(request: &Request<'_>) -> Result<()> {
    let Some(headers) = &request.headers else { return Ok(()) };
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(Error::msg(
            "the header `transfer-encoding` cannot be set; the body is sent whole, with its length",
        ));
    }
    if headers.contains_key(CONTENT_TYPE)
        && request.content_type.as_ref().is_some_and(|of_body| of_body.starts_with("multipart/"))
    {
        return Err(Error::msg(
            "the header `content-type` of a multipart form is set for you, with what separates its parts; leave it out",
        ));
    }
    match request.body {
        RequestBody::Bytes(_) => check_length(Some(headers), request.body.len()),
        // Its files were not looked at yet.
        RequestBody::Upload(_) => Ok(()),
    }
}

/// A `Content-Length` that is not true would cut the body without a word.
fn check_length(headers: Option<&HeaderMap>, actual: u64) -> Result<()> {
    match headers.and_then(|headers| headers.get(CONTENT_LENGTH)) {
        Some(said) if *said != *actual.to_string() => Err(Error::msg(format!(
            "the header `content-length` is not the length of the body ({actual}); leave it out, it is set for you"
        ))),
        _ => Ok(()),
    }
}
