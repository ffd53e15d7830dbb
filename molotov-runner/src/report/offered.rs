//! The arrivals that were offered to the service, where iterations have due times.

use std::time::Duration;

use molotov_core::{Latencies, millis};
use serde::{Deserialize, Serialize};

use super::counts::{IterationCounts, RequestCounts};
use super::mergeable::{Merge, merge_fields};

/// The outcomes of iterations that had a due time: `scheduled = started + dropped`, with
/// [`IterationCounts::started`](crate::IterationCounts::started).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Offered {
    /// Were due.
    pub scheduled: u64,
    /// Never began: too late, because all users were busy, or because the run ended.
    pub dropped: u64,
    /// Of those that never began: the ones that a user was free for, so that the load generator was late.
    pub(crate) dropped_late: u64,
    /// Found all users busy when they were due, and had to wait.
    pub waited: u64,
    /// The time from each due time until the load generator noticed it. That is the generator's own fault, also
    /// where it was stopped or its machine was busy.
    pub release_lag: Latencies,
    /// The time from each due time until the iteration began, of those that did; with the wait for a user that was not busy.
    pub start_lag: Latencies,
}

/// The iterations and requests that were due, or else began, in the first part of a run, and are kept apart (`--warm-up`):
/// they are in the totals of the report ([`iterations`](crate::Report::iterations),
/// [`requests`](crate::Report::requests)), and in none of its rows, latencies and rates. So the totals of the rest are the
/// differences.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WarmUp {
    /// The time for which that part was.
    #[serde(rename = "time_ms", with = "millis")]
    pub time: Duration,
    /// Iterations of it that ended.
    pub iterations: IterationCounts,
    /// Requests of it that ended.
    pub requests: RequestCounts,
}

/// The arrivals of a run so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ArrivalTally {
    pub(crate) scheduled: u64,
    pub(crate) dropped: u64,
    /// Of those that were due since the last call: each second of the load, and their number. Empty where only their sum is
    /// known.
    pub(crate) due: Vec<(u64, u64)>,
}

impl Merge for Offered {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => scheduled, dropped, dropped_late, waited, release_lag, start_lag)
    }
}

impl Offered {
    /// Adds iterations of a run in which nothing had due times: what was started was due then, and nothing was dropped.
    pub(super) fn with_started(self, started: u64) -> Self {
        Self { scheduled: self.scheduled + started, ..self }
    }
}

impl Merge for WarmUp {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => iterations, requests; time: self.time.max(other.time))
    }
}
