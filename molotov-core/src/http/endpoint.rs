//! The address of a connection.

use std::fmt;

use url::Host;

use super::outgoing::Line;
use super::unix::SocketPath;

/// A host and port, with or without TLS: what a connection is opened to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) tls: bool,
    pub(crate) host: Host<String>,
    pub(crate) port: u16,
    /// The `Host` header.
    pub(crate) host_line: Line,
    /// Where it is a Unix socket, which one. Host and port are `localhost:80` then.
    pub(crate) socket: Option<SocketPath>,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.socket {
            Some(socket) => socket.fmt(f),
            None => write!(f, "{}:{}", self.host, self.port),
        }
    }
}
