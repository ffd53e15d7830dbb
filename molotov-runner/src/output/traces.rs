//! Counts of the traces that were offered to a display, and of the shown ones.

use molotov_core::Trace;

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

/// The traces of one queue so far, and its state.
#[derive(Debug, Default)]
pub(super) struct TraceLedger {
    pub(super) offered: TraceCount,
    pub(super) shown: TraceCount,
    /// `true` after the end: no more traces are accepted.
    pub(super) is_ended: bool,
}

impl TraceLedger {
    /// The traces that were offered and not shown.
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
    /// Only lines of `session.log`.
    Lines,
    /// Also requests, responses and pauses (`-vv`).
    Exchanges,
}

impl TraceLevel {
    /// The level for this number of `-v`.
    pub(crate) fn from_verbosity(times: u8) -> Self {
        if times >= 2 { Self::Exchanges } else { Self::Lines }
    }
}
