//! The end of the body of a response, and its received pieces.

use std::mem;

use bytes::Bytes;

use super::chunks::{Chunks, Decoded};
use crate::http::classify::Broken;

/// The end of the body of a response (RFC 9112, section 6.3).
#[derive(Clone, Debug)]
pub(super) enum Framing {
    /// After this many more bytes.
    Length(u64),
    Chunked(Chunks),
    /// At the close of the connection.
    UntilClose,
}

impl Framing {
    /// Takes the next piece of the body from the bytes that were read.
    pub(super) fn decode(&mut self, unread: &mut Bytes) -> Result<Decoded, Broken> {
        match self {
            Self::Length(0) => Ok(Decoded::End),
            Self::Chunked(chunks) => chunks.decode(unread),
            _ if unread.is_empty() => Ok(Decoded::More),
            // Split only if necessary, because a split makes the buffer shared.
            Self::Length(left) if unread.len() as u64 <= *left => {
                *left -= unread.len() as u64;
                Ok(Decoded::Piece(mem::take(unread)))
            }
            Self::Length(left) => Ok(Decoded::Piece(unread.split_to(mem::take(left) as usize))),
            Self::UntilClose => Ok(Decoded::Piece(mem::take(unread))),
        }
    }
}
