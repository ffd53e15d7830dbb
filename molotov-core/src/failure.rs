//! The kinds of failure: one stable name for every failure of a request or an iteration.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The kind of failure of a request or an iteration.
        ///
        /// The names ([`FailureKind::as_str`]) are stable; reports, thresholds and events use them. The part before the
        /// dot is the [class](FailureKind::class).
        ///
        /// ```
        /// use molotov::error::FailureKind;
        ///
        /// assert_eq!(FailureKind::ConnectRefused.as_str(), "connect.refused");
        /// assert_eq!(FailureKind::ConnectRefused.class(), "connect");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum FailureKind { $($(#[$doc])* $variant,)* }

        impl FailureKind {
            /// Every kind, in the order in which a request meets them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, for instance `connect.refused`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// The address is public and the run has no permission to load it. Example: an absolute URL leads to
    /// another company's host.
    BlockedHost = "blocked_host",
    /// The name does not exist. Example: a typing error in `--host`.
    DnsNotFound = "dns.not_found",
    /// The name was not resolved within the connect time-out. Example: the resolver is down.
    DnsTimeout = "dns.timeout",
    /// The resolver answered with another error, for example a temporary failure.
    DnsFailed = "dns.failed",
    /// Nothing listens on the port. Example: the service is not started.
    ConnectRefused = "connect.refused",
    /// There is no Unix socket at this path. Example: the service is not started and has not created it.
    ConnectNotFound = "connect.not_found",
    /// No answer within the connect time-out. Example: a firewall drops the packets.
    ConnectTimeout = "connect.timeout",
    /// The connection was reset while it was being opened. Example: a full accept queue that resets.
    ConnectReset = "connect.reset",
    /// There is no route to the host or network. Example: a missing VPN.
    ConnectUnreachable = "connect.unreachable",
    /// The connection could not be opened for another reason.
    ConnectFailed = "connect.failed",
    /// The certificate was not issued by an authority that is trusted. Example: self-signed; `--ca FILE` trusts it.
    TlsUnknownIssuer = "tls.unknown_issuer",
    /// The certificate has expired or is not valid yet.
    TlsExpired = "tls.expired",
    /// The certificate is for another name.
    TlsWrongHost = "tls.wrong_host",
    /// The peer sent a TLS alert. Example: it demands a client certificate.
    TlsAlert = "tls.alert",
    /// The handshake did not end within the connect time-out.
    TlsTimeout = "tls.timeout",
    /// No application protocol in common.
    TlsAlpn = "tls.alpn",
    /// Another fault of the handshake. Example: the port speaks plain HTTP.
    TlsOther = "tls.other",
    /// The connection was reset before the request was written in full.
    SendReset = "send.reset",
    /// The request could not be written in full within the time-out. Example: the server does not read.
    SendTimeout = "send.timeout",
    /// The connection ended after the request was written and before a response came.
    ClosedBeforeResponse = "closed.before_response",
    /// The answer is not HTTP/1. Example: another service on that port.
    ProtocolParse = "protocol.parse",
    /// The head of the response exceeds a limit: 400 KiB, 100 header fields, or 65,535 bytes for the name of
    /// a field. The message names the limit.
    ProtocolHeadTooLarge = "protocol.head_too_large",
    /// More than 16 informational (1xx) responses came before the final one.
    ProtocolTooMany1xx = "protocol.too_many_1xx",
    /// The server sent `101 Switching Protocols`, which no request asks for.
    ProtocolUnexpectedUpgrade = "protocol.unexpected_upgrade",
    /// In place of a response, a connection that had served a request before delivered bytes that are not the
    /// start of a response. Example: a wrong `Content-Length` before that was too short. Such bytes before
    /// the next request fail nothing; see [`IdleFault`](crate::IdleFault).
    ProtocolUnexpectedBytes = "protocol.unexpected_bytes",
    /// The connection ended inside the body.
    BodyTruncated = "body.truncated",
    /// The connection was reset inside the body.
    BodyReset = "body.reset",
    /// The chunks of the body are malformed, or exceed a limit: 16 KiB of extensions or trailers, or 100
    /// trailer fields.
    BodyFraming = "body.framing",
    /// The decoded body exceeds the limit; see `Request::max_body`.
    BodyTooLarge = "body.too_large",
    /// The body does not have the format that the scenario or its `Content-Encoding` names. Examples:
    /// `json()` on an HTML page; damaged gzip.
    BodyDecode = "body.decode",
    /// The body does not contain the text that the scenario asks for. Example: `between()` on the page of a
    /// log-in that shows an error.
    BodyNotFound = "body.not_found",
    /// No response head within the head time-out.
    TimeoutHead = "timeout.head",
    /// No further piece of the body within the body time-out.
    TimeoutBody = "timeout.body",
    /// The whole exchange took longer than the total time-out.
    TimeoutTotal = "timeout.total",
    /// The request exceeded the limit of redirects, and the redirects form a circle.
    RedirectLoop = "redirect.loop",
    /// The request exceeded the limit of redirects, and each led to another place.
    RedirectTooMany = "redirect.too_many",
    /// The `Location` of a redirect is missing or not a URL.
    RedirectBadLocation = "redirect.bad_location",
    /// This machine has no file descriptor left. Cure: raise `ulimit -n`.
    LocalFds = "local.fds",
    /// This machine has no local port left. Cure: keep connections alive, or use more addresses.
    LocalPorts = "local.ports",
    /// This machine has no memory left for a socket.
    LocalMemory = "local.memory",
    /// Another fault of this machine. Example: a file was truncated while it was sent.
    LocalOther = "local.other",
    /// The status is 4xx and the scenario did not expect it.
    Http4xx = "http.4xx",
    /// The status is 5xx and the scenario did not expect it.
    Http5xx = "http.5xx",
    /// The status is neither 4xx nor 5xx, and the scenario did not expect it.
    HttpUnexpectedStatus = "http.unexpected_status",
    /// All rows of a feeder are used. Example: `Feed::csv("vouchers.csv").once().then_fail()`, and more
    /// iterations than vouchers.
    DataExhausted = "data.exhausted",
    /// The scenario returned an error of its own.
    UserError = "user.error",
    /// An assertion in the scenario failed.
    UserAssert = "user.assert",
    /// The scenario panicked.
    UserPanic = "user.panic",
    /// The scenario took longer than its own time limit.
    UserTimeout = "user.timeout",
}

