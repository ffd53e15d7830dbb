//! Redirects, by RFC 9110, section 15.4: where they lead, and what goes along.

use std::borrow::Cow;

use http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, LOCATION, PROXY_AUTHORIZATION,
};
use http::{HeaderMap, HeaderName, Method};

use super::{PendingRequest, pattern};
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::{RequestBody, ResponseHead, Target, redacted_route};

/// The header without a constant of its own in which many services take a secret.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Where a redirect leads.
pub(in crate::session) struct Redirect {
    from: Stop,
    target: Target,
    path: String,
    method: Method,
}

/// A stop on a journey: a place that comes again makes it a circle.
#[derive(PartialEq, Eq)]
pub(super) struct Stop {
    method: Method,
    url: String,
}

impl Stop {
    fn new(method: &Method, target: &Target, path: &str) -> Self {
        Self { method: method.clone(), url: target.shown(path) }
    }
}

impl PendingRequest<'_> {
    /// Where the response leads, when it is a redirect that should be followed.
    pub(in crate::session) fn redirect(&self, head: &ResponseHead) -> Result<Option<Redirect>> {
        let status = head.status;
        let expected = self.expect.as_ref().is_some_and(|expect| expect.allows(status));
        if expected || !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let most = self.session.client.0.redirects;
        if most == 0 {
            return Ok(None);
        }
        let (target, path) = self
            .location(head.headers.map())
            .map_err(|why| Error::of(FailureKind::RedirectBadLocation, format!("{status}: {why}")))?;
        // RFC 9110, section 15.4: 303 always becomes GET, and by custom 301 and 302 do so for POST.
        let becomes_get = match status.as_u16() {
            303 => self.method != Method::HEAD,
            301 | 302 => self.method == Method::POST,
            _ => false,
        };
        let method = if becomes_get { Method::GET } else { self.method.clone() };
        let from = Stop::new(&self.method, &self.target, &self.path);
        if self.visited.len() >= most as usize {
            return Err(self.endless(most, from, Stop::new(&method, &target, &path)));
        }
        Ok(Some(Redirect { from, target, path, method }))
    }

    /// The failure of a request that was redirected more often than is followed. A server may lead to one place several
    /// times and then on, so only then a circle is one.
    fn endless(&self, most: u32, here: Stop, there: Stop) -> Error {
        let mut stops: Vec<_> = self.visited.iter().chain([&here, &there]).collect();
        while let Some(last) = stops.pop() {
            if stops.contains(&last) {
                let (method, url) = (&last.method, redacted_route(&last.url));
                let text = format!("more than {most} redirects, in a circle: `{method} {url}` came again");
                return Error::of(FailureKind::RedirectLoop, text);
            }
        }
        Error::of(FailureKind::RedirectTooMany, format!("more than {most} redirects"))
    }

    /// What the `Location` header says, or why it says nothing.
    fn location(&self, headers: &HeaderMap) -> Result<(Target, String), String> {
        let location = headers.get(LOCATION).ok_or("no Location header")?;
        self.target.locate(&self.path, location)
    }

    fn forget(&mut self, names: &[HeaderName]) {
        if let Some(headers) = &mut self.headers {
            names.iter().for_each(|name| drop(headers.remove(name)));
        }
    }

    pub(in crate::session) fn follow(&mut self, redirect: Redirect) {
        self.visited.push(redirect.from);
        if redirect.method != self.method {
            self.body = RequestBody::default();
            self.content_type = None;
            self.forget(&[CONTENT_TYPE, CONTENT_LENGTH]);
        }
        if !redirect.target.same_origin(&self.target) {
            // Another host must not learn what was meant for this one.
            self.at_home = false;
            self.forget(&[AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, X_API_KEY, HOST]);
        }
        let at_base = self.session.base.as_ref().is_some_and(|base| base.same_origin(&redirect.target));
        let place = if at_base { redirect.path.clone() } else { redirect.target.shown(&redirect.path) };
        let recorder = self.session.run_handle.recorder();
        self.route = recorder.redirected(&redirect.method, &pattern::from_url(&place));
        self.method = redirect.method;
        self.target = Cow::Owned(redirect.target);
        self.path = Cow::Owned(redirect.path);
    }
}
