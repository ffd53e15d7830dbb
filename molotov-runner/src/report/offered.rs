//! The arrivals offered to the service, if iterations have due times.

use std::time::Duration;

use molotov_core::{Latencies, millis};
use serde::{Deserialize, Serialize};

use super::counts::{IterationCounts, RequestCounts};
use super::mergeable::{Merge, merge_fields};

/// The outcomes of iterations with a due time: `scheduled = started + dropped`, with
/// [`IterationCounts::started`](crate::IterationCounts::started).
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// if let Some(offered) = &report.offered {
///     assert_eq!(offered.dropped, 0, "of {} arrivals", offered.scheduled);
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Offered {
    /// Due arrivals.
    pub scheduled: u64,
    /// Dropped arrivals: too late, because all users were busy, or because the run ended.
    pub dropped: u64,
    /// Of the dropped arrivals: those with a free user, so that the load generator was late.
    pub(crate) dropped_late: u64,
    /// Arrivals that found all users busy at their due time, and had to wait.
    pub waited: u64,
    /// The time from each due time until the load generator released the arrival. It is the generator's own delay,
    /// including stops of its process and a busy machine.
    pub release_lag: Latencies,
    /// The time from each due time until the start of the iteration, for started ones; it includes the wait for a free
    /// user.
    pub start_lag: Latencies,
}

/// The iterations and requests that were due, or else started, in the first part of a run, which is measured separately
/// (`--warm-up`): they are in the totals of the report ([`iterations`](crate::Report::iterations),
/// [`requests`](crate::Report::requests)), and in none of its rows, latencies and rates. So the totals of the rest are
/// the differences.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// let warm_up = report.warm_up.as_ref().map_or(0, |warm_up| warm_up.iterations.finished());
/// println!("{} iterations after the warm-up", report.iterations.finished() - warm_up);
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WarmUp {
    /// The length of that part.
    #[serde(rename = "time_ms", with = "millis")]
    pub time: Duration,
    /// Its finished iterations.
    pub iterations: IterationCounts,
    /// Its finished requests.
    pub requests: RequestCounts,
}

/// The arrivals of a run so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ArrivalTally {
    pub(crate) scheduled: u64,
    pub(crate) dropped: u64,
    /// The arrivals that were due since the last call: each second of the load, and their number. Empty if only their
    /// sum is known.
    pub(crate) due: Vec<(u64, u64)>,
}

impl Merge for Offered {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => scheduled, dropped, dropped_late, waited, release_lag, start_lag)
    }
}

impl Offered {
    /// Adds iterations of a run without due times: each start counts as due at that time, and none is dropped.
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
