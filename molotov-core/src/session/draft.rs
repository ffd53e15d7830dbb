//! A request as written by a scenario.

use std::borrow::Cow;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, Method};

use super::expect::Expect;
use crate::error::{Error, Result};
use crate::http::RequestBody;

/// The size limit of kept bodies: 16 MiB, unless [`Request::max_body`](super::Request::max_body) sets another.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// A request as written by a scenario.
pub(super) struct Draft<'s> {
    pub(super) method: Method,
    pub(super) route: Cow<'s, str>,
    pub(super) name: Option<Cow<'s, str>>,
    pub(super) params: Vec<(&'s str, String)>,
    pub(super) query: Option<String>,
    pub(super) headers: Option<Box<HeaderMap>>,
    pub(super) body: RequestBody,
    pub(super) content_type: Option<Cow<'static, str>>,
    pub(super) timeout: Option<Duration>,
    pub(super) expect: Option<Expect>,
    pub(super) max_body: usize,
    /// The last mistake in it, which is reported instead of sending it.
    pub(super) mistake: Option<Error>,
}

impl<'s> Draft<'s> {
    pub(super) fn new(method: Method, route: Cow<'s, str>) -> Self {
        Self {
            method,
            route,
            name: None,
            params: Vec::new(),
            query: None,
            headers: None,
            body: RequestBody::default(),
            content_type: None,
            timeout: None,
            expect: None,
            max_body: MAX_BODY,
            mistake: None,
        }
    }

    pub(super) fn headers(&mut self) -> &mut HeaderMap {
        self.headers.get_or_insert_default()
    }

    /// Checks everything that can be checked before sending.
    pub(super) fn check(&mut self) -> Result<()> {
        match self.mistake.take() {
            Some(mistake) => Err(mistake),
            None => check_headers(self),
        }
    }
}

/// Checks that the headers set neither the end of the body nor the separator of its parts: those belong to the client.
fn check_headers(request: &Draft<'_>) -> Result<()> {
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
        // Its files have not been checked yet.
        RequestBody::Upload(_) => Ok(()),
    }
}

/// A wrong `Content-Length` would silently cut the body.
pub(super) fn check_length(headers: Option<&HeaderMap>, actual: u64) -> Result<()> {
    match headers.and_then(|headers| headers.get(CONTENT_LENGTH)) {
        Some(said) if *said != *actual.to_string() => Err(Error::msg(format!(
            "the header `content-length` is not the length of the body ({actual}); leave it out, it is set for you"
        ))),
        _ => Ok(()),
    }
}
