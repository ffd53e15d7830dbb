//! The progress of a run with all its figures so far, sent to outputs each second.

use std::time::Duration;

use super::run_progress::{ArrivalCounts, RunProgress};
use super::summary::Report;
use super::windows::{Window, joined};
use crate::quantity::Throughput;

/// The progress of a run, with all its results so far.
///
/// ```
/// # use molotov::prelude::*;
/// use molotov::output::{Output, RunFacts, Snapshot};
///
/// struct Failures;
///
/// impl Output for Failures {
///     fn name(&self) -> &str {
///         "failures"
///     }
///
///     fn tick(&mut self, snapshot: &Snapshot, _: &mut RunFacts) -> Result {
///         let (users, failed) = (snapshot.progress.users, snapshot.report.requests.failures());
///         eprintln!("{users} users, {failed} failed requests");
///         Ok(())
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Snapshot {
    /// Users, rates and percentiles of the latest second, the time.
    pub progress: RunProgress,
    /// The seconds that ended since the previous snapshot, usually one. Each is in one snapshot; the last one, which
    /// may be shorter, comes before the end.
    pub windows: Vec<Window>,
    /// All results so far, in the types of the final report: totals, rows of scenarios and routes, all windows,
    /// failures, thresholds, [the verdict](Report::verdict). Iterations in flight count as cancelled, and
    /// [`Report::ended`] is that of a complete run while the run continues.
    pub report: Report,
}

impl Snapshot {
    /// A snapshot whose windows determine the rates; `elapsed` is the time since the first user started.
    pub(crate) fn new(elapsed: Duration, windows: Vec<Window>, report: Report) -> Self {
        let latest = joined(&windows).unwrap_or_default();
        let arrivals = report.offered.as_ref().map(|offered| ArrivalCounts {
            scheduled: offered.scheduled,
            started: report.iterations.started,
            dropped: offered.dropped,
            scheduled_per_second: in_second(latest.scheduled, &latest),
            started_per_second: in_second(latest.started, &latest),
            dropped_per_second: in_second(latest.dropped, &latest),
        });
        let progress = RunProgress {
            elapsed,
            iterations: report.iterations.finished(),
            failed_iterations: report.iterations.failures(),
            failed_requests: report.requests.failures(),
            iterations_per_second: in_second(latest.iterations, &latest),
            requests_per_second: in_second(latest.requests, &latest),
            p50: latest.p50,
            p95: latest.p95,
            p99: latest.p99,
            arrivals,
            ..RunProgress::default()
        };
        Self { progress, windows, report }
    }
}

/// A count of this window, per second.
fn in_second(count: u64, window: &Window) -> f64 {
    Throughput::new(count, window.length).in_second()
}
