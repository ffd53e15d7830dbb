//! The way of the records to an output that wants all of them: a thread of its own behind a bounded queue.
//!
//! The control hands over what it has read from the recorder, a piece at a time, and never waits. An output that is too
//! slow loses records, and they are counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;
use std::time::{Duration, SystemTime};

use molotov_core::{Record, Recorder, SeriesId};

/// Records that wait for a slow output before further ones are dropped. One takes about 100 B.
const CAPACITY: usize = 128 * 1024;

/// How long the end of a run waits for an output that is behind.
const PATIENCE: Duration = Duration::from_secs(10);

/// An output that gets every record of a run, on a thread of its own.
pub(crate) trait Consumer: Send + 'static {
    /// What it is called in messages.
    fn name(&self) -> &'static str;

    /// Which records it wants; only these are copied for it.
    fn wants(&self) -> fn(&Record) -> bool;

    /// Whether it wants a note of each iteration, too. They are made only for those that do.
    fn wants_iterations(&self) -> bool {
        false
    }

    /// Takes a record.
    fn record(&mut self, record: &Record, run: &mut RunFacts);

    /// So many users are active. It is told with each tick of the control, whether it has changed or not.
    fn users(&mut self, at: Duration, users: u32, run: &RunFacts);

    /// So many iterations were due, started and dropped so far, where they have due times. It is told with each tick, too.
    fn arrivals(&mut self, _: Arrivals) {}

    /// Nothing more is there for now: what is held back should leave.
    fn pause(&mut self);

    /// The run is over.
    fn end(&mut self) -> Told;
}

/// What became of iterations that were due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arrivals {
    pub(crate) due: u64,
    pub(crate) started: u64,
    pub(crate) dropped: u64,
}

/// What an output has to say in the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// What the user should know.
    pub(crate) warnings: Vec<String>,
    /// Why results could not be written.
    pub(crate) failure: Option<String>,
}

/// What an output must know of the run to understand its records.
pub(crate) struct RunFacts {
    recorder: Arc<Recorder>,
    names: Vec<String>,
    started_at: SystemTime,
    target: Option<String>,
}

impl RunFacts {
    /// Of a run that records here and started at this time, and whose plan names this base URL.
    pub(crate) fn new(recorder: Arc<Recorder>, started_at: SystemTime, target: Option<String>) -> Self {
        Self { recorder, names: Vec::new(), started_at, target }
    }

    /// The name of a series.
    pub(crate) fn name(&mut self, series: SeriesId) -> &str {
        let index = series.index as usize;
        if index >= self.names.len() {
            let new = self.recorder.series_since(self.names.len());
            self.names.extend(new.into_iter().map(|series| series.name));
        }
        self.names.get(index).map_or("?", String::as_str)
    }

    /// The time of day at this time since the start of the run.
    pub(crate) fn time_of_day(&self, at: Duration) -> SystemTime {
        self.started_at + at
    }

    /// The base URL of the requests: of the plan, or else the first one that a session was given.
    pub(crate) fn target(&self) -> Option<String> {
        self.target.clone().or_else(|| self.recorder.targets().into_iter().next())
    }
}

enum Fed {
    Began(RunFacts),
    Records(Vec<Record>),
    Users(Duration, u32),
    Arrivals(Arrivals),
    Ended,
}

/// The end of the queue at which the control stands.
#[derive(Clone)]
pub(crate) struct Feed {
    sender: Sender<Fed>,
    /// Records in the queue; the queue itself has no bound.
    waiting: Arc<AtomicUsize>,
    dropped: Arc<AtomicU64>,
    wants: fn(&Record) -> bool,
    pub(crate) wants_iterations: bool,
}

impl Feed {
    pub(crate) fn begin(&self, facts: RunFacts) {
        // Where the thread is gone, its end will be told.
        drop(self.sender.send(Fed::Began(facts)));
    }

    /// Hands over copies of these records, as far as they are wanted, or counts them as dropped. Never waits.
    pub(crate) fn records(&self, records: &[Record]) {
        let wanted = records.iter().filter(|record| (self.wants)(record));
        if !self.has_room() {
            self.dropped.fetch_add(wanted.count() as u64, Ordering::Relaxed);
            return;
        }
        let wanted: Vec<_> = wanted.cloned().collect();
        if !wanted.is_empty() {
            self.waiting.fetch_add(wanted.len(), Ordering::Relaxed);
            drop(self.sender.send(Fed::Records(wanted)));
        }
    }

