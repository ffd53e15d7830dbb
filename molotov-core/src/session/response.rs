//! A response that was read to its end.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::{Decoder, Head, codings};
use crate::mask::octets;
use crate::redact;

/// A response that was read to its end.
pub struct Response {
    /// The name under which it was reported, for messages.
    pub(super) route: Arc<str>,
    pub(super) head: Head,
    pub(super) body: Bytes,
    pub(super) length: u64,
    pub(super) began: Instant,
    pub(super) ended: Instant,
}

impl Response {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.head.headers.map()
    }

    /// The value of a header, the first where there are several, as far as it is UTF-8. [`Response::headers`] has all of
    /// them, and values of any octets (`as_bytes()`).
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers().get(name)?.as_bytes()).ok()
    }

    /// The body, decoded where the server has compressed it with gzip or deflate; empty after [`Request::discard`](crate::Request::discard).
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// How many bytes the body had; where they were not kept, so many as came, before any decoding.
    pub fn body_len(&self) -> u64 {
        self.length
    }

    /// The body as text.
    ///
    /// # Errors
    ///
    /// `body.decode`, when it is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.body)
            .map_err(|error| self.undecodable(&format!("the body is not UTF-8: {error}")))
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    ///
    /// `body.decode`, when it is not JSON or not of this type. The message has the path to the value, its kind and what was
    /// expected, and not the value, which may be a secret.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let wanted = std::any::type_name::<T>();
            let why = redact::json(&error, &self.body);
            self.undecodable(&format!("the body is not the JSON of `{wanted}`: {why}"))
        })
    }

    fn undecodable(&self, why: &str) -> Error {
        let headers = self.headers();
        let coded = match Decoder::of(self.status(), headers) {
            Ok(None) => codings(headers).find(|coding| !coding.eq_ignore_ascii_case(b"identity")),
            _ => None,
        };
        let hint = coded.map_or(String::new(), |coding| {
            format!(" (it is coded as `{}`, and was not decoded)", octets(coding))
        });
        Error::of(FailureKind::BodyDecode, format!("{}: {why}{hint}", self.route))
    }

    /// From the start of the request to the end of the body, redirects included.
    pub fn elapsed(&self) -> Duration {
        self.ended - self.began
    }
}

impl fmt::Debug for Response {
    // Bodies and headers may be secret and are often long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.head.status)
            .field("body_len", &self.length)
            .field("elapsed", &self.elapsed())
            .finish_non_exhaustive()
    }
}
