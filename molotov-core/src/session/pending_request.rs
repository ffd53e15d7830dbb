//! A request on its way through its redirects: the current hop before sending, and the expected response.

mod pattern;
mod redirect;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::time::Instant;

pub(super) use self::redirect::Redirect;
use self::redirect::Visit;
use super::draft::{Draft, check_length};
use super::dump;
use super::expect::Expect;
use super::state::{Applicant, CheckOut, ReportedAs};
use super::{ConnectionPolicy, Session};
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::{
    Deadline, Lease, Path, RequestBody, RequestHead, ResponseHead, SendTimes, Target, connect, redacted_route,
};
use crate::mask::Whence;
use crate::recorder::Route;
use crate::sample::Record;
use crate::trace::Message;

/// A header for secrets in many services, for which the `http` crate has no constant.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// A request on its way through its redirects.
pub(super) struct PendingRequest<'s> {
    pub(super) session: &'s Session,
    method: Method,
    target: Cow<'s, Target>,
    /// Path and query of the current hop.
    path: Cow<'s, str>,
    /// The name and series of the current hop in the report.
    reported_as: ReportedAs<'s>,
    headers: Option<Box<HeaderMap>>,
    body: RequestBody,
    content_type: Option<Cow<'static, str>>,
    expect: Option<Expect>,
    /// The cookies of the session for the current hop.
    cookies: Option<HeaderValue>,
    total: Duration,
    /// The start of the first hop, and of the total time limit.
    began: Option<Instant>,
    /// The earlier hops.
    visited: Vec<Visit>,
    /// True if the current hop has the origin that the scenario named.
    at_home: bool,
}

/// The step after the head of a response.
pub(super) enum NextStep {
    /// The scenario gets its body.
    Read,
    Follow(Box<Redirect>),
    Fail(Error),
}

impl<'s> PendingRequest<'s> {
    /// Checks a draft and makes a request from it; a failure here sends nothing.
    pub(super) fn new(session: &'s Session, mut draft: Draft<'s>) -> Result<Self> {
        draft.check()?;
        let filled = match &draft.route {
            Cow::Borrowed(route) => Path::fill(route, &draft.params)?,
            Cow::Owned(route) => Cow::Owned(Path::fill(route, &draft.params)?.into_owned()),
        };
        let (target, path) = place(session, &draft.route, filled)?;
        let path = Path::complete(&target.prefix, path, draft.query.as_deref())?;
        authorize(session, &target, &mut draft.headers);
        Ok(Self {
            session,
            method: draft.method,
            target,
            path,
            // Query strings are cut from names: they have many values, and may be secret.
            reported_as: ReportedAs::Name(draft.name.unwrap_or_else(|| without_secrets(draft.route))),
            headers: draft.headers,
            body: draft.body,
            content_type: draft.content_type,
            expect: draft.expect,
            cookies: None,
            total: draft.timeout.unwrap_or(session.client.timeouts().total),
            began: None,
            visited: Vec::new(),
            at_home: true,
        })
    }

    /// Takes the session's parts for the current hop: its series in the report, its cookies, and an idle connection, if
    /// there is one.
    pub(super) fn check_out(&mut self, now: Instant) -> (Route, Option<Lease>) {
        self.began.get_or_insert(now);
        let applicant = Applicant {
            method: &self.method,
            reported_as: &self.reported_as,
            target: &self.target,
            path: &self.path,
            now,
        };
        let CheckOut { route, cookies, lease } =
            self.session.state.check_out(self.session.run_handle.recorder(), &applicant);
        self.cookies = cookies;
        (route, lease)
    }

    /// Another idle connection for the current hop.
    pub(super) fn lend(&self) -> Option<Lease> {
        self.session.state.lend(&self.target.endpoint)
    }

    /// Opens a connection for the current hop.
    pub(super) async fn connect(&self, now: Instant) -> Result<Lease> {
        let total = self.total(now);
        let (lease, phases) = connect(&self.session.client, &self.target.endpoint, total).await?;
        self.session.run_handle.push(Record::Connected(phases));
        Ok(lease)
    }

    /// Checks the files to be sent. A failure here sends nothing.
    pub(super) async fn measure(&mut self) -> Result<()> {
        if let RequestBody::Upload(upload) = &self.body {
            self.body = RequestBody::Upload(Arc::clone(upload).measured().await?);
        }
        check_length(self.headers.as_deref(), self.body.len())
    }

    /// Returns `true` if it has files to check.
    pub(super) fn is_upload(&self) -> bool {
        matches!(self.body, RequestBody::Upload(_))
    }

    /// The start of the first hop; the current time, if it has not started.
    pub(super) fn began(&self, now: Instant) -> Instant {
        self.began.unwrap_or(now)
    }

    /// The end of the total time limit.
    pub(super) fn total(&self, now: Instant) -> Deadline {
        Deadline::after(self.began(now), self.total, FailureKind::TimeoutTotal)
    }

    /// The deadline of a piece of the body that is awaited from now on.
    pub(super) fn piece_by(&self, now: Instant) -> Deadline {
        let piece = self.session.client.timeouts().body;
        Deadline::after(now, piece, FailureKind::TimeoutBody).or(self.total(now))
    }

    /// The deadlines of a request that is sent now.
    pub(super) fn send_times(&self, now: Instant) -> SendTimes {
        let total = self.total(now);
        let head = self.session.client.timeouts().head;
        let head = Deadline::after(now, head, FailureKind::TimeoutHead).or(total);
        SendTimes { now, head, upload: self.is_upload().then_some(total) }
    }

