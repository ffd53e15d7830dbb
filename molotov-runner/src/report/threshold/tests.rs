//! Thresholds, judged by reports and by records.

use molotov_core::{FailureKind, Outcome, Record, Recorder, Sample, SeriesId, SeriesKind, Value};

use proptest::prelude::*;

use super::*;
use crate::report::load_phase::LoadPhase;
use crate::report::test_reports;
use crate::report::{Aggregator, ArrivalTally, Report};

const MS: fn(u64) -> Duration = Duration::from_millis;
const S: fn(u64) -> Duration = Duration::from_secs;

/// The series of a recorder, in which the scenario `buy` has the tag `slow`.
struct Names(Recorder);

impl Subjects for Names {
    fn series(&self, kind: SeriesKind, name: &str) -> SeriesId {
        self.0.series(kind, name)
    }

    fn tagged(&self, tag: &str) -> Vec<SeriesId> {
        if tag == "slow" { vec![self.series(SeriesKind::Scenario, "buy")] } else { Vec::new() }
    }
}

/// A run that is simulated by hand, with a tick every 100 ms.
struct Played {
    names: Names,
    totals: Aggregator,
    thresholds: Vec<Threshold>,
    now: Duration,
    ended_by: Option<String>,
}

impl Played {
    fn new(thresholds: &str) -> Self {
        let names = Names(Recorder::new(1, |_| {}));
        let thresholds = Threshold::parse_all(thresholds).unwrap();
        let mut totals = Aggregator::default();
        totals.set_thresholds(Watch::from_thresholds(&thresholds, &names, Duration::ZERO));
        totals.start_load(Duration::ZERO);
        Self { names, totals, thresholds, now: Duration::ZERO, ended_by: None }
    }

    /// Adds this number of samples in each tick, up to this time.
    fn until(
        &mut self,
        end: Duration,
        kind: SeriesKind,
        name: &str,
        each: u64,
        outcome: Outcome,
        took: Duration,
    ) {
        let series = self.names.series(kind, name);
        while self.now < end {
            let start = (self.now + MS(50)).saturating_sub(took);
            let mut records = vec![Record::Sample(Sample::new(series, outcome, start, took)); each as usize];
            if kind == SeriesKind::Scenario {
                records.push(Record::Started(series, each));
            }
            self.totals.absorb(&mut records);
            self.tick(LoadPhase::Running);
        }
    }

    fn tick(&mut self, phase: LoadPhase) {
        self.now += MS(100);
        self.totals.tick(self.now, 1);
        let phase = if self.ended_by.is_none() { phase } else { LoadPhase::Draining };
        let broken = self.totals.judge_thresholds(self.now, phase);
        self.ended_by = self.ended_by.take().or(broken);
    }

    fn value(&mut self, kind: SeriesKind, name: &str, value: Value) {
        let series = self.names.series(kind, name);
        self.totals.absorb(&mut vec![Record::Value(series, value)]);
    }

    fn finish(mut self) -> (Report, Option<String>) {
        self.totals.end_load(self.now);
        self.totals.learn(&self.names.0);
        let totals = self.totals.finish(self.now);
        let mut report = test_reports::from_totals(totals, self.now);
        report.settings.tags = [("slow".to_owned(), vec!["buy".to_owned()])].into();
        report.thresholds = report.judged(&self.thresholds, self.totals.thresholds());
        (report, self.ended_by)
    }
}

fn tally(scheduled: u64, dropped: u64) -> ArrivalTally {
    ArrivalTally { scheduled, dropped, due: Vec::new() }
}

fn result(report: &Report) -> &ThresholdResult {
    &report.thresholds[0]
}

fn iterations(each: u64, outcome: Outcome, took: Duration, threshold: &str) -> (Report, Option<String>) {
    let mut played = Played::new(threshold);
    played.until(S(10), SeriesKind::Scenario, "buy", each, outcome, took);
    played.finish()
}

const FAILED: Outcome = Outcome::Failed(FailureKind::Http5xx);

