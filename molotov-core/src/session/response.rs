//! A response that was read to its end.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::{dump, excerpt};
use crate::bom::without_mark;
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::{Decoder, ResponseHead, codings};
use crate::mask::{Whence, octets};
use crate::redact;

/// The number of bytes of a searched text in a message.
const BRIEF: usize = 100;

/// A response that was read to its end.
///
/// ```no_run
/// # use molotov::prelude::*;
/// # async fn run(session: &mut Session) -> Result {
/// let response = session.get("/items/{id}").path("id", 7).send().await?;
/// session.check("the item is fresh", response.header("age").is_none());
/// session.check("the item is small", response.body_len() < 10_000);
/// # Ok(())
/// # }
/// ```
pub struct Response {
    /// The name of the request in the report, for messages.
    pub(super) route: Arc<str>,
    pub(super) head: ResponseHead,
    pub(super) trailers: Option<Box<HeaderMap>>,
    pub(super) body: Bytes,
    pub(super) length: u64,
    pub(super) began: Instant,
    pub(super) ended: Instant,
}

impl Response {
    /// The status.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let item = session.get("/items/{id}").path("id", 7).expect_status([200, 404]).send().await?;
    /// if item.status() == 404 {
    ///     session.counter("missing items").add(1);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let page = session.get("/").send().await?;
    /// session.counter("cookies set").add(page.headers().get_all("set-cookie").iter().count() as u32);
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        self.head.headers.map()
    }

    /// The value of a header, the first one if there are several, if it is UTF-8. [`Response::headers`] has all of
    /// them, and values of any octets (`as_bytes()`).
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let order = session.post("/orders").expect_status(201).send().await?;
    /// let location = order.header("location").or_fail_with("the order has no location")?;
    /// session.get(location).name("/orders/{id}").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers().get(name)?.as_bytes()).ok()
    }

    /// The trailers: fields behind a chunked body, for values that depend on the body. Most responses have none.
    ///
    /// ```no_run
    /// # use molotov::{Result, Session};
    /// async fn download(session: &mut Session) -> Result {
    ///     let response = session.get("/export").send().await?;
    ///     let digest = response.trailers().and_then(|trailers| trailers.get("digest"));
    ///     session.check("the export has a digest", digest.is_some());
    ///     Ok(())
    /// }
    /// ```
    pub fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_deref()
    }

    /// The body, decoded if the server has compressed it with gzip or deflate; empty after
    /// [`Request::discard`](crate::Request::discard).
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let picture = session.get("/items/7.jpg").send().await?;
    /// session.check("the picture is a JPEG", picture.bytes().starts_with(&[0xff, 0xd8]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The length of the body in bytes; for a body that was not kept, the received bytes before decoding.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let picture = session.get("/items/7.jpg").discard().await?;
    /// session.check("the picture is not empty", picture.body_len() > 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn body_len(&self) -> u64 {
        self.length
    }

    /// The body as text, without a byte order mark at its start.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let page = session.get("/basket").send().await?;
    /// session.check("the basket is empty", page.text()?.contains("Your basket is empty"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `body.decode`, when it is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(self.unmarked()?)
            .map_err(|error| self.undecodable(&format!("the body is not UTF-8: {error}")))
    }

    /// The body, parsed as JSON. A byte order mark at its start is skipped (RFC 8259, section 8.1).
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// #[derive(serde::Deserialize)]
    /// struct Item {
    ///     price: f64,
    /// }
    ///
    /// let item: Item = session.get("/items/{id}").path("id", 7).send().await?.json()?;
    /// session.trend("price").add(item.price);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `body.decode`, when it is not JSON or not of this type. The message contains the path to the value, its kind and
    /// the expected one, and not the value, which may be a secret.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let body = self.unmarked()?;
        serde_json::from_slice(body).map_err(|error| {
            let wanted = std::any::type_name::<T>();
            let why = redact::json(&error, body);
            self.undecodable(&format!("the body is not the JSON of `{wanted}`: {why}"))
        })
    }

    /// The first text of the body between these two, for instance a token in a page of HTML.
    ///
    /// The text is unchanged: entities such as `&amp;` are not replaced. The page may have an encoding other than
    /// UTF-8, as long as the two texts and the text between them are UTF-8. An empty `start` is the start of the body,
    /// an empty `end` its end.
    ///
    /// ```no_run
    /// # use molotov::{Result, Session};
    /// async fn log_in(session: &mut Session) -> Result {
    ///     let page = session.get("/login").send().await?;
    ///     let token = page.between(r#"name="csrf" value=""#, "\"")?;
    ///     session.post("/login").form([("user", "ann"), ("csrf", token)]).send().await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `body.not_found`, when one of the two is missing, or the body was not kept
    /// ([`Request::discard`](crate::Request::discard)); `body.decode`, when the text between them is not UTF-8. The
    /// message contains the two texts, and nothing of the body, which may be secret.
    pub fn between(&self, start: &str, end: &str) -> Result<&str> {
        if self.body.is_empty() && self.length > 0 {
            return Err(self.missing("the body was counted and not kept; send the request with `send`"));
        }
        let body = self.unmarked()?;
        let Some(at) = find(body, start) else {
            return Err(self.missing(&format!("there is no {} in {}", named(start), self.described())));
        };
        let rest = &body[at + start.len()..];
        let length = if end.is_empty() { Some(rest.len()) } else { find(rest, end) };
        let Some(length) = length else {
            let behind = format!("there is no {} behind the first {}", named(end), named(start));
            return Err(self.missing(&format!("{behind}, at byte {at} of {}", self.described())));
        };
        std::str::from_utf8(&rest[..length]).map_err(|_| {
            self.undecodable(&format!("what is between {} and {} is not UTF-8", named(start), named(end)))
        })
    }

    /// The body without the byte order mark of UTF-8.
    fn unmarked(&self) -> Result<&[u8]> {
        without_mark(&self.body).map_err(|encoding| {
            self.undecodable(&format!("the body is {encoding}, by its byte order mark; only UTF-8 is read"))
        })
    }

    /// The length and the type of the body, for messages.
    fn described(&self) -> String {
        let length = self.body.len();
        let kind = self.header(CONTENT_TYPE.as_str()).and_then(|kind| kind.split(';').next()).map(str::trim);
        let kind = kind.filter(|kind| !kind.is_empty()).map(|kind| format!(" of {}", brief(kind)));
        format!("the body ({length} bytes{})", kind.unwrap_or_default())
    }

    fn missing(&self, why: &str) -> Error {
        Error::with_kind(FailureKind::BodyNotFound, format!("{}: {why}{}", self.route, self.coding_hint()))
    }

    fn undecodable(&self, why: &str) -> Error {
        let hint = self.coding_hint();
        let whence = Whence { route: &self.route, is_wanted: self.head.status.is_success() };
        let excerpt =
            hint.is_empty().then(|| excerpt::decoded_beginning(whence, self.headers(), &self.body)).flatten();
        Error::with_kind(FailureKind::BodyDecode, format!("{}: {why}{hint}", self.route))
            .with_excerpt(excerpt)
    }

    /// An unknown coding of the body, for messages.
    fn coding_hint(&self) -> String {
        let headers = self.headers();
        let coded = match Decoder::from_headers(self.status(), headers) {
            Ok(None) => codings(headers).find(|coding| !coding.eq_ignore_ascii_case(b"identity")),
            _ => None,
        };
        coded.map_or(String::new(), |coding| {
            format!(" (it is coded as `{}`, and was not decoded)", octets(coding))
        })
    }

    /// The time from the start of the request to the end of the body, redirects included.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let search = session.get("/items").query("search", "shoes").send().await?;
    /// session.check("the search is quick", search.elapsed() < millis(500));
    /// # Ok(())
    /// # }
    /// ```
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

/// The position of the first of these in the body. Most bodies are UTF-8, in which the standard library searches
/// faster.
fn find(body: &[u8], text: &str) -> Option<usize> {
    match std::str::from_utf8(body) {
        Ok(body) => body.find(text),
        Err(_) if text.is_empty() => Some(0),
        Err(_) => body.windows(text.len()).position(|window| window == text.as_bytes()),
    }
}

/// A searched text, in a message.
fn named(text: &str) -> String {
    if text.is_empty() { "beginning".into() } else { format!("`{}`", brief(text)) }
}

fn brief(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { clean.extend(c.escape_debug()) } else { clean.push(c) }
    }
    dump::cut(clean, BRIEF)
}
