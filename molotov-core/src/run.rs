//! The facts of a run, for scenarios.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::vars::Vars;

/// The number of a virtual user in the whole run, from 0; seeds and data depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UserId(pub u32);

/// The number of an iteration of one user, from 0.
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
    vars: Arc<Vars>,
}

impl Run {
    /// The facts of a run of one user with seed 0, to start from in tests of fixtures.
    pub fn new(users: u32, seed: u64) -> Self {
        Self { users, seed, smoke: false, host: None, vars: Arc::default() }
    }

    /// Variables that all users of this run share, for values that a `#[global_setup]` cannot provide.
    pub fn vars(&self) -> &Vars {
        &self.vars
    }
}
