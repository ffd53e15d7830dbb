//! The load of a run, as a report gives it.

use std::time::Duration;

use molotov_core::{Rate, millis};
use serde::{Deserialize, Serialize};

use crate::serialized::text;

/// The rule by which the iterations of a run were to begin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LoadSettings {
    /// True where they began as arrivals were due, whatever time they took: the open model.
    pub open: bool,
    /// The rate of all scenarios together that have none of their own, where it stays the same.
    #[serde(with = "text::option")]
    pub rate: Option<Rate>,
    /// True for arrivals that come independently of each other (a Poisson process), and not at equal distances.
    pub poisson: bool,
    /// True where the load follows stages (`--stages`).
    pub staged: bool,
    /// These stages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<PlannedStage>,
    /// The greatest lateness of an arrival, in the open model and with a pacing.
    #[serde(rename = "max_late_ms", with = "millis")]
    pub max_late: Duration,
    /// In which time each user was to begin one iteration.
    #[serde(rename = "pacing_ms", with = "millis::option")]
    pub pacing: Option<Duration>,
    /// The number of iterations that all users were to make together.
    pub shared_runs: Option<u64>,
    /// The first part of the run, which is kept apart.
    #[serde(rename = "warm_up_ms", with = "millis")]
    pub warm_up: Duration,
}

/// A stage of the load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedStage {
    /// From when on, since the load began.
    #[serde(rename = "at_ms", with = "millis")]
    pub at: Duration,
    /// As `--stages` has it: `0/s..200/s in 30s`.
    pub text: String,
}
