//! The results of thresholds: the observation of each, its samples, and its outcome.

mod assert;
mod bound;
mod course;
mod judge;
mod not_kept;
mod observation;
mod slots;
mod subject;
mod time;
mod watch;
mod whole;

use std::fmt;
use std::time::Duration;

use molotov_core::millis;
use serde::{Deserialize, Serialize};

pub(crate) use self::judge::{covers, merged};
pub(crate) use self::not_kept::{is_unjudged, not_kept};
pub(crate) use self::observation::{Observations, ObservedValues};
pub(crate) use self::subject::{Subject, Subjects};
pub(crate) use self::watch::Watch;
use crate::plan::threshold::Threshold;
use crate::quantity::{Share, Throughput};
use crate::report::Declaration;
use crate::serialized::number;
use crate::units;

/// A threshold, and how the run stood to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ThresholdResult {
    /// The threshold, for instance `p99{scenario=buy} < 200ms`.
    pub threshold: String,
    /// The attribute at which it is written, where it is: the scenario, with file and line.
    pub origin: Option<String>,
    /// The call of [`Plan::threshold`](crate::Plan::threshold) that has it, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declaration>,
    /// True where it was kept, or why not.
    #[serde(rename = "result")]
    pub outcome: ThresholdOutcome,
    /// The observed value: over the run, or in the worst window, or when the run was ended by it. None where there were too
    /// few samples.
    #[serde(flatten)]
    pub observed: Option<Observed>,
    /// In how many samples.
    pub samples: u64,
    /// Of one with a window: how many windows were judged.
    #[serde(rename = "windows_judged")]
    pub windows: Option<u64>,
    /// The time when it was broken first, since the first user started; of those that are judged while the run goes on.
    #[serde(rename = "broken_at_ms", with = "millis::option")]
    pub broken_at: Option<Duration>,
    /// The share of the load's time in which the service did not answer, where that was too much for the threshold whatever
    /// its samples say ([`Report::gaps`](crate::Report::gaps)).
    #[serde(rename = "gap_share")]
    pub gaps: Option<Share>,
    /// The share of the load's time in which a visitor would have met what the threshold does not allow, where that broke it
    /// although its samples kept it; of one with a window, the share of the worst window. Only in closed models, which send
    /// little to a service that is slow.
    pub time_share: Option<Share>,
    /// The number of samples that were cut, where that makes it at least what was observed.
    pub cut: u64,
    /// The likely reason when there are no samples or too few, or when it is not the samples that broke it; in words.
    pub hint: Option<String>,
    /// The threshold, as merging needs it.
    pub(crate) planned: Threshold,
}

/// True where a threshold was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ThresholdOutcome {
    /// It was kept.
    Held,
    /// It was not.
    Broken,
    /// There was nothing to judge. That fails: a test of nothing is not a test that has passed.
    NoSamples,
    /// There were samples, but too few for the percentile (a p99 takes 100). That fails too.
    TooFewSamples,
    /// Of a merged report: windows and beginnings of several runs that cannot be added up any more. That fails too.
    NotMergeable,
    /// By its figures it was kept, but they are worth nothing: the [verdict](crate::Verdict) of the run is INVALID. That
    /// fails too.
    InvalidRun,
}

/// The observed value of a metric, with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "unit", content = "observed", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Observed {
    /// A latency.
    #[serde(rename = "ms", with = "millis")]
    Time(Duration),
    /// A latency that is known as a lower bound only: those that would tell were cut before they ended. It keeps no upper
    /// limit.
    #[serde(rename = "at_least_ms", with = "millis")]
    AtLeast(Duration),
    /// A part of all iterations, requests, checks.
    Share(Share),
    /// A rate.
    #[serde(rename = "per_second")]
    Rate(Throughput),
    /// A count, or a value of the user's own.
    #[serde(with = "number")]
    Number(f64),
}

impl ThresholdResult {
    /// Returns `true` if it was kept, in samples enough to tell.
    pub fn passed(&self) -> bool {
        self.outcome == ThresholdOutcome::Held
    }
}

impl ThresholdOutcome {
    /// A stable word: `held`, `broken`, `no_samples`, `too_few_samples`, `not_mergeable`,
    /// `invalid_run`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broken => "broken",
            Self::NoSamples => "no_samples",
            Self::TooFewSamples => "too_few_samples",
            Self::NotMergeable => "not_mergeable",
            Self::InvalidRun => "invalid_run",
        }
    }
}

/// With its unit and three digits, as the report shows it.
impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Self::Time(time) if time.as_secs() >= 3_600 => units::clock(time),
            Self::Time(time) => units::latency(time),
            Self::AtLeast(time) => format!("at least {}", Self::Time(time)),
            // With the digits that tell it from a bound such as 0.1%.
            Self::Share(share) => format!("{}%", units::estimate(share.in_percent())),
            Self::Rate(of) => units::rate(of.in_second()),
            Self::Number(value) => units::number(value),
        };
        f.pad(&text)
    }
}

impl fmt::Display for ThresholdOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Held => "pass",
            Self::Broken => "FAIL",
            Self::NoSamples => "FAIL: no samples",
            Self::TooFewSamples => "FAIL: too few samples",
            Self::NotMergeable => "FAIL: not mergeable",
            Self::InvalidRun => "FAIL: generator at fault",
        })
    }
}

#[cfg(test)]
mod tests;
