//! The settings that all sessions of a run share: time-outs, trust, names, and allowed hosts.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use url::Host;

use super::guard::Guard;
use super::overrides::{Overrides, Resolve};
use super::policy::ConnectionPolicy;
use super::resolve::{Lookup, Resolver};
use super::server_trust::ServerTrust;
use crate::error::{Error, Result};
use crate::future::BoxFuture;

/// The four time-outs of a request.
///
/// ```
/// let timeouts = molotov::http::Timeouts::default();
/// assert_eq!(timeouts.connect.as_secs(), 5);
/// assert_eq!(timeouts.total.as_secs(), 60);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For resolving, connecting and the TLS handshake together. Default 5 s.
    pub connect: Duration,
    /// From the start of sending to the head of the response; for a file, from the time at which the server took its
    /// last piece, so that an upload may last as long as the total time allows. Default 30 s.
    pub head: Duration,
    /// Between two pieces of the body. Default 30 s.
    pub body: Duration,
    /// For the whole request, redirects included. Default 60 s; `Request::timeout` sets it for one request.
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

/// The settings and caches that all sessions of a run share. Cloning is cheap.
///
/// ```
/// use molotov::http::Client;
///
/// let client = Client::builder().redirects(0).build()?;
/// assert_eq!(client.timeouts().total.as_secs(), 60);
/// # Ok::<(), molotov::Error>(())
/// ```
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Common>);

pub(crate) struct Common {
    pub(crate) timeouts: Timeouts,
    pub(crate) user_agent: HeaderValue,
    pub(crate) policy: ConnectionPolicy,
    pub(crate) redirects: u32,
    pub(crate) resolver: Resolver,
    pub(crate) overrides: Overrides,
    pub(crate) guard: Guard,
    pub(crate) always_hyper: bool,
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
///
/// ```
/// use std::time::Duration;
///
/// use molotov::http::{Client, ConnectionPolicy};
///
/// let client = Client::builder().connections(ConnectionPolicy::Request).dns_ttl(Duration::ZERO).build()?;
/// # Ok::<(), molotov::Error>(())
/// ```
#[derive(Clone)]
pub struct ClientBuilder {
    timeouts: Timeouts,
    trust: ServerTrust,
    authorities: Vec<PathBuf>,
    allowed_hosts: Vec<String>,
    policy: ConnectionPolicy,
    redirects: u32,
    resolves: Vec<Resolve>,
    dns_ttl: Duration,
    lookup: Option<Lookup>,
    always_hyper: bool,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            trust: ServerTrust::Roots,
            authorities: Vec::new(),
            allowed_hosts: Vec::new(),
            policy: ConnectionPolicy::default(),
            redirects: Self::DEFAULT_REDIRECTS,
            resolves: Vec::new(),
            dns_ttl: Self::DEFAULT_DNS_TTL,
            lookup: None,
            always_hyper: false,
        }
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("timeouts", &self.timeouts)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// The lifetime of an answer of the resolver, unless [`ClientBuilder::dns_ttl`] sets another: 60 s.
    pub const DEFAULT_DNS_TTL: Duration = Duration::from_secs(60);

    /// The limit of redirects of a request, unless [`ClientBuilder::redirects`] sets another: 10.
    pub const DEFAULT_REDIRECTS: u32 = 10;

    /// The time-outs of each request.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Accepts every certificate. Only for tests of your own services.
    #[must_use]
    pub fn insecure(mut self) -> Self {
        self.trust = ServerTrust::Anyone;
        self
    }

    /// Trusts the certificates in this PEM file too, besides those of the system.
    #[must_use]
    pub fn add_root_certificate(mut self, file: impl Into<PathBuf>) -> Self {
        self.authorities.push(file.into());
        self
    }

