//! The body of a response: read whole, counted, or given in pieces.

use std::{fmt, io, mem};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use tokio::task::consume_budget;
use tokio::time::Instant;

use super::attempt::Attempt;
use super::excerpt;
use super::exchange::Read;
use super::pending_request::PendingRequest;
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::{Connection, Deadline, Decoder, ResponseHead, codings};
use crate::mask::octets;

impl Attempt<'_> {
    /// The next piece of the body; `None` at its end.
    async fn piece(&mut self, journey: &PendingRequest<'_>, now: Instant) -> Option<Result<Bytes>> {
        let idle = journey.session.client.timeouts().body;
        let connection = self.connection()?;
        let by = Deadline::after(now, idle, FailureKind::TimeoutBody).or(journey.total(now));
        let piece = connection.next(by).await;
        if let Some(Ok(bytes)) = &piece {
            self.took(bytes);
        }
        piece
    }

    /// The whole body, where it came with the head.
    fn complete(&mut self) -> Option<Bytes> {
        let body = self.connection().and_then(Connection::complete)?;
        self.took(&body);
        Some(body)
    }

    /// When bytes last came.
    fn last_read(&self) -> Instant {
        self.using.as_ref().map_or(self.started(), |connection| connection.last_read())
    }

    /// Reads to the end. Gives the body, as far as it is kept, and its length; the connection is free then.
    pub(super) async fn body(
        &mut self,
        journey: &PendingRequest<'_>,
        read: Read,
        max: usize,
    ) -> Result<(Bytes, u64)> {
        // A short one has come with its head.
        let (body, length) = match self.complete() {
            Some(body) if read == Read::Discard => (Bytes::new(), body.len() as u64),
            Some(body) => {
                let length = body.len() as u64;
                (body, length)
            }
            None => self.pieces(journey, read, max).await?,
        };
        self.completed();
        if read == Read::Keep && length > max as u64 {
            return Err(too_large(max, ""));
        }
        Ok((body, length))
    }

    /// As [`Attempt::body`], of a body that is coded. Also one that is damaged, or too large once it is decoded, is read
    /// to its end, so that the connection is free then; but it is not decoded any further.
    pub(super) async fn decoded_body(
        &mut self,
        journey: &PendingRequest<'_>,
        max: usize,
    ) -> Result<(Bytes, u64)> {
        let Some(decoder) = decoder(&self.head)? else { return self.body(journey, Read::Keep, max).await };
        let mut decoding = Decoding { decoder, body: BytesMut::new(), max, ended: Ok(()) };
        match self.complete() {
            Some(body) => decoding.add(body).await,
            None => {
                let mut came = self.last_read();
                while let Some(piece) = self.piece(journey, came).await {
                    let piece = piece?;
                    came = self.last_read();
                    decoding.add(piece).await;
                }
            }
        }
        self.completed();
        let body = decoding.finish().map_err(|error| match error.kind() {
            FailureKind::BodyDecode => undecodable(&self.head, &error),
            _ => error,
        })?;
        let length = body.len() as u64;
        Ok((body, length))
    }

    async fn pieces(&mut self, journey: &PendingRequest<'_>, read: Read, max: usize) -> Result<(Bytes, u64)> {
        let mut first = Bytes::new();
        let mut came = self.last_read();
        let mut more: Option<BytesMut> = None;
        let mut length = 0u64;
        while let Some(piece) = self.piece(journey, came).await {
            let piece = piece.map_err(|error| {
                error.with_excerpt(self.excerpt(&journey.route, more.as_deref().unwrap_or(&first)))
            })?;
            came = self.last_read();
            let before = length;
            length += piece.len() as u64;
            let is_kept = match read {
                Read::Keep => length <= max as u64,
                Read::Begin => before < excerpt::KEPT as u64,
                Read::Discard => false,
            };
            if !is_kept {
                continue;
            }
            // Most bodies come in one piece, which is passed on as it is.
            match &mut more {
                Some(buffer) => buffer.extend_from_slice(&piece),
                None if first.is_empty() => first = piece,
                None => more = Some([&first[..], &piece].concat().as_slice().into()),
            }
        }
        Ok((more.map_or(first, BytesMut::freeze), length))
    }
}

/// A body that is being decoded.
struct Decoding {
    decoder: Decoder,
    body: BytesMut,
    max: usize,
    /// Why nothing more is decoded.
    ended: Result,
}

impl Decoding {
    async fn add(&mut self, piece: Bytes) {
        self.decoder.give(piece);
        while self.ended.is_ok() {
            // Little may become much, and others have their turn in between.
            consume_budget().await;
            match self.decoder.take() {
                Ok(Some(decoded)) => self.keep(&decoded),
                Ok(None) => return,
                Err(error) => self.ended = Err(damaged(&error)),
            }
        }
    }

