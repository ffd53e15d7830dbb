//! The body of a response, in pieces.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::task::consume_budget;

use super::body::{damaged, decoder, undecodable};
use super::in_flight::RequestInFlight;
use super::pending_request::PendingRequest;
use crate::error::Result;
use crate::future::BoxFuture;
use crate::http::{Decoder, ResponseHead};

/// A response whose body is read in pieces.
///
/// The request is counted as ok or failed when the body has been read to its end; if the stream is dropped before that,
/// it is counted as cancelled and its connection is closed.
///
/// ```no_run
/// # use molotov::prelude::*;
/// # async fn run(session: &mut Session) -> Result {
/// let mut export = session.get("/export").stream().await?;
/// let mut size = 0;
/// while let Some(piece) = export.chunk().await? {
///     size += piece.len();
/// }
/// session.trend("export size in MiB").add(size as f64 / f64::from(1 << 20));
/// # Ok(())
/// # }
/// ```
pub struct BodyStream<'s> {
    head: ResponseHead,
    /// The decoder, for an encoded body.
    decoder: Option<Box<Decoder>>,
    in_flight: RequestInFlight<'s>,
    /// True until the end of the body has been recorded.
    is_open: bool,
}

impl<'s> BodyStream<'s> {
    /// Sends a request and follows its redirects, up to the body of the last response.
    pub(super) fn open(pending: PendingRequest<'s>) -> BoxFuture<'s, Result<Self>> {
        let mut in_flight = RequestInFlight::new(pending);
        Box::pin(async move {
            in_flight.respond().await?;
            let head = in_flight.take_head();
            let decoder = match head.headers.is_coded.then(|| decoder(&head)).transpose() {
                Ok(decoder) => decoder.flatten().map(Box::new),
                Err(error) => return in_flight.finish(Err(error)),
            };
            Ok(Self { head, decoder, in_flight, is_open: true })
        })
    }
}

impl BodyStream<'_> {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.head.headers.map()
    }

    /// The trailers, which a server may send behind a chunked body; empty before the end of the body, and without
    /// trailers.
    pub fn trailers(&self) -> Option<&HeaderMap> {
        self.in_flight.trailers()
    }

    /// The next piece in the order of arrival; `None` at the end. A compressed body is decoded, in pieces of at most 64
    /// KiB.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// let mut events = session.get("/events").stream().await?;
    /// let first = events.chunk().await?.or_fail_with("there is no event")?;
    /// session.check("the first event is a greeting", first.starts_with(b"data: hello"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `body.*` and `timeout.*`; after an error there are no more pieces.
    #[must_use = "nothing is read until it is awaited: write `.chunk().await?`"]
    pub fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>>> {
        Box::pin(self.piece())
    }

    async fn piece(&mut self) -> Result<Option<Bytes>> {
        let next = if self.decoder.is_some() { self.decoded().await } else { self.coded().await };
        match next {
            Ok(Some(piece)) => Ok(Some(piece)),
            end => self.finish(end),
        }
    }

    /// The next piece as received.
    async fn coded(&mut self) -> Result<Option<Bytes>> {
        if self.is_open { self.in_flight.next_piece().await } else { Ok(None) }
    }

    async fn decoded(&mut self) -> Result<Option<Bytes>> {
        loop {
            // A little input may expand a lot, and other tasks get their turn in between.
            consume_budget().await;
            let Some(decoder) = &mut self.decoder else { return Ok(None) };
            if let Some(piece) =
                decoder.next_piece().map_err(|error| undecodable(&self.head, &damaged(&error)))?
            {
                return Ok(Some(piece));
            }
            let piece = self.coded().await?;
            let Some(decoder) = &mut self.decoder else { return Ok(None) };
            match piece {
                Some(piece) => decoder.give(piece),
                None => {
                    return decoder.finish().map_err(|error| undecodable(&self.head, &damaged(&error)));
                }
            }
        }
    }

    /// Records the end of the body, once.
    fn finish(&mut self, end: Result<Option<Bytes>>) -> Result<Option<Bytes>> {
        self.decoder = None;
        if !self.is_open {
            return end;
        }
        self.is_open = false;
        self.in_flight.finish(end)
    }
}

impl fmt::Debug for BodyStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream").field("status", &self.head.status).finish_non_exhaustive()
    }
}
