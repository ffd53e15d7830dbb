//! The reason for which a run ended.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::mergeable::Merge;

/// The reason for which a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ended {
    /// Its duration was over.
    Duration,
    /// All iterations were made: each user's, or those that all users share.
    Completed,
    /// An iteration failed, and the plan says to stop then.
    FailFast,
    /// A scenario asked for it, for this reason.
    Stopped(String),
    /// From outside.
    Signal(Stop),
    /// A set-up failed, for this reason.
    SetupFailed(String),
    /// A feeder had no row left (`then_stop()`): which, in words.
    DataExhausted(String),
    /// A sizing came to its end.
    Sized,
    /// A threshold was broken that is to end the run then (`abort`); it, and what was observed.
    Threshold(String),
    /// Nearly all requests failed as no healthy target lets them ([`Plan::dead_target_window`](crate::Plan::dead_target_window));
    /// of a sizing: no attempt to connect has succeeded. The targets, and how it went.
    DeadTarget(String),
    /// The process was killed: the report is made of its results file, which is complete up to some time. That, in words.
    Killed(String),
}

/// A signal that ends a run.
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

/// The graver one, which is to be told.
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
