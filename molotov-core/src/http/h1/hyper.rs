//! A connection driven by hyper: used with TLS.
//!
//! hyper splits a connection into a sender and a driver. The driver is polled here, in the request's own task, so
//! that dropping the connection closes the socket at once and no task is left behind.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::idle::Idle;
use super::upload_body::{UploadBody, UploadProgress};
use crate::http::classify::Broken;
use crate::http::counting_stream::{CountingStream, Traffic};
use crate::http::limit::{MAX_HEAD, MAX_INFORMATIONAL, ReadLimit};
use crate::http::request_head::RequestHead;
use crate::http::response_head::ResponseHead;

type SentRequest = Result<Response<Incoming>, TrySendError<Request<UploadBody>>>;

pub(crate) struct H1Hyper {
    sender: http1::SendRequest<UploadBody>,
    driver: Option<http1::Connection<TokioIo<CountingStream>, UploadBody>>,
    /// The error of the driver, if it did not end in an orderly way.
    broken: Option<hyper::Error>,
    /// The bytes that the driver had read by then and not used.
    unread: Bytes,
    /// True if the last request was to make a tunnel of the connection.
    is_tunnel: bool,
    answer: Option<Pin<Box<dyn Future<Output = SentRequest> + Send + Sync>>>,
    body: Option<Incoming>,
    trailers: Option<Box<HeaderMap>>,
    /// The progress of the upload of the last request, if it was an upload.
    progress: Option<Arc<UploadProgress>>,
    traffic: Arc<Traffic>,
    /// The byte count from which on the last request can have been written in full.
    at_least: u64,
    last_read: Instant,
}

impl H1Hyper {
    pub(crate) async fn handshake(wire: CountingStream) -> hyper::Result<Self> {
        let traffic = wire.traffic();
        let handshake = http1::Builder::new()
            .allow_obsolete_multiline_headers_in_responses(true)
            .max_buf_size(MAX_HEAD)
            .handshake(TokioIo::new(wire));
        let (sender, driver) = handshake.await?;
        Ok(Self {
            sender,
            driver: Some(driver),
            broken: None,
            unread: Bytes::new(),
            is_tunnel: false,
            answer: None,
            body: None,
            trailers: None,
            progress: None,
            traffic,
            at_least: 0,
            last_read: Instant::now(),
        })
    }

    /// Bytes read so far.
    pub(crate) fn read(&self) -> u64 {
        self.traffic.read()
    }

    /// Bytes written so far.
    pub(crate) fn written(&self) -> u64 {
        self.traffic.written()
    }

    /// Returns `true` if more may have been written than was counted.
    pub(crate) fn is_torn(&self) -> bool {
        self.traffic.is_torn()
    }

    /// The time of the last received bytes.
    pub(crate) fn last_read(&self) -> Instant {
        self.last_read
    }

    /// The arrival time of the response head; hyper does not report the time of the first bytes.
    pub(crate) fn first_read(&self) -> Instant {
        self.last_read
    }

    /// The time of the last room for a piece of an upload. hyper has no such time for other requests.
    pub(crate) fn last_write(&self) -> Option<Instant> {
        self.last_piece()
    }

    /// Returns `true` if the last request was written in full.
    pub(crate) fn has_sent_all(&self) -> bool {
        self.traffic.is_flushed() && self.traffic.written() >= self.at_least
    }

    /// Checks the idle connection: open, closed, broken, or with unexpected bytes.
    pub(crate) fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<Idle> {
        self.poll_driver(cx);
        if self.driver.is_some() {
            let polled = self.sender.poll_ready(cx);
            return polled.map(|ready| if ready.is_ok() { Idle::Open } else { Idle::Closed });
        }
        let unread = self.unread();
        let broken = self.broken.take().map(|error| Broken::from_hyper(&error, &unread));
        Poll::Ready(match broken {
            _ if !unread.is_empty() => Idle::Stray(unread),
            Some(Broken::Unexpected) => Idle::Stray(unread),
            Some(broken @ Broken::System(_)) => Idle::Broken(broken),
            // The server may close an idle connection.
            _ => Idle::Closed,
        })
    }

