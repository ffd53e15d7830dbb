//! A request under construction.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::future::ready;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, PROXY_AUTHORIZATION, RANGE,
    REFERER, USER_AGENT,
};
use http::{HeaderName, HeaderValue, Method};
use serde::Serialize;

use super::Session;
use super::body::Keep;
use super::body_stream::BodyStream;
use super::draft::Draft;
use super::expect::Expect;
use super::headers::header;
use super::in_flight;
use super::multipart::{self, Multipart};
use super::pending_request::PendingRequest;
use super::response::Response;
use crate::error::{Error, Result};
use crate::future::BoxFuture;
use crate::http::{ACCEPTED, RequestBody, Segment, Upload, auth, redacted_route};
use crate::secret::Secret;

/// Headers that a request has only once (RFC 9110, section 5.3, and the definition of each); others are lists.
const SINGLE: [HeaderName; 9] = [
    AUTHORIZATION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    COOKIE,
    HOST,
    PROXY_AUTHORIZATION,
    RANGE,
    REFERER,
    USER_AGENT,
];

/// A request under construction; [`Request::send`] sends it.
///
/// A mistake in it (an invalid header, a parameter that the route does not have) is reported by `send`, before anything
/// is sent.
///
/// ```no_run
/// # use molotov::prelude::*;
/// # async fn run(session: &mut Session) -> Result {
/// let request = session.post("/basket/{id}/items").path("id", 7).query("coupon", "spring").form([("item", "42")]);
/// let response = request.expect_status(201).send().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a request does nothing until it is sent: write `.send().await?`"]
pub struct Request<'s> {
    session: &'s Session,
    draft: Draft<'s>,
}

impl<'s> Request<'s> {
    pub(super) fn new(session: &'s Session, method: Method, route: Cow<'s, str>) -> Self {
        Self { session, draft: Draft::new(method, route) }
    }

