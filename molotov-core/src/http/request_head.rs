//! The head of a request: its parts, independent of the version of HTTP.

use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::request_body::RequestBody;

/// A request before sending. Nothing is copied for it until it is written.
pub(crate) struct RequestHead<'a> {
    pub(crate) method: &'a Method,
    /// Path and query, of valid characters.
    pub(crate) path: &'a str,
    pub(crate) host: &'a HeaderValue,
    pub(crate) user_agent: &'a HeaderValue,
    /// True if its connection is for this request alone.
    pub(crate) is_alone: bool,
    /// Headers of the session; the request's own replace them.
    pub(crate) defaults: Option<&'a DefaultHeaders>,
    pub(crate) headers: Option<&'a HeaderMap>,
    pub(crate) cookies: Option<&'a HeaderValue>,
    /// The type of the body, unless the request has a header for it.
    pub(crate) content_type: Option<&'a str>,
    pub(crate) body: &'a RequestBody,
}

/// The headers of every request of a session.
#[derive(Debug, Default)]
pub(crate) struct DefaultHeaders {
    map: HeaderMap,
    version: u64,
}

impl DefaultHeaders {
    pub(crate) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    pub(crate) fn has(&self, name: &HeaderName) -> bool {
        self.map.contains_key(name)
    }

    pub(crate) fn map(&self) -> &HeaderMap {
        &self.map
    }

    /// The number of changes so far, which shows that copies of these headers are outdated.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn change(&mut self, change: impl FnOnce(&mut HeaderMap)) {
        change(&mut self.map);
        self.version += 1;
    }
}

impl RequestHead<'_> {
    /// Visits each header in turn, except for the length of the body.
    pub(crate) fn each_header(&self, mut put: impl FnMut(&HeaderName, &HeaderValue)) {
        self.each_common(&mut put);
        if let Some(cookies) = self.unset_cookies() {
            put(&COOKIE, cookies);
        }
        if let Some(content_type) =
            self.unset_content_type().and_then(|text| HeaderValue::try_from(text).ok())
        {
            put(&CONTENT_TYPE, &content_type);
        }
        for (name, value) in self.defaults.iter().flat_map(|defaults| &defaults.map) {
            if !has(self.headers, name) && (name != CONTENT_TYPE || self.content_type.is_none()) {
                put(name, value);
            }
        }
        for (name, value) in self.headers.into_iter().flatten() {
            put(name, value);
        }
    }

    /// The headers that all requests of a connection have, unless they are set by hand.
    pub(crate) fn each_common(&self, mut put: impl FnMut(&HeaderName, &HeaderValue)) {
        let close = HeaderValue::from_static("close");
        let close = self.is_alone.then_some((&CONNECTION, &close));
        for (name, value) in [(&HOST, self.host), (&USER_AGENT, self.user_agent)].into_iter().chain(close) {
            if !self.sets(name) {
                put(name, value);
            }
        }
    }

    /// The type of the body, unless it is set for this request by hand.
    fn unset_content_type(&self) -> Option<&str> {
        self.content_type.filter(|_| !has(self.headers, &CONTENT_TYPE))
    }

    /// The cookies, unless they are set by hand.
    pub(crate) fn unset_cookies(&self) -> Option<&HeaderValue> {
        self.cookies.filter(|_| !self.sets(&COOKIE))
    }

    /// The length header, if it is not set yet: for each body, and for an empty body with the methods that usually have
    /// one (RFC 9110, section 8.6).
    pub(crate) fn length(&self) -> Option<u64> {
        let length = self.body.len();
        let is_sent = length > 0 || matches!(*self.method, Method::POST | Method::PUT | Method::PATCH);
        (is_sent && !self.sets(&CONTENT_LENGTH)).then_some(length)
    }

    fn sets(&self, name: &HeaderName) -> bool {
        has(self.headers, name) || self.defaults.is_some_and(|defaults| defaults.has(name))
    }
}

fn has(headers: Option<&HeaderMap>, name: &HeaderName) -> bool {
    headers.is_some_and(|headers| headers.contains_key(name))
}
