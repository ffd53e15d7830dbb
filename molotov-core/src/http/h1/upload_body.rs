//! The body of a request for hyper.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use crate::http::classify::Broken;
use crate::http::request_body::{RequestBody, UploadReader};
use crate::lock::lock;

/// The progress of an upload, which hyper does not report.
#[derive(Debug, Default)]
pub(crate) struct UploadProgress {
    /// The reason why it could not be read.
    fault: OnceLock<Broken>,
    last_piece: Mutex<Option<Instant>>,
}

impl UploadProgress {
    /// The reason why it could not be read, if it failed.
    pub(crate) fn fault(&self) -> Option<Broken> {
        self.fault.get().cloned()
    }

    /// The time of the last room for a piece of it.
    pub(crate) fn last_piece(&self) -> Option<Instant> {
        *lock(&self.last_piece)
    }

    fn has_moved(&self) {
        *lock(&self.last_piece) = Some(Instant::now());
    }
}

pub(crate) enum UploadBody {
    Bytes(Full<Bytes>),
    Upload { reader: Box<UploadReader>, left: u64, progress: Arc<UploadProgress> },
}

impl UploadBody {
    pub(crate) fn new(payload: &RequestBody) -> (Self, Option<Arc<UploadProgress>>) {
        match payload {
            RequestBody::Bytes(bytes) => (Self::Bytes(Full::new(bytes.clone())), None),
            RequestBody::Upload(upload) => {
                let progress = Arc::<UploadProgress>::default();
                let ours = Some(Arc::clone(&progress));
                (
                    Self::Upload {
                        reader: Box::new(UploadReader::new(upload)),
                        left: payload.len(),
                        progress,
                    },
                    ours,
                )
            }
        }
    }
}

impl Body for UploadBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut *self {
            Self::Bytes(bytes) => Pin::new(bytes)
                .poll_frame(cx)
                .map(|frame| frame.map(|frame| frame.map_err(|never| match never {}))),
            Self::Upload { reader, left, progress } => Poll::Ready(match ready!(reader.poll_piece(cx)) {
                Some(Ok(piece)) => {
                    *left = left.saturating_sub(piece.len() as u64);
                    progress.has_moved();
                    Some(Ok(Frame::data(piece)))
                }
                Some(Err(broken)) => {
                    let told = io::Error::other(broken.to_string());
                    // It is the first error: nothing is read after it.
                    drop(progress.fault.set(broken));
                    Some(Err(told))
                }
                None => None,
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Bytes(bytes) => bytes.is_end_stream(),
            Self::Upload { left, .. } => *left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Bytes(bytes) => bytes.size_hint(),
            Self::Upload { left, .. } => SizeHint::with_exact(*left),
        }
    }
}