    /// How many were dropped so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(crate) fn users(&self, at: Duration, users: u32) {
        self.tell(Fed::Users(at, users));
    }

    /// What is lost here is in the next ones.
    pub(crate) fn arrivals(&self, arrivals: Arrivals) {
        self.tell(Fed::Arrivals(arrivals));
    }

    fn tell(&self, fed: Fed) {
        if self.has_room() {
            self.waiting.fetch_add(1, Ordering::Relaxed);
            drop(self.sender.send(fed));
        }
    }

    fn has_room(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) < CAPACITY
    }
}

/// The end of the queue at which the output stands, seen by whoever started it.
pub(crate) struct Fork {
    name: &'static str,
    feed: Feed,
    done: Receiver<Told>,
}

impl Fork {
    /// Starts the output's thread.
    pub(crate) fn start(consumer: Box<dyn Consumer>) -> Self {
        let (sender, fed) = channel();
        let (tell, done) = sync_channel(1);
        let waiting = Arc::<AtomicUsize>::default();
        let (name, wants, wants_iterations) =
            (consumer.name(), consumer.wants(), consumer.wants_iterations());
        let thread = thread::Builder::new().name(format!("molotov-{name}"));
        let left = Arc::clone(&waiting);
        // Where the system has no thread left, the end says that the output did not come to its own.
        drop(thread.spawn(move || drop(tell.send(serve(consumer, &fed, &left)))));
        let feed = Feed { sender, waiting, dropped: Arc::default(), wants, wants_iterations };
        Self { name, feed, done }
    }

    /// For the control.
    pub(crate) fn feed(&self) -> Feed {
        self.feed.clone()
    }

    /// Waits until the output has got everything, and says what it has to say. It takes ten seconds at most.
    pub(crate) fn end(self) -> Told {
        drop(self.feed.sender.send(Fed::Ended));
        let mut told = self.done.recv_timeout(PATIENCE).unwrap_or_else(|_| Told {
            failure: Some(format!(
                "{}: not everything was written within {PATIENCE:?} of the end",
                self.name
            )),
            ..Told::default()
        });
        let dropped = self.feed.dropped.load(Ordering::Relaxed);
        if dropped > 0 {
            told.warnings.push(format!("{}: {dropped} records were dropped: it was too slow", self.name));
        }
        told
    }
}