#[test]
fn a_bound_is_kept_up_to_its_limit_and_broken_beyond() {
    for (held, broken) in [
        ("p99 < 21ms", "p99 < 20ms"),
        ("p99 <= 20ms", "p99 > 20ms"),
        ("mean >= 20ms", "max < 20ms"),
        ("errors <= 0%", "errors > 0%"),
        ("rate >= 100/s", "rate > 100/s"),
        ("rate <= 6000/m", "rate < 6000/m"),
        ("iterations >= 1000", "iterations > 1000"),
        ("failed_iterations <= 0", "failed_iterations > 0"),
        ("dropped <= 0", "dropped > 0"),
        ("dropped < 1%", "dropped > 1%"),
        ("p99{scenario=buy} < 21ms", "p99{scenario=buy} < 20ms"),
        ("p99{tag=slow} < 21ms", "errors{tag=slow} > 0%"),
        ("rate{tag=slow} >= 100/s", "iterations{tag=slow} < 1000"),
        ("p99(2s) <= 20ms", "p99(2s) < 20ms"),
        ("rate(2s) >= 100/s", "rate(2s) > 100/s"),
        ("p99 <= 20ms after 5s", "p99 < 20ms after 5s"),
        ("iterations <= 500 after 5s", "iterations > 500 after 5s"),
        ("rate >= 100/s after 5s", "rate > 100/s after 5s"),
    ] {
        let report = iterations(10, Outcome::Ok, MS(20), held).0;
        assert_eq!(result(&report).outcome, ThresholdOutcome::Held, "{held}: {:?}", result(&report));
        assert_eq!(report.exit_code().code(), 0);
        let report = iterations(10, Outcome::Ok, MS(20), broken).0;
        assert_eq!(result(&report).outcome, ThresholdOutcome::Broken, "{broken}: {:?}", result(&report));
        assert_eq!(report.exit_code().code(), 99);
    }
}

/// Ten requests a second, each with 20 ms for a connection, 30 ms of waiting and 50 ms of receiving.
fn requests_in_phases(threshold: &str) -> Report {
    let mut played = Played::new(threshold);
    let series = played.names.series(SeriesKind::Route, "GET /");
    while played.now < S(10) {
        let mut sample = Sample::new(series, Outcome::Ok, played.now, MS(100));
        (sample.written, sample.first_byte) = (MS(20), Some(MS(50)));
        // A request without a response has no phases.
        let refused = Outcome::Failed(FailureKind::ConnectRefused);
        let refused = Sample::new(series, refused, played.now, MS(1));
        played.totals.absorb(&mut vec![Record::Sample(sample), Record::Sample(refused)]);
        played.tick(LoadPhase::Running);
    }
    played.finish().0
}

#[test]
fn phases_of_requests_are_bounded_by_themselves() {
    for (held, broken) in [
        ("waiting.p99 <= 30ms", "waiting.p99 < 30ms"),
        ("waiting.p50{route=GET /} <= 30ms", "waiting.max{route=GET /} < 30ms"),
        ("receiving.p99 <= 50ms", "receiving.p99 < 50ms"),
        ("receiving.mean(2s) <= 50ms", "receiving.p90(2s) < 50ms"),
        ("waiting.min(2s) >= 30ms", "waiting.p90(2s) < 30ms"),
    ] {
        let report = requests_in_phases(held);
        assert_eq!(result(&report).outcome, ThresholdOutcome::Held, "{held}: {:?}", result(&report));
        let report = requests_in_phases(broken);
        assert_eq!(result(&report).outcome, ThresholdOutcome::Broken, "{broken}: {:?}", result(&report));
    }
    let phases = requests_in_phases("errors < 99%").route("GET /").unwrap().phases.clone().unwrap();
    assert_eq!((phases.waiting.count(), phases.receiving.count(), phases.unanswered.count()), (100, 100, 0));
}

