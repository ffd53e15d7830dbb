//! Runs with random events from proptest.

use std::time::Duration;

use molotov_core::{
    FailureKind, FailureNote, Iteration, Outcome, Record, Recorder, Sample, SeriesId, SeriesKind, UserId,
    Value,
};
use proptest::prelude::*;

use super::test_reports;
use crate::plan::threshold::Threshold;
use crate::report::{
    Aggregator, CountedRun, Counters, ModelKind, Report, Snapshot, Subjects, Totals, UserTime,
};

/// A record, in the second in which it ends.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Attempt { kind: SeriesKind, name: &'static str, outcome: Outcome, micros: u64, status: u16 },
    Value { kind: SeriesKind, name: &'static str, value: Value },
}

fn happening() -> impl Strategy<Value = Happening> {
    let outcome = prop_oneof![
        4 => Just(Outcome::Ok),
        1 => Just(Outcome::Failed(FailureKind::Http5xx)),
        1 => Just(Outcome::Failed(FailureKind::UserPanic)),
        1 => Just(Outcome::Failed(FailureKind::LocalFds)),
        1 => Just(Outcome::Cancelled),
    ];
    let kind = prop_oneof![Just(SeriesKind::Scenario), Just(SeriesKind::Route), Just(SeriesKind::Timer)];
    let name = prop_oneof![Just("a"), Just("b"), Just("c")];
    // Whole numbers, whose sum is exact in any order.
    let value = prop_oneof![
        (0u32..100).prop_map(|n| (SeriesKind::Trend, Value::Observe(f64::from(n)))),
        (0u32..100).prop_map(|n| (SeriesKind::Counter, Value::Add(f64::from(n)))),
        (0u32..100).prop_map(|n| (SeriesKind::Gauge, Value::Set(f64::from(n)))),
        any::<bool>().prop_map(|passed| (SeriesKind::Check, Value::Check(passed))),
    ];
    prop_oneof![
        3 => (kind, name.clone(), outcome, 1u64..5_000_000, prop_oneof![Just(0u16), Just(200), Just(503)])
            .prop_map(|(kind, name, outcome, micros, status)| Happening::Attempt { kind, name, outcome, micros, status }),
        1 => (name, value).prop_map(|(name, (kind, value))| Happening::Value { kind, name, value }),
    ]
}

const THRESHOLDS: &str = "p90 < 3s, errors < 20%, rate > 1/s, requests > 10, mean{trend=a} < 40, sum{counter=b} < 400, \
                          errors{route=a} < 10%, passed{check=c} > 50%, count{timer=a} < 9, p50{scenario=b} < 2s";

struct Names<'r>(&'r Recorder);

impl Subjects for Names<'_> {
    fn series(&self, kind: SeriesKind, name: &str) -> SeriesId {
        self.0.series(kind, name)
    }

    fn tagged(&self, _: &str) -> Vec<SeriesId> {
        Vec::new()
    }
}

/// Consecutive seconds, with this number of users; in the last one, cancelled requests had no response.
pub(super) fn run(seconds: &[Vec<Happening>], users: u32) -> Report {
    let mut run = GeneratedRun::new();
    run.play(seconds, |_, _| {});
    run.report(seconds.len() as u64, users)
}

/// The same, with the snapshots for outputs.
pub(crate) fn run_with_snapshots(seconds: &[Vec<Happening>], users: u32) -> (Vec<Snapshot>, Report) {
    let (mut run, mut snapshots) = (GeneratedRun::new(), Vec::new());
    run.play(seconds, |run, now| {
        let windows = run.totals.fresh_windows();
        if !windows.is_empty() {
            run.totals.learn(&run.recorder);
            let report = finished(run.totals.so_far(now), now, users, &run.thresholds);
            snapshots.push(Snapshot::new(now, windows, report));
        }
    });
    let report = run.report(seconds.len() as u64, users);
    run.totals.tick(report.elapsed + Duration::from_secs(1), 0);
    snapshots.push(Snapshot::new(report.elapsed, run.totals.fresh_windows(), report.clone()));
    (snapshots, report)
}

struct GeneratedRun {
    recorder: Recorder,
    totals: Aggregator,
    thresholds: Vec<Threshold>,
}

impl GeneratedRun {
    fn new() -> Self {
        let recorder = Recorder::new(1, |_| {});
        let mut totals = Aggregator::default();
        let thresholds = Threshold::parse_all(THRESHOLDS).unwrap();
        let names = Names(&recorder);
        let of_run = CountedRun { users: 4, warm_up: Duration::ZERO, model: ModelKind::Closed };
        totals.set_counters(Counters::from_thresholds(&thresholds, &names, of_run, UserTime::default));
        totals.start_load(Duration::ZERO);
        Self { recorder, totals, thresholds }
    }

    fn play(&mut self, seconds: &[Vec<Happening>], mut after_second: impl FnMut(&mut Self, Duration)) {
        for (second, happenings) in seconds.iter().enumerate() {
            let at = Duration::from_secs(second as u64);
            if second + 1 == seconds.len() {
                self.totals.stop(at);
            }
            let mut records: Vec<_> =
                happenings.iter().flat_map(|it| records(it, &self.recorder, at)).collect();
            self.totals.absorb(&mut records);
            self.totals.tick(at + Duration::from_secs(1), 2);
            after_second(self, at + Duration::from_secs(1));
        }
    }

    fn report(&mut self, seconds: u64, users: u32) -> Report {
        let elapsed = Duration::from_secs(seconds);
        self.totals.end_load(elapsed);
        self.totals.learn(&self.recorder);
        finished(self.totals.finish(elapsed), elapsed, users, &self.thresholds)
    }
}

fn finished(totals: Totals, elapsed: Duration, users: u32, thresholds: &[Threshold]) -> Report {
    let mut report = test_reports::from_totals(totals, elapsed);
    report.settings.users = users;
    report.thresholds = report.judged(thresholds, None);
    report
}

fn records(happening: &Happening, recorder: &Recorder, at: Duration) -> Vec<Record> {
    match *happening {
        Happening::Value { kind, name, value } => vec![Record::Value(recorder.series(kind, name), value)],
        Happening::Attempt { kind, name, outcome, micros, status } => {
            let series = recorder.series(kind, name);
            let mut sample = Sample::new(series, outcome, at, Duration::from_micros(micros));
            sample.written = sample.service / 8;
            sample.first_byte = (status > 0).then(|| sample.service / 2);
            (sample.status, sample.sent, sample.received) = (status, 10, micros);
            let mut all = vec![Record::Sample(sample)];
            if kind == SeriesKind::Scenario {
                all.push(Record::Started(series, 1));
            }
            if let Outcome::Failed(kind) = outcome {
                // Groups are distinguished by the names of their places, which here are the same for all kinds of
                // series.
                let message = format!("{} {}", series.kind, micros % 3);
                let mut note = FailureNote::new(series, kind, message, at);
                (note.user, note.iteration) = (UserId(1), Iteration(micros % 7));
                note.excerpt = (micros % 2 == 0).then(|| format!("body of {micros}"));
                all.push(Record::Failure(Box::new(note)));
            }
            all
        }
    }
}

pub(crate) fn shards() -> impl Strategy<Value = Vec<Vec<Vec<Happening>>>> {
    let second = prop::collection::vec(happening(), 0..20);
    prop::collection::vec(prop::collection::vec(second, 6), 3)
}
