//! The way of a run to an output: a thread of its own behind a bounded queue.
//!
//! The control hands over what it has, a piece at a time, and never waits. An output that is too slow loses some of it, and what
//! is lost is counted here, whatever the output is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use molotov_core::{Event, Listener, Record, Result, Trace};

use super::seam::{ArrivalTotals, Interest, Output, RunFacts};
use super::traces::{TraceCount, TraceLedger};
use crate::lock::lock;
use crate::panics;
use crate::report::{Report, RunProgress, Snapshot};

/// Records that wait for a slow output before further ones are dropped. One takes about 100 B.
const CAPACITY: usize = 128 * 1024;

/// The room of an event, in records: so 64 Ki of them wait at most.
const EVENT: usize = 2;

/// The room of a snapshot, in records: so eight of them wait at most.
const SNAPSHOT: usize = CAPACITY / 8;

/// The room of a trace, in records: so 1,024 of them wait at most. An exchange has some kilobytes.
const TRACE: usize = CAPACITY / 1024;

/// Traces that are handed over at once.
const TRACES: usize = 16;

/// Notices of other outputs that are shown in a run.
const NOTICES: usize = 100;

/// How long the end of a run waits for an output that is behind.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the end of a run waits for a display that shows nothing: its terminal may have been stopped.
const STEP: Duration = Duration::from_secs(1);

/// Different failures of an output that are told.
const MAX_FAILURES: usize = 10;

/// What an output gets.
enum OutputMessage {
    Started(RunFacts),
    Records(Vec<Record>),
    Event(Event),
    Users(Duration, u32),
    Arrivals(ArrivalTotals),
    Tick(Arc<Snapshot>),
    /// The latest progress has come; it waits beside the queue.
    Progress,
    Trace(Trace),
    Notice(String),
    Finished(Arc<Report>),
    /// The run is over, and there may be no report.
    Ended,
}

impl OutputMessage {
    /// How much of the queue it takes, in records.
    fn room(&self) -> usize {
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

/// What an output had to say in the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Closing {
    /// What the user should know.
    pub(crate) warnings: Vec<String>,
    /// Why results could not be written.
    pub(crate) failures: Vec<String>,
}

/// What did not fit into the queue of an output.
#[derive(Debug, Default)]
struct Dropped {
    records: AtomicU64,
    events: AtomicU64,
    ticks: AtomicU64,
}

impl Dropped {
    fn warnings(&self, name: &str) -> Vec<String> {
        let counts = [(&self.records, "records"), (&self.events, "events"), (&self.ticks, "snapshots")];
        let counts = counts.map(|(count, what)| (count.load(Ordering::Relaxed), what));
        let lost = counts.into_iter().filter(|(count, _)| *count > 0);
        lost.map(|(count, what)| format!("{name}: {count} {what} were dropped: it was too slow")).collect()
    }
}

/// The end of the queue at which the control stands.
#[derive(Clone)]
pub(crate) struct OutputQueue {
    name: Arc<str>,
    sender: Sender<OutputMessage>,
    /// Room that is taken, in records; the queue itself has no bound.
    waiting: Arc<AtomicUsize>,
    dropped: Arc<Dropped>,
    /// The latest progress that the output has not got yet.
    progress: Arc<Mutex<Option<RunProgress>>>,
    pub(super) traces: Arc<Mutex<TraceLedger>>,
    notices: Arc<AtomicUsize>,
    /// The run does not wait for the output any more, which shows nothing further.
    is_abandoned: Arc<AtomicBool>,
    pub(crate) interest: Interest,
}

impl OutputQueue {
    /// A queue, and its other end.
    fn new(name: &str, interest: Interest) -> (Self, Receiver<OutputMessage>) {
        let (sender, messages) = channel();
        let queue = Self {
            name: Arc::from(name),
            sender,
            waiting: Arc::default(),
            dropped: Arc::default(),
            progress: Arc::default(),
            traces: Arc::default(),
            notices: Arc::default(),
            is_abandoned: Arc::default(),
            interest,
        };
        (queue, messages)
    }

    pub(crate) fn start(&self, facts: RunFacts) {
        // Where the thread is gone, its end will be told.
        drop(self.sender.send(OutputMessage::Started(facts)));
    }

    /// Hands over copies of these records, as far as they are wanted, or counts them as dropped. Never waits.
    pub(crate) fn records(&self, records: &[Record]) {
        let Some(is_wanted) = self.interest.records else { return };
        let wanted = records.iter().filter(|record| is_wanted(record));
        if !self.has_room(1) {
            self.dropped.records.fetch_add(wanted.count() as u64, Ordering::Relaxed);
            return;
        }
        let wanted: Vec<_> = wanted.cloned().collect();
        if !wanted.is_empty() {
            self.send(OutputMessage::Records(wanted));
        }
    }

    /// How many records were dropped so far.
    pub(crate) fn dropped_records(&self) -> u64 {
        self.dropped.records.load(Ordering::Relaxed)
    }

    /// How many events were dropped so far.
    pub(crate) fn dropped_events(&self) -> u64 {
        self.dropped.events.load(Ordering::Relaxed)
    }

