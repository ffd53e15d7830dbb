//! The result of a sizing: the number of users, or the rate, that a service stands.

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

/// The words for faults of this machine.
const LOCAL_FAULTS: &str = "it had no descriptors, ports or memory left";

/// The result of a sizing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sizing {
    /// The objectives that the service was to keep, for instance `p99 < 200ms`.
    pub objectives: Vec<String>,
    /// The most users that were to be tried.
    pub most_users: u32,
    /// The number of samples that a window takes: 100, or more where a percentile needs them.
    pub samples: u64,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: SizingOutcome,
    /// The greatest number of users with which all objectives held in a window, and what was reached there. In steps: that
    /// held and did not break later.
    pub good: Option<SizingStep>,
    /// The least number of users with which an objective broke, however the sizing ended. What broke for a fault of this
    /// machine is not counted.
    #[serde(rename = "broken")]
    pub bad: Option<Breach>,
    /// Of one in steps that ended before it had its answer: the number of users that was being tried.
    #[serde(rename = "trying_users")]
    pub trying: Option<u32>,
    /// The observations of that number until then, where they break an objective: too short a time to count.
    pub trying_broken: Option<Breach>,
}

/// The outcome of a sizing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SizingOutcome {
    /// An objective broke.
    Broken {
        /// The breach, with its number of users.
        breach: Breach,
    },
    /// All objectives held up to the last user.
    NoLimit,
    /// In the end there were too few samples in a minute to tell.
    TooFewSamples,
    /// The load generator was at its limit (descriptors, ports, memory, processors), so what the service stands is not known.
    GeneratorLimit {
        /// With so many users.
        #[serde(rename = "generator_limit_users")]
        users: u32,
        /// The shortage, in words.
        #[serde(rename = "generator")]
        why: String,
    },
    /// Of one in steps: numbers of users that had been good were not when they were tried again, so often that nothing can
    /// be said.
    Unsteady,
    /// The time that it was given ([`Plan::sizing_time`](crate::Plan::sizing_time)) was over before it had its answer.
    TimeOver,
    /// The run ended before: it was interrupted, a set-up failed, the target was dead.
    Unfinished,
}

/// A window in which all objectives held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SizingStep {
    /// There were at least so many users throughout.
    pub users: u32,
    /// True where it held in a second window of its own, with as many users or more.
    pub confirmed: bool,
    /// The time for which the window was.
    #[serde(rename = "window_ms", with = "millis")]
    pub window: Duration,
    /// Iterations that ended in it, but for those that failed for a fault of this machine.
    pub iterations: u64,
    /// Of these, those that failed.
    pub failed_iterations: u64,
    /// The rate at which iterations ended.
    #[serde(rename = "iterations_per_second")]
    pub iteration_rate: Throughput,
    /// The rate at which requests ended.
    #[serde(rename = "requests_per_second")]
    pub request_rate: Throughput,
    /// The median latency of the requests; of the iterations where there were no requests.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Breach {
    /// With so many users.
    pub users: u32,
    /// True where it broke in a second window of its own as well.
    pub confirmed: bool,
    /// The objective.
    pub objective: String,
    /// The measurement of the last window.
    #[serde(flatten)]
    pub measured: Measured,
    /// The time for which that window was.
    #[serde(rename = "window_ms", with = "millis")]
    pub window: Duration,
}

impl Sizing {
    /// Returns `true` if the number of users is known that the service stands, or that it stands all of them. Where the
    /// time was over, a number that held and one that broke are an answer, though a less exact one.
    pub fn is_answered(&self) -> bool {
        match self.outcome {
            SizingOutcome::Broken { .. } | SizingOutcome::NoLimit => self.good.is_some(),
            SizingOutcome::TimeOver => self.good.is_some() && self.bad.is_some(),
            _ => false,
        }
    }
}
