//! HTTP/1.1 on a connection without TLS, for one request at a time.
//!
//! Most requests of load tests use this codec, so it is our own; hyper serves connections with TLS. The request is
//! written with one system call and the response read with one, nothing but the response is allocated between them, and
//! an idle connection has no buffers. `httparse` reads the head, as in hyper.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::{HeaderMap, Method};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::chunks::Decoded;
use super::framing::Framing;
use super::head_cache;
use super::idle::{self, Idle};
use super::request_lines::{self, CommonLines};
use crate::http::classify::Broken;
use crate::http::limit::{MAX_INFORMATIONAL, ReadLimit};
use crate::http::request_body::{RequestBody, UploadReader};
use crate::http::request_head::RequestHead;
use crate::http::response_head::ResponseHead;
use crate::http::socket::Socket;

/// The limit for copying a body behind its head, which is cheaper than a vectored write.
const COPIED: usize = 16 * 1024;

/// The number of bytes that are read at once. Larger than most responses, so that one read is enough.
const READ: usize = 64 * 1024;

/// The limit for keeping the buffer for writing.
const WRITE: usize = 64 * 1024;

// Buffers that a thread uses for one poll after the other, so that an idle connection has none.
thread_local! {
    static TO_READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into());
    static TO_WRITE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

pub(crate) struct H1 {
    socket: Socket,
    common: CommonLines,
    unwritten: Unwritten,
    /// The source of a body that is read while it is sent.
    source: Option<Box<UploadReader>>,
    /// The arrival time of its last piece.
    last_piece: Option<Instant>,
    /// The reason why the request could not be written to its end.
    unwritable: Option<Broken>,
    /// The bytes that were read and not yet used.
    unread: Bytes,
    method: Method,
    framing: Framing,
    /// True as long as server and request allow another use of the connection after the response.
    reusable: bool,
    informational: u32,
    read: u64,
    written: u64,
    last_read: Instant,
    /// The time of the first bytes of the response, if its head came in several pieces.
    first_read: Option<Instant>,
    /// The time at which the request was written, if the socket did not take all of it at once.
    last_write: Option<Instant>,
}

/// The bytes that the socket did not take at once; usually none.
#[derive(Default)]
struct Unwritten {
    head: Bytes,
    body: Bytes,
}

impl H1 {
    pub(crate) fn new(socket: Socket) -> Self {
        Self {
            socket,
            common: CommonLines::default(),
            unwritten: Unwritten::default(),
            source: None,
            last_piece: None,
            unwritable: None,
            unread: Bytes::new(),
            method: Method::GET,
            framing: Framing::Length(0),
            reusable: true,
            informational: 0,
            read: 0,
            written: 0,
            last_read: Instant::now(),
            first_read: None,
            last_write: None,
        }
    }

    /// Bytes read so far.
    pub(crate) fn read(&self) -> u64 {
        self.read
    }

    /// Bytes written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// The time of the last received bytes.
    pub(crate) fn last_read(&self) -> Instant {
        self.last_read
    }

    /// The time of the first bytes of the response, once its head is complete.
    pub(crate) fn first_read(&self) -> Instant {
        self.first_read.unwrap_or(self.last_read)
    }

    /// The time at which the request was written, if the socket did not take all of it at once.
    pub(crate) fn last_write(&self) -> Option<Instant> {
        self.last_write
    }

    /// The time of the last room for a piece of an upload.
    pub(crate) fn last_piece(&self) -> Option<Instant> {
        self.last_piece
    }

    /// Returns `true` if the last request was written in full.
    pub(crate) fn has_sent_all(&self) -> bool {
        self.unwritten.is_empty() && self.source.is_none() && self.unwritable.is_none()
    }

    /// Returns `true` if the connection may be used for another request.
    pub(crate) fn is_reusable(&self) -> bool {
        self.reusable && self.unread.is_empty() && self.has_sent_all()
    }

    /// The bytes that were read and belong to no response, once there is none left to read.
    pub(crate) fn unread(&self) -> Bytes {
        // Bytes behind a tunnel's head belong to the tunnel.
        if self.method == Method::CONNECT { Bytes::new() } else { self.unread.clone() }
    }

