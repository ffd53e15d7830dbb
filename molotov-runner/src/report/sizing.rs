//! The result of a sizing: the number of users, or the rate, that a service sustains.

mod bisection;
mod capacity;
#[cfg(test)]
mod known_tests;
mod outlook;
mod ramp;
mod rate_search;
mod user_search;

use std::time::Duration;

use molotov_core::millis;
use serde::{Deserialize, Serialize};

pub use self::capacity::{Capacity, CapacityOutcome, CapacityStep};
pub(crate) use self::outlook::outlook;
pub(crate) use self::ramp::Search;
pub(crate) use self::rate_search::{Counted, RateSearch, RateSearchAction};
pub(crate) use self::user_search::{UserSearch, UserSearchAction};
use super::objective::Measured;
use crate::plan::sizing::{FARTHEST, SAMPLES};
use crate::quantity::Throughput;

/// The description of faults of this machine.
const LOCAL_FAULTS: &str = "it had no descriptors, ports or memory left";

/// The result of a sizing.
///
/// ```
/// # use molotov::prelude::*;
/// # async fn test() -> std::result::Result<(), molotov::error::RunError> {
/// let report = Suite::registered().run(Plan::sizing("p99 < 200ms").up_to(200)).await?;
/// let good = report.sizing.and_then(|sizing| sizing.good).unwrap();
/// assert!(good.users >= 50);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sizing {
    /// The objectives of the service, for instance `p99 < 200ms`.
    pub objectives: Vec<String>,
    /// The maximum number of users of the search.
    pub most_users: u32,
    /// The number of samples of a window: 100, or more if a percentile needs them.
    pub samples: u64,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: SizingOutcome,
    /// The greatest number of users with which all objectives held in a window, and that window's figures. In steps:
    /// the greatest that held and did not break later.
    pub good: Option<SizingStep>,
    /// The least number of users with which an objective broke, whatever the outcome. Breaches caused by faults of this
    /// machine do not count.
    #[serde(rename = "broken")]
    pub bad: Option<Breach>,
    /// For a sizing in steps that ended without a result: the number of users of the current attempt.
    #[serde(rename = "trying_users")]
    pub trying: Option<u32>,
    /// The observations of that attempt until then, if they break an objective: its time was too short to count.
    pub trying_broken: Option<Breach>,
}

/// The outcome of a sizing.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// use molotov::report::SizingOutcome;
///
/// match report.sizing.as_ref().map(|sizing| &sizing.outcome) {
///     Some(SizingOutcome::Broken { breach }) => println!("{} broke with {} users", breach.objective, breach.users),
///     Some(SizingOutcome::NoLimit) => println!("all users were sustained"),
///     other => println!("no result: {other:?}"),
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SizingOutcome {
    /// An objective broke.
    Broken {
        /// The breach, with its number of users.
        breach: Breach,
    },
    /// All objectives held up to the maximum number of users.
    NoLimit,
    /// At the end there were too few samples in a minute for a judgement.
    TooFewSamples,
    /// The load generator was at its limit (descriptors, ports, memory, processors), so the capacity of the service is
    /// unknown.
    GeneratorLimit {
        /// With this number of users.
        #[serde(rename = "generator_limit_users")]
        users: u32,
        /// The shortage, in words.
        #[serde(rename = "generator")]
        why: String,
    },
    /// For a sizing in steps: numbers of users that had held broke in later attempts, so often that there is no result.
    Unsteady,
    /// Its time limit ([`Plan::sizing_time`](crate::Plan::sizing_time)) was reached before the result.
    TimeOver,
    /// The run ended before the result: it was interrupted, a set-up failed, the target was dead.
    Unfinished,
}

/// A window in which all objectives held.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// if let Some(good) = report.sizing.as_ref().and_then(|sizing| sizing.good.as_ref()) {
///     println!("{} users, {:.1} requests per second", good.users, good.request_rate.in_second());
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SizingStep {
    /// The minimum number of active users.
    pub users: u32,
    /// `true` if the objectives also held in a second, separate window, with at least as many users.
    pub confirmed: bool,
    /// The length of the window.
    #[serde(rename = "window_ms", with = "millis")]
    pub window: Duration,
    /// Iterations that ended in it, except failures caused by this machine.
    pub iterations: u64,
    /// Of these, the failed ones.
    pub failed_iterations: u64,
    /// The rate at which iterations ended.
    #[serde(rename = "iterations_per_second")]
    pub iteration_rate: Throughput,
    /// The rate at which requests ended.
    #[serde(rename = "requests_per_second")]
    pub request_rate: Throughput,
    /// The median latency of the requests, or of the iterations without requests.
    #[serde(rename = "p50_ms", with = "millis::option")]
    pub p50: Option<Duration>,
    /// The 95th percentile.
    #[serde(rename = "p95_ms", with = "millis::option")]
    pub p95: Option<Duration>,
    /// The 99th percentile.
    #[serde(rename = "p99_ms", with = "millis::option")]
    pub p99: Option<Duration>,
}

/// An objective that broke.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// if let Some(breach) = report.sizing.as_ref().and_then(|sizing| sizing.bad.as_ref()) {
///     println!("{} broke with {} users", breach.objective, breach.users);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Breach {
    /// With this number of users.
    pub users: u32,
    /// `true` if the objective also broke in a second, separate window.
    pub confirmed: bool,
    /// The objective.
    pub objective: String,
    /// The measurement of the last window.
    #[serde(flatten)]
    pub measured: Measured,
    /// The length of that window.
    #[serde(rename = "window_ms", with = "millis")]
    pub window: Duration,
}

impl Sizing {
    /// Returns `true` if the sustained number of users is known, or if all of them were sustained. After the time
    /// limit, a number that held and a number that broke are a result, though a less exact one.
    pub fn is_answered(&self) -> bool {
        match self.outcome {
            SizingOutcome::Broken { .. } | SizingOutcome::NoLimit => self.good.is_some(),
            SizingOutcome::TimeOver => self.good.is_some() && self.bad.is_some(),
            _ => false,
        }
    }
}
