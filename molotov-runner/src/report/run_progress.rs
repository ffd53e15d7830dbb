//! The current progress of a run, for the display and for outputs.

use std::collections::BTreeMap;
use std::time::Duration;

use molotov_core::{FailureKind, Rate};

use super::SizingStep;

/// The current progress of a run. Rates and percentiles are those of the latest interval: for an output, of the latest
/// second.
///
/// ```
/// # use molotov::prelude::*;
/// use molotov::output::{Interest, Output, RunProgress};
///
/// struct Bar;
///
/// impl Output for Bar {
///     fn name(&self) -> &str {
///         "bar"
///     }
///
///     fn interest(&self) -> Interest {
///         Interest::report().progress()
///     }
///
///     fn progress(&mut self, progress: &RunProgress) -> Result {
///         eprint!("\r{:?} of {:?}", progress.elapsed, progress.total);
///         Ok(())
///     }
/// }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RunProgress {
    /// Since the first user started.
    pub elapsed: Duration,
    /// The total duration of the run, if known.
    pub total: Option<Duration>,
    /// The planned number of iterations, if known.
    pub planned: Option<u64>,
    /// Active users: between their set-up and their tear-down.
    pub users: u32,
    /// Users of the plan.
    pub wanted_users: u32,
    /// Finished iterations, successful or failed.
    pub iterations: u64,
    /// Of these, the failed ones.
    pub failed_iterations: u64,
    /// Requests that failed.
    pub failed_requests: u64,
    /// Finished iterations per second of the latest interval.
    pub iterations_per_second: f64,
    /// Finished requests per second of the latest interval.
    pub requests_per_second: f64,
    /// The median latency of the requests of the latest interval; `None` without requests.
    pub p50: Option<Duration>,
    /// The 95th percentile of them.
    pub p95: Option<Duration>,
    /// The 99th percentile of them.
    pub p99: Option<Duration>,
    /// The end of the run, once no new iterations start.
    pub stopping: Option<Stopping>,
    pub(crate) sizing: Option<Sought>,
    pub(crate) detail: CourseDetail,
    /// The arrivals, if iterations have due times.
    pub arrivals: Option<ArrivalCounts>,
}

/// The phase of the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopping {
    /// The maximum remaining time of iterations in flight, or of tear-downs.
    pub within: Duration,
    /// `true` if iterations were cancelled, so that only tear-downs continue.
    pub is_cut: bool,
    /// `true` if a signal has ended the run, so that another signal accelerates the end.
    pub by_signal: bool,
}

/// The outcomes of arrivals so far.
///
/// ```
/// use molotov::output::RunProgress;
///
/// fn print(progress: &RunProgress) {
///     if let Some(arrivals) = &progress.arrivals {
///         println!("{} of {} arrivals started", arrivals.started, arrivals.scheduled);
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ArrivalCounts {
    /// Due iterations.
    pub scheduled: u64,
    /// Started iterations.
    pub started: u64,
    /// Dropped iterations, which never start.
    pub dropped: u64,
    /// Due iterations per second of the latest interval.
    pub scheduled_per_second: f64,
    /// Started iterations per second of the latest interval.
    pub started_per_second: f64,
    /// Dropped iterations per second of the latest interval.
    pub dropped_per_second: f64,
}

/// The progress of a sizing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sought {
    pub(crate) objectives: String,
    /// The greatest number of users that held so far.
    pub(crate) good: Option<SizingStep>,
    /// The current rate, and the greatest that held so far, in a search for a rate.
    pub(crate) rates: Option<(Rate, Option<Rate>)>,
}

/// The failures and the slowest route, for the display's lines that stay.
#[derive(Clone, Debug, Default)]
pub(crate) struct CourseDetail {
    /// Failures so far by kind: of requests, or in a run without any of iterations.
    pub(crate) failures: BTreeMap<FailureKind, u64>,
    /// The route with the greatest median latency in the latest second, and that latency.
    pub(crate) slowest: Option<(String, Duration)>,
}
