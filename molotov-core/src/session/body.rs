//! The body of a response: read whole, counted, or given in pieces.

use std::fmt;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};

use super::Session;
use super::attempt::Attempt;
use super::exchange::{Journey, Read, put_back};
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::{Deadline, Headers};

/// A body that is still on its connection.
pub(super) struct Pending<'s> {
    pub(super) session: &'s Session,
    /// It has the connection.
    pub(super) attempt: Attempt<'s>,
    pub(super) total: Deadline,
}

impl<'s> Pending<'s> {
    async fn next(&mut self) -> Option<Result<Bytes>> {
        let idle = self.session.client.timeouts().body;
        let connection = self.attempt.connection()?;
        let by = Deadline::after(connection.last_read(), idle, FailureKind::TimeoutBody).or(self.total);
        connection.next(by).await
    }

    /// Reads to the end. Gives the body, as far as it is kept, and its length; the connection goes back.
    pub(super) async fn read(mut self, read: Read, max: usize) -> (Attempt<'s>, Result<(Bytes, u64)>) {
        let mut first = Bytes::new();
        let mut more: Option<BytesMut> = None;
        let mut length = 0u64;
        while let Some(piece) = self.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => return (self.attempt, Err(error)),
            };
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
        let attempt = self.finish();
        if read == Read::Keep && length > max as u64 {
            let text = format!(
                "the body is larger than the {max} bytes that are kept; see `max_body` and `discard`"
            );
            return (attempt, Err(Error::of(FailureKind::BodyTooLarge, text)));
        }
        (attempt, Ok((more.map_or(first, BytesMut::freeze), length)))
    }

    /// The body was read to its end: the connection is free for the next request.
    fn finish(mut self) -> Attempt<'s> {
        if let Some(connection) = self.attempt.lets_go() {
            put_back(self.session, connection);
        }
        self.attempt
    }
}

/// A response whose body is read in pieces.
///
/// The request is counted when the body has been read to its end, as ok or failed; when the stream is dropped before
/// that, as cancelled, and its connection is closed.
pub struct BodyStream<'s> {
    pub(super) status: StatusCode,
    pub(super) headers: Headers,
    /// What is to be settled at the end of the body; nothing when it was.
    pub(super) open: Option<(Journey<'s>, Pending<'s>)>,
}

impl BodyStream<'_> {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.headers.map()
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
        let Some((_, pending)) = &mut self.open else { return Ok(None) };
        let end = match pending.next().await {
            Some(Ok(piece)) => return Ok(Some(piece)),
            Some(Err(error)) => Err(error),
            None => Ok(None),
        };
        let Some((journey, pending)) = self.open.take() else { return end };
        let attempt = if end.is_ok() { pending.finish() } else { pending.attempt };
        journey.settle(attempt, self.status, end)
    }
}

impl fmt::Debug for BodyStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream").field("status", &self.status).finish_non_exhaustive()
    }
}