#[test]
fn requests_without_a_byte_when_they_are_cut_wait_longer_than_that() {
    let mut played = Played::new("waiting.p50 < 1s, receiving.p50 < 1s");
    let series = played.names.series(SeriesKind::Route, "GET /");
    let mut sample = Sample::new(series, Outcome::Cancelled, Duration::ZERO, S(5));
    sample.sent = 1;
    // Its response had started.
    let mut begun = sample;
    begun.first_byte = Some(MS(2));
    let mut records = vec![Record::Sample(sample); 30];
    records.push(Record::Sample(begun));
    played.totals.absorb(&mut records);

    let report = played.finish().0;

    let [waiting, receiving] = &report.thresholds[..] else { panic!("{:?}", report.thresholds) };
    assert_eq!(
        (waiting.outcome, waiting.observed),
        (ThresholdOutcome::Broken, Some(Observed::AtLeast(S(5))))
    );
    assert_eq!(receiving.outcome, ThresholdOutcome::NoSamples);
}

#[test]
fn threshold_without_samples_fails_with_the_nearest_name() {
    for threshold in [
        "p99{route=GET /item} < 1s",
        "requests < 5",
        "errors{route=GET /item} < 1%",
        "max{timer=query} < 1s",
        "p99{trend=value} < 1",
        "sum{counter=sold} < 5",
        "last{gauge=level} < 5",
        "passed{check=ok} > 1%",
        "p99{route=GET /item}(2s) < 1s",
        "p99 < 1s after 20s",
    ] {
        let report = iterations(10, Outcome::Ok, MS(20), threshold).0;
        assert_eq!(result(&report).outcome, ThresholdOutcome::NoSamples, "{threshold}");
        assert_eq!((result(&report).observed, report.exit_code().code()), (None, 99), "{threshold}");
    }
    for (typed, says) in [
        ("GET /item", "no route is called `GET /item`; did you mean `GET /items`?"),
        ("/items", "no route is called `/items`; did you mean `GET /items`?"),
        ("GET http://u:SECRET@h/", "no route is called `GET http://h/`; there is `GET /items`"),
    ] {
        let mut played = Played::new(&format!("p99{{route={typed}}} < 1s"));
        played.until(S(1), SeriesKind::Route, "GET /items", 1, Outcome::Ok, MS(1));
        assert_eq!(result(&played.finish().0).hint.as_deref(), Some(says));
    }
}

#[test]
fn too_few_samples_for_a_percentile_fail_too() {
    for (threshold, takes) in [
        ("p99.9 < 1s", "a p99.9 takes 1,000 samples, and there were 100"),
        ("p99.999 < 1s", "a p99.999 takes 100,000 samples, and there were 100"),
        ("p99(2s) < 1s", "a p99 takes 100 samples in a window, and none had so many"),
        ("p99 < 1s after 5s", "a p99 takes 100 samples, and there were 50"),
    ] {
        let report = iterations(1, Outcome::Ok, MS(20), threshold).0;
        assert_eq!(result(&report).outcome, ThresholdOutcome::TooFewSamples, "{threshold}");
        assert!(result(&report).samples > 0 && report.exit_code().code() == 99, "{threshold}");
        assert_eq!(result(&report).hint.as_deref(), Some(takes), "{threshold}");
    }
}

/// Half a second in which all fails: less than 1% of a minute, and half of a window of one second.
fn dip(threshold: &str) -> (Report, Option<String>) {
    let mut played = Played::new(threshold);
    played.until(S(30), SeriesKind::Scenario, "buy", 10, Outcome::Ok, MS(10));
    played.until(MS(30_500), SeriesKind::Scenario, "buy", 10, FAILED, MS(900));
    played.until(S(60), SeriesKind::Scenario, "buy", 10, Outcome::Ok, MS(10));
    played.finish()
}

#[test]
fn every_window_must_hold_and_the_worst_one_is_reported() {
    let report = dip("errors < 1%").0;
    assert!(result(&report).passed(), "over the run: {:?}", result(&report));

    let report = dip("errors(1s) < 1%").0;
    let window = result(&report);
    assert_eq!(
        (window.outcome, window.observed),
        (ThresholdOutcome::Broken, Some(Observed::Share(Share::percent(50.0))))
    );
    assert_eq!((window.samples, window.broken_at), (100, Some(MS(30_100))));
    assert_eq!(window.windows, Some(591), "one each 100 ms, from 1 s on");

    let report = dip("errors(10s) <= 5%, p95(10s) < 1s").0;
    assert!(report.thresholds.iter().all(ThresholdResult::passed), "{:?}", report.thresholds);
}

