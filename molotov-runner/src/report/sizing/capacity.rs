//! The result of a search for a rate: the rate that a service sustains.

use std::time::Duration;

use molotov_core::{Rate, millis};
use serde::{Deserialize, Serialize};

use crate::serialized::per_second;

/// The result of a search for the greatest rate.
///
/// The search doubles the rate until an objective breaks, bisects until the highest rate that held and the lowest that
/// broke are within 2 % of each other, and confirms the former once more.
///
/// ```
/// # use molotov::prelude::*;
/// # async fn test() -> std::result::Result<(), molotov::error::RunError> {
/// let report = Suite::registered().run(Plan::sizing("p99 < 200ms").starting_at("10/s")).await?;
/// let capacity = report.capacity.unwrap();
/// assert!(capacity.good.is_some_and(|rate| rate >= "100/s".parse().unwrap()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Capacity {
    /// The objectives of the service, for instance `p99 < 200ms`.
    pub objectives: Vec<String>,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: CapacityOutcome,
    /// The greatest rate that held and did not break later: the lower end of the range.
    #[serde(rename = "good_per_second", with = "per_second::option")]
    pub good: Option<Rate>,
    /// The least rate that broke, whatever the outcome: the upper end of the range. Breaches caused by faults of this
    /// machine do not count.
    #[serde(rename = "bad_per_second", with = "per_second::option")]
    pub bad: Option<Rate>,
    /// The rate of the current attempt, if the search ended without a result.
    #[serde(rename = "trying_per_second", with = "per_second::option")]
    pub trying: Option<Rate>,
    /// The observations of that attempt until then, if they break an objective: its time was too short to count.
    pub trying_broken: Option<String>,
    /// The attempted rates, in order.
    pub steps: Vec<CapacityStep>,
}

/// The outcome of a search for the greatest rate.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// use molotov::report::CapacityOutcome;
///
/// if let Some(capacity) = &report.capacity {
///     assert_eq!(capacity.outcome, CapacityOutcome::Found);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CapacityOutcome {
    /// The result is in the range: [`good`](Capacity::good) has held twice.
    Found,
    /// All rates held, up to a million per second.
    NoLimit,
    /// The least rate with enough samples broke already, and none has held.
    Nothing,
    /// Rates that had held broke in later attempts, all of them, or so often that there is no range.
    Unsteady,
    /// At this rate there were too few samples in a minute for a judgement.
    TooFewSamples {
        /// The rate.
        #[serde(rename = "outcome_per_second", with = "per_second")]
        rate: Rate,
    },
    /// The load generator was at its limit, so the capacity of the service is unknown.
    #[serde(rename = "generator_limit")]
    Generator {
        /// The rate.
        #[serde(rename = "outcome_per_second", with = "per_second")]
        rate: Rate,
        /// The shortage, in words.
        #[serde(rename = "generator")]
        why: String,
    },
    /// Its time limit ([`Plan::sizing_time`](crate::Plan::sizing_time)) was reached before the result.
    TimeOver,
    /// The run ended before the result: it was interrupted, a set-up failed, the target was dead.
    Unfinished,
}

/// An attempted rate.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for step in report.capacity.iter().flat_map(|capacity| &capacity.steps) {
///     println!("{}: {}", step.rate, step.broken.as_deref().unwrap_or("held"));
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CapacityStep {
    /// The rate of due arrivals.
    #[serde(rename = "rate_per_second", with = "per_second")]
    pub rate: Rate,
    /// The reason why it did not hold, for instance `p99 was 312 ms (p99 < 200ms)`; `None` if it held.
    pub broken: Option<String>,
    /// The limit that the load generator reached meanwhile, in words. In that case `broken` proves nothing about the
    /// service.
    pub generator: Option<String>,
    /// The length of the measurement, after the settling time.
    #[serde(rename = "window_ms", with = "millis")]
    pub window: Duration,
    /// Arrivals that were due in the window.
    pub scheduled: u64,
    /// Iterations that ended in it, except failures caused by this machine.
    pub iterations: u64,
    /// Of these, the failed ones.
    pub failed_iterations: u64,
    /// The median latency of the requests, from their due times; or of the iterations without requests.
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
    /// Returns `true` if the sustained rate is known. After the time limit, a rate that held and a rate that broke are
    /// a result, though a less exact one.
    pub fn is_answered(&self) -> bool {
        match self.outcome {
            CapacityOutcome::Found | CapacityOutcome::NoLimit => true,
            CapacityOutcome::TimeOver => self.good.is_some() && self.bad.is_some(),
            _ => false,
        }
    }

    /// Returns the number of windows in which this rate held. A rate that held more than once is confirmed.
    pub fn held(&self, rate: Rate) -> usize {
        self.steps.iter().filter(|step| step.rate == rate && step.broken.is_none()).count()
    }

    /// Returns the number of windows in which this rate broke, except for faults of this machine.
    pub fn broke(&self, rate: Rate) -> usize {
        let steps = self.steps.iter().filter(|step| step.rate == rate);
        steps.filter(|step| step.broken.is_some() && step.generator.is_none()).count()
    }
}
