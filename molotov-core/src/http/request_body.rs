//! The body of a request: bytes in memory, or an upload that is read from files while it is sent.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use super::classify::{Broken, local};
use crate::error::{Error, Result};
use crate::failure::FailureKind;

/// The number of bytes of a file that are read at once. One such piece is read ahead while the previous piece is
/// written.
const PIECE: u64 = 64 * 1024;

/// The body of a request.
#[derive(Clone, Debug)]
pub(crate) enum RequestBody {
    Bytes(Bytes),
    Upload(Arc<Upload>),
}

impl Default for RequestBody {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl RequestBody {
    /// Its length in bytes; the length of an upload is known after it was measured.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Upload(upload) => upload.length,
        }
    }
}

/// A body of files and of bytes between them.
#[derive(Debug)]
pub(crate) struct Upload {
    segments: Vec<Segment>,
    length: u64,
}

#[derive(Debug)]
pub(crate) enum Segment {
    Bytes(Bytes),
    File { path: Arc<Path>, length: u64 },
}

impl Segment {
    pub(crate) fn file(path: &Path) -> Self {
        Self::File { path: path.into(), length: 0 }
    }
}

impl Upload {
    /// An upload. With files, it must be measured before it is sent.
    pub(crate) fn new(segments: Vec<Segment>) -> Self {
        let length = segments.iter().map(Segment::length).sum();
        Self { segments, length }
    }

    /// Checks all files: they must exist, be readable, and have a length.
    pub(crate) async fn measured(self: Arc<Self>) -> Result<Arc<Self>> {
        if self.segments.iter().all(|segment| matches!(segment, Segment::Bytes(_))) {
            return Ok(self);
        }
        let measured = spawn_blocking(move || {
            let segments = self.segments.iter().map(Segment::measured).collect::<Result<_>>()?;
            Ok(Arc::new(Self::new(segments)))
        });
        measured.await.unwrap_or_else(|error| Err(Error::new(error)))
    }
}

impl Segment {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    fn measured(&self) -> Result<Self> {
        Ok(match self {
            Self::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Self::File { path, .. } => {
                let length = length(path).map_err(|error| unreadable(path, &error))?;
                Self::File { path: Arc::clone(path), length }
            }
        })
    }
}

/// The length of a readable file.
fn length(path: &Path) -> io::Result<u64> {
    // Checked before the file is opened: opening a pipe may wait for ever.
    let metadata = path.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::other("it is a directory"));
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file, so its length is not known"));
    }
    Ok(File::open(path)?.metadata()?.len())
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    // A file without permission is a mistake in the scenario; a missing descriptor is not.
    let kind = match local(error) {
        Some(kind @ (FailureKind::LocalFds | FailureKind::LocalMemory)) => kind,
        _ => FailureKind::UserError,
    };
    Error::with_kind(kind, format!("the file `{}` cannot be sent: {error}", path.display()))
}

/// A reader of an upload, piece by piece. Files are read on threads that may block.
#[derive(Debug)]
pub(crate) struct UploadReader {
    upload: Arc<Upload>,
    /// The segment that is read, or the next.
    at: usize,
    reading: Option<JoinHandle<Result<Portion, Broken>>>,
}

/// A part of a file, and the file if there is more in it.
#[derive(Debug)]
struct Portion {
    piece: Bytes,
    rest: Option<(File, u64)>,
}

impl UploadReader {
    /// A reader from the start; it starts to read at once.
    pub(crate) fn new(upload: &Arc<Upload>) -> Self {
        let mut reader = Self { upload: Arc::clone(upload), at: 0, reading: None };
        reader.open();
        reader
    }

    /// Returns the next piece; `None` at the end. After an error it returns nothing.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        if let Some(reading) = &mut self.reading {
            let read = ready!(Pin::new(reading).poll(cx));
            self.reading = None;
            return Poll::Ready(Some(self.go_on(read.unwrap_or_else(|_| Err(interrupted())))));
        }
        let Some(Segment::Bytes(bytes)) = self.upload.segments.get(self.at) else {
            return Poll::Ready(None);
        };
        let bytes = bytes.clone();
        self.at += 1;
        self.open();
        Poll::Ready(Some(Ok(bytes)))
    }

    /// Starts to read the next file, if there is one.
    fn open(&mut self) {
        while let Some(Segment::File { path, length }) = self.upload.segments.get(self.at) {
            let (path, length) = (Arc::clone(path), *length);
            if length == 0 {
                self.at += 1;
                continue;
            }
            self.reading = Some(spawn_blocking(move || {
                let file = File::open(&path).map_err(|error| lost(&path, &error))?;
                read(file, length, &path)
            }));
            return;
        }
    }

    /// Starts to read the piece after this one.
    fn go_on(&mut self, read_before: Result<Portion, Broken>) -> Result<Bytes, Broken> {
        let Portion { piece, rest } = read_before?;
        match (rest, self.upload.segments.get(self.at)) {
            (Some((file, left)), Some(Segment::File { path, .. })) => {
                let path = Arc::clone(path);
                self.reading = Some(spawn_blocking(move || read(file, left, &path)));
            }
            _ => {
                self.at += 1;
                self.open();
            }
        }
        Ok(piece)
    }
}