#[test]
fn rate_is_not_judged_after_the_last_start() {
    let mut played = Played::new("rate(2s) >= 100/s, p99(2s) < 1s");
    played.until(S(10), SeriesKind::Scenario, "buy", 10, Outcome::Ok, MS(10));
    for _ in 0..50 {
        played.tick(LoadPhase::Draining);
    }
    let report = played.finish().0;
    assert!(report.thresholds.iter().all(ThresholdResult::passed), "{:?}", report.thresholds);
}

#[test]
fn failed_record_is_not_counted_as_dropped() {
    for threshold in ["dropped <= 0", "dropped(2s) < 1", "dropped < 1% after 2s", "dropped < 1 abort"] {
        let (report, ended) = iterations(10, FAILED, MS(20), threshold);
        assert!(result(&report).passed() && ended.is_none(), "{threshold}: {:?}", result(&report));
        assert!(result(&report).samples >= 200, "{threshold}: {:?}", result(&report));
    }
    for (after, held) in [("100ms", false), ("2s", true)] {
        let mut played = Played::new(&format!("dropped < 5 after {after}, dropped(1s) < 5 after {after}"));
        for tick in 1..=60 {
            played.totals.offered(tally(tick * 10 + 9.min(tick), 9.min(tick)));
            played.until(MS(tick * 100), SeriesKind::Scenario, "buy", 10, Outcome::Ok, MS(10));
        }
        let report = played.finish().0;
        assert!(report.thresholds.iter().all(|it| it.passed() == held), "{after}: {:?}", report.thresholds);
    }
    let mut played = Played::new("dropped(2s) < 5 abort");
    for tick in 1..=60 {
        let dropped = if tick > 30 { 5 } else { 0 };
        played.totals.offered(tally(tick * 10 + dropped, dropped));
        played.until(MS(tick * 100), SeriesKind::Scenario, "buy", 10, Outcome::Ok, MS(10));
    }
    let (report, ended) = played.finish();
    assert_eq!((result(&report).observed, result(&report).samples), (Some(Observed::Number(5.0)), 205));
    assert!(ended.is_some_and(|why| why.ends_with(": 5 after 3s 200ms")));
}

#[test]
fn a_stall_breaks_a_rate_in_a_window() {
    let mut played = Played::new("rate(2s) >= 50/s");
    played.until(S(10), SeriesKind::Scenario, "buy", 10, Outcome::Ok, MS(10));
    played.until(S(14), SeriesKind::Scenario, "buy", 0, Outcome::Ok, MS(10));
    played.until(S(20), SeriesKind::Scenario, "buy", 10, Outcome::Ok, MS(10));
    let report = played.finish().0;
    assert_eq!(result(&report).observed, Some(Observed::Rate(Throughput::per_second(0.0))));
    assert_eq!(result(&report).outcome, ThresholdOutcome::Broken);
}

#[test]
fn nothing_before_its_beginning_counts() {
    for (after, samples, held) in [("", 400, false), (" after 5s", 300, true)] {
        let mut played = Played::new(&format!("errors < 1%{after}"));
        played.until(S(5), SeriesKind::Scenario, "buy", 2, FAILED, MS(900));
        played.until(S(20), SeriesKind::Scenario, "buy", 2, Outcome::Ok, MS(10));
        let report = played.finish().0;
        assert_eq!((result(&report).samples, result(&report).passed()), (samples, held), "{after}");
    }
}

