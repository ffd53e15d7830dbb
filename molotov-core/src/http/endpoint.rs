//! The address of a connection.

use std::fmt;

use http::HeaderValue;
use url::{Host, Url};

use super::unix::SocketPath;
use crate::error::{Error, Result};

/// A host and port, with or without TLS: the address of a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) tls: bool,
    pub(crate) host: Host<String>,
    pub(crate) port: u16,
    /// Host, and port unless it is the default of the scheme, as the target of a request.
    pub(crate) authority: HeaderValue,
    /// The path of a Unix socket, for such an endpoint. Host and port are `localhost:80` then.
    pub(crate) socket: Option<SocketPath>,
    /// Scheme, host, and port unless it is the default of the scheme: `http://localhost:8080`.
    origin: Box<str>,
}

impl Endpoint {
    /// The endpoint of a URL with this scheme, host and port.
    pub(super) fn from_url(url: &Url) -> Result<Self> {
        let tls = url.scheme() == "https";
        let host = url.host().ok_or_else(|| Error::msg("the URL has no host"))?.to_owned();
        let port = url.port_or_known_default().unwrap_or(if tls { 443 } else { 80 });
        if port == 0 {
            return Err(Error::msg(
                "port 0 cannot be connected to; name the port that the service listens on",
            ));
        }
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let origin = format!("{}://{authority}", url.scheme()).into();
        let authority = HeaderValue::try_from(authority).map_err(|_| Error::msg("the host is not valid"))?;
        Ok(Self { tls, host, port, authority, socket: None, origin })
    }

    /// The endpoint of a Unix socket.
    pub(super) fn from_socket(socket: SocketPath) -> Self {
        Self {
            tls: false,
            host: Host::Domain("localhost".into()),
            port: 80,
            authority: HeaderValue::from_static("localhost"),
            socket: Some(socket),
            origin: "http://localhost".into(),
        }
    }

    /// Scheme, host, and port unless it is the default of the scheme; `http://localhost` for a socket.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.socket {
            Some(socket) => socket.fmt(f),
            None => write!(f, "{}:{}", self.host, self.port),
        }
    }
}
