//! What was run, as a report gives it.

use std::collections::BTreeMap;
use std::time::Duration;

use molotov_core::{ConnectionPolicy, Iteration, UserId, millis};
use serde::{Deserialize, Serialize};

use crate::plan::LoadSettings;
use crate::serialized::{place, text};

/// What was run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Settings {
    /// Virtual users.
    pub users: u32,
    /// Runtime threads.
    pub threads: usize,
    /// Over which the users started.
    #[serde(rename = "ramp_up_ms", with = "millis")]
    pub ramp_up: Duration,
    /// How long the load was to last after the ramp-up.
    #[serde(rename = "duration_ms", with = "millis::option")]
    pub duration: Option<Duration>,
    /// Iterations that each user was to make.
    pub max_runs: Option<u64>,
    /// Pause after each iteration.
    #[serde(rename = "delay_ms", with = "millis")]
    pub delay: Duration,
    /// When iterations were to begin.
    #[serde(flatten)]
    pub load: LoadSettings,
    /// The seed of all randomness; of a merged report the least of them.
    #[serde(with = "text")]
    pub seed: u64,
    /// The only iteration that was executed, where the run was a replay (`--replay`).
    #[serde(with = "place::option")]
    pub replay: Option<(UserId, Iteration)>,
    /// The base URLs: the one that was named (`--host`), and those that sessions were given; at most 9.
    pub targets: Vec<String>,
    /// The mistake of the first request that was relative without a base URL, with its cure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lacks_base: Option<String>,
    /// What of the environment other clients heed and this run did not, in words: the variables of a proxy. Only the command
    /// line looks at them.
    pub notes: Vec<String>,
    /// How long connections were kept.
    pub connections: ConnectionPolicy,
    /// True where each iteration had a session of its own (`--fresh-session`).
    pub fresh_session: bool,
    /// Addresses that were named in place of DNS (`--resolve`), as `host:port:address`.
    pub resolve: Vec<String>,
    /// How long an answer of DNS was used.
    #[serde(rename = "dns_ttl_ms", with = "millis")]
    pub dns_ttl: Duration,
    /// The scenarios that could be picked, in order of registration.
    pub scenarios: Vec<String>,
    /// True where there is a scenario picker and it was not asked, because scenarios were named (`--scenario`, `--tag`),
    /// or each was executed once.
    pub picker_unasked: bool,
    /// True where certificates were not checked (`--insecure`).
    pub insecure: bool,
    /// True where the load generator itself was built without optimisation.
    pub debug_build: bool,
    /// Failed iterations that are tolerated (`--fail N` less one).
    pub tolerated_failures: u64,
    /// Thresholds that were not judged, because each scenario was executed once, or because the run was a sizing.
    pub unjudged_thresholds: usize,
    /// Of the scenarios, those that take a session.
    pub(crate) with_session: Vec<String>,
    /// The scenarios of each tag.
    pub(crate) tags: BTreeMap<String, Vec<String>>,
    /// True where an invalid run has no exit code of its own (`--allow-invalid`).
    pub allow_invalid: bool,
    /// The percentiles that were asked for, of all requests, by the objectives of a sizing and by thresholds; in percent.
    pub percentiles: Vec<f64>,
}
