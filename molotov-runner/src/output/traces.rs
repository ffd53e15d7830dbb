//! Counts of the traces that were offered to a display, and that were shown of these.

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
