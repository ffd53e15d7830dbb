//! The load of a run in a report.

use std::time::Duration;

use molotov_core::{Rate, Shard, millis};
use serde::{Deserialize, Serialize};

use crate::serialized::text;

/// The load settings of a run.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// if report.settings.load.open {
///     println!("arrivals are at most {:?} late", report.settings.load.max_late);
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LoadSettings {
    /// `true` for the open model: iterations start as arrivals are due, independent of their durations.
    pub open: bool,
    /// The rate of all scenarios without a rate of their own, if it is constant.
    #[serde(with = "text::option")]
    pub rate: Option<Rate>,
    /// `true` for independent arrivals (a Poisson process) instead of equidistant ones.
    pub poisson: bool,
    /// `true` for a load that follows stages (`--stages`).
    pub staged: bool,
    /// The stages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<PlannedStage>,
    /// The maximum lateness of an arrival, in the open model and with a pacing.
    #[serde(rename = "max_late_ms", with = "millis")]
    pub max_late: Duration,
    /// The interval between two starts of one user.
    #[serde(rename = "pacing_ms", with = "millis::option")]
    pub pacing: Option<Duration>,
    /// The planned number of iterations of all users together.
    pub shared_runs: Option<u64>,
    /// The first part of the run, which is measured separately.
    #[serde(rename = "warm_up_ms", with = "millis")]
    pub warm_up: Duration,
}

impl LoadSettings {
    /// The part of one shard. Rates are divided in thousandths per hour, so that all parts add up to the whole.
    pub(crate) fn in_shard(mut self, shard: Shard) -> Self {
        let part = |rate: Rate| Rate::from_thousandths_per_hour(shard.share(rate.thousandths_per_hour()));
        self.rate = self.rate.map(part);
        self.shared_runs = self.shared_runs.map(|runs| shard.share(runs));
        self
    }
}

/// A stage of the load.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for stage in &report.settings.load.stages {
///     println!("{:?} {}", stage.at, stage.text);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedStage {
    /// The start of the stage, since the load started.
    #[serde(rename = "at_ms", with = "millis")]
    pub at: Duration,
    /// The stage in the notation of `--stages`: `0/s..200/s in 30s`.
    pub text: String,
}