    fn keep(&mut self, decoded: &[u8]) {
        if self.body.len() + decoded.len() > self.max {
            self.ended = Err(too_large(self.max, "decoded "));
        } else {
            self.body.extend_from_slice(decoded);
        }
    }

    fn finish(mut self) -> Result<Bytes> {
        while self.ended.is_ok() {
            match self.decoder.finish() {
                Ok(Some(decoded)) => self.keep(&decoded),
                Ok(None) => break,
                Err(error) => self.ended = Err(damaged(&error)),
            }
        }
        self.ended.map(|()| self.body.freeze())
    }
}

fn decoder(head: &ResponseHead) -> Result<Option<Decoder>> {
    Decoder::of(head.status, head.headers.map()).map_err(|error| undecodable(head, &damaged(&error)))
}

fn damaged(why: &io::Error) -> Error {
    Error::of(FailureKind::BodyDecode, why.to_string())
}

fn undecodable(head: &ResponseHead, why: &Error) -> Error {
    let codings: Vec<_> = codings(head.headers.map()).map(octets).collect();
    let text = format!("the body cannot be decoded (content-encoding: {}): {why}", codings.join(", "));
    Error::of(FailureKind::BodyDecode, text)
}

fn too_large(max: usize, how: &str) -> Error {
    let text =
        format!("the {how}body is larger than the {max} bytes that are kept; see `max_body` and `discard`");
    Error::of(FailureKind::BodyTooLarge, text)
}

/// A response whose body is read in pieces.
///
/// The request is counted when the body has been read to its end, as ok or failed; when the stream is dropped before
/// that, as cancelled, and its connection is closed.
pub struct BodyStream<'s> {
    head: ResponseHead,
    /// Where the body is coded.
    decoder: Option<Box<Decoder>>,
    /// What is to be settled at the end of the body; nothing when it was.
    open: Option<(PendingRequest<'s>, Attempt<'s>)>,
}

impl<'s> BodyStream<'s> {
    /// The body begins, behind the head of the attempt.
    pub(super) fn begin(journey: PendingRequest<'s>, mut attempt: Attempt<'s>) -> Result<Self> {
        let head = mem::take(&mut attempt.head);
        let decoder = match head.headers.is_coded.then(|| decoder(&head)).transpose() {
            Ok(decoder) => decoder.flatten().map(Box::new),
            Err(error) => return journey.settle(&mut attempt, Err(error)),
        };
        Ok(Self { head, decoder, open: Some((journey, attempt)) })
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

    /// The next piece, as it came from the connection; `None` at the end. What came compressed is decoded, in pieces of at
    /// most 64 KiB.
    ///
    /// # Errors
    ///
    /// `body.*` and `timeout.*`; after an error there is nothing more.
    #[must_use = "nothing is read until it is awaited: write `.chunk().await?`"]
    pub fn chunk(&mut self) -> crate::future::BoxFuture<'_, Result<Option<Bytes>>> {
        Box::pin(self.piece())
    }

    async fn piece(&mut self) -> Result<Option<Bytes>> {
        let next = if self.decoder.is_some() { self.decoded().await } else { self.coded().await };
        match (next, &self.open) {
            (Ok(Some(piece)), _) => Ok(Some(piece)),
            (end, None) => end,
            (end, Some(_)) => self.settle(end),
        }
    }

    /// The next piece as it came from the connection.
    async fn coded(&mut self) -> Result<Option<Bytes>> {
        let Some((journey, attempt)) = &mut self.open else { return Ok(None) };
        // The time for the next piece begins when it is asked for.
        match attempt.piece(journey, Instant::now()).await {
            Some(piece) => piece.map(Some),
            None => {
                attempt.completed();
                Ok(None)
            }
        }
    }

    async fn decoded(&mut self) -> Result<Option<Bytes>> {
        loop {
            // Little may become much, and others have their turn in between.
            consume_budget().await;
            let Some(decoder) = &mut self.decoder else { return Ok(None) };
            if let Some(piece) = decoder.take().map_err(|error| undecodable(&self.head, &damaged(&error)))? {
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

    fn settle(&mut self, end: Result<Option<Bytes>>) -> Result<Option<Bytes>> {
        self.decoder = None;
        let Some((journey, mut attempt)) = self.open.take() else { return end };
        journey.settle(&mut attempt, end)
    }
}

impl fmt::Debug for BodyStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream").field("status", &self.head.status).finish_non_exhaustive()
    }
}