fn serve(mut consumer: Box<dyn Consumer>, fed: &Receiver<Fed>, waiting: &AtomicUsize) -> Told {
    let mut facts = None;
    while let Ok(first) = fed.recv() {
        let mut next = Some(first);
        while let Some(fed_now) = next {
            match (fed_now, &mut facts) {
                (Fed::Began(run), facts) => *facts = Some(run),
                (Fed::Records(records), run) => {
                    if let Some(run) = run {
                        records.iter().for_each(|record| consumer.record(record, run));
                    }
                    waiting.fetch_sub(records.len(), Ordering::Relaxed);
                }
                (Fed::Users(at, users), run) => {
                    if let Some(run) = run {
                        consumer.users(at, users, run);
                    }
                    waiting.fetch_sub(1, Ordering::Relaxed);
                }
                (Fed::Arrivals(arrivals), _) => {
                    consumer.arrivals(arrivals);
                    waiting.fetch_sub(1, Ordering::Relaxed);
                }
                (Fed::Ended, _) => return consumer.end(),
            }
            next = fed.try_recv().ok();
        }
        consumer.pause();
    }
    // Whoever started it is gone.
    consumer.end()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use molotov_core::{Scenario, SeriesKind, Suite, Value};

    use super::*;
    use crate::execute::Job;
    use crate::execute::{Hear, Watcher, run_on_threads};
    use crate::plan::Plan;

    /// Writes down what it gets; waits for its gate before each record.
    struct Slow {
        seen: Arc<Mutex<Vec<String>>>,
        gate: Option<Receiver<()>>,
    }

    impl Consumer for Slow {
        fn name(&self) -> &'static str {
            "slow"
        }
        fn wants(&self) -> fn(&Record) -> bool {
            |record| matches!(record, Record::Value(..))
        }
        fn record(&mut self, record: &Record, run: &mut RunFacts) {
            if let Some(gate) = &self.gate {
                // The gate is open when its other end is gone.
                let _ = gate.recv();
            }
            if let Record::Value(series, _) = record {
                self.seen.lock().unwrap().push(run.name(*series).to_owned());
            }
        }
        fn users(&mut self, _: Duration, users: u32, _: &RunFacts) {
            self.seen.lock().unwrap().push(format!("{users} users"));
        }
        fn pause(&mut self) {}
        fn end(&mut self) -> Told {
            Told { warnings: vec!["bye".into()], failure: None }
        }
    }

    fn recorder() -> Arc<Recorder> {
        Arc::new(Recorder::new(1, |_| {}))
    }

    fn facts(recorder: &Arc<Recorder>) -> RunFacts {
        RunFacts::new(Arc::clone(recorder), SystemTime::UNIX_EPOCH, None)
    }

    #[test]
    fn an_output_gets_everything_in_order_and_with_names() {
        let (recorder, seen) = (recorder(), Arc::<Mutex<Vec<String>>>::default());
        let fork = Fork::start(Box::new(Slow { seen: Arc::clone(&seen), gate: None }));
        let feed = fork.feed();

        feed.begin(facts(&recorder));
        for name in ["sold", "bought"] {
            let series = recorder.series(SeriesKind::Counter, name);
            feed.records(&[Record::Braked, Record::Value(series, Value::Add(1.0))]);
        }
        feed.users(Duration::ZERO, 3);
        let told = fork.end();

        assert_eq!(*seen.lock().unwrap(), ["sold", "bought", "3 users"]);
        assert_eq!(told, Told { warnings: vec!["bye".into()], failure: None });
    }

    /// Counts what it gets of a whole run.
    #[derive(Clone, Default)]
    struct Counts {
        samples: Arc<AtomicU64>,
        notes: Arc<AtomicU64>,
        most_users: Arc<AtomicU64>,
    }

    impl Consumer for Counts {
        fn name(&self) -> &'static str {
            "counts"
        }
        fn wants(&self) -> fn(&Record) -> bool {
            |_| true
        }
        fn wants_iterations(&self) -> bool {
            true
        }
        fn record(&mut self, record: &Record, _: &mut RunFacts) {
            match record {
                Record::Sample(_) => self.samples.fetch_add(1, Ordering::Relaxed),
                Record::Iteration(_) => self.notes.fetch_add(1, Ordering::Relaxed),
                _ => 0,
            };
        }
        fn users(&mut self, _: Duration, users: u32, _: &RunFacts) {
            self.most_users.fetch_max(users.into(), Ordering::Relaxed);
        }
        fn pause(&mut self) {}
        fn end(&mut self) -> Told {
            Told::default()
        }
    }

    #[test]
    fn every_iteration_of_a_run_on_several_threads_arrives() {
        let suite = Suite::new().scenario(Scenario::new("idle", |_| Box::pin(async { Ok(()) })));
        let job = Job::new(suite, Plan::users(8).max_runs(5_000).threads(4)).unwrap();
        let counts = Counts::default();
        let fork = Fork::start(Box::new(counts.clone()));
        let watcher =
            Watcher { interval: Duration::from_secs(1), look: Box::new(|_| {}), feeds: vec![fork.feed()] };

        let report = run_on_threads(job, Hear::Nothing, Some(watcher), None).unwrap();

        assert_eq!(fork.end(), Told::default());
        assert_eq!(report.iterations.ok, 40_000);
        let counted = [&counts.samples, &counts.notes].map(|count| count.load(Ordering::Relaxed));
        assert_eq!(counted, [40_000, 40_000]);
        assert!(counts.most_users.load(Ordering::Relaxed) <= 8);
    }

    #[test]
    fn what_is_too_much_for_a_slow_output_is_dropped_and_counted_and_nobody_waits() {
        let (recorder, seen) = (recorder(), Arc::<Mutex<Vec<String>>>::default());
        let (open, gate) = channel();
        let fork = Fork::start(Box::new(Slow { seen, gate: Some(gate) }));
        let feed = fork.feed();
        let series = recorder.series(SeriesKind::Counter, "sold");
        let piece = vec![Record::Value(series, Value::Add(1.0)); 4096];

        feed.begin(facts(&recorder));
        let pieces = CAPACITY / piece.len() + 10;
        (0..pieces).for_each(|_| feed.records(&piece));
        drop(open);
        let told = fork.end();

        assert!(told.warnings[1].starts_with("slow: 40960 records were dropped"), "{told:?}");
    }
}
