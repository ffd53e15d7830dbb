//! Exact counts, whose parts always add up to their whole.

use molotov_core::{FailureKind, Outcome, Sample};
use serde::{Deserialize, Serialize};

use super::mergeable::{Merge, merge_fields};

/// The outcomes of started iterations: `started = ok + failed + panicked + cancelled`.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// let iterations = &report.iterations;
/// assert_eq!(iterations.started, iterations.finished() + iterations.cancelled);
/// assert_eq!(iterations.failures(), 0);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IterationCounts {
    /// Started.
    pub started: u64,
    /// Ended successfully.
    pub ok: u64,
    /// Ended with an error.
    pub failed: u64,
    /// Ended with a panic.
    pub panicked: u64,
    /// Cancelled by the end of the run.
    pub cancelled: u64,
}

impl IterationCounts {
    /// The finished iterations, successful or failed.
    pub fn finished(&self) -> u64 {
        self.ok + self.failed + self.panicked
    }

    /// The failed iterations, by an error or a panic.
    pub fn failures(&self) -> u64 {
        self.failed + self.panicked
    }

    /// Counts a finished iteration, without its start.
    pub(crate) fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Ok => self.ok += 1,
            Outcome::Failed(FailureKind::UserPanic | FailureKind::UserAssert) => self.panicked += 1,
            Outcome::Failed(_) => self.failed += 1,
            _ => self.cancelled += 1,
        }
    }
}

/// The outcomes of the requests: `attempted = ok + http_error + failed + cancelled`.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// let requests = &report.requests;
/// assert_eq!(requests.attempted, requests.ok + requests.failures() + requests.cancelled);
/// println!("{} of {} requests were sent", requests.sent(), requests.attempted);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestCounts {
    /// Attempted.
    pub attempted: u64,
    /// With a complete response of an expected status.
    pub ok: u64,
    /// With a complete response of another status.
    pub http_error: u64,
    /// Without a complete response, for a reason in `failures`.
    pub failed: u64,
    /// Cancelled by the end of the run, or dropped by the scenario.
    pub cancelled: u64,
    /// Of all these: requests of which no byte was sent. `attempted - not_sent` reached the server.
    pub not_sent: u64,
    /// Of all these: requests that were sent on a second connection, because the first was closed before a byte left.
    pub resent: u64,
    /// Of `failed`: requests that failed because of this machine instead of the server.
    pub local: u64,
    /// Finished requests while users were running, excluding those of a global set-up or tear-down. The request rate is
    /// based on these.
    pub in_load: u64,
}

impl RequestCounts {
    /// Requests of which at least a part was sent.
    pub fn sent(&self) -> u64 {
        self.attempted - self.not_sent
    }

    /// The failed requests, by their status or otherwise.
    pub fn failures(&self) -> u64 {
        self.http_error + self.failed
    }

    /// Counts a finished request.
    pub(crate) fn add(&mut self, sample: &Sample) {
        self.attempted += 1;
        self.not_sent += u64::from(sample.sent == 0);
        self.resent += u64::from(sample.resent);
        match sample.outcome {
            Outcome::Ok => self.ok += 1,
            Outcome::Failed(kind) if kind.is_http() => self.http_error += 1,
            Outcome::Failed(kind) => {
                self.failed += 1;
                self.local += u64::from(kind.is_local());
            }
            _ => self.cancelled += 1,
        }
    }
}

impl Merge for IterationCounts {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => started, ok, failed, panicked, cancelled)
    }
}

impl Merge for RequestCounts {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => attempted, ok, http_error, failed, cancelled, not_sent, resent, local, in_load)
    }
}
