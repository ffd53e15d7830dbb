//! The results of thresholds: the observed value of each, its samples, and its outcome.

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

/// A threshold and its result.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// for threshold in report.thresholds.iter().filter(|threshold| !threshold.passed()) {
///     println!("{}: {:?}, {}", threshold.threshold, threshold.observed, threshold.outcome.as_str());
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ThresholdResult {
    /// The threshold, for instance `p99{scenario=buy} < 200ms`.
    pub threshold: String,
    /// The attribute that contains it, if any: the scenario, with file and line.
    pub origin: Option<String>,
    /// The call of [`Plan::threshold`](crate::Plan::threshold) that added it, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declaration>,
    /// The outcome.
    #[serde(rename = "result")]
    pub outcome: ThresholdOutcome,
    /// The observed value: over the run, in the worst window, or at an abort. `None` with too few samples.
    #[serde(flatten)]
    pub observed: Option<Observed>,
    /// The number of samples.
    pub samples: u64,
    /// The number of judged windows, if it has windows.
    #[serde(rename = "windows_judged")]
    pub windows: Option<u64>,
    /// The time when it first broke, since the first user started; for thresholds that are judged during the run.
    #[serde(rename = "broken_at_ms", with = "millis::option")]
    pub broken_at: Option<Duration>,
    /// The share of the load's time in which the service did not respond, if it broke the threshold whatever its
    /// samples are ([`Report::gaps`](crate::Report::gaps)).
    #[serde(rename = "gap_share")]
    pub gaps: Option<Share>,
    /// The share of the load's time in which a visitor would have exceeded the limit, if it broke the threshold
    /// although its samples kept it; for a threshold with a window, the share of the worst window. Only in closed
    /// models, which send little to a slow service.
    pub time_share: Option<Share>,
    /// The number of cancelled samples, if they make the observed value a lower bound.
    pub cut: u64,
    /// The likely reason for missing or too few samples, or for a breach other than by samples; in words.
    pub hint: Option<String>,
    /// The threshold, for merges.
    pub(crate) planned: Threshold,
}

/// The outcome of a threshold.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// use molotov::report::ThresholdOutcome;
///
/// let broken = report.thresholds.iter().filter(|threshold| threshold.outcome == ThresholdOutcome::Broken);
/// println!("{} broken thresholds", broken.count());
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ThresholdOutcome {
    /// It was kept.
    Held,
    /// It was broken.
    Broken,
    /// There were no samples. This fails: an empty test has not passed.
    NoSamples,
    /// There were too few samples for the percentile (a p99 needs 100). This fails too.
    TooFewSamples,
    /// In a merged report: windows and starts of several runs that cannot be added up. This fails too.
    NotMergeable,
    /// Its figures kept it, but they are invalid: the [verdict](crate::Verdict) of the run is INVALID. This fails too.
    InvalidRun,
}

/// The observed value of a metric, with its unit.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// use molotov::report::Observed;
///
/// for threshold in &report.thresholds {
///     if let Some(Observed::Time(latency)) = threshold.observed {
///         println!("{}: {latency:?}", threshold.threshold);
///     }
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "unit", content = "observed", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Observed {
    /// A latency.
    #[serde(rename = "ms", with = "millis")]
    Time(Duration),
    /// A lower bound of a latency: the decisive requests were cancelled before they ended. It keeps no upper limit.
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
    /// Returns `true` if it was kept, with enough samples.
    pub fn passed(&self) -> bool {
        self.outcome == ThresholdOutcome::Held
    }
}

impl ThresholdOutcome {
    /// The stable name: `held`, `broken`, `no_samples`, `too_few_samples`, `not_mergeable`, `invalid_run`.
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

/// With its unit and three digits, as in the report.
impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Self::Time(time) if time.as_secs() >= 3_600 => units::clock(time),
            Self::Time(time) => units::latency(time),
            Self::AtLeast(time) => format!("at least {}", Self::Time(time)),
            // With the digits that distinguish it from a bound such as 0.1%.
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
