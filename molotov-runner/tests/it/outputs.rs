//! The user's own outputs: the messages that they receive from a run, and their lack of influence on it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use molotov_core::{Event, Hook, Record, Result, Suite};
use molotov_runner::{Interest, Output, Plan, ReasonKind, Report, RunExt, RunFacts, RunProgress, Snapshot};

use crate::support::{MS, SECS, idle, sleeping};

/// The messages of an output.
#[derive(Clone, Default)]
struct Got {
    snapshots: Arc<Mutex<Vec<Snapshot>>>,
    events: Arc<Mutex<Vec<Event>>>,
    iterations: Arc<AtomicU64>,
    report: Arc<Mutex<Option<Report>>>,
}

/// Keeps everything.
struct Everything(Got);

impl Output for Everything {
    fn name(&self) -> &str {
        "everything"
    }

    fn interest(&self) -> Interest {
        Interest::ticks().records(|record| matches!(record, Record::Iteration(_))).iterations().events()
    }

    fn record(&mut self, record: &Record, run: &mut RunFacts) -> Result {
        if let Record::Iteration(note) = record
            && run.name(note.series) == "buy"
        {
            self.0.iterations.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn event(&mut self, event: &Event, _: &mut RunFacts) -> Result {
        self.0.events.lock().unwrap().push(event.clone());
        Ok(())
    }

    fn tick(&mut self, snapshot: &Snapshot, _: &mut RunFacts) -> Result {
        self.0.snapshots.lock().unwrap().push(snapshot.clone());
        Ok(())
    }

    fn finish(&mut self, report: &Report) -> Result {
        *self.0.report.lock().unwrap() = Some(report.clone());
        Ok(())
    }
}

fn keeping(plan: Plan, got: &Got) -> Plan {
    let got = got.clone();
    plan.output(move || Ok::<_, String>(Everything(got.clone())))
}

#[tokio::test(start_paused = true)]
async fn an_output_gets_every_second_once_and_then_the_report() {
    let got = Got::default();
    let plan = keeping(Plan::users(2).duration(MS(3_500)), &got);

    let report = Suite::new().scenario(sleeping("buy", MS(50))).run(plan).await.unwrap();

    let snapshots = got.snapshots.lock().unwrap();
    let windows: Vec<_> = snapshots.iter().flat_map(|snapshot| snapshot.windows.clone()).collect();
    assert_eq!(windows, report.windows);
    assert!(windows.len() == 4 && snapshots.len() == 4, "{} {}", windows.len(), snapshots.len());
    assert!(
        windows[..3].iter().all(|window| (window.iterations, window.length) == (40, SECS(1))),
        "{windows:?}"
    );
    let mut before = 0;
    for (snapshot, window) in snapshots.iter().zip(&windows) {
        before += window.iterations;
        let so_far = &snapshot.report;
        // The report also contains the ends since the end of the window.
        let finished = so_far.iterations.finished();
        assert!((before..=before + 4).contains(&finished), "{finished} {before}");
        assert_eq!((snapshot.progress.iterations, so_far.scenarios[0].count()), (finished, finished));
        assert_eq!(snapshot.progress.wanted_users, 2);
        assert!(snapshot.progress.iterations_per_second > 30.0, "{:?}", snapshot.progress);
    }
    assert_eq!((snapshots[0].progress.users, snapshots[0].progress.total), (2, Some(MS(3_500))));
    assert!(snapshots[2].progress.elapsed >= SECS(3));
    let seen = got.report.lock().unwrap();
    assert_eq!(seen.as_ref(), Some(&report));
}

#[tokio::test(start_paused = true)]
async fn an_output_gets_the_records_and_events_that_it_asks_for() {
    let got = Got::default();
    let plan = keeping(Plan::users(3).max_runs(5), &got);

    let report = Suite::new().scenario(sleeping("buy", MS(10))).run(plan).await.unwrap();

    assert_eq!((report.iterations.ok, got.iterations.load(Ordering::Relaxed)), (15, 15));
    let events = got.events.lock().unwrap();
    let succeeded = events.iter().filter(|event| matches!(event, Event::ScenarioSucceeded { .. })).count();
    assert_eq!(succeeded, 15);
    assert!(matches!(events.first(), Some(Event::RunStarted { users: 3, .. })), "{events:?}");
    assert!(matches!(events.last(), Some(Event::RunEnded { .. })), "{events:?}");
}

/// Keeps the numbers of users in the progress.
struct Users(Arc<Mutex<Vec<u32>>>);

impl Output for Users {
    fn name(&self) -> &str {
        "users"
    }

    fn interest(&self) -> Interest {
        Interest::report().progress()
    }

    fn progress(&mut self, progress: &RunProgress) -> Result {
        self.0.lock().unwrap().push(progress.users);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn an_output_that_asks_for_the_progress_gets_it_while_users_are_active() {
    let users = Arc::<Mutex<Vec<u32>>>::default();
    let seen = Arc::clone(&users);
    let plan = Plan::users(2).duration(MS(3_500)).output(move || Ok::<_, String>(Users(Arc::clone(&seen))));

    Suite::new().scenario(sleeping("buy", MS(50))).run(plan).await.unwrap();

    // In real time the run is so short that only the latest one may be received.
    let users = users.lock().unwrap();
    assert!((1..=4).contains(&users.len()) && users.iter().all(|users| *users <= 2), "{users:?}");
    assert_eq!(users[0], 2);
}

/// A plan may be run several times; each run has outputs of its own.
#[tokio::test(start_paused = true)]
async fn an_output_is_opened_for_each_run() {
    let opened = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&opened);
    let plan = Plan::users(1).max_runs(1).output(move || {
        count.fetch_add(1, Ordering::Relaxed);
        Ok::<_, String>(Everything(Got::default()))
    });

    for _ in 0..2 {
        let report = Suite::new().scenario(idle("buy")).run(plan.clone()).await.unwrap();
        assert_eq!(report.listener_failures, Vec::<String>::new());
    }

    assert_eq!(opened.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_output_that_cannot_be_opened_is_a_mistake_before_anything_runs() {
    let plan = Plan::users(1).max_runs(1).output(|| Err::<Everything, _>("no such folder"));

    let error = Suite::new().scenario(idle("buy")).run(plan).await.unwrap_err();

    assert_eq!(error.problems(), ["an output of the plan cannot be opened: no such folder"]);
}

/// Panics at each snapshot, and fails at the end.
struct Broken;

impl Output for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    fn tick(&mut self, _: &Snapshot, _: &mut RunFacts) -> Result {
        panic!("no disk")
    }

    fn finish(&mut self, _: &Report) -> Result {
        Err("no network".into())
    }
}

#[tokio::test(start_paused = true)]
async fn an_output_that_panics_or_fails_harms_nothing_and_is_named() {
    let plan = Plan::users(2).duration(MS(2_500)).output(|| Ok::<_, String>(Broken));

    let report = Suite::new().scenario(sleeping("buy", MS(100))).run(plan).await.unwrap();

    assert_eq!((report.iterations.ok, report.iterations.failures()), (50, 0));
    let [failed, panicked] = &report.listener_failures[..] else { panic!("{:?}", report.listener_failures) };
    assert_eq!(failed, "broken: no network");
    assert!(panicked.starts_with("output `broken` panicked at "), "{panicked}");
    assert!(panicked.ends_with(": no disk (3 times)"), "{panicked}");
}

/// Waits at the first record until its gate is opened.
struct Slow(Arc<Mutex<Receiver<()>>>);

impl Output for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn interest(&self) -> Interest {
        Interest::report().records(|record| matches!(record, Record::Sample(_)))
    }

    fn record(&mut self, _: &Record, _: &mut RunFacts) -> Result {
        // The gate is open when its other end is dropped.
        let _ = self.0.lock().unwrap().recv();
        Ok(())
    }
}

/// More iterations than records that wait for a slow output.
const ITERATIONS: u64 = 150_000;

#[tokio::test]
async fn slow_output_delays_nothing_and_its_losses_are_counted() {
    let (open, gate) = channel();
    let (open, gate) = (Mutex::new(Some(open)), Arc::new(Mutex::new(gate)));
    let plan = Plan::users(1).max_runs(ITERATIONS).output(move || Ok::<_, String>(Slow(Arc::clone(&gate))));
    let suite = Suite::new().scenario(idle("buy")).global_teardown(Hook::builder("open", move |_| {
        drop(open.lock().unwrap().take());
        Box::pin(async { Ok(()) })
    }));

    let report = suite.run(plan).await.unwrap();

    assert_eq!(report.iterations.ok, ITERATIONS);
    let dropped = report.generator.dropped_records;
    assert!(dropped > 0 && dropped < ITERATIONS, "{dropped}");
    assert_eq!(report.settings.notes, [format!("slow: {dropped} records were dropped: it was too slow")]);
    assert!(report.reasons().iter().any(|reason| reason.kind == ReasonKind::DroppedRecords));
}
