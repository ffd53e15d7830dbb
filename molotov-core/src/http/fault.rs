//! From what hyper and the system report to a kind of failure.

use std::error::Error as StdError;
use std::io;

use crate::failure::FailureKind;

/// The kind, where an error is a fault of this machine and not of the server.
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

/// The kind of an error of connecting.
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

/// The kind of an error before the head of the response was complete. `written` says whether the whole request had
/// left by then.
pub(crate) fn head(error: &hyper::Error, written: bool) -> FailureKind {
    if error.is_parse() {
        // hyper has a predicate for this in its server only; the text is all that a client gets.
        let too_large = error.to_string().contains("too large");
        return if too_large { FailureKind::ProtocolHeadTooLarge } else { FailureKind::ProtocolParse };
    }
    match io_cause(error).and_then(|error| local(error).or_else(|| tls(error))) {
        Some(kind) => kind,
        None if !written => FailureKind::SendReset,
        None => FailureKind::ClosedBeforeResponse,
    }
}

/// The kind of an error inside the body.
pub(crate) fn body(error: &hyper::Error) -> FailureKind {
    if let Some(kind) = io_cause(error).and_then(tls) {
        return kind;
    }
    match io_cause(error).map(io::Error::kind) {
        Some(io::ErrorKind::UnexpectedEof) => FailureKind::BodyTruncated,
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => FailureKind::BodyFraming,
        Some(
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe,
        ) => FailureKind::BodyReset,
        _ if error.is_parse() => FailureKind::BodyFraming,
        _ => FailureKind::BodyTruncated,
    }
}

/// The kind, where an open connection broke in its encryption. In TLS 1.3 the server judges the client only after
/// the handshake has ended for the client, so a refused certificate comes in place of the first response.
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

/// True where bytes came on a connection without a request. hyper has no predicate for it: it is what remains when
/// it was neither closed nor broken by the system.
pub(crate) fn is_unexpected(error: &hyper::Error) -> bool {
    // What it says of a request that it gives back is only that it is cancelled; why is the source of that.
    let cause = error.source().and_then(|cause| cause.downcast_ref::<hyper::Error>()).unwrap_or(error);
    let closed = cause.is_closed() || cause.is_canceled() || cause.is_incomplete_message();
    !closed && io_cause(error).is_none()
}

/// The system's error somewhere below.
pub(crate) fn io_cause(error: &hyper::Error) -> Option<&io::Error> {
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

    /// An error as the system gives it.
    fn system(code: i32) -> io::Error {
        io::Error::from_raw_os_error(code)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn faults_of_this_machine_are_told_from_those_of_the_network() {
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
    fn an_alert_is_told_from_other_faults_of_encryption() {
        let wrapped = |error: rustls::Error| tls(&io::Error::new(io::ErrorKind::InvalidData, error));
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired);

        assert_eq!(wrapped(alert), Some(FailureKind::TlsAlert));
        assert_eq!(wrapped(rustls::Error::DecryptError), Some(FailureKind::TlsOther));
        assert_eq!(tls(&io::ErrorKind::InvalidData.into()), None);
    }
}
