//! The body of a response, read to its end: kept, decoded, or counted.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::task::consume_budget;

use super::attempt::Attempt;
use super::excerpt;
use super::pending_request::PendingRequest;
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::http::{Decoder, ResponseHead, codings};
use crate::mask::octets;

/// The part of a body that is kept while it is read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Up to this many bytes; a longer body fails.
    AtMost(usize),
    Nothing,
    /// For a failure: the start of the body, which the report shows.
    Beginning,
}

/// Reads to the end. Returns the kept part of the body, and its length; the connection is free then.
pub(super) async fn read(
    attempt: &mut Attempt<'_>,
    pending: &PendingRequest<'_>,
    keep: Keep,
) -> Result<(Bytes, u64)> {
    // A short body has come with its head.
    let (body, length) = match attempt.complete_body() {
        Some(body) if keep == Keep::Nothing => (Bytes::new(), body.len() as u64),
        Some(body) => {
            let length = body.len() as u64;
            (body, length)
        }
        None => read_pieces(attempt, pending, keep).await?,
    };
    attempt.check_in();
    match keep {
        Keep::AtMost(max) if length > max as u64 => Err(too_large(max, "")),
        _ => Ok((body, length)),
    }
}

/// The same as [`read`], for an encoded body. A body that is damaged, or too large once decoded, is also read to its
/// end, so that the connection is free then; but it is not decoded any further.
pub(super) async fn read_decoded(
    attempt: &mut Attempt<'_>,
    pending: &PendingRequest<'_>,
    max: usize,
) -> Result<(Bytes, u64)> {
    let Some(decoder) = decoder(attempt.head())? else {
        return read(attempt, pending, Keep::AtMost(max)).await;
    };
    let mut decoding = Decoding { decoder, body: BytesMut::new(), max, ended: Ok(()) };
    match attempt.complete_body() {
        Some(body) => decoding.add(body).await,
        None => {
            let mut came = attempt.last_read();
            while let Some(piece) = attempt.next_piece(&pending.piece_by(came)).await {
                let piece = piece?;
                came = attempt.last_read();
                decoding.add(piece).await;
            }
        }
    }
    attempt.check_in();
    let body = decoding.finish().map_err(|error| match error.kind() {
        FailureKind::BodyDecode => undecodable(attempt.head(), &error),
        _ => error,
    })?;
    let length = body.len() as u64;
    Ok((body, length))
}

/// Reads a body that did not come with its head.
async fn read_pieces(
    attempt: &mut Attempt<'_>,
    pending: &PendingRequest<'_>,
    keep: Keep,
) -> Result<(Bytes, u64)> {
    let mut first = Bytes::new();
    let mut came = attempt.last_read();
    let mut more: Option<BytesMut> = None;
    let mut length = 0u64;
    while let Some(piece) = attempt.next_piece(&pending.piece_by(came)).await {
        let piece =
            piece.map_err(|error| error.with_excerpt(attempt.excerpt(more.as_deref().unwrap_or(&first))))?;
        came = attempt.last_read();
        let before = length;
        length += piece.len() as u64;
        let is_kept = match keep {
            Keep::AtMost(max) => length <= max as u64,
            Keep::Beginning => before < excerpt::KEPT as u64,
            Keep::Nothing => false,
        };
        if !is_kept {
            continue;
        }
        // Most bodies come in one piece, which is passed on unchanged.
        match &mut more {
            Some(buffer) => buffer.extend_from_slice(&piece),
            None if first.is_empty() => first = piece,
            None => more = Some([&first[..], &piece].concat().as_slice().into()),
        }
    }
    Ok((more.map_or(first, BytesMut::freeze), length))
}

/// A body that is being decoded.
struct Decoding {
    decoder: Decoder,
    body: BytesMut,
    max: usize,
    /// The reason why decoding has stopped.
    ended: Result,
}

impl Decoding {
    async fn add(&mut self, piece: Bytes) {
        self.decoder.give(piece);
        while self.ended.is_ok() {
            // A little input may expand a lot, and other tasks get their turn in between.
            consume_budget().await;
            match self.decoder.next_piece() {
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

pub(super) fn decoder(head: &ResponseHead) -> Result<Option<Decoder>> {
    Decoder::from_headers(head.status, head.headers.map())
        .map_err(|error| undecodable(head, &damaged(&error)))
}

pub(super) fn damaged(why: &io::Error) -> Error {
    Error::with_kind(FailureKind::BodyDecode, why.to_string())
}

pub(super) fn undecodable(head: &ResponseHead, why: &Error) -> Error {
    let codings: Vec<_> = codings(head.headers.map()).map(octets).collect();
    let text = format!("the body cannot be decoded (content-encoding: {}): {why}", codings.join(", "));
    Error::with_kind(FailureKind::BodyDecode, text)
}

fn too_large(max: usize, how: &str) -> Error {
    let text =
        format!("the {how}body is larger than the {max} bytes that are kept; see `max_body` and `discard`");
    Error::with_kind(FailureKind::BodyTooLarge, text)
}
