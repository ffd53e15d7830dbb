//! The connections of a plan's sessions: name resolution, connection reuse, and the lifetime of sessions.

use std::fmt::Display;
use std::time::Duration;

use molotov_core::{ClientBuilder, ConnectionPolicy, Resolve};

use super::{Plan, limits, valid};

/// The settings of connections and sessions.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionSettings {
    /// The policy as given; see [`ConnectionSettings::policy`].
    pub(crate) connections: Option<ConnectionPolicy>,
    /// `true` if each iteration has a session of its own.
    pub(crate) fresh_session: bool,
    /// The maximum number of redirects per request.
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
    /// The policy of connection reuse. A fresh session also has fresh connections.
    pub(crate) fn policy(&self) -> ConnectionPolicy {
        let longest =
            if self.fresh_session { ConnectionPolicy::Iteration } else { ConnectionPolicy::default() };
        self.connections.unwrap_or(longest)
    }

    /// The contradiction in the settings, if any.
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
    /// Sets the connection reuse. Default: each user keeps its connections across iterations.
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

    /// Creates a fresh session for each iteration, like a new visitor: no cookies, connections or headers of the
    /// previous iteration, and the base URL of the run.
    ///
    /// `#[setup_session]` prepares each of these sessions, and `#[teardown_session]` cleans each up; neither counts
    /// towards an iteration's time. If a user's first session cannot be set up, the run ends, as always; if a later one
    /// cannot, its iteration fails. The value that `#[setup]` returns belongs to the user and is kept; its changes to
    /// its session are not copied to the fresh sessions.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).fresh_session();
    /// ```
    #[must_use]
    pub fn fresh_session(mut self) -> Self {
        self.connection_settings.fresh_session = true;
        self
    }

    /// Sets the maximum number of redirects that a request follows; one more is a failure (`redirect.too_many`).
    /// Default 10. With zero, redirects are not followed, and a 3xx is a status like any other: a failure unless the
    /// scenario expects it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// // A 3xx is an answer like any other.
    /// let plan = Plan::users(20).redirects(0);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the number is greater than 100.
    #[must_use]
    #[track_caller]
    pub fn redirects(mut self, most: u32) -> Self {
        self.connection_settings.redirects = valid(limits::redirects(most.into()));
        self
    }

    /// Opens connections to a host and port at these addresses and skips name resolution for it: `host:port:address`,
    /// like curl's `--resolve`. May be called several times; the last matching entry wins. See [`Resolve`].
    ///
    /// ```
    /// use molotov::Plan;
    ///
    /// let plan = Plan::users(20).host("https://shop.example").resolve("shop.example:443:127.0.0.1");
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the text is not such an entry. A [`Resolve`] is parsed without a panic: `text.parse::<Resolve>()`.
    #[must_use]
    #[track_caller]
    pub fn resolve<R: TryInto<Resolve, Error: Display>>(mut self, resolve: R) -> Self {
        self.connection_settings.resolves.push(valid(resolve.try_into().map_err(|why| why.to_string())));
        self
    }

    /// Sets the time for which all users cache an answer of the resolver. Default 60 s. With zero, each connection
    /// resolves its name again; connections that are opened during a pending lookup share its answer.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// // Each connection resolves the name of its host again.
    /// let plan = Plan::users(20).dns_ttl(Duration::ZERO);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the time is longer than a year.
    #[must_use]
    #[track_caller]
    pub fn dns_ttl(mut self, ttl: Duration) -> Self {
        self.connection_settings.dns_ttl = valid(limits::bounded(ttl));
        self
    }
}
