//! The phases of requests: waiting for a response, and receiving it.

use std::time::Duration;

use molotov_core::{Latencies, Outcome, Sample};
use serde::{Deserialize, Serialize};

use super::mergeable::{Merge, merge_fields};
use crate::plan::threshold::RequestPhase;

/// The times of the phases of some requests. Opening their connections, and writing a body to a slow server, are in
/// neither.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// if let Some(phases) = report.route("GET /items").and_then(|route| route.phases.as_ref()) {
///     assert!(!phases.is_empty());
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Phases {
    /// From the written request to the first byte of the response.
    pub waiting: Latencies,
    /// From the first byte of the response to the last one, or to its failure.
    pub receiving: Latencies,
    /// The waits of requests without a byte of a response until they were cancelled: each wait would have been longer.
    pub unanswered: Latencies,
}

/// Counters of phases: most responses come in one piece, and are only counted.
#[derive(Clone, Debug, Default)]
pub(super) struct PhaseCounts {
    phases: Phases,
    /// Responses whose last byte came with the first one.
    in_one_piece: u64,
}

impl PhaseCounts {
    /// Adds a request.
    #[inline]
    pub(super) fn add(&mut self, sample: &Sample) {
        let is_cut = sample.outcome == Outcome::Cancelled;
        match sample.waiting() {
            Some(waiting) => {
                self.phases.waiting.record(waiting);
                match sample.receiving().unwrap_or_default() {
                    _ if is_cut => {}
                    Duration::ZERO => self.in_one_piece += 1,
                    receiving => self.phases.receiving.record(receiving),
                }
            }
            None if is_cut && sample.sent > 0 => {
                self.phases.unanswered.record(sample.service.saturating_sub(sample.written))
            }
            None => {}
        }
    }

    /// All phases so far.
    pub(super) fn finish(&self) -> Phases {
        let mut phases = self.phases.clone();
        phases.receiving.record_zeros(self.in_one_piece);
        phases
    }
}

impl Phases {
    /// Returns `true` if no request got a response, and none waited for one when it was cancelled.
    pub fn is_empty(&self) -> bool {
        self.waiting.count() + self.unanswered.count() == 0
    }

    /// Returns the times of a phase, and those of requests that were cancelled in it.
    pub(super) fn latencies(&self, phase: RequestPhase) -> (Latencies, Latencies) {
        match phase {
            RequestPhase::Waiting => (self.waiting.clone(), self.unanswered.clone()),
            RequestPhase::Receiving => (self.receiving.clone(), Latencies::default()),
        }
    }
}

impl Merge for Phases {
    #[inline]
    fn merge(self, other: Self) -> Self {
        merge_fields!(self, other => waiting, receiving, unanswered)
    }
}
