//! A connection that hyper drives: those with TLS.
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
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::connection::MAX_INFORMATIONAL;
use super::fault::Broken;
use super::head::Head;
use super::outgoing::Outgoing;
use super::sending::{Progress, Sending};
use super::wire::{Traffic, Wire};

type Answer = Result<Response<Incoming>, TrySendError<Request<Sending>>>;

pub(crate) struct Driven {
    sender: http1::SendRequest<Sending>,
    driver: Option<http1::Connection<TokioIo<Wire>, Sending>>,
    /// How the driver ended, when that was not a proper end.
    broken: Option<hyper::Error>,
    answer: Option<Pin<Box<dyn Future<Output = Answer> + Send + Sync>>>,
    body: Option<Incoming>,
    /// How far the upload of the last request is, where it was one.
    progress: Option<Arc<Progress>>,
    traffic: Arc<Traffic>,
    /// What the traffic's counter must reach before the last request can have been written in full.
    at_least: u64,
    last_read: Instant,
}

impl Driven {
    pub(crate) async fn handshake(wire: Wire) -> hyper::Result<Self> {
        let traffic = wire.traffic();
        let (sender, driver) = http1::handshake(TokioIo::new(wire)).await?;
        Ok(Self {
            sender,
            driver: Some(driver),
            broken: None,
            answer: None,
            body: None,
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

    /// Whether more may have been written than was counted.
    pub(crate) fn is_torn(&self) -> bool {
        self.traffic.is_torn()
    }

    /// When bytes last came.
    pub(crate) fn last_read(&self) -> Instant {
        self.last_read
    }

    /// Whether the last request was written in full.
    pub(crate) fn has_sent_all(&self) -> bool {
        self.traffic.is_flushed() && self.traffic.written() >= self.at_least
    }

    /// Ready with `true` when a request can be sent, and with `false` when the server has closed the connection.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Broken>> {
        self.poll_driver(cx);
        if self.driver.is_none() {
            let broken = self.broken.take().map(|error| Broken::of_hyper(&error));
            // That the server closed or reset it is its right; that it sent what nobody asked for is a fault.
            let unexpected = broken.filter(|broken| *broken == Broken::Unexpected);
            return Poll::Ready(unexpected.map_or(Ok(false), Err));
        }
        self.sender.poll_ready(cx).map(|ready| Ok(ready.is_ok()))
    }

    /// Gives the request to hyper, which writes it when it is polled for the head.
    pub(crate) fn start(&mut self, request: &Outgoing<'_>) -> Result<(), http::Error> {
        self.traffic.informational.store(0, Ordering::Relaxed);
        self.body = None;
        // Every head is longer than this.
        self.at_least = self.traffic.written() + request.body.len() + 16;

        let (body, progress) = Sending::new(request.body);
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
    pub(crate) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<Head, Broken>> {
        self.poll_driver(cx);
        // Before the answer, for both may have come in one read.
        if self.traffic.informational.load(Ordering::Relaxed) > MAX_INFORMATIONAL {
            return Poll::Ready(Err(Broken::TooManyInformational));
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
                Ok(Head { status: parts.status, headers: parts.headers.into() })
            }
            Err(failed) => Err(Broken::of_hyper(failed.error())),
        })
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            let Some(body) = &mut self.body else { return Poll::Ready(None) };
            // The body is polled first, for it tells the driver that it wants more, and again after the driver has
            // worked, so that what it read is taken at once and not one wake-up later.
            let mut polled = Pin::new(&mut *body).poll_frame(cx);
            if polled.is_pending() {
                poll_driver(&mut self.driver, &mut self.broken, cx);
                polled = Pin::new(body).poll_frame(cx);
            }
            let frame = ready!(polled);
            self.last_read = Instant::now();
            return Poll::Ready(match frame {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => Some(Ok(data)),
                    Err(_trailers) => continue,
                },
                Some(Err(error)) => Some(Err(self.fault().unwrap_or_else(|| Broken::of_hyper(&error)))),
                None => None,
            });
        }
    }

    fn fault(&self) -> Option<Broken> {
        self.progress.as_ref()?.fault()
    }

    /// When there was last room for a piece of an upload.
    pub(crate) fn last_piece(&self) -> Option<Instant> {
        self.progress.as_ref()?.last_piece()
    }

    fn poll_driver(&mut self, cx: &mut Context<'_>) {
        poll_driver(&mut self.driver, &mut self.broken, cx);
    }
}

/// Lets hyper read and write. When it is done the socket is dropped with it.
fn poll_driver(
    driver: &mut Option<http1::Connection<TokioIo<Wire>, Sending>>,
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
