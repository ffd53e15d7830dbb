//! The body of a response: read whole, counted, or given in pieces.

use std::fmt;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use super::attempt::Attempt;
use super::exchange::Read;
use super::journey::Journey;
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::{Connection, Deadline, Head};

impl Attempt<'_> {
    /// The next piece of the body; `None` at its end.
    async fn piece(&mut self, journey: &Journey<'_>, now: Instant) -> Option<Result<Bytes>> {
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
        journey: &Journey<'_>,
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
            let text = format!(
                "the body is larger than the {max} bytes that are kept; see `max_body` and `discard`"
            );
            return Err(Error::of(FailureKind::BodyTooLarge, text));
        }
        Ok((body, length))
    }

    async fn pieces(&mut self, journey: &Journey<'_>, read: Read, max: usize) -> Result<(Bytes, u64)> {
        let mut first = Bytes::new();
        let mut came = self.last_read();
        let mut more: Option<BytesMut> = None;
        let mut length = 0u64;
        while let Some(piece) = self.piece(journey, came).await {
            let piece = piece?;
            came = self.last_read();
            length += piece.len() as u64;
            if read == Read::Discard || length > max as u64 {
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

/// A response whose body is read in pieces.
///
/// The request is counted when the body has been read to its end, as ok or failed; when the stream is dropped before
/// that, as cancelled, and its connection is closed.
pub struct BodyStream<'s> {
    pub(super) head: Head,
    /// What is to be settled at the end of the body; nothing when it was.
    pub(super) open: Option<(Journey<'s>, Attempt<'s>)>,
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

    /// The next piece, as it came from the connection; `None` at the end.
    ///
    /// # Errors
    ///
    /// `body.*` and `timeout.*`; after an error there is nothing more.
    pub fn chunk(&mut self) -> crate::scenario::BoxFuture<'_, Result<Option<Bytes>>> {
        Box::pin(self.piece())
    }

    async fn piece(&mut self) -> Result<Option<Bytes>> {
        let Some((journey, attempt)) = &mut self.open else { return Ok(None) };
        // The time for the next piece begins when it is asked for.
        let end = match attempt.piece(journey, Instant::now()).await {
            Some(Ok(piece)) => return Ok(Some(piece)),
            Some(Err(error)) => Err(error),
            None => Ok(None),
        };
        let Some((journey, mut attempt)) = self.open.take() else { return end };
        if end.is_ok() {
            attempt.completed();
        }
        journey.settle(&mut attempt, end)
    }
}

impl fmt::Debug for BodyStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream").field("status", &self.head.status).finish_non_exhaustive()
    }
}