#[test]
fn abort_ends_the_run_as_soon_as_it_is_broken_and_it_stays_broken() {
    let mut played = Played::new("p50 < 100ms abort");
    played.until(S(5), SeriesKind::Scenario, "buy", 1, Outcome::Ok, MS(10));
    played.until(S(12), SeriesKind::Scenario, "buy", 1, Outcome::Ok, MS(200));
    let (report, ended) = played.finish();
    let result = result(&report);
    assert_eq!(ended.as_deref(), Some("p50 < 100ms abort: 200 ms after 10s 100ms"));
    assert_eq!((result.broken_at, result.outcome), (Some(MS(10_100)), ThresholdOutcome::Broken));

    // Requests in flight improve the value, and change nothing.
    let mut played = Played::new("p50 < 100ms abort");
    played.until(S(1), SeriesKind::Scenario, "buy", 1, Outcome::Ok, MS(200));
    played.until(S(12), SeriesKind::Scenario, "buy", 9, Outcome::Ok, MS(1));
    let (report, ended) = played.finish();
    assert!(ended.is_some_and(|why| why.contains("200 ms")));
    assert_eq!(report.thresholds[0].outcome, ThresholdOutcome::Broken);
    assert_eq!(report.exit_code().code(), 99);
}

#[test]
fn abort_waits_for_samples_enough_and_for_its_beginning() {
    let (_, ended) = iterations(1, FAILED, MS(20), "errors < 10% abort");
    assert!(ended.unwrap().ends_with("100% after 10s"), "a hundred samples");
    let (_, ended) = iterations(1, FAILED, MS(20), "failed_iterations < 3 abort");
    assert!(ended.unwrap().ends_with(": 3 after 300ms"), "a count is certain at once");
    let (report, ended) = iterations(20, FAILED, MS(20), "errors < 10% after 8s abort");
    assert!(ended.unwrap().ends_with("100% after 8s 500ms"));
    assert_eq!(report.thresholds[0].broken_at, Some(MS(8_500)));
    let (_, ended) = iterations(10, Outcome::Ok, MS(20), "rate(2s) > 200/s abort");
    assert!(ended.unwrap().ends_with("100/s after 2s"), "the first window that is whole");
    let mut pausing = Played::new("rate >= 5/s after 2s abort");
    for (until, each) in [(S(2), 10), (MS(2_900), 0), (S(10), 10)] {
        pausing.until(until, SeriesKind::Scenario, "buy", each, Outcome::Ok, MS(20));
    }
    assert_eq!(pausing.finish().1, None, "a rate of less than a second is none");
    let (report, ended) = iterations(10, Outcome::Ok, MS(20), "errors < 1% abort");
    assert!(ended.is_none() && report.thresholds[0].passed());
}

#[test]
fn metrics_of_the_users_own_are_bounded() {
    let bounds = "p50{trend=value} < 51, max{trend=value} <= 100, mean{trend=value} < 51, sum{trend=value} > 5000, \
                  count{trend=value} >= 100, sum{counter=sold} >= 300, rate{counter=sold} >= 30/s, last{gauge=level} >= 100, \
                  min{gauge=level} < 2, passed{check=ok} >= 90%, count{check=ok} > 99, last{gauge=level}(2s) >= 20, \
                  p99{timer=query} < 6ms, errors{timer=query} <= 0%, count{timer=query} >= 100";
    let mut played = Played::new(bounds);
    for n in 1..=100u32 {
        played.value(SeriesKind::Trend, "value", Value::Observe(f64::from(n)));
        played.value(SeriesKind::Counter, "sold", Value::Add(3.0));
        played.value(SeriesKind::Gauge, "level", Value::Set(f64::from(n)));
        played.value(SeriesKind::Check, "ok", Value::Check(n % 10 != 0));
        let next = played.now + MS(100);
        played.until(next, SeriesKind::Timer, "query", 1, Outcome::Ok, MS(5));
    }
    let report = played.finish().0;
    for result in &report.thresholds {
        assert!(result.passed(), "{result:?}");
    }
    assert_eq!(report.thresholds.len(), 15);
    assert_eq!(report.thresholds[0].observed, Some(Observed::Number(50.015)), "as the trend's own row says");
}

