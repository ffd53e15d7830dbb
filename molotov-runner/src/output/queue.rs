//! The bounded queue between a run and an output.
//!
//! The supervisor sends its messages one at a time, and never waits. A slow output loses some of them, and the loss is
//! counted here for every output.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use molotov_core::{Event, Listener, Record, Trace};

use super::seam::{ArrivalTotals, Interest, RunFacts};
use super::traces::TraceLedger;
use crate::lock::lock;
use crate::report::{Report, RunProgress, Snapshot};

/// The maximum number of records that wait for a slow output; further ones are dropped. A record takes about 100 B.
pub(super) const CAPACITY: usize = 128 * 1024;

/// The size of an event, in records: so at most 64 Ki of them wait.
const EVENT: usize = 2;

/// The size of a snapshot, in records: so at most eight of them wait.
const SNAPSHOT: usize = CAPACITY / 8;

/// The size of a trace, in records: so at most 1,024 of them wait. An exchange has some kilobytes.
pub(super) const TRACE: usize = CAPACITY / 1024;

/// The maximum number of notices of other outputs that are shown in a run.
const NOTICES: usize = 100;

/// A message to an output.
pub(super) enum OutputMessage {
    Started(RunFacts),
    Records(Vec<Record>),
    Event(Event),
    Users(Duration, u32),
    Arrivals(ArrivalTotals),
    Tick(Arc<Snapshot>),
    /// The latest progress is available; it waits beside the queue.
    Progress,
    Trace(Trace),
    Notice(String),
    Finished(Arc<Report>),
    /// The run is over, possibly without a report.
    Ended,
}

impl OutputMessage {
    /// The size of the message in the queue, in records.
    pub(super) fn room(&self) -> usize {
        match self {
            Self::Records(records) => records.len(),
            Self::Event(_) => EVENT,
            Self::Users(..) | Self::Arrivals(_) => 1,
            Self::Tick(_) => SNAPSHOT,
            Self::Trace(_) => TRACE,
            Self::Started(_) | Self::Progress | Self::Notice(_) | Self::Finished(_) | Self::Ended => 0,
        }
    }
}

/// Counts of messages for which an output's queue had no room.
#[derive(Debug, Default)]
pub(super) struct Dropped {
    records: AtomicU64,
    events: AtomicU64,
    ticks: AtomicU64,
}

impl Dropped {
    pub(super) fn warnings(&self, name: &str) -> Vec<String> {
        let counts = [(&self.records, "records"), (&self.events, "events"), (&self.ticks, "snapshots")];
        let mut warnings = Vec::new();
        for (count, what) in counts {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                warnings.push(format!("{name}: {count} {what} were dropped: it was too slow"));
            }
        }
        warnings
    }
}

/// The shared state of both ends of a queue.
#[derive(Debug, Default)]
pub(super) struct SharedQueueState {
    /// The used room, in records; the channel itself has no bound.
    pub(super) waiting: AtomicUsize,
    pub(super) dropped: Dropped,
    /// The latest progress that the output has not received yet.
    pub(super) progress: Mutex<Option<RunProgress>>,
    pub(super) traces: Mutex<TraceLedger>,
    notices: AtomicUsize,
    /// `true` if the run no longer waits for the output, which shows nothing further.
    pub(super) is_abandoned: AtomicBool,
}

/// The supervisor's end of the queue.
#[derive(Clone)]
pub(crate) struct OutputQueue {
    pub(super) name: Arc<str>,
    sender: Sender<OutputMessage>,
    pub(super) state: Arc<SharedQueueState>,
    pub(crate) interest: Interest,
}

impl OutputQueue {
    /// Creates a queue, and its other end.
    pub(super) fn new(name: &str, interest: Interest) -> (Self, Receiver<OutputMessage>) {
        let (sender, messages) = channel();
        (Self { name: Arc::from(name), sender, state: Arc::default(), interest }, messages)
    }

