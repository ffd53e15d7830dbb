//! What waits to be shown: a bounded queue of remarks, and the latest snapshot.
//!
//! Users put into it what they have to say and never wait for whoever shows it; what does not fit is counted.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use molotov_core::{Trace, TraceSink};

use crate::report::RunProgress;

/// Remarks that wait at most; an exchange has some kilobytes.
const CAPACITY: usize = 1024;

/// Lines of the program's own that wait at most.
const LINES: usize = 100;

/// What waits to be shown.
#[derive(Debug, Default)]
pub(crate) struct DisplayQueue {
    /// Whether requests and responses are wanted (`-vv`).
    exchanges: bool,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    remarks: VecDeque<Trace>,
    /// What the program itself has to say.
    lines: Vec<String>,
    /// One that comes while the one before it still waits takes its place.
    snapshot: Option<RunProgress>,
    offered: Count,
    shown: Count,
    /// Nothing more is taken.
    ended: bool,
    /// Nobody waits any more for what is left.
    abandoned: bool,
}

/// How many remarks of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) lines: u64,
    pub(crate) exchanges: u64,
    pub(crate) pauses: u64,
}

impl Count {
    fn add(&mut self, trace: &Trace) {
        match trace {
            Trace::Exchanged(_) => self.exchanges += 1,
            Trace::Paused(_) => self.pauses += 1,
            _ => self.lines += 1,
        }
    }
}

/// What is to be shown next.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) remarks: VecDeque<Trace>,
    pub(super) lines: Vec<String>,
    pub(super) snapshot: Option<RunProgress>,
}

impl DisplayQueue {
    pub(super) fn new(exchanges: bool) -> Self {
        Self { exchanges, ..Self::default() }
    }

    pub(super) fn look(&self, snapshot: RunProgress) {
        self.state().snapshot = Some(snapshot);
        self.news.notify_one();
    }

    /// Takes a line of the program's own, if there is room.
    pub(super) fn say(&self, text: &str) {
        let mut state = self.state();
        if state.lines.len() < LINES {
            state.lines.push(text.to_owned());
        }
        self.news.notify_one();
    }

    /// Waits for something to be shown; `None` when nothing comes any more.
    pub(super) fn next(&self) -> Option<Batch> {
        let is_empty =
            |state: &State| state.remarks.is_empty() && state.lines.is_empty() && state.snapshot.is_none();
        let is_idle = |state: &mut State| !state.ended && !state.abandoned && is_empty(state);
        let mut state = self.news.wait_while(self.state(), is_idle).unwrap_or_else(PoisonError::into_inner);
        let done = state.abandoned || is_empty(&state);
        let state = &mut *state;
        let batch = Batch {
            remarks: mem::take(&mut state.remarks),
            lines: mem::take(&mut state.lines),
            snapshot: state.snapshot.take(),
        };
        (!done).then_some(batch)
    }

    /// These were written. False when nobody waits any more for the rest.
    pub(super) fn wrote<'r>(&self, remarks: impl IntoIterator<Item = &'r Trace>) -> bool {
        let mut state = self.state();
        remarks.into_iter().for_each(|trace| state.shown.add(trace));
        !state.abandoned
    }

    /// How many were written so far.
    pub(super) fn written(&self) -> u64 {
        let Count { lines, exchanges, pauses } = self.state().shown;
        lines + exchanges + pauses
    }

    /// Nothing more is taken; what is there is still shown.
    pub(super) fn end(&self) {
        self.state().ended = true;
        self.news.notify_one();
    }

    /// Nobody waits any more. Says what was not shown.
    pub(super) fn abandon(&self) -> Count {
        let mut state = self.state();
        state.abandoned = true;
        let (offered, shown) = (state.offered, state.shown);
        Count {
            lines: offered.lines - shown.lines,
            exchanges: offered.exchanges - shown.exchanges,
            pauses: offered.pauses - shown.pauses,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TraceSink for DisplayQueue {
    fn wants_exchange(&self) -> bool {
        if !self.exchanges {
            return false;
        }
        let mut state = self.state();
        let has_room = !state.ended && state.remarks.len() < CAPACITY;
        if !has_room && !state.ended {
            // It would be put together in vain.
            state.offered.exchanges += 1;
        }
        has_room
    }

    fn wants_pauses(&self) -> bool {
        self.exchanges
    }

    fn emit(&self, trace: Trace) {
        let mut state = self.state();
        if state.ended {
            return;
        }
        state.offered.add(&trace);
        if state.remarks.len() < CAPACITY {
            state.remarks.push_back(trace);
            drop(state);
            self.news.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use molotov_core::{Logged, Paused};

    use super::*;

    fn line() -> Trace {
        Trace::Logged(Logged::default())
    }

    fn exchange() -> Trace {
        Trace::Exchanged(Box::default())
    }

    #[test]
    fn what_does_not_fit_is_counted_and_nobody_waits() {
        let outbox = DisplayQueue::new(true);

        (0..CAPACITY + 2).for_each(|_| outbox.emit(line()));
        outbox.emit(exchange());
        outbox.emit(Trace::Paused(Paused::default()));
        assert!(!outbox.wants_exchange());

        let batch = outbox.next().unwrap();
        assert_eq!(batch.remarks.len(), CAPACITY);
        assert!(outbox.wrote(&batch.remarks) && outbox.wants_exchange());
        assert_eq!(outbox.written(), CAPACITY as u64);
        assert_eq!(outbox.abandon(), Count { lines: 2, exchanges: 2, pauses: 1 });
    }

    #[test]
    fn what_is_there_at_the_end_is_still_shown_and_what_comes_later_is_not() {
        let outbox = DisplayQueue::new(false);
        outbox.emit(line());
        outbox.look(RunProgress::default());

        outbox.end();
        outbox.emit(line());

        let batch = outbox.next().unwrap();
        assert_eq!((batch.remarks.len(), batch.snapshot.is_some()), (1, true));
        assert!(outbox.next().is_none());
        assert!(!outbox.wants_exchange());
        assert_eq!(outbox.abandon(), Count { lines: 1, ..Count::default() });
        assert!(!outbox.wrote(&batch.remarks));
    }
}
