//! The closed model: a user starts its next iteration when the last one is over.

use std::task::{Context, Poll};

use super::{IterationSource, IterationStart, UserTurn};

/// Iterations for everybody, at any time.
pub(crate) struct Closed;

impl IterationSource for Closed {
    #[inline]
    fn poll_start(&self, turn: &mut UserTurn, _: &mut Context<'_>) -> Poll<Option<IterationStart>> {
        Poll::Ready(Some(IterationStart { at: turn.free_since, due: None, scenario: None }))
    }
}
