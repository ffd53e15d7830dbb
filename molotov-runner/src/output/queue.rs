//! The way of a run to an output: a thread of its own behind a bounded queue.
//!
//! The control hands over what it has, a piece at a time, and never waits. An output that is too slow loses some of it, and what
//! is lost is counted here, whatever the output is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use molotov_core::{Event, Listener, Record, Result};

use super::seam::{ArrivalTotals, Interest, Output, RunFacts};
use crate::panics;
use crate::report::{Report, Snapshot};

/// Records that wait for a slow output before further ones are dropped. One takes about 100 B.
const CAPACITY: usize = 128 * 1024;

/// The room of an event, in records: so 64 Ki of them wait at most.
const EVENT: usize = 2;

/// The room of a snapshot, in records: so eight of them wait at most.
const SNAPSHOT: usize = CAPACITY / 8;

/// How long the end of a run waits for an output that is behind.
const PATIENCE: Duration = Duration::from_secs(10);

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
    Finished(Arc<Report>),
}

impl OutputMessage {
    /// How much of the queue it takes, in records.
    fn room(&self) -> usize {
        match self {
            Self::Records(records) => records.len(),
            Self::Event(_) => EVENT,
            Self::Users(..) | Self::Arrivals(_) => 1,
            Self::Tick(_) => SNAPSHOT,
            Self::Started(_) | Self::Finished(_) => 0,
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
    pub(crate) interest: Interest,
}

impl OutputQueue {
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
        let (sender, messages) = channel();
        let (closed, done) = sync_channel(1);
        let waiting = Arc::<AtomicUsize>::default();
        let (name, interest): (Arc<str>, _) = (Arc::from(output.name()), output.interest());
        let thread = thread::Builder::new().name(format!("molotov-{name}"));
        let served = Served { output, facts: None, name: Arc::clone(&name), failures: BTreeMap::new() };
        let left = Arc::clone(&waiting);
        // Where the system has no thread left, the end says that the output did not come to its own.
        drop(thread.spawn(move || served.serve(&messages, &left).map(|closing| closed.send(closing))));
        let queue = OutputQueue { name, sender, waiting, dropped: Arc::default(), interest };
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
        let mut closing = self.done.recv_timeout(PATIENCE).unwrap_or_else(|_| Closing {
            failures: vec![format!("{name}: not everything was written within {PATIENCE:?} of the end")],
            ..Closing::default()
        });
        closing.warnings.extend(self.queue.dropped.warnings(name));
        closing
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
}

impl Served {
    /// Hands messages to the output until the last one. `None` where the run was dropped before.
    fn serve(mut self, messages: &Receiver<OutputMessage>, waiting: &AtomicUsize) -> Option<Closing> {
        panics::install_hook();
        while let Ok(first) = messages.recv() {
            let mut next = Some(first);
            while let Some(message) = next {
                let room = message.room();
                if let OutputMessage::Finished(report) = message {
                    return Some(self.finish(&report));
                }
                self.handle(message);
                waiting.fetch_sub(room, Ordering::Relaxed);
                next = messages.try_recv().ok();
            }
            self.call(|output, _| output.flush());
        }
        None
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
            OutputMessage::Finished(_) => {}
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
        let Some(facts) = &mut self.facts else { return };
        let why = match panics::catch_call(|| call(&mut *self.output, facts)) {
            Ok(Ok(())) => return,
            Ok(Err(why)) => format!("{}: {why}", self.name),
            Err(panicked) => format!("output `{}` {panicked}", self.name),
        };
        if self.failures.len() < MAX_FAILURES || self.failures.contains_key(&why) {
            *self.failures.entry(why).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests;