fn read(file: File, left: u64, path: &Path) -> Result<Portion, Broken> {
    let wanted = left.min(PIECE);
    let mut piece = Vec::with_capacity(wanted as usize);
    let mut part = file.take(wanted);
    part.read_to_end(&mut piece).map_err(|error| lost(path, &error))?;
    let left = left - piece.len() as u64;
    if (piece.len() as u64) < wanted {
        let path = path.display();
        return Err(Broken::Upload(
            FailureKind::LocalOther,
            format!("the file `{path}` became shorter while it was being sent; {left} bytes are missing"),
        ));
    }
    let rest = (left > 0).then(|| (part.into_inner(), left));
    Ok(Portion { piece: piece.into(), rest })
}

fn lost(path: &Path, error: &io::Error) -> Broken {
    let kind = local(error).unwrap_or(FailureKind::LocalOther);
    Broken::Upload(kind, format!("the file `{}` cannot be read any more: {error}", path.display()))
}

fn interrupted() -> Broken {
    Broken::Upload(FailureKind::LocalOther, "the reading of a file was cut off".into())
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// All pieces of an upload.
    async fn pieces(upload: &Arc<Upload>) -> Result<Vec<Bytes>, Broken> {
        let mut reader = UploadReader::new(upload);
        let mut pieces = Vec::new();
        while let Some(piece) = poll_fn(|cx| reader.poll_piece(cx)).await {
            pieces.push(piece?);
        }
        Ok(pieces)
    }

    #[tokio::test]
    async fn files_and_bytes_come_in_their_order_and_in_small_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, length: u64| {
            let path = folder.path().join(name);
            let bytes: Vec<u8> = (0..length).map(|n| (n / 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            (path, bytes)
        };
        let (long, long_bytes) = write("long", 3 * PIECE + 5);
        let (exact, exact_bytes) = write("exact", PIECE);
        let (empty, _) = write("empty", 0);
        let file = |path: &Path| Segment::file(path);
        let upload = Arc::new(Upload::new(vec![
            file(&empty),
            Segment::Bytes("a".into()),
            file(&long),
            file(&empty),
            file(&exact),
            Segment::Bytes("b".into()),
            file(&empty),
        ]));

        let upload = upload.measured().await.unwrap();

        let all = [b"a", &long_bytes[..], &exact_bytes, b"b"].concat();
        assert_eq!(upload.length, all.len() as u64);
        for _ in 0..2 {
            let pieces = pieces(&upload).await.unwrap();
            assert!(pieces.iter().all(|piece| piece.len() as u64 <= PIECE));
            assert!(pieces.concat() == all);
        }
    }

    #[tokio::test]
    async fn unsendable_request_is_reported_before_sending() {
        let folder = tempfile::tempdir().unwrap();
        let said = async |path: &Path| {
            Arc::new(Upload::new(vec![Segment::file(path)])).measured().await.unwrap_err().to_string()
        };

        let missing = said(&folder.path().join("missing")).await;
        assert!(missing.contains("missing` cannot be sent: No such file"), "{missing}");
        assert!(said(folder.path()).await.contains("is a directory"));
        #[cfg(unix)]
        assert!(said(Path::new("/dev/null")).await.contains("no regular file"));
    }

    #[tokio::test]
    async fn a_file_that_is_shorter_than_before_is_a_fault_and_a_longer_one_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "four").unwrap();
        let upload = Arc::new(Upload::new(vec![Segment::file(&path)])).measured().await.unwrap();

        std::fs::write(&path, "fourteen").unwrap();
        assert_eq!(pieces(&upload).await.unwrap().concat(), b"four");
        std::fs::write(&path, "two").unwrap();
        let Err(Broken::Upload(kind, text)) = pieces(&upload).await else { panic!("it is whole") };
        assert_eq!(kind, FailureKind::LocalOther);
        assert!(text.contains("became shorter") && text.contains("1 bytes"), "{text}");
        std::fs::remove_file(&path).unwrap();
        assert!(pieces(&upload).await.is_err());
    }
}
