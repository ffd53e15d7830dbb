//! The way in which a plan's sessions reach the service: where names lead, and how long connections and sessions are
//! kept.

use std::fmt::Display;
use std::time::Duration;

use molotov_core::{ClientBuilder, ConnectionPolicy, Resolve};

use super::{Plan, limits, valid};

/// The way in which sessions reach the service.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionSettings {
    /// As it was said; see [`ConnectionSettings::policy`].
    pub(crate) connections: Option<ConnectionPolicy>,
    /// `true` if each iteration has a session of its own.
    pub(crate) fresh_session: bool,
    /// The number of redirects that are followed.
    pub(crate) redirects: u32,
    pub(crate) resolves: Vec<Resolve>,
    pub(crate) dns_ttl: Duration,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            connections: None,
            fresh_session: false,
            redirects: ClientBuilder::DEFAULT_REDIRECTS,
            resolves: Vec::new(),
            dns_ttl: ClientBuilder::DEFAULT_DNS_TTL,
        }
    }
}

impl ConnectionSettings {
    /// The policy by which connections are kept: those of a fresh session are fresh too.
    pub(crate) fn policy(&self) -> ConnectionPolicy {
        let longest =
            if self.fresh_session { ConnectionPolicy::Iteration } else { ConnectionPolicy::default() };
        self.connections.unwrap_or(longest)
    }

    /// The contradiction in it, if there is one.
    pub(crate) fn problem(&self) -> Option<String> {
        let both = self.fresh_session && self.connections == Some(ConnectionPolicy::User);
        both.then(|| {
            "a fresh session for each iteration cannot keep its user's connections; leave out --connections user \
             or --fresh-session"
                .into()
        })
    }

    pub(crate) fn apply(&self, mut builder: ClientBuilder) -> ClientBuilder {
        for resolve in &self.resolves {
            builder = builder.resolve(resolve.clone());
        }
        builder.connections(self.policy()).redirects(self.redirects).dns_ttl(self.dns_ttl)
    }
}

impl Plan {
    /// Sets how long connections are kept. Default: by the user that opened them, from iteration to iteration.
    ///
    /// ```
    /// use molotov::Plan;
    /// use molotov::http::ConnectionPolicy;
    ///
    /// let plan = Plan::users(20).connections(ConnectionPolicy::Iteration);
    /// ```
    #[must_use]
    pub fn connections(mut self, policy: ConnectionPolicy) -> Self {
        self.connection_settings.connections = Some(policy);
        self
    }

    /// A fresh session for each iteration, as if each was another visitor's first: no cookies, no connections, no
    /// headers of the one before, and the base URL of the run.
    ///
    /// `#[setup_session]` makes each of these sessions ready, and `#[teardown_session]` puts each away; neither is in
    /// the time of an iteration. When the first session of a user cannot be set up, the run ends, as always; when a
    /// later one cannot, the iteration that it was for has failed. What `#[setup]` made stays the user's; what it did to
    /// its session is in none of these.
    #[must_use]
    pub fn fresh_session(mut self) -> Self {
        self.connection_settings.fresh_session = true;
        self
    }

    /// Sets how many redirects of a request are followed; the one after them is a failure (`redirect.too_many`).
    /// Default 10. With zero none is, and a 3xx is a status like any other: a failure unless the scenario expects it.
    ///
    /// # Panics
    ///
    /// With more than 100.
    #[must_use]
    #[track_caller]
    pub fn redirects(mut self, most: u32) -> Self {
        self.connection_settings.redirects = valid(limits::redirects(most.into()));
        self
    }

    /// Opens connections to a host and port at these addresses, whatever its name resolves to: `host:port:address`, as
    /// curl's `--resolve`. May be said several times; the last one that fits counts. See [`Resolve`].
    ///
    /// ```
    /// use molotov::Plan;
    ///
    /// let plan = Plan::users(20).host("https://shop.example").resolve("shop.example:443:127.0.0.1");
    /// ```
    ///
    /// # Panics
    ///
    /// When it is no such entry. A [`Resolve`] is parsed without a panic: `text.parse::<Resolve>()`.
    #[must_use]
    #[track_caller]
    pub fn resolve<R: TryInto<Resolve, Error: Display>>(mut self, resolve: R) -> Self {
        self.connection_settings.resolves.push(valid(resolve.try_into().map_err(|why| why.to_string())));
        self
    }

    /// Sets how long all users use an answer of the resolver. Default 60 s. With zero each connection asks; those that
    /// are opened while the same question is under way share its answer.
    ///
    /// # Panics
    ///
    /// When it is longer than a year.
    #[must_use]
    #[track_caller]
    pub fn dns_ttl(mut self, ttl: Duration) -> Self {
        self.connection_settings.dns_ttl = valid(limits::bounded(ttl));
        self
    }
}