    /// Checks the idle connection: open, closed, broken, or with unexpected bytes.
    pub(crate) fn poll_idle(&mut self, _: &mut Context<'_>) -> Poll<Idle> {
        if !self.unread.is_empty() {
            return Poll::Ready(Idle::Stray(self.unread()));
        }
        if !self.reusable {
            return Poll::Ready(Idle::Closed);
        }
        // Without news from the runtime this needs no system call. It does not poll: a task that has used up its budget
        // would get the result that there is nothing to read, and would send into a closed connection.
        let mut first = [0; idle::FIRST];
        Poll::Ready(match self.socket.try_read(&mut first) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Idle::Open,
            Ok(n @ 1..) => {
                self.read += n as u64;
                Idle::Stray(Bytes::copy_from_slice(&first[..n]))
            }
            // The server may close an idle connection.
            Ok(0) => Idle::Closed,
            Err(error) => Idle::Broken(Broken::from_io(&error)),
        })
    }

    /// Writes as much of a request as the socket takes at once.
    pub(crate) fn start(&mut self, request: &RequestHead<'_>) {
        self.method.clone_from(request.method);
        self.informational = 0;
        (self.first_read, self.last_write) = (None, None);
        self.reusable = !request_lines::closes(request);
        writing(|out| {
            self.common.write_head(request, out);
            let mut body = Bytes::new();
            (self.source, self.last_piece) = (None, None);
            match request.body {
                RequestBody::Bytes(bytes) if bytes.len() <= COPIED => out.extend_from_slice(bytes),
                RequestBody::Bytes(bytes) => body.clone_from(bytes),
                RequestBody::Upload(upload) => self.source = Some(Box::new(UploadReader::new(upload))),
            }
            let tried = match body.is_empty() {
                true => self.socket.try_write(out),
                false => self.socket.try_write_vectored(&[IoSlice::new(out), IoSlice::new(&body)]),
            };
            let taken = match tried {
                Ok(taken) => taken,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                Err(error) => return self.unwritable = Some(Broken::from_io(&error)),
            };
            self.written += taken as u64;
            let of_head = taken.min(out.len());
            body.advance(taken - of_head);
            self.unwritten = Unwritten { head: Bytes::copy_from_slice(&out[of_head..]), body };
        });
    }

    /// The head of the response.
    pub(crate) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<ResponseHead, Broken>> {
        self.poll_write(cx);
        // After any other fault the server closes, which is seen below; after this one nothing would ever come.
        if let Some(broken) = &self.unwritable
            && broken.is_local()
        {
            return Poll::Ready(Err(broken.clone()));
        }
        reading(|buffer| {
            loop {
                let read = ready!(self.poll_read(cx, buffer));
                let found = match read {
                    // A server that closes while the request is still being written has another fault than a server
                    // that has read it.
                    Ok(0) => Err(self.unwritable.clone().unwrap_or(Broken::Closed)),
                    Ok(n) => self.take_head(&buffer[..n]),
                    Err(broken) => Err(self.unwritable.clone().unwrap_or(broken)),
                };
                if let Some(done) = found.transpose() {
                    return Poll::Ready(done);
                }
            }
        })
    }

    /// The whole body, if it came with the head.
    pub(crate) fn complete_body(&mut self) -> Option<Bytes> {
        match &mut self.framing {
            Framing::Length(left) if self.unread.len() as u64 == *left => {
                *left = 0;
                Some(mem::take(&mut self.unread))
            }
            _ => None,
        }
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            match self.framing.decode(&mut self.unread) {
                Ok(Decoded::Piece(piece)) => return Poll::Ready(Some(Ok(piece))),
                Ok(Decoded::End) => return Poll::Ready(None),
                Ok(Decoded::More) => {}
                Err(broken) => return Poll::Ready(Some(Err(broken))),
            }
            // A server may respond while it reads.
            self.poll_write(cx);
            let read = reading(|buffer| {
                let read = ready!(self.poll_read(cx, buffer));
                Poll::Ready(read.map(|n| Bytes::copy_from_slice(&buffer[..n])))
            });
            match ready!(read) {
                Ok(bytes) if !bytes.is_empty() => self.unread = bytes,
                Ok(_) if matches!(self.framing, Framing::UntilClose) => return Poll::Ready(None),
                Ok(_) => return Poll::Ready(Some(Err(Broken::Closed))),
                Err(broken) => return Poll::Ready(Some(Err(broken))),
            }
        }
    }

    /// The trailers of a body that was read to its end, if it had any.
    pub(crate) fn take_trailers(&mut self) -> Option<Box<HeaderMap>> {
        match &mut self.framing {
            Framing::Chunked(chunks) => chunks.take_trailers(),
            Framing::Length(_) | Framing::UntilClose => None,
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<Result<usize, Broken>> {
        let mut buffer = ReadBuf::new(buffer);
        let polled = ready!(Pin::new(&mut self.socket).poll_read(cx, &mut buffer));
        self.last_read = Instant::now();
        let n = buffer.filled().len();
        self.read += n as u64;
        Poll::Ready(polled.map(|()| n).map_err(|error| Broken::from_io(&error)))
    }

    /// Continues writing. A failed write is not a failure yet: the response may have arrived already.
    fn poll_write(&mut self, cx: &mut Context<'_>) {
        loop {
            while !self.unwritten.is_empty() {
                let next = self.unwritten.next();
                match Pin::new(&mut self.socket).poll_write(cx, next) {
                    Poll::Pending => return,
                    Poll::Ready(Ok(n)) => {
                        self.written += n as u64;
                        next.advance(n);
                        self.last_write = Some(Instant::now());
                    }
                    Poll::Ready(Err(error)) => self.give_up_writing(Broken::from_io(&error)),
                }
            }
            let Some(source) = &mut self.source else { return };
            match source.poll_piece(cx) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(piece))) => {
                    self.unwritten.body = piece;
                    self.last_piece = Some(Instant::now());
                }
                Poll::Ready(Some(Err(broken))) => self.give_up_writing(broken),
                Poll::Ready(None) => self.source = None,
            }
        }
    }

    fn give_up_writing(&mut self, broken: Broken) {
        self.unwritable = Some(broken);
        self.unwritten = Unwritten::default();
        self.source = None;
    }

    /// The final head, when it is complete with these bytes; informational responses before it are skipped.
    fn take_head(&mut self, fresh: &[u8]) -> Result<Option<ResponseHead>, Broken> {
        let joined;
        let mut bytes = if self.unread.is_empty() {
            fresh
        } else {
            joined = [&self.unread[..], fresh].concat();
            &joined
        };
        loop {
            let Some(parsed) = head_cache::parse(bytes).inspect_err(|_| self.unread = idle::first(bytes))?
            else {
                self.unread = Bytes::copy_from_slice(bytes);
                self.first_read.get_or_insert(self.last_read);
                return Ok(None);
            };
            bytes = &bytes[parsed.length..];
            let status = parsed.status;
            if status.is_informational() && status != http::StatusCode::SWITCHING_PROTOCOLS {
                self.informational += 1;
                if self.informational > MAX_INFORMATIONAL {
                    return Err(Broken::Beyond(ReadLimit::Informational));
                }
                continue;
            }
            let answer = parsed.answer(&self.method)?;
            self.framing = answer.framing;
            self.reusable &= answer.reusable;
            self.unread = Bytes::copy_from_slice(bytes);
            return Ok(Some(answer.head));
        }
    }
}

impl Unwritten {
    fn is_empty(&self) -> bool {
        self.head.is_empty() && self.body.is_empty()
    }

    /// The next bytes to be written.
    fn next(&mut self) -> &mut Bytes {
        if self.head.is_empty() { &mut self.body } else { &mut self.head }
    }
}

/// Lends the thread's buffer for reading.
fn reading<T>(read: impl FnOnce(&mut [u8]) -> T) -> T {
    TO_READ.with_borrow_mut(|buffer| read(buffer))
}

/// Lends the thread's buffer for writing; it is empty.
fn writing<T>(write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    TO_WRITE.with_borrow_mut(|buffer| {
        buffer.clear();
        let result = write(buffer);
        if buffer.capacity() > WRITE {
            *buffer = Vec::new();
        }
        result
    })
}

#[cfg(test)]
mod tests;
