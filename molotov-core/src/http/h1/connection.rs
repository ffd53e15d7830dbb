//! One HTTP/1.1 connection: it serves one request at a time, and is polled by the task of the request.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use super::codec::H1;
use super::hyper::H1Hyper;
use super::idle::{self, Idle};
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::classify::{Broken, UploadState};
use crate::http::deadline::Deadline;
use crate::http::deadline::SendTimes;
use crate::http::endpoint::Endpoint;
use crate::http::no_response::NoResponse;
use crate::http::request_head::RequestHead;
use crate::http::response_head::ResponseHead;
use crate::sample::{IdleFault, IdleFaultKind, SeriesId};
use crate::timer::Timer;

/// The idle time after which the runtime gets a chance to see that the server has closed the connection.
const FRESH: Duration = Duration::from_millis(1);

/// The message of a response with the status 101.
const UPGRADED: &str = "the server switched protocols, which nobody asked for (101)";

/// The counters of a connection at the start of a request.
struct Before {
    written: u64,
    read: u64,
}

/// The codec of a connection.
// The large variant is the usual one, and a connection is boxed as a whole.
#[expect(clippy::large_enum_variant)]
pub(crate) enum Codec {
    H1(H1),
    H1Hyper(Box<H1Hyper>),
}

/// Calls the same method of either codec.
macro_rules! either {
    ($codec:expr, $either:ident => $call:expr) => {
        match $codec {
            Codec::H1($either) => $call,
            Codec::H1Hyper($either) => $call,
        }
    };
}

pub(crate) struct Connection {
    endpoint: Arc<Endpoint>,
    codec: Codec,
    timer: Timer,
    served: u64,
    idle_since: Instant,
    /// The route of the last response.
    route: Option<SeriesId>,
    /// Kept as long as the connection is used.
    before: Option<Before>,
}

impl Connection {
    pub(crate) fn new(endpoint: Arc<Endpoint>, codec: Codec) -> Self {
        Self {
            endpoint,
            codec,
            timer: Timer::default(),
            served: 0,
            idle_since: Instant::now(),
            route: None,
            before: None,
        }
    }

    pub(crate) fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// Bytes read so far.
    fn read(&self) -> u64 {
        either!(&self.codec, codec => codec.read())
    }

    /// The numbers of bytes that were written and read for the current request.
    pub(crate) fn moved(&self) -> (u64, u64) {
        self.before
            .as_ref()
            .map_or((0, 0), |before| (self.written() - before.written, self.read() - before.read))
    }

    /// Bytes written so far.
    fn written(&self) -> u64 {
        either!(&self.codec, codec => codec.written())
    }

    /// The time of the last received bytes.
    pub(crate) fn last_read(&self) -> Instant {
        either!(&self.codec, codec => codec.last_read())
    }

    /// The time of the first bytes of the response to the last request.
    pub(crate) fn first_read(&self) -> Instant {
        either!(&self.codec, codec => codec.first_read())
    }

    /// The time at which the last request was written, if the system did not take all of it at once.
    pub(crate) fn last_write(&self) -> Option<Instant> {
        either!(&self.codec, codec => codec.last_write())
    }

    /// Returns `true` if the last request was written in full. A server may respond before it has read everything; the
    /// connection still has to send the rest and cannot take another request.
    fn has_sent_all(&self) -> bool {
        either!(&self.codec, codec => codec.has_sent_all())
    }

    /// Ends the request, whose response was read to the end. Returns `true` if the connection can be kept.
    pub(crate) fn rest(&mut self) -> bool {
        self.idle_since = self.last_read();
        self.before = None;
        match &self.codec {
            Codec::H1(h1) => h1.is_reusable(),
            // hyper closes a connection by itself if it cannot be used again.
            Codec::H1Hyper(hyper) => hyper.has_sent_all(),
        }
    }

    /// The route of the last response.
    pub(crate) fn last_route(&self) -> Option<SeriesId> {
        self.route
    }

    /// Closes a connection that is not kept; returns a fault if bytes came behind the last response.
    pub(crate) fn close(mut self) -> Option<Box<IdleFault>> {
        let unread = either!(&mut self.codec, codec => codec.unread());
        if unread.is_empty() { None } else { self.idle_fault(Idle::Stray(unread)) }
    }

    /// The fault of the idle time so far, if there was one.
    pub(crate) fn poll_fault(&mut self) -> Option<Box<IdleFault>> {
        let idle =
            either!(&mut self.codec, codec => codec.poll_idle(&mut Context::from_waker(Waker::noop())));
        match idle {
            Poll::Ready(idle) => self.idle_fault(idle),
            Poll::Pending => None,
        }
    }

