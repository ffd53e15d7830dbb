//! The numbers of finished iterations and requests, and of connections: the counts of a window are differences of
//! these.

use std::time::Duration;

use molotov_core::SeriesKind;

use crate::report::windows::Window;

/// The finished iterations and requests, and the failed ones of them; and the opened connections, with the time for
/// opening them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct EndCounts {
    pub(super) iterations: u64,
    pub(super) failed_iterations: u64,
    pub(super) requests: u64,
    pub(super) failed_requests: u64,
    pub(super) connections: u64,
    pub(super) connecting: Duration,
}

impl EndCounts {
    /// Counts one more end, if it is of an iteration or a request.
    pub(super) fn and(mut self, kind: SeriesKind, has_failed: bool) -> Self {
        let failed = u64::from(has_failed);
        match kind {
            SeriesKind::Scenario => {
                self.iterations += 1;
                self.failed_iterations += failed;
            }
            SeriesKind::Route => {
                self.requests += 1;
                self.failed_requests += failed;
            }
            _ => {}
        }
        self
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            iterations: self.iterations + other.iterations,
            failed_iterations: self.failed_iterations + other.failed_iterations,
            requests: self.requests + other.requests,
            failed_requests: self.failed_requests + other.failed_requests,
            connections: self.connections + other.connections,
            connecting: self.connecting + other.connecting,
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            iterations: self.iterations - other.iterations,
            failed_iterations: self.failed_iterations - other.failed_iterations,
            requests: self.requests - other.requests,
            failed_requests: self.failed_requests - other.failed_requests,
            connections: self.connections - other.connections,
            connecting: self.connecting - other.connecting,
        }
    }

    /// Adds these counts to a window.
    pub(super) fn put_in(self, window: &mut Window) {
        window.iterations += self.iterations;
        window.failed_iterations += self.failed_iterations;
        window.requests += self.requests;
        window.failed_requests += self.failed_requests;
        window.connections += self.connections;
        window.connecting += self.connecting;
    }
}
