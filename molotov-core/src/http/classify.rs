//! The conversion of errors of hyper and of the system to a kind of failure.

use std::error::Error as StdError;
use std::{fmt, io};

use super::limit::ReadLimit;
use crate::failure::FailureKind;

/// The text of [`FailureKind::LocalFds`].
pub(crate) const NO_DESCRIPTOR: &str = "no file descriptor left on this machine; raise `ulimit -n`";

/// The kind, if an error is a fault of this machine and not of the server.
pub(crate) fn local(error: &io::Error) -> Option<FailureKind> {
    const ENOMEM: i32 = 12;
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    const ENOBUFS: i32 = if cfg!(target_os = "linux") { 105 } else { 55 };
    match (error.raw_os_error(), error.kind()) {
        (Some(EMFILE | ENFILE), _) => Some(FailureKind::LocalFds),
        (Some(ENOMEM | ENOBUFS), _) | (_, io::ErrorKind::OutOfMemory) => Some(FailureKind::LocalMemory),
        (_, io::ErrorKind::AddrNotAvailable) => Some(FailureKind::LocalPorts),
        (_, io::ErrorKind::PermissionDenied) => Some(FailureKind::LocalOther),
        _ => None,
    }
}

/// The kind of a connect error.
pub(crate) fn connect(error: &io::Error) -> FailureKind {
    if let Some(kind) = local(error) {
        return kind;
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => FailureKind::ConnectRefused,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => FailureKind::ConnectReset,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => FailureKind::ConnectUnreachable,
        io::ErrorKind::TimedOut => FailureKind::ConnectTimeout,
        _ => FailureKind::ConnectFailed,
    }
}

/// The fault of an open connection, for both codecs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// An orderly close at the wrong time.
    Closed,
    /// An error of the system or of the encryption.
    System(System),
    /// The received bytes are not HTTP/1.1; with the reason.
    Malformed(String),
    /// A limit is exceeded.
    Beyond(ReadLimit),
    /// The server sent bytes that no request asked for.
    Unexpected,
    /// The body of the request could not be read from its files; with the kind and the reason.
    Upload(FailureKind, String),
}

/// An error of the system or of the encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct System {
    kind: io::ErrorKind,
    /// The kind, if it is certain: a fault of this machine, or of the encryption.
    known: Option<FailureKind>,
    text: String,
}

/// The part of a request that had left when its connection broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UploadState {
    /// All of it, or nothing, so that the server was not interrupted.
    Whole,
    Partial,
}

impl Broken {
    pub(crate) fn from_io(error: &io::Error) -> Self {
        let known = local(error).or_else(|| tls(error));
        Self::System(System { kind: error.kind(), known, text: error.to_string() })
    }

    /// Classifies an error of hyper about a connection that it drove, with the bytes that it had read and not used.
    pub(crate) fn from_hyper(error: &hyper::Error, unread: &[u8]) -> Self {
        // hyper has a predicate for this in its server only; a client gets the text alone.
        match io_cause(error) {
            _ if error.is_parse() && error.to_string().contains("too large") => {
                Self::Beyond(ReadLimit::from_head(unread))
            }
            _ if error.is_parse() => Self::Malformed(error.to_string()),
            Some(io) => match io.kind() {
                io::ErrorKind::UnexpectedEof if tls(io).is_none() => Self::Closed,
                // hyper's decoder of chunks has no other message for it.
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if tls(io).is_none() => {
                    let text = io.to_string();
                    ReadLimit::from_chunks(&text).map_or(Self::Malformed(text), Self::Beyond)
                }
                _ => Self::from_io(io),
            },
            None if is_unexpected(error) => Self::Unexpected,
            None => Self::Closed,
        }
    }