    pub(crate) fn start(&self, facts: RunFacts) {
        // If the thread is gone, its end is reported later.
        drop(self.sender.send(OutputMessage::Started(facts)));
    }

    /// Sends copies of the requested ones of these records, or counts them as dropped. Never waits.
    pub(crate) fn records(&self, records: &[Record]) {
        let Some(is_wanted) = self.interest.records else { return };
        let wanted = records.iter().filter(|record| is_wanted(record));
        if !self.has_room(1) {
            self.state.dropped.records.fetch_add(wanted.count() as u64, Ordering::Relaxed);
            return;
        }
        let wanted: Vec<_> = wanted.cloned().collect();
        if !wanted.is_empty() {
            self.send(OutputMessage::Records(wanted));
        }
    }

    /// The number of records that were dropped so far.
    pub(crate) fn dropped_records(&self) -> u64 {
        self.state.dropped.records.load(Ordering::Relaxed)
    }

    /// The number of events that were dropped so far.
    pub(crate) fn dropped_events(&self) -> u64 {
        self.state.dropped.events.load(Ordering::Relaxed)
    }

    /// A listener that sends each event, or counts it as dropped. Never waits.
    pub(crate) fn listener(&self) -> Listener {
        let queue = self.clone();
        Listener::new(&*self.name, move |event: &Event| {
            let message = OutputMessage::Event(event.clone());
            // The last event always has room: without it no log would be provably complete.
            if matches!(event, Event::RunEnded { .. }) {
                queue.send(message);
            } else if !queue.offer(message) {
                queue.state.dropped.events.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    pub(crate) fn users(&self, at: Duration, users: u32) {
        if self.interest.records.is_some() {
            self.offer(OutputMessage::Users(at, users));
        }
    }

    /// Sends totals; lost ones are contained in the next ones.
    pub(crate) fn arrivals(&self, arrivals: ArrivalTotals) {
        if self.interest.records.is_some() {
            self.offer(OutputMessage::Arrivals(arrivals));
        }
    }

    /// Sends the snapshot if requested, or counts it as dropped. Never waits.
    pub(crate) fn tick(&self, snapshot: &Arc<Snapshot>) {
        if self.interest.ticks && !self.offer(OutputMessage::Tick(Arc::clone(snapshot))) {
            self.state.dropped.ticks.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends the progress of the run if requested, in place of an earlier one that still waits.
    pub(crate) fn progress(&self, progress: &RunProgress) {
        if self.interest.progress && lock(&self.state.progress).replace(progress.clone()).is_none() {
            self.send(OutputMessage::Progress);
        }
    }

    /// Sends a line of the program's own, if it is among the first hundred of a run.
    pub(super) fn notice(&self, text: &str) {
        if self.state.notices.fetch_add(1, Ordering::Relaxed) < NOTICES {
            self.send(OutputMessage::Notice(text.to_owned()));
        }
    }

    /// Sends a trace if there is room.
    pub(super) fn trace(&self, trace: Trace) {
        self.offer(OutputMessage::Trace(trace));
    }

    pub(super) fn has_room_for_trace(&self) -> bool {
        self.has_room(TRACE)
    }

    /// Closes the queue: further traces are rejected.
    pub(super) fn close(&self) {
        let mut ledger = lock(&self.state.traces);
        ledger.is_ended = true;
        self.send(OutputMessage::Ended);
    }

    /// Adds a message if there is room for it.
    fn offer(&self, message: OutputMessage) -> bool {
        let has_room = self.has_room(message.room());
        if has_room {
            self.send(message);
        }
        has_room
    }

    pub(super) fn send(&self, message: OutputMessage) {
        self.state.waiting.fetch_add(message.room(), Ordering::Relaxed);
        drop(self.sender.send(message));
    }

    fn has_room(&self, room: usize) -> bool {
        self.state.waiting.load(Ordering::Relaxed) + room <= CAPACITY
    }
}
