//! The closed model: a user starts its next iteration when the previous one is over.

use std::task::{Context, Poll};

use super::{IterationSource, IterationStart, LoadModel, NextIteration, SourceParts, UserTurn};

/// Iterations for all users, at any time.
pub(crate) struct Closed;

impl IterationSource for Closed {
    fn poll_next(&self, turn: &mut UserTurn, _: &mut Context<'_>) -> Poll<Option<NextIteration>> {
        Poll::Ready(self.start_now(turn).map(|start| NextIteration { start, scenario: None }))
    }

    #[inline]
    fn start_now(&self, turn: &UserTurn) -> Option<IterationStart> {
        Some(IterationStart { at: turn.free_since, due: None })
    }
}

impl LoadModel for Closed {
    /// The default model of a run.
    fn from_parts(_: &SourceParts<'_>) -> Option<Self> {
        Some(Self)
    }
}