    /// Returns `true` for a fault of this machine, which the server does not see.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::System(System { known: Some(kind), .. }) => kind.is_local(),
            Self::Upload(..) => true,
            _ => false,
        }
    }

    /// Returns `true` if the received bytes are not even the start of a response. For such bytes `httparse` returns a
    /// wrong version, to us and to hyper.
    pub(crate) fn is_no_response(&self) -> bool {
        matches!(self, Self::Malformed(why) if why.contains("HTTP version"))
    }

    /// The kind, before the head of the response was complete.
    pub(crate) fn before_response(&self, upload: UploadState) -> FailureKind {
        match self {
            Self::Malformed(_) => FailureKind::ProtocolParse,
            Self::Beyond(ReadLimit::Informational) => FailureKind::ProtocolTooMany1xx,
            Self::Beyond(_) => FailureKind::ProtocolHeadTooLarge,
            Self::Unexpected => FailureKind::ProtocolUnexpectedBytes,
            Self::System(System { known: Some(kind), .. }) | Self::Upload(kind, _) => *kind,
            Self::System(_) | Self::Closed if upload == UploadState::Partial => FailureKind::SendReset,
            Self::System(_) | Self::Closed => FailureKind::ClosedBeforeResponse,
        }
    }

    /// The kind, inside the body.
    pub(crate) fn in_body(&self) -> FailureKind {
        match self {
            Self::System(System {
                known: Some(kind @ (FailureKind::TlsAlert | FailureKind::TlsOther)),
                ..
            }) => *kind,
            Self::System(System { kind, .. }) => match kind {
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => FailureKind::BodyReset,
                _ => FailureKind::BodyTruncated,
            },
            Self::Closed => FailureKind::BodyTruncated,
            Self::Upload(kind, _) => *kind,
            _ => FailureKind::BodyFraming,
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("connection closed"),
            Self::System(system) => f.write_str(&system.text),
            Self::Malformed(why) | Self::Upload(_, why) => f.write_str(why),
            Self::Beyond(limit) => limit.fmt(f),
            Self::Unexpected => f.write_str("bytes that no request asked for"),
        }
    }
}

/// The kind, if an open connection broke in its encryption. In TLS 1.3 the server checks the client only after the
/// handshake has ended for the client, so a refused certificate comes in place of the first response.
#[cfg(feature = "tls")]
fn tls(error: &io::Error) -> Option<FailureKind> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(_) => Some(FailureKind::TlsAlert),
        _ => Some(FailureKind::TlsOther),
    }
}

#[cfg(not(feature = "tls"))]
fn tls(_: &io::Error) -> Option<FailureKind> {
    None
}

/// Returns `true` if bytes came on a connection without a request. hyper has no predicate for that: it is the remaining
/// case when the connection was neither closed nor broken by the system.
fn is_unexpected(error: &hyper::Error) -> bool {
    // The error of a request that hyper returns is only that it is cancelled; the reason is its source.
    let cause = error.source().and_then(|cause| cause.downcast_ref::<hyper::Error>()).unwrap_or(error);
    let closed = cause.is_closed() || cause.is_canceled() || cause.is_incomplete_message();
    !closed && io_cause(error).is_none()
}

/// The system's error in the chain of causes.
fn io_cause(error: &hyper::Error) -> Option<&io::Error> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return Some(io);
        }
        next = cause.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error of the system.
    fn system(code: i32) -> io::Error {
        io::Error::from_raw_os_error(code)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn faults_of_this_machine_are_distinguished_from_the_networks() {
        use FailureKind as Kind;
        let codes = [
            (24, Kind::LocalFds),            // EMFILE
            (23, Kind::LocalFds),            // ENFILE
            (99, Kind::LocalPorts),          // EADDRNOTAVAIL
            (12, Kind::LocalMemory),         // ENOMEM
            (105, Kind::LocalMemory),        // ENOBUFS
            (1, Kind::LocalOther),           // EPERM: a firewall of this machine
            (13, Kind::LocalOther),          // EACCES
            (111, Kind::ConnectRefused),     // ECONNREFUSED
            (104, Kind::ConnectReset),       // ECONNRESET
            (103, Kind::ConnectReset),       // ECONNABORTED
            (110, Kind::ConnectTimeout),     // ETIMEDOUT
            (101, Kind::ConnectUnreachable), // ENETUNREACH
            (113, Kind::ConnectUnreachable), // EHOSTUNREACH
            (22, Kind::ConnectFailed),       // EINVAL
        ];
        for (code, kind) in codes {
            let error = system(code);
            assert_eq!(connect(&error), kind, "{error}");
            assert_eq!(local(&error).is_some(), kind.is_local(), "{error}");
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn alert_is_distinguished_from_other_faults_of_encryption() {
        let wrapped = |error: rustls::Error| tls(&io::Error::new(io::ErrorKind::InvalidData, error));
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired);

        assert_eq!(wrapped(alert), Some(FailureKind::TlsAlert));
        assert_eq!(wrapped(rustls::Error::DecryptError), Some(FailureKind::TlsOther));
        assert_eq!(tls(&io::ErrorKind::InvalidData.into()), None);
    }
}
