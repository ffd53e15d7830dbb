//! The load of a run, as a report gives it.

use std::time::Duration;

use molotov_core::Rate;

/// When iterations were to begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadSettings {
    /// True where they began as arrivals were due, whatever time they took: the open model.
    pub open: bool,
    /// The rate of all scenarios together that have none of their own, where it stays the same.
    pub rate: Option<Rate>,
    /// True for arrivals that come independently of each other (a Poisson process), and not at equal distances.
    pub poisson: bool,
    /// True where the load follows stages (`--stages`).
    pub staged: bool,
    /// How late an arrival might begin, in the open model and with a pacing.
    pub max_late: Duration,
    /// In which time each user was to begin one iteration.
    pub pacing: Option<Duration>,
    /// How many iterations all users were to make together.
    pub shared_runs: Option<u64>,
    /// The first part of the run, which is kept apart.
    pub warm_up: Duration,
}
