//! How a run stands at this moment, for the display.

use std::time::Duration;

use molotov_core::Rate;

use super::SizingStep;

/// How a run stands at this moment. Rates and percentiles are those of the last interval.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// Since the first user started.
    pub(crate) elapsed: Duration,
    /// How long the run will take, where that is known.
    pub(crate) total: Option<Duration>,
    /// Iterations that it will make, where that is known.
    pub(crate) planned: Option<u64>,
    pub(crate) users: u32,
    pub(crate) wanted_users: u32,
    pub(crate) iterations: u64,
    pub(crate) failed_iterations: u64,
    pub(crate) failed_requests: u64,
    pub(crate) iterations_per_second: f64,
    pub(crate) requests_per_second: f64,
    pub(crate) p50: Option<Duration>,
    pub(crate) p95: Option<Duration>,
    pub(crate) p99: Option<Duration>,
    /// Where no new iterations are started any more.
    pub(crate) stopping: Option<Stopping>,
    pub(crate) sizing: Option<Sought>,
    /// Where iterations have due times.
    pub(crate) arrivals: Option<ArrivalCounts>,
}

/// How far a run has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stopping {
    /// How long what is in flight may go on at most.
    pub(crate) within: Duration,
    /// Whether iterations were cut, so that tear-downs are what goes on.
    pub(crate) is_cut: bool,
    /// Whether a signal has ended the run, so that it takes another one to hurry it.
    pub(crate) by_signal: bool,
}

/// What became of arrivals so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ArrivalCounts {
    pub(crate) scheduled: u64,
    pub(crate) started: u64,
    pub(crate) dropped: u64,
    /// In the last interval.
    pub(crate) scheduled_per_second: f64,
    pub(crate) started_per_second: f64,
    pub(crate) dropped_per_second: f64,
}

/// How far a sizing has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sought {
    pub(crate) objectives: String,
    /// The greatest number of users so far with which they held.
    pub(crate) good: Option<SizingStep>,
    /// The rate that is tried, and the greatest so far with which they held, where it is one that is sought.
    pub(crate) rates: Option<(Rate, Option<Rate>)>,
}