    /// Fills in the parameter `{name}` of the route with the percent-encoded value.
    ///
    /// A value that would leave its segment of the path empty, `.` or `..` is a mistake: it leads to another route.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// // Sends `GET /shelves/fruit%20&%20nuts/items/7`; the report has `GET /shelves/{shelf}/items/{id}`.
    /// session.get("/shelves/{shelf}/items/{id}").path("shelf", "fruit & nuts").path("id", 7).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn path(mut self, name: &'s str, value: impl Display) -> Self {
        if self.draft.params.iter().any(|(known, _)| *known == name) {
            self.draft.mistake =
                Some(Error::msg(format!("`.path(\"{name}\", …)` is there twice; leave one out")));
        }
        self.draft.params.push((name, value.to_string()));
        self
    }

    /// Adds `name=value` to the query, encoded. It is not part of the name of the request in the report.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// // Sends `GET /items?search=red+shoes&page=2`; the report has `GET /items`.
    /// session.get("/items").query("search", "red shoes").query("page", 2).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        let mut pairs = form_urlencoded::Serializer::new(self.draft.query.take().unwrap_or_default());
        pairs.append_pair(name, &value.to_string());
        self.draft.query = Some(pairs.finish());
        self
    }

    /// Adds a header. It replaces the session's default headers of that name, and is sent besides the headers that the
    /// request has already: `.header("x-forwarded-for", "10.0.0.1").header("x-forwarded-for", "10.0.0.2")` sends two
    /// lines. [`Request::replace_header`] leaves only the last.
    ///
    /// Adding a header twice that a request may have only once (RFC 9110, section 5.3), such as `content-type`, is a
    /// mistake.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.get("/items").header("accept", "application/json").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        match header(name, value.as_ref()) {
            Ok((name, _)) if SINGLE.contains(&name) && self.draft.headers().contains_key(&name) => {
                self.draft.mistake = Some(Error::msg(format!(
                    "the header `{name}` is set twice, and a request has it once; use `.replace_header()`"
                )));
            }
            Ok((name, value)) => {
                self.draft.headers().append(name, value);
            }
            Err(error) => self.draft.mistake = Some(error),
        }
        self
    }

    /// Sets a header; it replaces the headers of that name of the request and of the session's defaults.
    ///
    /// ```no_run
    /// # use molotov::{Request, Result, Session};
    /// fn page(session: &Session) -> Request<'_> {
    ///     session.get("/page").header("accept", "text/html")
    /// }
    /// # async fn data(session: &Session) -> Result {
    /// page(session).replace_header("accept", "application/json").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn replace_header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        match header(name, value.as_ref()) {
            Ok((name, value)) => drop(self.draft.headers().insert(name, value)),
            Err(error) => self.draft.mistake = Some(error),
        }
        self
    }

    /// Sends this value as JSON. A `HashMap` in it has another order in each run, even with the same seed; a `BTreeMap`
    /// always has the same order.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// #[derive(serde::Serialize)]
    /// struct Order {
    ///     item: u64,
    ///     quantity: u32,
    /// }
    ///
    /// session.post("/orders").json(&Order { item: 7, quantity: 2 }).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn json(mut self, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => self.typed_body(RequestBody::Bytes(json.into()), "application/json"),
            Err(error) => {
                self.draft.mistake = Some(Error::msg(format!("the body cannot be written as JSON: {error}")));
                self
            }
        }
    }

    /// Sends these pairs as a form (`application/x-www-form-urlencoded`), in their order. The order of a `HashMap`
    /// differs in each run, even with the same seed.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.post("/login").form([("user", "ann"), ("password", "secret")]).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn form<K: AsRef<str>, V: AsRef<str>>(self, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.typed_body(RequestBody::Bytes(form.into()), "application/x-www-form-urlencoded")
    }

    /// Sends these bytes unchanged; set a `content-type` yourself.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.post("/orders").body("<order item='7'/>").header("content-type", "application/xml").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        self.untyped_body(RequestBody::Bytes(body.into()))
    }

    /// Sends this file unchanged; set a `content-type` yourself.
    ///
    /// The file is read while it is sent, some ten kilobytes at a time, so its size does not matter, and again for each
    /// request and redirect. As long as the server keeps reading, only the total time-out ends the request
    /// ([`Request::timeout`]). A missing or unreadable file is a mistake that `send` reports before anything is sent; a
    /// file that is truncated meanwhile fails the request as `local.other`.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.put("/items/7.jpg").body_file("data/shoes.jpg").header("content-type", "image/jpeg").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn body_file(self, path: impl AsRef<Path>) -> Self {
        let file = Segment::file(path.as_ref());
        self.untyped_body(RequestBody::Upload(Arc::new(Upload::new(vec![file]))))
    }

    /// Sends a form with files (`multipart/form-data`).
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let review = Multipart::new().text("stars", 5).file("photo", "data/shoes.jpg");
    /// session.post("/items/{id}/reviews").path("id", 7).multipart(review).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn multipart(mut self, form: Multipart) -> Self {
        let boundary = multipart::boundary(self.session.user, self.session.iteration);
        match form.encoded(&boundary) {
            Ok((body, content_type)) => self.typed_body(body, content_type),
            Err(error) => {
                self.draft.mistake = Some(error);
                self
            }
        }
    }

    /// Sets the user and password of the request (RFC 7617). They are not sent to another origin after a redirect, and
    /// never printed. A password may be a [`Secret`] or text.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let password = Secret::from("secret");
    /// session.get("/admin/orders").basic_auth("ann", &password).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn basic_auth(self, user: impl AsRef<str>, password: impl Into<Secret<String>>) -> Self {
        self.authorization(auth::basic(user.as_ref(), &password.into()))
    }

    /// Sets the token of the request (RFC 6750). It is not sent to another origin after a redirect, and never printed.
    /// A token may be a [`Secret`] or text.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let token = session.post("/login").form([("user", "ann")]).send().await?.text()?.to_owned();
    /// session.get("/orders").bearer_auth(token).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn bearer_auth(self, token: impl Into<Secret<String>>) -> Self {
        self.authorization(auth::bearer(&token.into()))
    }

    fn authorization(mut self, value: Result<HeaderValue>) -> Self {
        match value {
            Ok(value) => drop(self.draft.headers().insert(AUTHORIZATION, value)),
            Err(error) => self.draft.mistake = Some(error),
        }
        self
    }

    /// Allows the server to compress the response, with gzip or deflate; see [`Session::set_accept_compressed`] for all
    /// requests. Decompressing costs time, so the default is without compression.
    ///
    /// A compressed body is always decoded, even without this setting: by `send`, where [`Request::max_body`] limits
    /// the decoded size, and by `stream`. `discard` counts a body without decoding it; a body with another coding, such
    /// as `br`, or a partial body (206) is not decoded either.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.get("/items").accept_compressed().send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn accept_compressed(mut self) -> Self {
        let headers = self.draft.headers();
        if !headers.get_all(ACCEPT_ENCODING).iter().any(|value| *value == ACCEPTED) {
            headers.append(ACCEPT_ENCODING, ACCEPTED);
        }
        self
    }

    /// Replaces the body, and the type of the previous body.
    fn untyped_body(mut self, body: RequestBody) -> Self {
        self.draft.body = body;
        self.draft.content_type = None;
        self
    }

    fn typed_body(mut self, body: RequestBody, content_type: impl Into<Cow<'static, str>>) -> Self {
        self.draft.body = body;
        self.draft.content_type = Some(content_type.into());
        self
    }

    /// Reports the request under this name instead of its route. Use few names: at most 1,000 series are kept.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let next = "/items?after=8f14e45f";
    /// session.get(next).name("/items?after={cursor}").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn name(mut self, name: impl Into<Cow<'s, str>>) -> Self {
        self.draft.name = Some(name.into());
        self
    }

    /// Sets the time-out of the whole request, redirects included. Default: that of the run, 60 s.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.get("/export").timeout(secs(120)).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.draft.timeout = Some(timeout);
        self
    }

    /// Sets the expected statuses: `201`, `[200, 404]`, `200..=299`. Every other status is a failure, and an expected
    /// redirect is not followed. Default: 2xx, after redirects.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.post("/orders").expect_status(201).send().await?;
    /// let item = session.get("/items/{id}").path("id", 7).expect_status([200, 404]).send().await?;
    /// session.check("the item is in stock", item.status() == 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn expect_status(mut self, expect: impl Into<Expect>) -> Self {
        self.draft.expect = Some(expect.into());
        self
    }

    /// Sets the size limit of the decoded body; a larger body is read to its end and fails as `body.too_large`. Default
    /// 16 MiB.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.get("/export").max_body(64 << 20).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.draft.max_body = bytes;
        self
    }

    /// Sends the request and reads the whole response.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let response = session.get("/items").send().await?;
    /// session.check("there are items", response.body_len() > 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Every failure is a [`FailureKind`](crate::FailureKind): no connection, no or a truncated response, a time-out,
    /// an unexpected status.
    #[must_use = "nothing is sent until it is awaited: write `.send().await?`"]
    pub fn send(self) -> BoxFuture<'s, Result<Response>> {
        let keep = Keep::AtMost(self.draft.max_body);
        self.respond(keep)
    }

    /// Sends the request and reads the whole response, counting its body without keeping it.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let picture = session.get("/items/7.jpg").discard().await?;
    /// session.trend("picture size in KiB").add(picture.body_len() as f64 / 1024.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The same errors as [`Request::send`].
    #[must_use = "nothing is sent until it is awaited: write `.discard().await?`"]
    pub fn discard(self) -> BoxFuture<'s, Result<Response>> {
        self.respond(Keep::Nothing)
    }

    /// Sends the request and returns the body in pieces, in the order of arrival. The status is checked before. A
    /// compressed body is decoded, in pieces of bounded size; [`Request::max_body`] does not limit their sum.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let mut export = session.get("/export").stream().await?;
    /// let mut lines = 0;
    /// while let Some(piece) = export.chunk().await? {
    ///     lines += piece.iter().filter(|byte| **byte == b'\n').count();
    /// }
    /// session.check("the export has all orders", lines >= 1_000);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The same errors as [`Request::send`], up to the head of the response.
    #[must_use = "nothing is sent until it is awaited: write `.stream().await?`"]
    pub fn stream(self) -> BoxFuture<'s, Result<BodyStream<'s>>> {
        match PendingRequest::new(self.session, self.draft) {
            Ok(pending) => BodyStream::open(pending),
            Err(mistake) => Box::pin(ready(Err(mistake))),
        }
    }

    fn respond(self, keep: Keep) -> BoxFuture<'s, Result<Response>> {
        match PendingRequest::new(self.session, self.draft) {
            Ok(pending) => in_flight::response(pending, keep),
            Err(mistake) => Box::pin(ready(Err(mistake))),
        }
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.draft.method)
            .field("route", &redacted_route(&self.draft.route))
            .finish_non_exhaustive()
    }
}
