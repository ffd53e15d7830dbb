//! Traces on their way from users to the display: what was offered, and what was shown of it.
//!
//! Users never wait for the display; what does not fit into its queue is counted.

use std::sync::{Arc, MutexGuard};

use molotov_core::{Trace, TraceSink};

use super::queue::OutputQueue;
use crate::lock::lock;

/// Counts of traces, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TraceCount {
    pub(crate) lines: u64,
    pub(crate) exchanges: u64,
    pub(crate) pauses: u64,
}

impl TraceCount {
    pub(super) fn add(&mut self, trace: &Trace) {
        match trace {
            Trace::Exchanged(_) => self.exchanges += 1,
            Trace::Paused(_) => self.pauses += 1,
            _ => self.lines += 1,
        }
    }
}

/// The traces of one queue so far, and whether it still takes some.
#[derive(Debug, Default)]
pub(super) struct TraceLedger {
    pub(super) offered: TraceCount,
    pub(super) shown: TraceCount,
    /// Nothing more is taken.
    pub(super) is_ended: bool,
}

impl TraceLedger {
    /// Those that were offered and not shown.
    pub(super) fn missed(&self) -> TraceCount {
        TraceCount {
            lines: self.offered.lines - self.shown.lines,
            exchanges: self.offered.exchanges - self.shown.exchanges,
            pauses: self.offered.pauses - self.shown.pauses,
        }
    }
}

/// The traces that a display shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TraceLevel {
    /// Lines of `session.log` alone.
    Lines,
    /// Requests, responses and pauses, too (`-vv`).
    Exchanges,
}

impl TraceLevel {
    /// The level for so many `-v`.
    pub(crate) fn from_verbosity(times: u8) -> Self {
        if times >= 2 { Self::Exchanges } else { Self::Lines }
    }
}

/// The end of a queue at which users stand.
pub(super) struct TraceQueue {
    queue: OutputQueue,
    level: TraceLevel,
}

impl TraceQueue {
    /// Makes a sink for the traces of this level.
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
            // It would be put together in vain.
            ledger.offered.exchanges += 1;
        }
        is_wanted
    }

    fn wants_pauses(&self) -> bool {
        self.level == TraceLevel::Exchanges
    }

    fn emit(&self, trace: Trace) {
        // The lock is held over the sending, so that nothing comes after the end of the queue.
        let mut ledger = self.ledger();
        if !ledger.is_ended {
            ledger.offered.add(&trace);
            self.queue.trace(trace);
        }
    }
}

#[cfg(test)]
mod tests;