#[test]
fn latencies_are_those_of_the_requests_where_there_are_any() {
    for threshold in ["p50 < 10ms", "p50(1s) < 10ms", "p50 < 10ms after 1s", "p50 < 10ms abort"] {
        let mut played = Played::new(threshold);
        for second in 1..=4u64 {
            played.until(MS(second * 1_000 - 500), SeriesKind::Route, "GET /", 5, Outcome::Ok, MS(5));
            played.until(S(second), SeriesKind::Scenario, "buy", 5, Outcome::Ok, MS(50));
        }
        let report = played.finish().0;
        assert!(result(&report).passed(), "{threshold}: {:?}", result(&report));
    }
}

#[test]
fn a_window_without_requests_is_not_judged_by_its_iterations() {
    for threshold in ["max(1s) < 100ms", "max < 100ms after 1s", "max(1s) < 100ms abort"] {
        let mut played = Played::new(threshold);
        for second in 1..=9u64 {
            played.until(MS(second * 3_000 - 2_800), SeriesKind::Route, "GET /", 5, Outcome::Ok, MS(5));
            played.until(MS(second * 3_000), SeriesKind::Scenario, "buy", 1, Outcome::Ok, MS(50));
            played.until(MS(second * 3_000 + 100), SeriesKind::Scenario, "buy", 1, Outcome::Ok, MS(2_900));
        }
        let (report, ended) = played.finish();
        assert!(result(&report).passed() && ended.is_none(), "{threshold}: {:?}", result(&report));
        assert_eq!(result(&report).observed, Some(Observed::Time(MS(5))), "{threshold}");
    }
}

#[test]
fn thresholds_of_errors_say_which_failures_are_tolerated() {
    let played = |threshold: &str| {
        let mut played = Played::new(threshold);
        played.until(S(4), SeriesKind::Scenario, "buy", 10, Outcome::Ok, MS(1));
        played.until(MS(4_100), SeriesKind::Scenario, "buy", 1, FAILED, MS(1));
        let mut report = played.finish().0;
        report.settings.tolerated_failures = 0;
        report
    };
    for (threshold, code) in [
        ("errors < 1%", 0),
        ("errors < 0.1%", 99),
        ("failed_iterations < 5", 0),
        ("errors{scenario=buy} < 1%", 0),
        ("errors{tag=slow} < 1%", 0),
        ("errors{tag=other} < 1%", 99),
        ("p99 < 1s", 1),
        ("errors{scenario=browse} < 1%, p99 < 1s", 99),
    ] {
        assert_eq!(played(threshold).exit_code().code(), code, "{threshold}");
    }
    let mut tolerated = played("p99 < 1s");
    tolerated.settings.tolerated_failures = 1;
    assert_eq!(tolerated.exit_code().code(), 0, "as without thresholds");
}

#[test]
fn run_that_is_shorter_than_a_window_is_not_said_to_have_too_few_samples() {
    let mut played = Played::new("p95(5s) < 1s");
    played.until(MS(800), SeriesKind::Scenario, "buy", 100, Outcome::Ok, MS(10));

    let text = played.finish().0.to_string();

    assert!(text.contains("800  FAIL: no whole window"), "{text}");
    assert!(text.contains("its window of 5s is longer than the run, which took 800ms"), "{text}");
}

#[test]
fn signals_and_set_ups_that_fail_have_their_own_codes() {
    use crate::report::{Ended, Stop};
    let mut report = iterations(10, Outcome::Ok, MS(20), "p99 < 1ms").0;
    for (ended, code) in [
        (Ended::Signal(Stop::HangUp), 129),
        (Ended::Signal(Stop::Interrupt), 130),
        (Ended::Signal(Stop::Terminate), 143),
        (Ended::SetupFailed("no".into()), 1),
        (Ended::DeadTarget("no".into()), 6),
        (Ended::FailFast, 99),
        (Ended::Duration, 99),
    ] {
        report.ended = ended.clone();
        assert_eq!(report.exit_code().code(), code, "{ended:?}");
    }
    report.thresholds.clear();
    report.ended = Ended::Duration;
    assert_eq!(report.exit_code().code(), 0);
}

