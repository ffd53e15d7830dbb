//! One HTTP/1.1 connection: a slot that serves one request at a time and is polled by whoever uses it.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use tokio::time::Instant;

use super::driven::Driven;
use super::endpoint::Endpoint;
use super::fault::Broken;
use super::head::Head;
use super::outgoing::Outgoing;
use super::plain::Plain;
use super::timer::Timer;
use crate::error::{Error, Result};
use crate::failure::FailureKind;

/// How many informational responses are read before the final one.
pub(super) const MAX_INFORMATIONAL: u32 = 16;

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
pub(crate) enum Unanswered {
    /// The server had closed the idle connection, and the request was not even begun.
    Closed,
    /// The connection broke, and the bytes of the request provably never left.
    Unsent(Error),
    Failed(Error),
}

impl Unanswered {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Closed => Error::of(FailureKind::ClosedBeforeResponse, "the connection was closed"),
            Self::Unsent(error) | Self::Failed(error) => error,
        }
    }
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The counters of a connection when a request was given to it.
struct Before {
    written: u64,
    read: u64,
}

/// Who speaks HTTP on a connection.
// The large one is the usual one, and a connection is boxed as a whole.
#[expect(clippy::large_enum_variant)]
pub(crate) enum Protocol {
    Plain(Plain),
    Driven(Box<Driven>),
}

/// Calls the same method of either.
macro_rules! speak {
    ($protocol:expr, $speaker:ident => $call:expr) => {
        match $protocol {
            Protocol::Plain($speaker) => $call,
            Protocol::Driven($speaker) => $call,
        }
    };
}

pub(crate) struct Connection {
    endpoint: Arc<Endpoint>,
    protocol: Protocol,
    timer: Timer,
    served: u64,
    idle_since: Instant,
    /// As long as it is used.
    before: Option<Before>,
}

impl Connection {
    pub(crate) fn new(endpoint: Arc<Endpoint>, protocol: Protocol) -> Self {
        Self {
            endpoint,
            protocol,
            timer: Timer::default(),
            served: 0,
            idle_since: Instant::now(),
            before: None,
        }
    }

    pub(crate) fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// Bytes read so far.
    fn read(&self) -> u64 {
        speak!(&self.protocol, speaker => speaker.read())
    }

    /// How many bytes were written and read for the current request.
    pub(crate) fn moved(&self) -> (u64, u64) {
        self.before
            .as_ref()
            .map_or((0, 0), |before| (self.written() - before.written, self.read() - before.read))
    }

    /// Bytes written so far.
    fn written(&self) -> u64 {
        speak!(&self.protocol, speaker => speaker.written())
    }

    /// When bytes last came.
    pub(crate) fn last_read(&self) -> Instant {
        speak!(&self.protocol, speaker => speaker.last_read())
    }

    /// Whether the last request was written in full. A server may answer before it has read everything, and a
    /// connection that still owes it the rest cannot take another request.
    fn has_sent_all(&self) -> bool {
        speak!(&self.protocol, speaker => speaker.has_sent_all())
    }

    /// Whether it can be kept for another request, now that the response was read to its end.
    pub(crate) fn rest(&mut self) -> bool {
        self.idle_since = self.last_read();
        self.before = None;
        match &self.protocol {
            Protocol::Plain(plain) => plain.is_reusable(),
            // hyper closes by itself what cannot be used again.
            Protocol::Driven(driven) => driven.has_sent_all(),
        }
    }

    fn unexpected_bytes(&self) -> Error {
        let text = format!("{} sent bytes that no request asked for", self.endpoint);
        Error::of(FailureKind::ProtocolUnexpectedBytes, text)
    }

