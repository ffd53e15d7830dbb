//! The application protocol of a connection, as negotiated by both sides (ALPN, RFC 7301).

#[cfg(feature = "tls")]
use super::endpoint::Endpoint;
#[cfg(feature = "tls")]
use crate::error::{Error, Result};
#[cfg(feature = "tls")]
use crate::failure::FailureKind;

/// The application protocol of a connection, which selects its codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.1, also without negotiation.
    Http1,
}

#[cfg(feature = "tls")]
impl Protocol {
    /// The names that a client offers to a server, the preferred one first.
    pub(crate) const OFFERED: &[&[u8]] = &[b"http/1.1"];

    /// The protocol with the name that a server chose, if it chose any.
    pub(crate) fn from_alpn(name: Option<&[u8]>, endpoint: &Endpoint) -> Result<Self> {
        match name {
            None | Some(b"http/1.1") => Ok(Self::Http1),
            Some(other) => {
                let name = other.escape_ascii();
                let text = format!(
                    "TLS handshake with {endpoint}: the server chose `{name}`, which was not offered"
                );
                Err(Error::with_kind(FailureKind::TlsAlpn, text))
            }
        }
    }
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use super::*;
    use crate::http::Target;

    #[test]
    fn the_answer_of_a_server_decides_the_protocol() {
        let endpoint = Target::parse("https://localhost").unwrap().endpoint;

        assert_eq!(Protocol::from_alpn(None, &endpoint).unwrap(), Protocol::Http1);
        for offered in Protocol::OFFERED {
            assert_eq!(Protocol::from_alpn(Some(offered), &endpoint).unwrap(), Protocol::Http1);
        }
        let error = Protocol::from_alpn(Some(b"h2"), &endpoint).unwrap_err();
        assert_eq!(error.kind(), FailureKind::TlsAlpn);
        assert!(error.to_string().contains("`h2`"), "{error}");
    }
}