#[test]
fn check_returns_the_observed_value_and_assert_panics_with_it() {
    let report = iterations(10, Outcome::Ok, MS(20), "rate(2s) >= 100/s").0;

    assert_eq!(report.check("p99 < 1s, errors <= 0%").unwrap().len(), 2);
    report.assert("iterations >= 1000, rate(2s) >= 100/s");
    let why = report.check("p99 < 10ms, errors < 1%, requests < 5").unwrap_err().to_string();
    insta::assert_snapshot!(why, @r"
    1 of 3 thresholds was not kept, and 1 could not be judged
      p99 < 10ms       20.0 ms       1000 samples  FAIL
      errors < 1%           0%       1000 samples  pass
      requests < 5           –          0 samples  FAIL: no samples
    ");
    let panic = std::panic::catch_unwind(|| report.assert("p99 < 10ms")).unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().starts_with("the threshold was not kept\n  p99 < 10ms"));
}

#[test]
fn check_refuses_unknown_names_and_thresholds_of_a_running_load() {
    let report = iterations(10, Outcome::Ok, MS(20), "p99 < 1s").0;
    for (text, says) in [
        ("p99 < fast", "not a time"),
        ("p99{scenario=byu} < 1s", "did you mean `buy`?\n  p99{scenario=byu} < 1s\n               ^^^"),
        ("p99{route=GET /} < 1s", "there is no route at all"),
        ("p99{tag=slwo} < 1s", "did you mean `slow`?"),
        (
            "p99(2s) < 1s",
            "is judged while the run goes on; give it to the plan too: `.threshold(\"p99(2s) < 1s\")`",
        ),
        ("p99 < 1s after 2s", "is judged while the run goes on"),
        ("p99 < 1s abort", "leave `abort` out"),
    ] {
        let why = report.check(text).unwrap_err().to_string();
        assert!(why.contains(says), "{text}: {why}");
    }
}

#[test]
fn a_hundred_thresholds_with_windows_keep_no_more_than_their_windows() {
    let text: Vec<_> = (1..=99).map(|n| format!("p{n}(1s) < 1s")).collect();
    let mut played = Played::new(&text.join(","));
    played.until(S(5), SeriesKind::Scenario, "buy", 10, Outcome::Ok, MS(10));
    let early = format!("{:?}", played.totals.thresholds()).len();
    played.until(S(60), SeriesKind::Scenario, "buy", 10, Outcome::Ok, MS(10));
    let late = format!("{:?}", played.totals.thresholds()).len();
    assert!(late < early + early / 10, "{early} {late}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn windows_are_those_that_a_slow_count_finds(ticks in prop::collection::vec((0u64..6, any::<bool>()), 10..80)) {
        let mut played = Played::new("failed_iterations(1s) <= 1000, rate(1s) >= 0/s, errors(1s) <= 99%");
        for (each, failed) in &ticks {
            let (next, outcome) = (played.now + MS(100), if *failed { FAILED } else { Outcome::Ok });
            played.until(next, SeriesKind::Scenario, "buy", *each, outcome, MS(1));
        }
        let report = played.finish().0;

        let windows: Vec<(u64, u64)> = ticks
            .windows(10)
            .map(|window| {
                let failed = window.iter().filter(|(_, failed)| *failed).map(|(each, _)| each).sum();
                (failed, window.iter().map(|(each, _)| each).sum())
            })
            .collect();
        let some = |(_, all): &&(u64, u64)| *all > 0;
        let worst = windows.iter().filter(some).map(|(failed, _)| *failed).max();
        let least = windows.iter().map(|(_, all)| *all).min().unwrap_or_default();
        let share = windows.iter().filter(some).map(|(failed, all)| *failed as f64 / *all as f64).reduce(f64::max);
        let observed: Vec<_> = report.thresholds.iter().map(|it| it.observed.map(Observed::size)).collect();
        prop_assert_eq!(observed, [worst.map(|worst| worst as f64), Some(least as f64), share]);
    }
}
