//! The body of a request as hyper wants it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::fault::Broken;
use super::payload::{Payload, Reader};

/// Where it is told why a body could not be read.
pub(crate) type Fault = Arc<OnceLock<Broken>>;

pub(crate) enum Sending {
    Bytes(Bytes),
    Upload { reader: Box<Reader>, left: u64, fault: Fault },
}

impl Sending {
    pub(crate) fn new(payload: &Payload) -> (Self, Option<Fault>) {
        match payload {
            Payload::Bytes(bytes) => (Self::Bytes(bytes.clone()), None),
            Payload::Upload(upload) => {
                let fault = Fault::default();
                let ours = Some(Arc::clone(&fault));
                (Self::Upload { reader: Box::new(Reader::new(upload)), left: payload.len(), fault }, ours)
            }
        }
    }

    fn left(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Upload { left, .. } => *left,
        }
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut *self {
            Self::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Bytes(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Upload { reader, left, fault } => Poll::Ready(match ready!(reader.poll_piece(cx)) {
                Some(Ok(piece)) => {
                    *left = left.saturating_sub(piece.len() as u64);
                    Some(Ok(Frame::data(piece)))
                }
                Some(Err(broken)) => {
                    let told = io::Error::other(broken.to_string());
                    // It is the first one: after it nothing more is read.
                    drop(fault.set(broken));
                    Some(Err(told))
                }
                None => None,
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left())
    }
}
