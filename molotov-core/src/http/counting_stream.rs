//! A plain or encrypted stream that counts its bytes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
#[cfg(feature = "tls")]
use tokio::net::TcpStream;

use super::socket::Socket;

/// The byte counts of one connection. Only the task that owns the connection writes to them.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    read: AtomicU64,
    written: AtomicU64,
    /// The number of written bytes when hyper last had nothing left to write.
    flushed: AtomicU64,
    /// True after a failed write of which a part may have left before.
    torn: AtomicBool,
    /// Informational (1xx) responses since the last request.
    pub(crate) informational: AtomicU32,
}

impl Traffic {
    pub(crate) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Returns `true` if more may have left than was counted.
    pub(crate) fn is_torn(&self) -> bool {
        self.torn.load(Ordering::Relaxed)
    }

    /// Returns `true` if hyper has nothing left to write.
    pub(crate) fn is_flushed(&self) -> bool {
        self.flushed.load(Ordering::Relaxed) == self.written()
    }
}

fn add(counter: &AtomicU64, n: usize) {
    // There is one writer, so this needs no locked instruction.
    counter.store(counter.load(Ordering::Relaxed) + n as u64, Ordering::Relaxed);
}

pub(crate) enum WireStream {
    Plain(Socket),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::client::TlsStream<Raw>>),
}

impl WireStream {
    /// Encrypted bytes written so far.
    fn raw(&self) -> u64 {
        match self {
            Self::Plain(_) => 0,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.get_ref().0.written,
        }
    }
}

/// The socket below the encryption. It counts written bytes, because the encryption does not report how much of them
/// left before a failure.
#[cfg(feature = "tls")]
#[derive(Debug)]
pub(crate) struct Raw {
    tcp: TcpStream,
    written: u64,
}

#[cfg(feature = "tls")]
impl From<TcpStream> for Raw {
    fn from(tcp: TcpStream) -> Self {
        Self { tcp, written: 0 }
    }
}

#[cfg(feature = "tls")]
impl Raw {
    fn wrote(&mut self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(n)) = polled {
            self.written += n as u64;
        }
        polled
    }
}

#[cfg(feature = "tls")]
impl AsyncRead for Raw {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

#[cfg(feature = "tls")]
impl AsyncWrite for Raw {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.tcp).poll_write(cx, buf);
        self.wrote(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        self.wrote(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// The stream that hyper reads and writes.
pub(crate) struct CountingStream {
    stream: WireStream,
    traffic: Arc<Traffic>,
    /// The encrypted bytes that were written when hyper last had nothing left to write.
    raw_flushed: u64,
}

impl CountingStream {
    pub(crate) fn new(stream: WireStream) -> Self {
        let raw_flushed = stream.raw();
        Self { stream, traffic: Arc::default(), raw_flushed }
    }

    pub(crate) fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }
}

macro_rules! on_stream {
    ($self:ident, $stream:ident => $call:expr) => {
        match &mut $self.stream {
            WireStream::Plain($stream) => $call,
            #[cfg(feature = "tls")]
            WireStream::Tls($stream) => {
                let $stream = &mut **$stream;
                $call
            }
        }
    };
}

impl AsyncRead for CountingStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let polled = on_stream!(this, stream => Pin::new(stream).poll_read(cx, buf));
        add(&this.traffic.read, buf.filled().len() - before);
        polled
    }
}

impl AsyncWrite for CountingStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let polled = on_stream!(this, stream => Pin::new(stream).poll_write(cx, buf));
        this.wrote(&polled);
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let polled = on_stream!(this, stream => Pin::new(stream).poll_write_vectored(cx, bufs));
        this.wrote(&polled);
        polled
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            WireStream::Plain(stream) => stream.is_write_vectored(),
            #[cfg(feature = "tls")]
            WireStream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let polled = on_stream!(this, stream => Pin::new(stream).poll_flush(cx));
        // hyper flushes only once its own buffer is empty.
        if let Poll::Ready(Ok(())) = polled {
            this.traffic.flushed.store(this.traffic.written(), Ordering::Relaxed);
            this.raw_flushed = this.stream.raw();
        }
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        on_stream!(this, stream => Pin::new(stream).poll_shutdown(cx))
    }
}

impl CountingStream {
    fn wrote(&self, polled: &Poll<io::Result<usize>>) {
        match (polled, &self.stream) {
            (Poll::Ready(Ok(n)), _) => add(&self.traffic.written, *n),
            // The encryption writes in several steps, some of which may have succeeded.
            (Poll::Ready(Err(_)), stream) if stream.raw() != self.raw_flushed => {
                self.traffic.torn.store(true, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}