impl FailureKind {
    /// The part before the dot: `dns`, `connect`, `tls`, `send`, `closed`, `protocol`, `body`, `timeout`,
    /// `redirect`, `local`, `http`, `data`, `user` (or the whole name if there is no dot).
    ///
    /// ```
    /// use molotov::error::FailureKind;
    ///
    /// assert_eq!(FailureKind::Http5xx.class(), "http");
    /// ```
    pub fn class(self) -> &'static str {
        self.as_str().split('.').next().unwrap_or_default()
    }

    /// True for a fault of the load generator's own machine, which must not count against the server.
    pub fn is_local(self) -> bool {
        matches!(self, Self::LocalFds | Self::LocalPorts | Self::LocalMemory | Self::LocalOther)
    }

    /// True if the server sent a complete response and only its status was unexpected.
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http4xx | Self::Http5xx | Self::HttpUnexpectedStatus)
    }

    /// True for a time-out.
    pub fn is_timeout(self) -> bool {
        matches!(
            self,
            Self::DnsTimeout
                | Self::ConnectTimeout
                | Self::TlsTimeout
                | Self::SendTimeout
                | Self::TimeoutHead
                | Self::TimeoutBody
                | Self::TimeoutTotal
                | Self::UserTimeout
        )
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Prints the stable name.
impl Serialize for FailureKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for FailureKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = Self::ALL.iter().find(|kind| kind.as_str() == name);
        known.copied().ok_or_else(|| D::Error::custom(format!("`{name}` is no kind of failure")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_well_formed() {
        let mut names: Vec<_> = FailureKind::ALL.iter().map(|kind| kind.as_str()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for name in names {
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._".contains(&b)),
                "{name}"
            );
        }
    }
}