    fn idle_fault(&self, idle: Idle) -> Option<Box<IdleFault>> {
        let kind = match idle {
            Idle::Open | Idle::Closed => return None,
            Idle::Stray(bytes) => IdleFaultKind::StrayBytes(idle::shown(&bytes)),
            Idle::Broken(broken) => IdleFaultKind::Broken(broken.to_string()),
        };
        Some(Box::new(IdleFault { series: self.route?, kind }))
    }

    /// Sends a request of this route and reads the head of its response.
    pub(crate) async fn send(
        &mut self,
        request: &RequestHead<'_>,
        times: &SendTimes,
        route: SeriesId,
    ) -> Result<ResponseHead, NoResponse> {
        // The runtime polls its sockets between tasks. After a long task, or with many tasks, it may not have seen a
        // close yet, and the request sent into that connection would fail. A task that yields is woken after the poll.
        if self.served > 0 && times.now >= self.idle_since + FRESH {
            tokio::task::yield_now().await;
        }
        let sent = poll_fn(|cx| {
            let by = times.upload.map_or(times.head, |end| self.put_off(times.head, times.now).or(end));
            self.poll_send(cx, request, &by)
        });
        match sent.await? {
            Ok(head) if head.status == StatusCode::SWITCHING_PROTOCOLS => {
                Err(Error::with_kind(FailureKind::ProtocolUnexpectedUpgrade, UPGRADED).into())
            }
            // The bytes respond to no request of ours.
            Ok(head) if self.moved().0 == 0 => Err(self.unasked(format!("HTTP {}", head.status).as_bytes())),
            Ok(head) => {
                self.route = Some(route);
                Ok(head)
            }
            Err(broken) => Err(self.lost(&broken)),
        }
    }