    /// A listener that hands over each event, or counts it as dropped. Never waits.
    pub(crate) fn listener(&self) -> Listener {
        let queue = self.clone();
        Listener::new(&*self.name, move |event: &Event| {
            let message = OutputMessage::Event(event.clone());
            // The end has room always: without it nothing is known to be complete.
            if matches!(event, Event::RunEnded { .. }) {
                queue.send(message);
            } else if !queue.offer(message) {
                queue.dropped.events.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    pub(crate) fn users(&self, at: Duration, users: u32) {
        if self.interest.records.is_some() {
            self.offer(OutputMessage::Users(at, users));
        }
    }

    /// What is lost here is in the next ones.
    pub(crate) fn arrivals(&self, arrivals: ArrivalTotals) {
        if self.interest.records.is_some() {
            self.offer(OutputMessage::Arrivals(arrivals));
        }
    }

    /// Hands over how the run stands, where that is wanted, or counts it as dropped. Never waits.
    pub(crate) fn tick(&self, snapshot: &Arc<Snapshot>) {
        if self.interest.ticks && !self.offer(OutputMessage::Tick(Arc::clone(snapshot))) {
            self.dropped.ticks.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Hands over the progress of the run, where that is wanted, in place of an earlier one that still waits.
    pub(crate) fn progress(&self, progress: &RunProgress) {
        if self.interest.progress && lock(&self.progress).replace(progress.clone()).is_none() {
            self.send(OutputMessage::Progress);
        }
    }

    /// Hands over a line of the program's own, among the first hundred of a run.
    pub(super) fn notice(&self, text: &str) {
        if self.notices.fetch_add(1, Ordering::Relaxed) < NOTICES {
            self.send(OutputMessage::Notice(text.to_owned()));
        }
    }

    /// Hands over a trace if there is room.
    pub(super) fn trace(&self, trace: Trace) {
        self.offer(OutputMessage::Trace(trace));
    }

    pub(super) fn has_room_for_trace(&self) -> bool {
        self.has_room(TRACE)
    }

    /// Adds a message if there is room for it.
    fn offer(&self, message: OutputMessage) -> bool {
        let has_room = self.has_room(message.room());
        if has_room {
            self.send(message);
        }
        has_room
    }

    fn send(&self, message: OutputMessage) {
        self.waiting.fetch_add(message.room(), Ordering::Relaxed);
        drop(self.sender.send(message));
    }

    fn has_room(&self, room: usize) -> bool {
        self.waiting.load(Ordering::Relaxed) + room <= CAPACITY
    }
}

/// The end of the queue at which the output stands, seen by whoever started it.
pub(crate) struct OutputThread {
    queue: OutputQueue,
    done: Receiver<Closing>,
}

impl OutputThread {
    /// Starts the output's thread.
    pub(crate) fn start(output: Box<dyn Output>) -> Self {
        let (queue, messages) = OutputQueue::new(output.name(), output.interest());
        let (closed, done) = sync_channel(1);
        let thread = thread::Builder::new().name(format!("molotov-{}", queue.name));
        let served = Served::new(output, &queue);
        // Where the system has no thread left, the end says that the output did not come to its own.
        drop(thread.spawn(move || served.serve(&messages).map(|closing| closed.send(closing))));
        Self { queue, done }
    }

    /// For the control.
    pub(crate) fn queue(&self) -> OutputQueue {
        self.queue.clone()
    }

    /// Hands over the report, waits until the output has got everything, and says what it has to say. It takes ten seconds at
    /// most.
    pub(crate) fn finish(self, report: Arc<Report>) -> Closing {
        let name = &*self.queue.name;
        self.queue.send(OutputMessage::Finished(report));
        let mut closing = self.wait().unwrap_or_else(|| Closing {
            failures: vec![format!("{name}: not everything was written within {PATIENCE:?} of the end")],
            ..Closing::default()
        });
        closing.warnings.extend(self.queue.dropped.warnings(name));
        closing
    }

    /// Waits until the output has got what was handed over, and drops it. Returns the traces that were not shown.
    pub(super) fn end(self) -> TraceCount {
        {
            let mut ledger = lock(&self.queue.traces);
            ledger.is_ended = true;
            self.queue.send(OutputMessage::Ended);
        }
        // What its failures were is of no interest: a terminal that is gone is no result that is missing.
        drop(self.wait());
        self.queue.is_abandoned.store(true, Ordering::Relaxed);
        lock(&self.queue.traces).missed()
    }

    /// Waits for the end of the output; for a display only as long as it gets on. `None` where it did not end.
    fn wait(&self) -> Option<Closing> {
        let step = if self.queue.interest.is_display { STEP } else { PATIENCE };
        let mut waiting = self.queue.waiting.load(Ordering::Relaxed);
        for _ in 0..PATIENCE.as_secs() / step.as_secs() {
            match self.done.recv_timeout(step) {
                Ok(closing) => return Some(closing),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let left = self.queue.waiting.load(Ordering::Relaxed);
            if left == waiting {
                return None;
            }
            waiting = left;
        }
        None
    }
}

/// An output on its thread.
struct Served {
    output: Box<dyn Output>,
    /// Once the run has started.
    facts: Option<RunFacts>,
    name: Arc<str>,
    /// What went wrong in it, and how often.
    failures: BTreeMap<String, u64>,
    waiting: Arc<AtomicUsize>,
    progress: Arc<Mutex<Option<RunProgress>>>,
    traces: Arc<Mutex<TraceLedger>>,
    is_abandoned: Arc<AtomicBool>,
}

impl Served {
    fn new(output: Box<dyn Output>, queue: &OutputQueue) -> Self {
        Self {
            output,
            facts: None,
            name: Arc::clone(&queue.name),
            failures: BTreeMap::new(),
            waiting: Arc::clone(&queue.waiting),
            progress: Arc::clone(&queue.progress),
            traces: Arc::clone(&queue.traces),
            is_abandoned: Arc::clone(&queue.is_abandoned),
        }
    }

    /// Hands messages to the output until the last one. `None` where the run was dropped before, or waits no more.
    fn serve(mut self, messages: &Receiver<OutputMessage>) -> Option<Closing> {
        panics::install_hook();
        while let Ok(first) = messages.recv() {
            let mut next = Some(first);
            while let Some(message) = next {
                if self.is_abandoned.load(Ordering::Relaxed) {
                    return None;
                }
                let room = message.room();
                next = match message {
                    OutputMessage::Finished(report) => return Some(self.finish(&report)),
                    OutputMessage::Ended => return Some(Closing::default()),
                    OutputMessage::Trace(trace) => self.handle_traces(trace, messages),
                    message => {
                        self.handle(message);
                        self.waiting.fetch_sub(room, Ordering::Relaxed);
                        messages.try_recv().ok()
                    }
                };
            }
            self.call(|output, _| output.flush());
        }
        None
    }

    /// Hands over this trace and those that follow it, and returns the message after them.
    fn handle_traces(&mut self, first: Trace, messages: &Receiver<OutputMessage>) -> Option<OutputMessage> {
        let mut traces = vec![first];
        while traces.len() < TRACES {
            match messages.try_recv().ok() {
                Some(OutputMessage::Trace(trace)) => traces.push(trace),
                next => {
                    self.show(&traces);
                    return next;
                }
            }
        }
        self.show(&traces);
        messages.try_recv().ok()
    }

    /// Hands over traces, and counts them as shown if they were.
    fn show(&mut self, traces: &[Trace]) {
        if self.attempt(|output| output.traces(traces)) {
            let mut ledger = lock(&self.traces);
            traces.iter().for_each(|trace| ledger.shown.add(trace));
        }
        self.waiting.fetch_sub(traces.len() * TRACE, Ordering::Relaxed);
    }

    fn handle(&mut self, message: OutputMessage) {
        match message {
            OutputMessage::Started(facts) => self.facts = Some(facts),
            OutputMessage::Records(records) => {
                records.iter().for_each(|record| self.call(|output, run| output.record(record, run)));
            }
            OutputMessage::Event(event) => self.call(|output, run| output.event(&event, run)),
            OutputMessage::Users(at, users) => self.call(|output, run| output.users(at, users, run)),
            OutputMessage::Arrivals(totals) => self.call(|output, _| output.arrivals(totals)),
            OutputMessage::Tick(snapshot) => self.call(|output, run| output.tick(&snapshot, run)),
            OutputMessage::Progress => {
                let latest = lock(&self.progress).take();
                latest.iter().for_each(|progress| {
                    self.attempt(|output| output.progress(progress));
                });
            }
            OutputMessage::Notice(text) => {
                self.attempt(|output| output.notice(&text));
            }
            OutputMessage::Trace(_) | OutputMessage::Finished(_) | OutputMessage::Ended => {}
        }
    }

    fn finish(mut self, report: &Report) -> Closing {
        self.call(|output, _| output.flush());
        self.call(|output, _| output.finish(report));
        let mut warnings = Vec::new();
        self.call(|output, _| {
            warnings = output.warnings();
            Ok(())
        });
        let failures = self.failures.into_iter().map(|(why, times)| match times {
            1 => why,
            times => format!("{why} ({times} times)"),
        });
        Closing { warnings, failures: failures.collect() }
    }

    /// Calls the output, where the run has started. What goes wrong in it is counted.
    fn call(&mut self, call: impl FnOnce(&mut dyn Output, &mut RunFacts) -> Result) {
        if let Some(mut facts) = self.facts.take() {
            self.attempt(|output| call(output, &mut facts));
            self.facts = Some(facts);
        }
    }

    /// Calls the output. False where something went wrong in it, which is counted.
    fn attempt(&mut self, call: impl FnOnce(&mut dyn Output) -> Result) -> bool {
        let why = match panics::catch_call(|| call(&mut *self.output)) {
            Ok(Ok(())) => return true,
            Ok(Err(why)) => format!("{}: {why}", self.name),
            Err(panicked) => format!("output `{}` {panicked}", self.name),
        };
        if self.failures.len() < MAX_FAILURES || self.failures.contains_key(&why) {
            *self.failures.entry(why).or_default() += 1;
        }
        false
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod trace_tests;