    /// The current hop for sending.
    pub(super) fn head(&self) -> RequestHead<'_> {
        let client = &self.session.client.0;
        RequestHead {
            method: &self.method,
            path: &self.path,
            host: &self.target.endpoint.authority,
            user_agent: &client.user_agent,
            is_alone: client.policy == ConnectionPolicy::Request,
            defaults: self
                .session
                .defaults
                .as_deref()
                .filter(|defaults| self.at_home && !defaults.is_empty()),
            headers: self.headers.as_deref(),
            cookies: self.cookies.as_ref(),
            content_type: self.content_type.as_deref(),
            body: &self.body,
        }
    }

    /// The current hop for display.
    pub(super) fn message(&self, route: &str) -> Message {
        let url = self.target.shown(&self.path);
        let head = self.head();
        let mut headers = Vec::new();
        let mut lines = dump::ShownHeaders::default();
        head.each_header(|name, value| lines.add(&mut headers, name, value));
        if let Some(length) = head.length() {
            headers.push((CONTENT_LENGTH.to_string(), length.to_string()));
        }
        let body = match &self.body {
            RequestBody::Bytes(bytes) => {
                let whence = Whence { route, is_wanted: true };
                lines.body(whence, bytes, bytes.len() as u64)
            }
            RequestBody::Upload(_) => lines.upload(self.body.len()),
        };
        Message { first: dump::first(&self.method, &url), headers, body, ..Message::default() }
    }

    /// Stores the cookies of a response to the current hop.
    pub(super) fn keep_cookies(&self, head: &ResponseHead) {
        if head.headers.sets_cookies {
            self.session.state.keep_cookies(head.headers.map(), &self.target, &self.path);
        }
    }

    /// The step after this head of a response.
    #[inline]
    pub(super) fn next_step(&self, head: &ResponseHead) -> NextStep {
        let is_expected = match &self.expect {
            Some(expect) => expect.allows(head.status),
            None => head.status.is_success(),
        };
        if is_expected { NextStep::Read } else { self.unexpected(head) }
    }

    #[cold]
    fn unexpected(&self, head: &ResponseHead) -> NextStep {
        if self.session.client.0.redirects == 0 || !redirect::is_redirect(head.status) {
            return NextStep::Fail(self.wrong_status(head.status));
        }
        match self.redirect(head) {
            Ok(redirect) => NextStep::Follow(Box::new(redirect)),
            Err(error) => NextStep::Fail(error),
        }
    }

    fn wrong_status(&self, status: StatusCode) -> Error {
        let wanted = self.expect.as_ref().map_or(String::new(), |expect| format!(" (expected {expect})"));
        let kind = match status.as_u16() {
            400..=499 => FailureKind::Http4xx,
            500..=599 => FailureKind::Http5xx,
            _ => FailureKind::HttpUnexpectedStatus,
        };
        let reason = status.canonical_reason().unwrap_or("unknown status");
        Error::with_kind(kind, format!("{} {reason}{wanted}", status.as_u16())).with_status(status)
    }

    fn redirect(&self, head: &ResponseHead) -> Result<Redirect> {
        let from = Visit::new(&self.method, &self.target, &self.path);
        let redirect = Redirect::from_response(from, head, &self.target, &self.path)?;
        redirect.check_count(&self.visited, self.session.client.0.redirects)?;
        Ok(redirect)
    }

    /// Follows a redirect: its target becomes the current hop.
    pub(super) fn follow(&mut self, redirect: Redirect) {
        self.visited.push(redirect.from);
        if redirect.method != self.method {
            self.body = RequestBody::default();
            self.content_type = None;
            self.forget(&[CONTENT_TYPE, CONTENT_LENGTH]);
        }
        if !redirect.target.same_origin(&self.target) {
            // Another host must not get secrets for this one.
            self.at_home = false;
            self.forget(&[AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, X_API_KEY, HOST]);
        }
        let at_base = self.session.base.as_ref().is_some_and(|base| base.same_origin(&redirect.target));
        let place = if at_base { redirect.path.clone() } else { redirect.target.shown(&redirect.path) };
        let recorder = self.session.run_handle.recorder();
        self.reported_as =
            ReportedAs::Route(recorder.redirected(&redirect.method, &pattern::from_url(&place)));
        self.method = redirect.method;
        self.target = Cow::Owned(redirect.target);
        self.path = Cow::Owned(redirect.path);
    }

    fn forget(&mut self, names: &[HeaderName]) {
        if let Some(headers) = &mut self.headers {
            names.iter().for_each(|name| drop(headers.remove(name)));
        }
    }
}

/// The route without its possibly secret parts.
fn without_secrets(route: Cow<'_, str>) -> Cow<'_, str> {
    match route {
        Cow::Borrowed(route) => redacted_route(route),
        Cow::Owned(route) => Cow::Owned(redacted_route(&route).into_owned()),
    }
}

/// The target of a route whose parameters are filled in, and the path below it.
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
        // The same mistake occurs in each iteration.
        session.stop(&why);
        return Err(Error::msg(why));
    };
    Ok((Cow::Borrowed(base), path))
}

/// Sets the user-info of the URL as `Authorization`, unless the request or the session has one.
fn authorize(session: &Session, target: &Target, headers: &mut Option<Box<HeaderMap>>) {
    let value = target.authorization.as_ref().or_else(|| {
        let base = session.base.as_ref()?;
        base.authorization.as_ref().filter(|_| base.same_origin(target))
    });
    let Some(value) = value else { return };
    let of_request = headers.as_ref().is_some_and(|headers| headers.contains_key(AUTHORIZATION));
    let of_session = session.defaults.as_ref().is_some_and(|defaults| defaults.has(&AUTHORIZATION));
    if !of_request && !of_session {
        headers.get_or_insert_default().insert(AUTHORIZATION, (**value).clone());
    }
}
