//! `--shared-runs N`: all users together make this number of iterations, and any free user takes the next one; then the
//! run ends. Faster users make more of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use super::{IterationSource, IterationStart, LoadModel, NextIteration, SourceParts, UserTurn};
use crate::execute::shutdown::Shutdown;
use crate::report::Ended;

/// The iterations that all users share.
pub(crate) struct SharedRuns {
    runs: u64,
    /// The number of assigned iterations.
    given: AtomicU64,
    finished: AtomicU64,
    shutdown: Arc<Shutdown>,
}

impl SharedRuns {
    pub(super) fn new(runs: u64, shutdown: Arc<Shutdown>) -> Self {
        let (given, finished) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { runs, given, finished, shutdown }
    }
}

impl LoadModel for SharedRuns {
    fn from_parts(parts: &SourceParts<'_>) -> Option<Self> {
        let runs = parts.job.plan.share().share(parts.job.load()?.shared_runs?.get());
        Some(Self::new(runs, Arc::clone(parts.shutdown)))
    }
}

impl IterationSource for SharedRuns {
    fn poll_next(&self, turn: &mut UserTurn, _: &mut Context<'_>) -> Poll<Option<NextIteration>> {
        let given = self.given.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |given| {
            (given < self.runs).then_some(given + 1)
        });
        let start = IterationStart { at: turn.free_since, due: None };
        Poll::Ready(given.is_ok().then_some(NextIteration { start, scenario: None }))
    }

    fn has_more(&self) -> bool {
        self.given.load(Ordering::Relaxed) < self.runs
    }

    /// Another user takes the iteration.
    fn drop_start(&self) {
        self.given.fetch_sub(1, Ordering::Relaxed);
    }

    fn planned_iterations(&self) -> Option<u64> {
        Some(self.runs)
    }

    /// The last iteration ends the run, including users that have not started yet, or pause.
    fn finish(&self) {
        if self.finished.fetch_add(1, Ordering::Relaxed) + 1 == self.runs {
            self.shutdown.drain(Ended::Completed);
        }
    }
}

#[cfg(test)]
mod tests;