    /// The deadline of the head, counted from the last piece of an upload that the server took.
    fn put_off(&self, by: Deadline, now: Instant) -> Deadline {
        match either!(&self.codec, codec => codec.last_piece()) {
            Some(last) if by.kind == FailureKind::TimeoutHead => {
                Deadline { at: by.at + last.saturating_duration_since(now), ..by }
            }
            _ => by,
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        request: &RequestHead<'_>,
        by: &Deadline,
    ) -> Poll<Result<Result<ResponseHead, Broken>, NoResponse>> {
        if self.before.is_none() {
            if self.served > 0 {
                match ready!(self.poll_idle(cx, by)) {
                    Idle::Open => {}
                    idle => return Poll::Ready(Err(NoResponse::Closed(self.idle_fault(idle)))),
                }
            }
            self.served += 1;
            self.before = Some(Before { written: self.written(), read: self.read() });
            match &mut self.codec {
                Codec::H1(h1) => h1.start(request),
                Codec::H1Hyper(hyper) => {
                    hyper.start(request).map_err(|error| Error::msg(error.to_string()))?;
                }
            }
        }
        match either!(&mut self.codec, codec => codec.poll_head(cx)) {
            Poll::Ready(head) => Poll::Ready(Ok(head)),
            Poll::Pending => self.timer.poll_until(cx, by.at).map(|()| Err(self.late(by).into())),
        }
    }

    /// Checks the idle connection, as soon as its state can be seen.
    fn poll_idle(&mut self, cx: &mut Context<'_>, by: &Deadline) -> Poll<Idle> {
        match either!(&mut self.codec, codec => codec.poll_idle(cx)) {
            Poll::Ready(idle) => Poll::Ready(idle),
            Poll::Pending => self.timer.poll_until(cx, by.at).map(|()| Idle::Closed),
        }
    }

    /// The connection has failed before the response.
    fn lost(&mut self, broken: &Broken) -> NoResponse {
        let (written, read) = self.moved();
        if written == 0 && (*broken == Broken::Unexpected || read > 0) {
            let unread = either!(&mut self.codec, codec => codec.unread());
            return self.unasked(&unread);
        }
        let torn = matches!(&self.codec, Codec::H1Hyper(hyper) if hyper.is_torn());
        let unsent = written == 0 && !torn;
        let upload = if unsent || self.has_sent_all() { UploadState::Whole } else { UploadState::Partial };
        let kind = match broken.before_response(upload) {
            // On a fresh connection there is no other source of these bytes.
            FailureKind::ProtocolParse if broken.is_no_response() && self.served > 1 => {
                FailureKind::ProtocolUnexpectedBytes
            }
            kind => kind,
        };
        let error = Error::with_kind(kind, self.describe(kind, broken));
        if !unsent {
            return NoResponse::Failed(error);
        }
        let fault = match broken {
            Broken::System(_) if !broken.is_local() && self.served > 1 => {
                self.idle_fault(Idle::Broken(broken.clone()))
            }
            _ => None,
        };
        NoResponse::Unsent(error, fault)
    }

    /// Bytes came before a byte of the request had left. If the connection was idle before, they belong to that time; a
    /// fresh connection is unusable, and the next one would be no better.
    fn unasked(&self, bytes: &[u8]) -> NoResponse {
        let text =
            format!("{} sent `{}` before a byte of the request had left", self.endpoint, idle::shown(bytes));
        let error = Error::with_kind(FailureKind::ProtocolParse, text);
        if self.served > 1 {
            NoResponse::Unsent(error, self.idle_fault(Idle::Stray(Bytes::copy_from_slice(bytes))))
        } else {
            NoResponse::Failed(error)
        }
    }

    /// The response exceeded its deadline.
    fn late(&self, by: &Deadline) -> Error {
        let kind = match by.kind {
            FailureKind::TimeoutHead if !self.has_sent_all() => FailureKind::SendTimeout,
            kind => kind,
        };
        let what = match kind {
            FailureKind::SendTimeout => "the request could not be written in full",
            _ => "no response",
        };
        Error::with_kind(kind, format!("{what} within {by}"))
    }

    fn describe(&mut self, kind: FailureKind, broken: &Broken) -> String {
        let which = if self.served > 1 { "kept-alive" } else { "fresh" };
        match (kind, broken) {
            (FailureKind::SendReset, _) => format!("{broken} while the request was being written"),
            (FailureKind::ProtocolParse, _) => format!("the response is not HTTP/1.1: {broken}"),
            (FailureKind::ProtocolUnexpectedBytes, Broken::Malformed(_)) => {
                let unread = either!(&mut self.codec, codec => codec.unread());
                format!("what came begins with `{}`, which is no response", idle::shown(&unread))
            }
            (_, Broken::Beyond(_) | Broken::Upload(..)) => broken.to_string(),
            _ => format!("{broken} before the response, on a {which} connection"),
        }
    }

    /// The whole body, if it came with the head.
    pub(crate) fn complete_body(&mut self) -> Option<Bytes> {
        match &mut self.codec {
            Codec::H1(h1) => h1.complete_body(),
            Codec::H1Hyper(_) => None,
        }
    }

    /// The next piece of a body; `None` at its end.
    pub(crate) async fn next_piece(&mut self, by: &Deadline) -> Option<Result<Bytes>> {
        // As long as there is something to read, the timer is not checked, so a body might have no end.
        let late = self.last_read() > by.at;
        poll_fn(|cx| match either!(&mut self.codec, codec => codec.poll_piece(cx)) {
            Poll::Ready(Some(Ok(_))) if late => Poll::Ready(Some(Err(body_late(by)))),
            Poll::Ready(piece) => Poll::Ready(piece.map(|piece| piece.map_err(|broken| body_fault(&broken)))),
            Poll::Pending => self.timer.poll_until(cx, by.at).map(|()| Some(Err(body_late(by)))),
        })
        .await
    }

    /// The trailers of a body that was read to its end, if it had any.
    pub(crate) fn take_trailers(&mut self) -> Option<Box<HeaderMap>> {
        either!(&mut self.codec, codec => codec.take_trailers())
    }
}

fn body_late(by: &Deadline) -> Error {
    let what = match by.kind {
        FailureKind::TimeoutBody => "no further piece of the body",
        _ => "the body was not complete",
    };
    Error::with_kind(by.kind, format!("{what} within {by}"))
}

fn body_fault(broken: &Broken) -> Error {
    let kind = broken.in_body();
    let text = match kind {
        FailureKind::BodyTruncated => "the connection ended inside the body".into(),
        FailureKind::BodyReset => "the connection was reset inside the body".into(),
        FailureKind::TlsAlert | FailureKind::TlsOther => format!("TLS failed inside the body: {broken}"),
        _ if broken.is_local() || matches!(broken, Broken::Beyond(_)) => broken.to_string(),
        _ => format!("the body is malformed: {broken}"),
    };
    Error::with_kind(kind, text)
}

#[cfg(test)]
mod tests;
