//! The result of a search of rates: the rate that a service stands.

use std::time::Duration;

use molotov_core::{Rate, millis};
use serde::{Deserialize, Serialize};

use crate::serialized::per_second;

/// The result of a search for the greatest rate.
///
/// It doubles the rate until an objective breaks, bisects until what held and what broke are within 2 % of each other,
/// and lets the former hold once more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Capacity {
    /// The objectives that the service was to keep, for instance `p99 < 200ms`.
    pub objectives: Vec<String>,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: CapacityOutcome,
    /// The greatest rate that held and did not break later: the lower end of the range.
    #[serde(rename = "good_per_second", with = "per_second::option")]
    pub good: Option<Rate>,
    /// The least rate that broke, however the search ended: the upper end of the range. What broke for a fault of this
    /// machine is not counted.
    #[serde(rename = "bad_per_second", with = "per_second::option")]
    pub bad: Option<Rate>,
    /// The rate that was being tried, where the search ended before it had its answer.
    #[serde(rename = "trying_per_second", with = "per_second::option")]
    pub trying: Option<Rate>,
    /// The observations of that rate until then, where they break an objective: too short a time to count.
    pub trying_broken: Option<String>,
    /// The rates that were tried, in this order.
    pub steps: Vec<CapacityStep>,
}

/// The outcome of a search for the greatest rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CapacityOutcome {
    /// It is in the range: [`good`](Capacity::good) has held twice.
    Found,
    /// All rates held, up to a million in a second.
    NoLimit,
    /// The least rate that has samples enough broke already, and none has held.
    Nothing,
    /// Rates that had held broke when they were tried again, all of them, or so often that no range can be told.
    Unsteady,
    /// At this rate there were too few samples in a minute to tell.
    TooFewSamples {
        /// This one.
        #[serde(rename = "outcome_per_second", with = "per_second")]
        rate: Rate,
    },
    /// The load generator was at its limit, so what the service stands is not known.
    #[serde(rename = "generator_limit")]
    Generator {
        /// At this rate.
        #[serde(rename = "outcome_per_second", with = "per_second")]
        rate: Rate,
        /// The shortage, in words.
        #[serde(rename = "generator")]
        why: String,
    },
    /// The time that it was given ([`Plan::sizing_time`](crate::Plan::sizing_time)) was over before it had its answer.
    TimeOver,
    /// The run ended before: it was interrupted, a set-up failed, the target was dead.
    Unfinished,
}

/// A rate that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CapacityStep {
    /// The arrivals that were due in a second.
    #[serde(rename = "rate_per_second", with = "per_second")]
    pub rate: Rate,
    /// The reason for which it did not hold, for instance `p99 was 312 ms (p99 < 200ms)`; nothing where it held.
    pub broken: Option<String>,
    /// The limit that the load generator had reached meanwhile, in words. Then `broken` says nothing of the service.
    pub generator: Option<String>,
    /// The time for which it was looked at, after it had settled.
    #[serde(rename = "window_ms", with = "millis")]
    pub window: Duration,
    /// Arrivals that were due in this time.
    pub scheduled: u64,
    /// Iterations that ended in it, but for those that failed for a fault of this machine.
    pub iterations: u64,
    /// Of these, those that failed.
    pub failed_iterations: u64,
    /// The median latency of the requests, from when they were due; of the iterations where there were no requests.
    #[serde(rename = "p50_ms", with = "millis::option")]
    pub p50: Option<Duration>,
    /// The 95th percentile.
    #[serde(rename = "p95_ms", with = "millis::option")]
    pub p95: Option<Duration>,
    /// The 99th percentile.
    #[serde(rename = "p99_ms", with = "millis::option")]
    pub p99: Option<Duration>,
}

impl Capacity {
    /// Returns `true` if the rate is known that the service stands. Where the time was over, a rate that held and one that
    /// broke are an answer, though a less exact one.
    pub fn is_answered(&self) -> bool {
        match self.outcome {
            CapacityOutcome::Found | CapacityOutcome::NoLimit => true,
            CapacityOutcome::TimeOver => self.good.is_some() && self.bad.is_some(),
            _ => false,
        }
    }

    /// In how many windows this rate held. One is confirmed that held more than once.
    pub fn held(&self, rate: Rate) -> usize {
        self.steps.iter().filter(|step| step.rate == rate && step.broken.is_none()).count()
    }

    /// In how many windows this rate broke, and not for a fault of this machine.
    pub fn broke(&self, rate: Rate) -> usize {
        let steps = self.steps.iter().filter(|step| step.rate == rate);
        steps.filter(|step| step.broken.is_some() && step.generator.is_none()).count()
    }
}
