//! The progress of a run at this moment, for the display and for outputs.

use std::collections::BTreeMap;
use std::time::Duration;

use molotov_core::{FailureKind, Rate};

use super::SizingStep;

/// The progress of a run at this moment. Rates and percentiles are those of the latest interval: of an output, the latest
/// second.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RunProgress {
    /// Since the first user started.
    pub elapsed: Duration,
    /// The time for which the run will take, where that is known.
    pub total: Option<Duration>,
    /// Iterations that it will make, where that is known.
    pub planned: Option<u64>,
    /// Users that are active: between their set-up and their tear-down.
    pub users: u32,
    /// Users of the plan.
    pub wanted_users: u32,
    /// Iterations that have ended, well or not.
    pub iterations: u64,
    /// Of these, those that failed.
    pub failed_iterations: u64,
    /// Requests that failed.
    pub failed_requests: u64,
    /// Iterations that ended, in a second of the latest interval.
    pub iterations_per_second: f64,
    /// Requests that ended, in a second of the latest interval.
    pub requests_per_second: f64,
    /// The median latency of the requests of the latest interval; none without any.
    pub p50: Option<Duration>,
    /// The 95th percentile of them.
    pub p95: Option<Duration>,
    /// The 99th percentile of them.
    pub p99: Option<Duration>,
    /// The end of the run, once no new iterations are started any more.
    pub stopping: Option<Stopping>,
    pub(crate) sizing: Option<Sought>,
    pub(crate) detail: CourseDetail,
    /// The arrivals, where iterations have due times.
    pub arrivals: Option<ArrivalCounts>,
}

/// The phase of the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopping {
    /// The time for which what is in flight may go on at most.
    pub within: Duration,
    /// True where iterations were cut, so that tear-downs are what goes on.
    pub is_cut: bool,
    /// True where a signal has ended the run, so that it takes another one to hurry it.
    pub by_signal: bool,
}

/// The outcomes of arrivals so far.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ArrivalCounts {
    /// Iterations that were due.
    pub scheduled: u64,
    /// Iterations that were started.
    pub started: u64,
    /// Iterations that were due and never began.
    pub dropped: u64,
    /// In a second of the latest interval: due.
    pub scheduled_per_second: f64,
    /// In a second of the latest interval: started.
    pub started_per_second: f64,
    /// In a second of the latest interval: dropped.
    pub dropped_per_second: f64,
}

/// The progress of a sizing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sought {
    pub(crate) objectives: String,
    /// The greatest number of users so far with which they held.
    pub(crate) good: Option<SizingStep>,
    /// The rate that is tried, and the greatest so far with which they held, where it is one that is sought.
    pub(crate) rates: Option<(Rate, Option<Rate>)>,
}

/// The failures and the slowest route, for the lines that a display keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct CourseDetail {
    /// Failures so far by kind: of requests, in a run without any of iterations.
    pub(crate) failures: BTreeMap<FailureKind, u64>,
    /// The route with the greatest median latency in the latest second, and this.
    pub(crate) slowest: Option<(String, Duration)>,
}