    /// Sends a request and reads the head of its response, which must be there by then. With an `end`, for an upload, that
    /// is put off until then for as long as the server takes more of it.
    pub(crate) async fn send(
        &mut self,
        request: &Outgoing<'_>,
        now: Instant,
        by: Deadline,
        end: Option<Deadline>,
    ) -> Result<Head, Unanswered> {
        // The runtime looks at its sockets between tasks. After one that ran for long, or when there is much to do,
        // a close may lie there unseen, and the request would fail that is sent into it. What yields is woken
        // after that look.
        if self.served > 0 && now.saturating_duration_since(self.idle_since) >= FRESH {
            tokio::task::yield_now().await;
        }
        let sent = poll_fn(|cx| {
            let by = end.map_or(by, |end| self.put_off(by, now).or(end));
            self.poll_send(cx, request, by)
        });
        match sent.await? {
            Ok(head) if head.status == StatusCode::SWITCHING_PROTOCOLS => {
                Err(self.cut(FailureKind::ProtocolUnexpectedUpgrade).into())
            }
            // It answers nothing of ours.
            Ok(_) if self.moved().0 == 0 => Err(self.unexpected_bytes().into()),
            Ok(head) => Ok(head),
            Err(broken) => Err(self.lost(&broken)),
        }
    }

    /// The time for the head, reckoned from when the server last took a piece of an upload.
    fn put_off(&self, by: Deadline, now: Instant) -> Deadline {
        match speak!(&self.protocol, speaker => speaker.last_piece()) {
            Some(last) if by.kind == FailureKind::TimeoutHead => {
                Deadline { at: by.at + last.saturating_duration_since(now), ..by }
            }
            _ => by,
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        request: &Outgoing<'_>,
        by: Deadline,
    ) -> Poll<Result<Result<Head, Broken>, Unanswered>> {
        if self.before.is_none() {
            if self.served > 0 && !ready!(self.poll_open(cx, by))? {
                return Poll::Ready(Err(Unanswered::Closed));
            }
            self.served += 1;
            self.before = Some(Before { written: self.written(), read: self.read() });
            match &mut self.protocol {
                Protocol::Plain(plain) => plain.start(request),
                Protocol::Driven(driven) => {
                    driven.start(request).map_err(|error| Error::msg(error.to_string()))?;
                }
            }
        }
        match speak!(&mut self.protocol, speaker => speaker.poll_head(cx)) {
            Poll::Ready(head) => Poll::Ready(Ok(head)),
            Poll::Pending => self.timer.poll_until(cx, by.at).map(|()| Err(self.cut(by.kind).into())),
        }
    }

    /// Ready with `true` when an idle connection can take a request, and with `false` where the server has closed
    /// it properly.
    fn poll_open(&mut self, cx: &mut Context<'_>, by: Deadline) -> Poll<Result<bool>> {
        match speak!(&mut self.protocol, speaker => speaker.poll_ready(cx)) {
            Poll::Ready(ready) => Poll::Ready(ready.map_err(|_| self.unexpected_bytes())),
            Poll::Pending => self.timer.poll_until(cx, by.at).map(|()| Ok(false)),
        }
    }

    /// The connection has failed before the response.
    fn lost(&self, broken: &Broken) -> Unanswered {
        let (written, read) = self.moved();
        if written == 0 && (*broken == Broken::Unexpected || read > 0) {
            return self.unexpected_bytes().into();
        }
        let torn = matches!(&self.protocol, Protocol::Driven(driven) if driven.is_torn());
        let unsent = written == 0 && !torn;
        let kind = broken.before_response(unsent || self.has_sent_all());
        let error = Error::of(kind, self.describe(kind, broken));
        if unsent { Unanswered::Unsent(error) } else { Unanswered::Failed(error) }
    }

    /// We do not wait any longer for the response, or do not want it.
    fn cut(&self, kind: FailureKind) -> Error {
        let kind = match kind {
            FailureKind::TimeoutHead if !self.has_sent_all() => FailureKind::SendTimeout,
            kind => kind,
        };
        let text = match kind {
            FailureKind::ProtocolUnexpectedUpgrade => {
                "the server switched protocols, which nobody asked for (101)"
            }
            FailureKind::SendTimeout => "the request could not be written in full within the time-out",
            FailureKind::TimeoutTotal => "no response within the total time-out",
            _ => "no response within the time-out for the head",
        };
        Error::of(kind, text)
    }

    fn describe(&self, kind: FailureKind, broken: &Broken) -> String {
        let which = if self.served > 1 { "kept-alive" } else { "fresh" };
        match (kind, broken) {
            (FailureKind::SendReset, _) => format!("{broken} while the request was being written"),
            (FailureKind::ProtocolParse, _) => format!("the response is not HTTP/1.1: {broken}"),
            (_, Broken::TooLarge | Broken::TooManyInformational | Broken::Upload(..)) => broken.to_string(),
            _ => format!("{broken} before the response, on a {which} connection"),
        }
    }

    /// The whole body, where it came with the head.
    pub(crate) fn complete(&mut self) -> Option<Bytes> {
        match &mut self.protocol {
            Protocol::Plain(plain) => plain.complete(),
            Protocol::Driven(_) => None,
        }
    }

    /// The next piece of a body; `None` at its end.
    pub(crate) async fn next(&mut self, by: Deadline) -> Option<Result<Bytes>> {
        // While there is always something to read no timer is asked, and a body might have no end.
        let late = self.last_read() > by.at;
        poll_fn(|cx| match speak!(&mut self.protocol, speaker => speaker.poll_piece(cx)) {
            Poll::Ready(Some(Ok(_))) if late => Poll::Ready(Some(Err(body_late(by.kind)))),
            Poll::Ready(piece) => Poll::Ready(piece.map(|piece| piece.map_err(|broken| body_fault(&broken)))),
            Poll::Pending => self.timer.poll_until(cx, by.at).map(|()| Some(Err(body_late(by.kind)))),
        })
        .await
    }
}

fn body_late(kind: FailureKind) -> Error {
    let text = match kind {
        FailureKind::TimeoutBody => "no further piece of the body within its time-out",
        _ => "the body was not complete within the total time-out",
    };
    Error::of(kind, text)
}

fn body_fault(broken: &Broken) -> Error {
    let kind = broken.in_body();
    let text = match kind {
        FailureKind::BodyTruncated => "the connection ended inside the body".into(),
        FailureKind::BodyReset => "the connection was reset inside the body".into(),
        FailureKind::TlsAlert | FailureKind::TlsOther => format!("TLS failed inside the body: {broken}"),
        _ if broken.is_local() => broken.to_string(),
        _ => format!("the body is malformed: {broken}"),
    };
    Error::of(kind, text)
}

#[cfg(test)]
mod tests {
    use http::header::{HOST, USER_AGENT};
    use http::{HeaderValue, Method};
    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::task::coop;

