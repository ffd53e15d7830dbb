//! The reason why a run ended.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::mergeable::Merge;

/// The reason why a run ended.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// use molotov::report::Ended;
///
/// match &report.ended {
///     Ended::Duration | Ended::Completed => println!("as planned"),
///     Ended::DeadTarget(why) => println!("the service is down: {why}"),
///     other => println!("early: {other}"),
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ended {
    /// Its duration was over.
    Duration,
    /// All iterations were made: each user's, or those of all users together.
    Completed,
    /// An iteration failed, and the plan stops at the first failure.
    FailFast,
    /// A scenario requested it, for this reason.
    Stopped(String),
    /// A signal from outside.
    Signal(Stop),
    /// A set-up failed, for this reason.
    SetupFailed(String),
    /// A feeder had no row left (`then_stop()`); its description.
    DataExhausted(String),
    /// A sizing ended by itself.
    Sized,
    /// An aborting threshold was broken (`abort`); its text, and the observed value.
    Threshold(String),
    /// Nearly all requests failed in a way that no healthy target causes
    /// ([`Plan::dead_target_window`](crate::Plan::dead_target_window)); for a sizing: no attempt to connect has
    /// succeeded. The targets, and the evidence.
    DeadTarget(String),
    /// The process was killed: the report was rebuilt from its results file, which is complete up to some time. The
    /// description of that.
    Killed(String),
}

/// A signal that ends a run.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// use molotov::report::{Ended, Stop};
///
/// let is_interrupted = report.ended == Ended::Signal(Stop::Interrupt);
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stop {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal was closed.
    HangUp,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration => f.write_str("its duration was over"),
            Self::Completed => f.write_str("all iterations were made"),
            Self::FailFast => f.write_str("an iteration failed (--fail-fast)"),
            Self::Stopped(why) => write!(f, "a scenario stopped it: {why}"),
            Self::Signal(Stop::Interrupt) => f.write_str("interrupted (Ctrl-C)"),
            Self::Signal(Stop::Terminate) => f.write_str("terminated (SIGTERM)"),
            Self::Signal(Stop::HangUp) => f.write_str("hung up (SIGHUP)"),
            Self::SetupFailed(why) => write!(f, "a set-up failed: {why}"),
            Self::DataExhausted(why) => f.write_str(why),
            Self::Sized => f.write_str("the sizing came to its end"),
            Self::Threshold(which) => write!(f, "a threshold was broken: {which}"),
            Self::DeadTarget(why) => write!(f, "the target is dead: {why}"),
            Self::Killed(until) => write!(f, "it was killed: {until}"),
        }
    }
}

/// The more severe reason is kept.
impl Merge for Ended {
    #[inline]
    fn merge(self, other: Self) -> Self {
        if self.gravity() >= other.gravity() { self } else { other }
    }
}

impl Ended {
    fn gravity(&self) -> (u8, String) {
        let rank = match self {
            Self::Duration => 0,
            Self::Completed => 1,
            Self::Sized => 2,
            Self::Stopped(_) => 3,
            Self::FailFast => 4,
            Self::DataExhausted(_) => 5,
            Self::Threshold(_) => 6,
            Self::DeadTarget(_) => 7,
            Self::SetupFailed(_) => 8,
            Self::Signal(Stop::HangUp) => 9,
            Self::Signal(Stop::Interrupt) => 10,
            Self::Signal(Stop::Terminate) => 11,
            Self::Killed(_) => 12,
        };
        (rank, self.to_string())
    }
}
