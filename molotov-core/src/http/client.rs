//! What all sessions of a run have in common: time-outs, trust, names, and which hosts may be loaded.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::resolve::Resolver;
use super::target::Guard;
use crate::error::Result;

/// The four time-outs of a request.
///
/// ```
/// let timeouts = molotov_core::Timeouts::default();
/// assert_eq!(timeouts.connect.as_secs(), 5);
/// assert_eq!(timeouts.total.as_secs(), 60);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For resolving, connecting and the TLS handshake together. Default 5 s.
    pub connect: Duration,
    /// From the start of sending to the head of the response. Default 30 s.
    pub head: Duration,
    /// Between two pieces of the body. Default 30 s.
    pub body: Duration,
    /// For everything, redirects included. Default 60 s; `Request::timeout` sets it for one request.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            total: Duration::from_secs(60),
        }
    }
}

/// What all sessions of a run have in common. Cloning is cheap.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Common>);

pub(crate) struct Common {
    pub(crate) timeouts: Timeouts,
    pub(crate) user_agent: HeaderValue,
    pub(crate) resolver: Resolver,
    pub(crate) guard: Guard,
    #[cfg(feature = "tls")]
    pub(crate) tls: super::tls::Tls,
}

impl Client {
    /// A client with the defaults.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The time-outs of each request.
    pub fn timeouts(&self) -> Timeouts {
        self.0.timeouts
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("timeouts", &self.0.timeouts).finish_non_exhaustive()
    }
}

/// Makes a [`Client`].
#[derive(Clone, Debug, Default)]
pub struct ClientBuilder {
    timeouts: Timeouts,
    insecure: bool,
    authorities: Vec<PathBuf>,
    allowed_hosts: Vec<String>,
}

impl ClientBuilder {
    /// The time-outs of each request.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Accepts every certificate. Only for tests of a service of your own.
    #[must_use]
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = insecure;
        self
    }

    /// Trusts the certificates in this PEM file too, besides those of the system.
    #[must_use]
    pub fn authority(mut self, file: impl Into<PathBuf>) -> Self {
        self.authorities.push(file.into());
        self
    }

    /// Allows requests to this public host. Hosts with loopback and private addresses are always allowed, and so is
    /// the one that a session's base URL names.
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.allowed_hosts.push(host.into());
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    ///
    /// When a file of authorities cannot be read or has no certificate in it.
    pub fn build(self) -> Result<Client> {
        #[cfg(not(feature = "tls"))]
        if !self.authorities.is_empty() || self.insecure {
            return Err(crate::Error::msg("this build has no TLS; enable the feature `tls` of molotov"));
        }
        let user_agent = concat!("molotov/", env!("CARGO_PKG_VERSION"));
        Ok(Client(Arc::new(Common {
            timeouts: self.timeouts,
            user_agent: HeaderValue::from_static(user_agent),
            resolver: Resolver::default(),
            guard: Guard::new(self.allowed_hosts),
            #[cfg(feature = "tls")]
            tls: super::tls::Tls::new(self.insecure, &self.authorities)?,
        })))
    }

    /// Where a session without a run gets its client from.
    pub(crate) fn build_default() -> Client {
        match Self::default().build() {
            Ok(client) => client,
            Err(error) => unreachable!("the defaults read no file: {error}"),
        }
    }
}
