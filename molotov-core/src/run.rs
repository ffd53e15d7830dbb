//! The facts of a run, for scenarios.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::shard::Shard;
use crate::vars::Vars;

/// The number of a virtual user in the whole run, from 0; seeds and data depend on it.
///
/// ```
/// # let session = molotov::Session::detached();
/// let user = session.user_id();
/// assert_eq!(user.0, 0);
/// let name = format!("visitor-{user}");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UserId(pub u32);

/// The number of an iteration of one user, from 0.
///
/// ```
/// # let session = molotov::Session::detached();
/// let is_first = session.iteration().0 == 0;
/// assert!(is_first);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Iteration(pub u64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Iteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Facts about the run, for scenarios and fixtures that take `&Run`, and from
/// [`Session::run`](crate::Session::run).
///
/// ```
/// # let session = molotov::Session::detached();
/// let run = session.run();
/// assert_eq!((run.users, run.seed), (1, 0));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// The number of virtual users of the whole run, in all processes.
    pub users: u32,
    /// The seed of all random numbers of this run.
    pub seed: u64,
    /// True if each scenario is executed once, as a test.
    pub smoke: bool,
    /// The base URL of the requests of this run (`--host`), if one was given.
    pub host: Option<String>,
    shard: Option<Shard>,
    vars: Arc<Vars>,
}

impl Run {
    /// The facts of a run of one user with seed 0, to start from in tests of fixtures.
    pub fn new(users: u32, seed: u64) -> Self {
        Self { users, seed, smoke: false, host: None, shard: None, vars: Arc::default() }
    }

    /// These facts in a process that makes one [shard](Run::shard) of the run.
    #[must_use]
    pub fn with_shard(self, shard: Option<Shard>) -> Self {
        Self { shard, ..self }
    }

    /// The part of the run that this process makes (`--shard`); `None` if the run is not split.
    ///
    /// A `#[global_setup]` runs in each shard. Work that must happen once belongs in a step before the load, or in the
    /// first shard:
    ///
    /// ```
    /// # let session = molotov::Session::detached();
    /// if session.run().shard().is_none_or(|shard| shard.is_first()) {
    ///     // Only one process comes here.
    /// }
    /// ```
    pub fn shard(&self) -> Option<Shard> {
        self.shard
    }

    /// Variables that all users of this run share, for values that a `#[global_setup]` cannot provide.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// let orders = session.run().vars().get_or_init("orders", || AtomicU64::new(0))?;
    /// session.log(format_args!("order {}", orders.fetch_add(1, Ordering::Relaxed)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn vars(&self) -> &Vars {
        &self.vars
    }
}