    /// The bytes that were read and belong to no response, once there is none left to read. This closes the connection.
    pub(crate) fn unread(&mut self) -> Bytes {
        self.close();
        // Bytes behind a tunnel's head belong to the tunnel.
        if self.is_tunnel { Bytes::new() } else { self.unread.clone() }
    }

    /// Closes the connection, and keeps the bytes that it had read.
    fn close(&mut self) {
        if let Some(driver) = self.driver.take() {
            self.unread = driver.into_parts().read_buf;
        }
    }

    /// Passes the request to hyper, which writes it when it is polled for the head.
    pub(crate) fn start(&mut self, request: &RequestHead<'_>) -> Result<(), http::Error> {
        self.traffic.informational.store(0, Ordering::Relaxed);
        self.body = None;
        self.trailers = None;
        self.is_tunnel = request.method == Method::CONNECT;
        // Every head is longer than this.
        self.at_least = self.traffic.written() + request.body.len() + 16;

        let (body, progress) = UploadBody::new(request.body);
        self.progress = progress;
        let mut outgoing = Request::new(body);
        *outgoing.method_mut() = request.method.clone();
        *outgoing.uri_mut() = Uri::try_from(request.path)?;
        request.each_header(|name, value| {
            outgoing.headers_mut().append(name.clone(), value.clone());
        });
        if let Some(length) = request.length() {
            outgoing.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        let traffic = Arc::clone(&self.traffic);
        hyper::ext::on_informational(&mut outgoing, move |_| {
            traffic.informational.fetch_add(1, Ordering::Relaxed);
        });
        self.answer = Some(Box::pin(self.sender.try_send_request(outgoing)));
        Ok(())
    }

    /// The head of the response.
    pub(crate) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<ResponseHead, Broken>> {
        self.poll_driver(cx);
        // Before the response, because both may have come in one read.
        if self.traffic.informational.load(Ordering::Relaxed) > MAX_INFORMATIONAL {
            return Poll::Ready(Err(Broken::Beyond(ReadLimit::Informational)));
        }
        if let Some(broken) = self.fault() {
            return Poll::Ready(Err(broken));
        }
        let Some(answer) = &mut self.answer else { return Poll::Ready(Err(Broken::Closed)) };
        let answered = ready!(answer.as_mut().poll(cx));
        self.answer = None;
        self.last_read = Instant::now();
        Poll::Ready(match answered {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                self.body = Some(body);
                Ok(ResponseHead { status: parts.status, headers: parts.headers.into() })
            }
            Err(failed) => {
                self.close();
                Err(Broken::from_hyper(failed.error(), &self.unread))
            }
        })
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            let Some(mut body) = self.body.take() else { return Poll::Ready(None) };
            // The body is polled first, so that the driver reads more, and again after the driver has worked, so that
            // the result is available at once and not one wake-up later.
            let mut polled = Pin::new(&mut body).poll_frame(cx);
            if polled.is_pending() {
                self.poll_driver(cx);
                polled = Pin::new(&mut body).poll_frame(cx);
            }
            self.body = Some(body);
            let frame = ready!(polled);
            self.last_read = Instant::now();
            return Poll::Ready(match frame {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => Some(Ok(data)),
                    Err(frame) => {
                        self.trailers = frame.into_trailers().ok().map(Box::new);
                        continue;
                    }
                },
                Some(Err(error)) => {
                    Some(Err(self.fault().unwrap_or_else(|| Broken::from_hyper(&error, &[]))))
                }
                None => None,
            });
        }
    }

    /// The trailers of a body that was read to its end, if it had any.
    pub(crate) fn take_trailers(&mut self) -> Option<Box<HeaderMap>> {
        self.trailers.take()
    }

    fn fault(&self) -> Option<Broken> {
        self.progress.as_ref()?.fault()
    }

    /// The time of the last room for a piece of an upload.
    pub(crate) fn last_piece(&self) -> Option<Instant> {
        self.progress.as_ref()?.last_piece()
    }

    /// Lets hyper read and write. At its end the socket is dropped with it.
    fn poll_driver(&mut self, cx: &mut Context<'_>) {
        if let Some(running) = &mut self.driver
            && let Poll::Ready(ended) = Pin::new(running).poll(cx)
        {
            self.broken = ended.err();
            self.close();
        }
    }
}
