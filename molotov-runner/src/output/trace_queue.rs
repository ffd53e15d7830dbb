//! Traces on their way from users to the display.
//!
//! Users never wait for the display; traces without room in its queue are counted.

use std::sync::{Arc, MutexGuard};

use molotov_core::{Trace, TraceSink};

use super::queue::OutputQueue;
use super::traces::{TraceLedger, TraceLevel};
use crate::lock::lock;

/// The users' end of a queue.
pub(super) struct TraceQueue {
    queue: OutputQueue,
    level: TraceLevel,
}

impl TraceQueue {
    /// Creates a sink for the traces of this level.
    pub(super) fn sink(queue: OutputQueue, level: TraceLevel) -> Arc<dyn TraceSink> {
        Arc::new(Self { queue, level })
    }

    fn ledger(&self) -> MutexGuard<'_, TraceLedger> {
        lock(&self.queue.state.traces)
    }
}

impl TraceSink for TraceQueue {
    fn wants_exchange(&self) -> bool {
        if self.level == TraceLevel::Lines {
            return false;
        }
        let mut ledger = self.ledger();
        let is_wanted = !ledger.is_ended && self.queue.has_room_for_trace();
        if !is_wanted && !ledger.is_ended {
            // Formatting it would be useless.
            ledger.offered.exchanges += 1;
        }
        is_wanted
    }

    fn wants_pauses(&self) -> bool {
        self.level == TraceLevel::Exchanges
    }

    fn emit(&self, trace: Trace) {
        // The lock is held during the send, so that nothing follows the end of the queue.
        let mut ledger = self.ledger();
        if !ledger.is_ended {
            ledger.offered.add(&trace);
            self.queue.trace(trace);
        }
    }
}

#[cfg(test)]
mod tests;
