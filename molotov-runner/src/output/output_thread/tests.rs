use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::channel;
use std::time::SystemTime;

use molotov_core::{Record, Recorder, Result, Scenario, SeriesKind, Suite, Value};

use super::*;
use crate::execute::Job;
use crate::execute::{SignalSource, Watcher, run_on_threads};
use crate::output::queue::CAPACITY;
use crate::output::seam::{Interest, RunFacts};
use crate::plan::Plan;
use crate::report::test_reports::empty;

/// Stores its records; waits for its gate before each.
struct Slow {
    seen: Arc<Mutex<Vec<String>>>,
    gate: Option<Receiver<()>>,
}

impl Output for Slow {
    fn name(&self) -> &str {
        "slow"
    }
    fn interest(&self) -> Interest {
        Interest::report().records(|record| matches!(record, Record::Value(..)))
    }
    fn record(&mut self, record: &Record, run: &mut RunFacts) -> Result {
        if let Some(gate) = &self.gate {
            // The gate is open when its other end is dropped.
            let _ = gate.recv();
        }
        if let Record::Value(series, _) = record {
            self.seen.lock().unwrap().push(run.name(*series).to_owned());
        }
        Ok(())
    }
    fn users(&mut self, _: Duration, users: u32, _: &mut RunFacts) -> Result {
        self.seen.lock().unwrap().push(format!("{users} users"));
        Ok(())
    }
    fn warnings(&mut self) -> Vec<String> {
        vec!["bye".into()]
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
    let thread = OutputThread::start(Box::new(Slow { seen: Arc::clone(&seen), gate: None }), None);
    let queue = thread.queue();

    queue.start(facts(&recorder));
    for name in ["sold", "bought"] {
        let series = recorder.series(SeriesKind::Counter, name);
        queue.records(&[Record::Braked, Record::Value(series, Value::Add(1.0))]);
    }
    queue.users(Duration::ZERO, 3);
    let closing = thread.finish(Arc::new(empty()));

    assert_eq!(*seen.lock().unwrap(), ["sold", "bought", "3 users"]);
    assert_eq!(closing, Closing { warnings: vec!["bye".into()], failures: Vec::new() });
}

/// Counts the messages of a whole run.
#[derive(Clone, Default)]
struct Counts {
    samples: Arc<AtomicU64>,
    notes: Arc<AtomicU64>,
    most_users: Arc<AtomicU64>,
}

impl Output for Counts {
    fn name(&self) -> &str {
        "counts"
    }
    fn interest(&self) -> Interest {
        Interest::report().records(|_| true).iterations()
    }
    fn record(&mut self, record: &Record, _: &mut RunFacts) -> Result {
        match record {
            Record::Sample(_) => self.samples.fetch_add(1, Ordering::Relaxed),
            Record::Iteration(_) => self.notes.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
        Ok(())
    }
    fn users(&mut self, _: Duration, users: u32, _: &mut RunFacts) -> Result {
        self.most_users.fetch_max(users.into(), Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn every_iteration_of_a_run_on_several_threads_arrives() {
    let suite = Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
    let job = Job::new(suite, Plan::users(8).max_runs(5_000).threads(4)).unwrap();
    let counts = Counts::default();
    let thread = OutputThread::start(Box::new(counts.clone()), None);
    let watcher = Watcher { interval: Duration::from_secs(1), queues: vec![thread.queue()] };

    let report = run_on_threads(job, SignalSource::Ignored, Some(watcher), None).unwrap();

    assert_eq!(thread.finish(Arc::new(report.clone())), Closing::default());
    assert_eq!(report.iterations.ok, 40_000);
    let counted = [&counts.samples, &counts.notes].map(|count| count.load(Ordering::Relaxed));
    assert_eq!(counted, [40_000, 40_000]);
    assert!(counts.most_users.load(Ordering::Relaxed) <= 8);
}

#[test]
fn overflow_of_a_slow_output_is_dropped_and_counted_without_waiting() {
    let (recorder, seen) = (recorder(), Arc::<Mutex<Vec<String>>>::default());
    let (open, gate) = channel();
    let thread = OutputThread::start(Box::new(Slow { seen, gate: Some(gate) }), None);
    let queue = thread.queue();
    let series = recorder.series(SeriesKind::Counter, "sold");
    let piece = vec![Record::Value(series, Value::Add(1.0)); 4096];

    queue.start(facts(&recorder));
    let pieces = CAPACITY / piece.len() + 10;
    (0..pieces).for_each(|_| queue.records(&piece));
    drop(open);
    let closing = thread.finish(Arc::new(empty()));

    assert!(closing.warnings[1].starts_with("slow: 40960 records were dropped"), "{closing:?}");
}

/// Fails or panics at each call.
struct Broken;

impl Output for Broken {
    fn name(&self) -> &str {
        "broken"
    }
    fn interest(&self) -> Interest {
        Interest::report().records(|_| true)
    }
    fn record(&mut self, _: &Record, _: &mut RunFacts) -> Result {
        panic!("no disk")
    }
    fn finish(&mut self, _: &Report) -> Result {
        Err("no network".into())
    }
}

#[test]
fn an_output_that_fails_or_panics_is_named_with_how_often() {
    let recorder = recorder();
    let thread = OutputThread::start(Box::new(Broken), None);
    let queue = thread.queue();

    queue.start(facts(&recorder));
    queue.records(&[Record::Braked, Record::Braked]);
    let closing = thread.finish(Arc::new(empty()));

    assert_eq!(closing.failures[0], "broken: no network");
    let panicked = &closing.failures[1];
    assert!(panicked.starts_with("output `broken` panicked at "), "{panicked}");
    assert!(panicked.ends_with(": no disk (2 times)"), "{panicked}");
}

#[test]
fn a_failure_is_named_on_the_display_when_it_happens_and_only_once() {
    let recorder = recorder();
    let (display, shown) = OutputQueue::new("display", Interest::display());
    let thread = OutputThread::start(Box::new(Broken), Some(display));
    let queue = thread.queue();

    queue.start(facts(&recorder));
    queue.records(&[Record::Braked, Record::Braked]);

    // The run continues.
    let OutputMessage::Notice(text) = shown.recv().unwrap() else { panic!("no notice") };
    assert!(text.starts_with("warning: output `broken` panicked at "), "{text}");
    assert!(text.ends_with(": no disk; the run goes on"), "{text}");
    let closing = thread.finish(Arc::new(empty()));
    assert_eq!((closing.failures.len(), shown.try_iter().count()), (2, 0));
}