    use super::*;
    use crate::http::outgoing::Line;
    use crate::http::{Client, Payload, Target, connect};

    /// A connection, and the server's side of it.
    async fn opened(always_hyper: bool) -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Target::from(listener.local_addr().unwrap());
        let client = Client::builder().always_hyper(always_hyper).build().unwrap();
        let (connection, _) = connect(&client, &target.endpoint, soon()).await.unwrap();
        (*connection, listener.accept().await.unwrap().0)
    }

    fn soon() -> Deadline {
        Deadline::after(Instant::now(), Duration::from_secs(10), FailureKind::TimeoutTotal)
    }

    /// Resets the connection, and lets the news of it arrive.
    async fn reset(server: TcpStream) {
        server.set_zero_linger().unwrap();
        drop(server);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    async fn send(connection: &mut Connection) -> Result<Head, Unanswered> {
        let host = Line::new(HOST, HeaderValue::from_static("x"));
        let user_agent = Line::new(USER_AGENT, HeaderValue::from_static("x"));
        let request = Outgoing {
            method: &Method::POST,
            path: "/",
            host: &host,
            user_agent: &user_agent,
            close: None,
            defaults: None,
            headers: None,
            cookies: None,
            content_type: None,
            body: &Payload::Bytes(Bytes::from_static(b"body")),
        };
        connection.send(&request, Instant::now(), soon(), None).await
    }

    #[tokio::test]
    async fn a_request_of_which_nothing_was_written_may_be_sent_again() {
        let (mut connection, server) = opened(false).await;
        reset(server).await;

        let Err(Unanswered::Unsent(error)) = send(&mut connection).await else { panic!("it was sent") };

        assert_eq!(error.kind(), FailureKind::ClosedBeforeResponse);
        assert_eq!(connection.moved(), (0, 0));
    }

    /// The encryption writes in several steps; where one fails nobody knows how many went well before.
    #[cfg(feature = "tls")]
    #[tokio::test]
    async fn an_encrypted_request_whose_writing_failed_is_not_sent_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("https://{}", listener.local_addr().unwrap());
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], signing_key.into())
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let client = Client::builder().insecure(true).build().unwrap();
        let target = Target::parse(&base).unwrap();
        let server = async { acceptor.accept(listener.accept().await.unwrap().0).await.unwrap() };
        let (server, opened) = tokio::join!(server, connect(&client, &target.endpoint, soon()));
        let (mut connection, _) = opened.unwrap();
        let (tcp, _) = server.into_inner();
        tcp.set_zero_linger().unwrap();
        drop(tcp);
        // The reset arrives, and the runtime does not see it before it writes.
        std::thread::sleep(Duration::from_millis(20));

        let Err(Unanswered::Failed(error)) = send(&mut connection).await else {
            panic!("it may be sent again")
        };

        assert_eq!(error.kind().class(), "send", "{error}");
    }

    /// A server that gives up an idle connection may say so in a response of its own (408) and then reset it.
    #[tokio::test]
    async fn a_response_that_came_before_the_request_answers_nothing() {
        for bytes in
            ["HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 40", "what?\r\n\r\n"]
        {
            let (mut connection, mut server) = opened(false).await;
            server.write_all(bytes.as_bytes()).await.unwrap();
            reset(server).await;

            let Err(Unanswered::Failed(error)) = send(&mut connection).await else {
                panic!("{bytes} is an answer")
            };

            assert_eq!(error.kind(), FailureKind::ProtocolUnexpectedBytes, "{bytes}");
            assert_eq!(connection.moved(), (0, bytes.len() as u64));
        }
    }

    /// The length of the next piece.
    async fn piece(connection: &mut Connection, by: Deadline) -> Option<Result<usize, FailureKind>> {
        let piece = connection.next(by).await?;
        Some(piece.map(|piece| piece.len()).map_err(|error| error.kind()))
    }

    /// No timer is asked while there is always something to read.
    #[tokio::test]
    async fn what_comes_too_late_may_end_a_body_and_not_go_on_with_it() {
        for always_hyper in [false, true] {
            for (length, is_late) in [(4, false), (1024 * 1024, true)] {
                let (mut connection, mut server) = opened(always_hyper).await;
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                server.write_all(head.as_bytes()).await.unwrap();
                assert!(send(&mut connection).await.is_ok());
                let by = Deadline { at: connection.last_read(), kind: FailureKind::TimeoutTotal };
                server.writable().await.unwrap();
                // As much as fits on the way, which is more than is read at once.
                let written = server.try_write(&vec![0; length]).unwrap();
                assert!(written == length || written > 100_000);
                tokio::time::sleep(Duration::from_millis(20)).await;

                let first = piece(&mut connection, by).await;
                let second = piece(&mut connection, by).await;

                assert!(first.unwrap().unwrap() > 0);
                let expected = is_late.then_some(Err(FailureKind::TimeoutTotal));
                assert_eq!(second, expected, "{length} {always_hyper}");
            }
        }
    }

    #[tokio::test]
    async fn a_task_that_has_used_up_its_budget_sees_that_a_connection_is_closed() {
        let (mut connection, server) = opened(false).await;
        reset(server).await;

        let ready = poll_fn(|cx| {
            while let Poll::Ready(step) = coop::poll_proceed(cx) {
                step.made_progress();
            }
            speak!(&mut connection.protocol, speaker => speaker.poll_ready(cx))
        });

        assert!(!ready.await.unwrap());
    }
}
