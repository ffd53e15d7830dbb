//! One HTTP/1.1 connection: a slot that serves one request at a time and is polled by whoever uses it.
//!
//! hyper splits a connection into a sender and a driver. The driver is polled here, in the request's own task, so
//! that dropping the slot closes the socket at once and no task is left behind.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::fault;
use super::target::Endpoint;
use super::timer::Timer;
use super::wire::{Traffic, Wire};
use crate::error::{Error, Result};
use crate::failure::FailureKind;

pub(crate) type Body = Full<Bytes>;

/// How many informational responses are read before the final one; hyper itself has no limit.
const MAX_INFORMATIONAL: u32 = 16;

/// How long a connection may be idle before the runtime is asked to look whether its server has closed it.
const FRESH: Duration = Duration::from_millis(1);

/// A point in time, and what has failed when it is reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) kind: FailureKind,
}

impl Deadline {
    /// So long after a start. What is too long to be reckoned is as good as no end.
    pub(crate) fn after(start: Instant, time: Duration, kind: FailureKind) -> Self {
        const NO_END: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
        Self { at: start + time.min(NO_END), kind }
    }

    /// The earlier of the two.
    pub(crate) fn or(self, other: Self) -> Self {
        if other.at < self.at { other } else { self }
    }
}

/// Why there is no response.
pub(crate) struct Unanswered {
    pub(crate) error: Error,
    /// The request itself, where its bytes provably never left.
    pub(crate) unsent: Option<http::Request<Body>>,
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self { error, unsent: None }
    }
}

pub(crate) struct Connection {
    endpoint: Arc<Endpoint>,
    sender: http1::SendRequest<Body>,
    driver: Option<http1::Connection<TokioIo<Wire>, Body>>,
    /// How the driver ended, when that was not a proper end.
    broken: Option<hyper::Error>,
    traffic: Arc<Traffic>,
    timer: Timer,
    served: u64,
    idle_since: Instant,
    /// What the traffic's counter must reach before the last request can have been written in full.
    at_least: u64,
}

impl Connection {
    pub(crate) async fn handshake(endpoint: Arc<Endpoint>, wire: Wire) -> Result<Self> {
        let traffic = wire.traffic();
        let (sender, driver) = http1::handshake(TokioIo::new(wire))
            .await
            .map_err(|error| Error::of(FailureKind::ConnectFailed, error.to_string()))?;
        Ok(Self {
            endpoint,
            sender,
            driver: Some(driver),
            broken: None,
            traffic,
            timer: Timer::default(),
            served: 0,
            idle_since: Instant::now(),
            at_least: 0,
        })
    }

