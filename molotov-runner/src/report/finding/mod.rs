//! Findings: the places, times and ways in which the service broke, in words. They are derived from the report alone,
//! and each has its figures.

mod connections;
mod failures;
mod generator;
mod latency;
mod load;
mod mix;
mod ramp;
mod routes;
mod stretch;
#[cfg(test)]
mod tests;
mod thresholds;

use std::time::Duration;

use molotov_core::millis;
use serde::Serialize;

use super::summary::Report;

/// The maximum number of shown findings.
const MOST: usize = 6;

/// A finding about the service, with its figures in words.
///
/// ```
/// # use molotov::{Scenario, Suite};
/// use molotov::{Plan, RunExt};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let suite = Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
/// let report = suite.run(Plan::users(2).max_runs(5)).await?;
///
/// assert!(report.findings().is_empty(), "a service without a fault");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The kind of finding.
    pub kind: FindingKind,
    /// The time from which on it applies, since the first user started; `None` for the whole run.
    #[serde(rename = "since_ms", with = "millis::option")]
    pub since: Option<Duration>,
    /// A clause with its figures, without a full stop.
    pub text: String,
}

/// The kinds of findings. The words ([`FindingKind::as_str`]) are stable.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// use molotov::report::FindingKind;
///
/// let fails = report.findings().iter().any(|finding| finding.kind == FindingKind::FailedFrom);
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// The first broken threshold.
    ThresholdBroken,
    /// Every request failed from a time on, after good ones.
    FailedFrom,
    /// Nothing ended for a while although requests of several users waited.
    StoodStill,
    /// One kind of failure dominates.
    Failures,
    /// The service limits its concurrency and refuses further requests.
    Refused,
    /// Requests fail above a certain load, and hardly any below it.
    FailsAbove,
    /// More was due than ended, at a constant rate.
    Saturated,
    /// At the top of a growing load, throughput was no higher than in its middle.
    Flat,
    /// Latency rose above twice its initial value while the load grew.
    Knee,
    /// Latency did not recover after a peak of the load.
    NotRecovered,
    /// Latency grew although the load was constant.
    Drift,
    /// One route takes most of the time.
    SlowRoute,
    /// A few requests of all routes take many times as long as the others.
    SlowFew,
    /// Connections were closed by the service although they were to be kept.
    NotKeptAlive,
    /// Opening a connection took longer in the end, although requests on it did not.
    SlowToOpen,
    /// Latency peaked when the threads of the load generator were woken late.
    GeneratorLate,
    /// A scenario's share of the iterations differs from its weight.
    Mix,
}

impl FindingKind {
    /// The stable name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ThresholdBroken => "threshold_broken",
            Self::FailedFrom => "failed_from",
            Self::StoodStill => "stood_still",
            Self::Failures => "failures",
            Self::Refused => "refused",
            Self::FailsAbove => "fails_above",
            Self::Saturated => "saturated",
            Self::Flat => "flat",
            Self::Knee => "knee",
            Self::NotRecovered => "not_recovered",
            Self::Drift => "drift",
            Self::SlowRoute => "slow_route",
            Self::SlowFew => "slow_few",
            Self::NotKeptAlive => "not_kept_alive",
            Self::SlowToOpen => "slow_to_open",
            Self::GeneratorLate => "generator_late",
            Self::Mix => "mix",
        }
    }
}

impl Report {
    /// Returns the places, times and ways in which the service broke; most severe first, and empty without evidence.
    /// Findings change no exit code.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// for finding in report.findings() {
    ///     println!("{}", finding.text);
    /// }
    /// # }
    /// ```
    pub fn findings(&self) -> Vec<Finding> {
        // A search continues until the service breaks, and its result contains the load.
        if self.is_sizing() {
            return Vec::new();
        }
        let rules: &[Rule] = if self.settings.repeats.is_some() { &RULES_OF_REPEATS } else { &RULES };
        rules.iter().filter_map(|rule| rule(self)).take(MOST).collect()
    }
}

type Rule = fn(&Report) -> Option<Finding>;

const RULES: [Rule; 16] = [
    thresholds::broken_first,
    failures::failed_from,
    load::stood_still,
    failures::refused,
    ramp::fails_above,
    failures::dominant,
    load::saturated,
    ramp::flat,
    latency::not_recovered,
    latency::drift_or_knee,
    routes::slow_route,
    routes::slow_few,
    connections::not_kept_alive,
    connections::slow_to_open,
    generator::late_in_peaks,
    mix::other_than_wanted,
];

/// Without the rules on the course: between repeats the load ends, and starts again.
const RULES_OF_REPEATS: [Rule; 5] = [
    thresholds::broken_first,
    failures::dominant,
    routes::slow_route,
    connections::not_kept_alive,
    mix::other_than_wanted,
];

/// A finding for the whole run.
fn finding(kind: FindingKind, text: String) -> Option<Finding> {
    Some(Finding { kind, since: None, text })
}

/// A finding from a time on.
fn finding_since(kind: FindingKind, since: Duration, text: String) -> Option<Finding> {
    Some(Finding { kind, since: Some(since), text })
}