    /// Allows requests to this public host, or to this link-local address. Hosts with loopback and private addresses
    /// are always allowed, and so is the host of a session's base URL; the metadata services of clouds never are.
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.allowed_hosts.push(host.into());
        self
    }

    /// Sets the lifetime of connections. Default: a user keeps its connections from iteration to iteration.
    #[must_use]
    pub fn connections(mut self, policy: ConnectionPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the limit of redirects of a request; the next redirect is a failure (`redirect.too_many`). Default 10. With
    /// zero no redirect is followed, and a 3xx is a status like any other: a failure unless it is expected.
    #[must_use]
    pub fn redirects(mut self, most: u32) -> Self {
        self.redirects = most;
        self
    }

    /// Opens connections to this host and port at these addresses, in place of those of its name. The last matching
    /// override counts.
    #[must_use]
    pub fn resolve(mut self, resolve: Resolve) -> Self {
        self.resolves.push(resolve);
        self
    }

    /// Sets the lifetime of an answer of the resolver, for all sessions. Default 60 s, because the system's resolver
    /// does not return the time to live. With zero each connection queries the resolver; connections that are opened
    /// while the same query is in flight share its answer. At most one query for a name is in flight. A failed query is
    /// remembered for at most half a second.
    #[must_use]
    pub fn dns_ttl(mut self, ttl: Duration) -> Self {
        self.dns_ttl = ttl;
        self
    }

    /// Queries this function instead of the system's resolver. For tests.
    #[doc(hidden)]
    #[must_use]
    pub fn lookup(
        mut self,
        lookup: impl Fn(&str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync + 'static,
    ) -> Self {
        self.lookup = Some(Arc::new(lookup));
        self
    }

    /// Uses hyper for all connections, not only for those with TLS. For tests and benchmarks that compare the two
    /// codecs.
    #[doc(hidden)]
    #[must_use]
    pub fn always_hyper(mut self) -> Self {
        self.always_hyper = true;
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    ///
    /// When a file of authorities cannot be read or has no certificate in it, or an allowed host is not a host.
    pub fn build(self) -> Result<Client> {
        #[cfg(not(feature = "tls"))]
        if !self.authorities.is_empty() || self.trust == ServerTrust::Anyone {
            return Err(Error::msg("this build has no TLS; enable the feature `tls` of molotov"));
        }
        let allowed_hosts =
            self.allowed_hosts.iter().map(|host| host_name(host)).collect::<Result<Vec<_>>>()?;
        let user_agent = concat!("molotov/", env!("CARGO_PKG_VERSION"));
        Ok(Client(Arc::new(Common {
            timeouts: self.timeouts,
            user_agent: HeaderValue::from_static(user_agent),
            policy: self.policy,
            redirects: self.redirects,
            resolver: Resolver::new(self.dns_ttl, self.lookup),
            overrides: Overrides::new(self.resolves),
            guard: Guard::new(allowed_hosts),
            always_hyper: self.always_hyper,
            #[cfg(feature = "tls")]
            tls: super::tls::Tls::new(self.trust, &self.authorities)?,
        })))
    }

    /// Builds the client of a session without a run.
    pub(crate) fn build_default() -> Client {
        match Self::default().build() {
            Ok(client) => client,
            Err(error) => unreachable!("the defaults read no file: {error}"),
        }
    }
}

/// The host in the form of a URL. A text that is never the host of a URL would be allowed without effect.
fn host_name(text: &str) -> Result<String> {
    if let Ok(ip) = text.trim().parse::<Ipv6Addr>() {
        return Ok(Host::<String>::Ipv6(ip).to_string());
    }
    match Host::parse(text.trim()) {
        Ok(host) if !text.contains('*') => Ok(host.to_string()),
        _ => Err(Error::msg(format!(
            "`{text}` is not a host that can be allowed; name it alone, without a scheme, port or `*`, for example \
             api.example.com"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowed_host_is_one_or_a_mistake() {
        let said = |text: &str| host_name(text).map_err(|error| error.to_string());

        assert_eq!(said("API.Example.com").unwrap(), "api.example.com");
        assert_eq!(said("2001:db8::1").unwrap(), "[2001:db8::1]");
        assert_eq!(said("[2001:db8::1]").unwrap(), "[2001:db8::1]");
        for wrong in ["", "https://api.example.com", "api.example.com:8080", "*.example.com", "a b"] {
            assert!(said(wrong).unwrap_err().contains("is not a host"), "{wrong}");
        }
    }
}