    pub(crate) fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    pub(crate) fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }

    /// Whether the last request was written in full. A server may answer before it has read everything, and a
    /// connection that still owes it the rest cannot take another request.
    pub(crate) fn has_sent_all(&self) -> bool {
        self.traffic.is_flushed() && self.traffic.written() >= self.at_least
    }

    /// The response was read to its end.
    pub(crate) fn rest(&mut self) {
        self.idle_since = Instant::now();
    }

    /// Waits until the connection can take a request. `Ok(false)` where the server has closed it properly.
    pub(crate) async fn ready(&mut self, by: Deadline) -> Result<bool> {
        // The runtime looks at its sockets between tasks. After one that ran for long, or when there is much to do,
        // a close may lie there unseen, and the request would fail that is sent into it. What yields is woken
        // after that look.
        if self.idle_since.elapsed() >= FRESH {
            tokio::task::yield_now().await;
        }
        poll_fn(|cx| {
            self.poll_driver(cx);
            if self.driver.is_none() {
                return Poll::Ready(match self.broken.take() {
                    None => Ok(false),
                    Some(error) => self.idle_fault(&error),
                });
            }
            match self.sender.poll_ready(cx) {
                Poll::Ready(Ok(())) => Poll::Ready(Ok(true)),
                Poll::Ready(Err(_)) => Poll::Ready(Ok(false)),
                Poll::Pending => self.timer.poll_until(cx, by.at).map(|()| Ok(false)),
            }
        })
        .await
    }

    /// What has broken an idle connection: that the server closed or reset it is its right; that it sent what
    /// nobody asked for is a fault.
    fn idle_fault(&self, error: &hyper::Error) -> Result<bool> {
        if fault::is_unexpected(error) { Err(self.unexpected_bytes()) } else { Ok(false) }
    }

    fn unexpected_bytes(&self) -> Error {
        let text = format!("{} sent bytes that no request asked for", self.endpoint);
        Error::of(FailureKind::ProtocolUnexpectedBytes, text)
    }

    /// Sends a request and reads the head of its response.
    pub(crate) async fn send(
        &mut self,
        mut request: http::Request<Body>,
        by: Deadline,
    ) -> Result<http::Response<Incoming>, Unanswered> {
        self.served += 1;
        self.traffic.informational.store(0, Ordering::Relaxed);
        let traffic = Arc::clone(&self.traffic);
        hyper::ext::on_informational(&mut request, move |_| {
            traffic.informational.fetch_add(1, Ordering::Relaxed);
        });
        let before = self.traffic.written();
        // Every head is longer than this.
        self.at_least = before + request.body().size_hint().lower() + 16;

        let mut answer = pin!(self.sender.try_send_request(request));
        let outcome = poll_fn(|cx| {
            poll_driver(&mut self.driver, &mut self.broken, cx);
            // Before the answer, for both may have come in one read.
            if self.traffic.informational.load(Ordering::Relaxed) > MAX_INFORMATIONAL {
                return Poll::Ready(Err(FailureKind::ProtocolTooMany1xx));
            }
            if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
                return Poll::Ready(Ok(answer));
            }
            self.timer.poll_until(cx, by.at).map(|()| Err(by.kind))
        })
        .await;

        match outcome {
            Ok(Ok(response)) if response.status() == http::StatusCode::SWITCHING_PROTOCOLS => {
                Err(self.cut(FailureKind::ProtocolUnexpectedUpgrade).into())
            }
            Ok(Ok(response)) => Ok(response),
            Ok(Err(failed)) => Err(self.lost(failed, before)),
            Err(kind) => Err(self.cut(kind).into()),
        }
    }

    /// The connection has failed before the response.
    fn lost(
        &self,
        mut failed: hyper::client::conn::TrySendError<http::Request<Body>>,
        before: u64,
    ) -> Unanswered {
        let unsent = if self.traffic.written() == before { failed.take_message() } else { None };
        let error = failed.error();
        if unsent.is_some() && fault::is_unexpected(error) {
            return self.unexpected_bytes().into();
        }
        let kind = fault::head(error, unsent.is_some() || self.has_sent_all());
        Unanswered { error: Error::of(kind, self.describe(kind, error)), unsent }
    }

    /// We do not wait any longer for the response, or do not want it.
    fn cut(&self, kind: FailureKind) -> Error {
        let kind = match kind {
            FailureKind::TimeoutHead if !self.has_sent_all() => FailureKind::SendTimeout,
            kind => kind,
        };
        let text = match kind {
            FailureKind::ProtocolTooMany1xx => "more than 16 informational responses (1xx) and no final one",
            FailureKind::ProtocolUnexpectedUpgrade => {
                "the server switched protocols, which nobody asked for (101)"
            }
            FailureKind::SendTimeout => "the request could not be written in full within the time-out",
            FailureKind::TimeoutTotal => "no response within the total time-out",
            _ => "no response within the time-out for the head",
        };
        Error::of(kind, text)
    }

    fn describe(&self, kind: FailureKind, error: &hyper::Error) -> String {
        let which = if self.served > 1 { "kept-alive" } else { "fresh" };
        let how = match fault::io_cause(error) {
            Some(io) => io.to_string(),
            None => "connection closed".into(),
        };
        match kind {
            FailureKind::SendReset => format!("{how} while the request was being written"),
            FailureKind::ProtocolHeadTooLarge => "the head of the response is too large".into(),
            FailureKind::ProtocolParse => format!("the response is not HTTP/1.1: {error}"),
            _ => format!("{how} before the response, on a {which} connection"),
        }
    }

    /// The next piece of a body; `None` at its end.
    pub(crate) async fn next(&mut self, body: &mut Incoming, by: Deadline) -> Option<Result<Bytes>> {
        poll_fn(|cx| self.poll_next(cx, body, by)).await
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        body: &mut Incoming,
        by: Deadline,
    ) -> Poll<Option<Result<Bytes>>> {
        loop {
            // The body is polled first, for it tells the driver that it wants more, and again after the driver has
            // worked, so that what it read is taken at once and not one wake-up later.
            let mut polled = Pin::new(&mut *body).poll_frame(cx);
            if polled.is_pending() {
                self.poll_driver(cx);
                polled = Pin::new(&mut *body).poll_frame(cx);
            }
            return match polled {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => Poll::Ready(Some(Ok(data))),
                    Err(_trailers) => continue,
                },
                Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(body_fault(&error)))),
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Pending => self.timer.poll_until(cx, by.at).map(|()| {
                    let text = match by.kind {
                        FailureKind::TimeoutBody => "no further piece of the body within its time-out",
                        _ => "the body was not complete within the total time-out",
                    };
                    Some(Err(Error::of(by.kind, text)))
                }),
            };
        }
    }

    fn poll_driver(&mut self, cx: &mut Context<'_>) {
        poll_driver(&mut self.driver, &mut self.broken, cx);
    }
}

/// Lets hyper read and write. When it is done the socket is dropped with it.
fn poll_driver(
    driver: &mut Option<http1::Connection<TokioIo<Wire>, Body>>,
    broken: &mut Option<hyper::Error>,
    cx: &mut Context<'_>,
) {
    if let Some(running) = driver
        && let Poll::Ready(ended) = Pin::new(running).poll(cx)
    {
        *driver = None;
        *broken = ended.err();
    }
}

fn body_fault(error: &hyper::Error) -> Error {
    let kind = fault::body(error);
    let text = match kind {
        FailureKind::BodyTruncated => "the connection ended inside the body".into(),
        FailureKind::BodyReset => "the connection was reset inside the body".into(),
        FailureKind::TlsAlert | FailureKind::TlsOther => format!(
            "TLS failed inside the body: {}",
            fault::io_cause(error).map_or_else(|| error.to_string(), ToString::to_string)
        ),
        _ => format!(
            "the body is malformed: {}",
            fault::io_cause(error).map_or_else(|| error.to_string(), ToString::to_string)
        ),
    };
    Error::of(kind, text)
}
