//! A report's round trip, and the merge of a report that was read.

use std::time::{Duration, SystemTime};

use molotov_core::{FailureKind, IdleFaultKind, Iteration, Rate, SeriesKind, UserId};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::plan::threshold::Threshold;
use crate::report::generated_runs::{run, shards};
use crate::report::test_reports;
use crate::report::{
    Breach, CapacityOutcome, Ended, GapEnd, LoadSettings, Measured, SizingOutcome, Stop, ThresholdOutcome,
};

fn read_back(report: &Report) -> Report {
    Report::from_json(&report.to_json()).unwrap()
}

/// Reports with parts that most reports lack.
pub(super) fn everything() -> Vec<Report> {
    let mut value = serde_json::to_value(test_reports::judged()).unwrap();
    let gaps = value["gaps"]["all"].clone();
    value["settings"]["lacks_base"] = "there is no base URL".into();
    value["settings"]["replay"] = json!({"user": 3, "iteration": 17});
    value["settings"]["delay_up_to_ms"] = 1_500.0.into();
    value["settings"]["stages"] = json!([{"at_ms": 0.0, "text": "5 for 1m"}]);
    value["settings"]["repeats"] = 2.into();
    value["settings"]["shard"] = "1/3".into();
    value["settings"]["labels"] = json!({"commit": "89479b5"});
    value["unwritten"] = json!(["results: no space left"]);
    value["warm_up"] = json!({
        "time_ms": 0.5, "iterations": value["iterations"], "requests": value["requests"],
    });
    value["gaps"]["all"]["answers"]["whole"] = "20000000,3,60000001 90000000,1,90000000".into();
    value["gaps"]["all"]["good"]["beyond"] = "20000000,3".into();
    value["gaps"]["narrower"] = json!([
        {"of": {"key": "route", "name": "GET /"}, "after_ms": 0.0, "covered": gaps},
        {"of": null, "after_ms": 30_000.0, "covered": gaps},
    ]);
    value["time_shares"] = json!({
        "counted": [
            {"threshold": "p99 < 20ms", "of_requests": true, "load_ms": 800.0, "last_window_ms": 300.0,
             "parts": {"time_us": 800_000, "beyond_us": 20_000, "variance": 5},
             "users": {"time_us": 800_000, "beyond_us": 30_000, "variance": 7},
             "clusters": {"time_us": 800_000, "beyond_us": 40_000, "variance": 9},
             "window": 0.25},
        ],
        "waits": [
            {"name": "GET /", "stopped_ms": 60_000.0, "allowed_ms": null, "times": "1,2000000001 5,3000000000"},
            {"name": "GET /b", "stopped_ms": 60_000.0, "left_ms": 50_000.0, "allowed_ms": 3.5, "times": "1,2"},
        ],
    });
    let whole: Report = serde_json::from_value(value).unwrap();
    let mut outcomes = vec![whole.clone(), Report::merge(whole, test_reports::due())];
    for (measured, outcome) in [
        (Measured::AtLeast(Duration::from_secs(1)), SizingOutcome::NoLimit),
        (
            Measured::Errors(Share::percent(7.0)),
            SizingOutcome::GeneratorLimit { users: 3, why: "no ports".into() },
        ),
    ] {
        let mut report = test_reports::sizing();
        let sizing = report.sizing.as_mut().unwrap();
        sizing.outcome = outcome;
        sizing.bad.as_mut().unwrap().measured = measured;
        outcomes.push(report);
    }
    let mut capacity = test_reports::capacity();
    let (rate, why) = (Rate::per_second(7), "no ports".into());
    capacity.capacity.as_mut().unwrap().outcome = CapacityOutcome::Generator { rate, why };
    outcomes.push(capacity);
    outcomes
}

#[test]
fn reports_of_every_kind_are_read_back_as_they_were() {
    for report in test_reports::all().into_iter().chain(everything()) {
        assert_eq!(read_back(&report), report);
        let value = serde_json::to_value(&report).unwrap();
        assert_eq!(serde_json::from_value::<Report>(value).unwrap(), report, "from a value");
    }
}

#[test]
fn reports_of_every_kind_are_merged_as_they_were() {
    let all: Vec<_> = test_reports::all().into_iter().chain(everything()).collect();
    for (one, other) in all.iter().zip(all.iter().skip(1)) {
        let merged = Report::merge(one.clone(), other.clone());

        assert_eq!(Report::merge(read_back(one), read_back(other)), merged);
        assert_eq!(read_back(&merged), merged);
    }
}

#[test]
fn a_report_of_another_version_is_refused_in_plain_words() {
    let old = r#"{"schema": 1, "molotov": "0.1.0", "latency": {"count": 1}}"#;
    let why = Report::from_json(old).unwrap_err().to_string();
    assert!(why.contains("it is of version 1 of the schema") && why.contains("reads version 2"), "{why}");

    for (text, says) in [("{}", "missing field `schema`"), ("", "EOF"), (r#"{"schema": 2}"#, "missing field")]
    {
        let why = Report::from_json(text).unwrap_err().to_string();
        assert!(why.starts_with("cannot read the report: ") && why.contains(says), "{why}");
    }
    let cut = test_reports::rich().to_json();
    assert!(Report::from_json(&cut[..cut.len() / 2]).is_err());
}

#[test]
fn a_run_of_a_thousand_routes_makes_a_file_of_a_sensible_size() {
    let mut run = test_reports::TestRun::new();
    for route in 0..1_000 {
        let series = run.series(SeriesKind::Route, &format!("GET /items/{route}"));
        run.many(series, 1_000, 600);
    }

    let json = run.finish(Ended::Duration).to_json();

    assert!(json.len() < 4_000_000, "{}", json.len());
}

#[test]
fn secrets_of_a_threshold_are_not_written() {
    let mut report = test_reports::rich();
    let planned = Threshold::parse_all("p99{route=\"GET http://a/?token=hunter2\"} < 1s").unwrap();
    report.thresholds = report.judged(&planned, None);

    assert!(!report.to_json().contains("hunter2"));
}

fn time() -> impl Strategy<Value = Duration> {
    (0u64..1_000_000, 0u32..1_000_000_000).prop_map(|(seconds, nanos)| Duration::new(seconds, nanos))
}

fn number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("JSON has no other numbers", |number| number.is_finite())
}

fn rate() -> impl Strategy<Value = Rate> {
    (0u64..3_600_000_000_000).prop_map(Rate::from_thousandths_per_hour)
}

fn ended() -> impl Strategy<Value = Ended> {
    prop_oneof![
        Just(Ended::Duration),
        Just(Ended::Completed),
        Just(Ended::FailFast),
        Just(Ended::Sized),
        Just(Ended::Signal(Stop::Interrupt)),
        Just(Ended::Signal(Stop::Terminate)),
        Just(Ended::Signal(Stop::HangUp)),
        ".*".prop_map(Ended::Stopped),
        ".*".prop_map(Ended::SetupFailed),
        ".*".prop_map(Ended::DataExhausted),
        ".*".prop_map(Ended::Threshold),
        ".*".prop_map(Ended::DeadTarget),
    ]
}

fn breach() -> impl Strategy<Value = Breach> {
    let measured = prop_oneof![
        (0.0..1.0).prop_map(|part| Measured::Errors(Share::from_fraction(part))),
        time().prop_map(Measured::Latency),
        time().prop_map(Measured::AtLeast),
    ];
    (any::<u32>(), any::<bool>(), measured, time()).prop_map(|(users, confirmed, measured, window)| Breach {
        users,
        confirmed,
        objective: "p99 < 1s".into(),
        measured,
        window,
    })
}

fn sizing_outcome() -> impl Strategy<Value = SizingOutcome> {
    prop_oneof![
        breach().prop_map(|breach| SizingOutcome::Broken { breach }),
        Just(SizingOutcome::NoLimit),
        Just(SizingOutcome::TooFewSamples),
        (any::<u32>(), ".*").prop_map(|(users, why)| SizingOutcome::GeneratorLimit { users, why }),
        Just(SizingOutcome::Unsteady),
        Just(SizingOutcome::TimeOver),
        Just(SizingOutcome::Unfinished),
    ]
}

fn capacity_outcome() -> impl Strategy<Value = CapacityOutcome> {
    prop_oneof![
        Just(CapacityOutcome::Found),
        Just(CapacityOutcome::NoLimit),
        Just(CapacityOutcome::Nothing),
        Just(CapacityOutcome::Unsteady),
        rate().prop_map(|rate| CapacityOutcome::TooFewSamples { rate }),
        (rate(), ".*").prop_map(|(rate, why)| CapacityOutcome::Generator { rate, why }),
        Just(CapacityOutcome::TimeOver),
        Just(CapacityOutcome::Unfinished),
    ]
}

fn load() -> impl Strategy<Value = LoadSettings> {
    let flags = any::<[bool; 3]>();
    let times = (time(), proptest::option::of(time()), time());
    let shared_runs = proptest::option::of(1u64..1 << 50);
    (flags, proptest::option::of(rate()), times, shared_runs).prop_map(
        |([open, poisson, staged], rate, (max_late, pacing, warm_up), shared_runs)| LoadSettings {
            open,
            rate,
            poisson,
            staged,
            stages: Vec::new(),
            max_late,
            pacing,
            shared_runs,
            warm_up,
        },
    )
}

fn observed() -> impl Strategy<Value = Option<Observed>> {
    proptest::option::of(prop_oneof![
        time().prop_map(Observed::Time),
        time().prop_map(Observed::AtLeast),
        (0.0..1.0).prop_map(|part| Observed::Share(Share::from_fraction(part))),
        number().prop_map(|times| Observed::Rate(Throughput::per_second(times))),
        number().prop_map(Observed::Number),
    ])
}

/// The parts of a report that do not come from records.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    ended: Ended,
    sizing: SizingOutcome,
    trying_broken: Option<Breach>,
    capacity: CapacityOutcome,
    load: LoadSettings,
    seed: u64,
    replay: Option<(u32, u64)>,
    observed: Option<Observed>,
    numbers: (f64, f64),
    started_at: Duration,
    idle: String,
    used: (Option<u64>, Option<Duration>),
    windows: Option<u64>,
}

pub(super) fn rest() -> impl Strategy<Value = Rest> {
    let found = (ended(), sizing_outcome(), proptest::option::of(breach()), capacity_outcome());
    let planned = (load(), any::<u64>(), any::<Option<(u32, u64)>>());
    let used = (any::<Option<u64>>(), proptest::option::of(time()));
    let seen = (observed(), (number(), number()), time(), ".*", used, any::<Option<u64>>());
    (found, planned, seen).prop_map(
        |((ended, sizing, trying_broken, capacity), (load, seed, replay), seen)| {
            let (observed, numbers, started_at, idle, used, windows) = seen;
            Rest {
                ended,
                sizing,
                trying_broken,
                capacity,
                load,
                seed,
                replay,
                observed,
                numbers,
                started_at,
                idle,
                used,
                windows,
            }
        },
    )
}

impl Rest {
    /// Replaces these parts of the report.
    pub(super) fn put_into(self, mut report: Report) -> Report {
        let mut sizing = test_reports::sizing().sizing.unwrap();
        (sizing.outcome, sizing.trying_broken) = (self.sizing, self.trying_broken);
        let mut capacity = test_reports::capacity().capacity.unwrap();
        capacity.outcome = self.capacity;
        (report.sizing, report.capacity, report.ended) = (Some(sizing), Some(capacity), self.ended);
        (report.settings.load, report.settings.seed) = (self.load, self.seed);
        report.settings.replay = self.replay.map(|(user, iteration)| (UserId(user), Iteration(iteration)));
        report.settings.lacks_base = Some(self.idle.clone());
        report.settings.percentiles = vec![99.9, 50.0];
        report.started_at = SystemTime::UNIX_EPOCH + self.started_at;
        for result in &mut report.thresholds {
            (result.observed, result.windows) = (self.observed, self.windows);
            result.outcome = ThresholdOutcome::NotMergeable;
        }
        for gauge in &mut report.gauges {
            (gauge.last, gauge.min) = self.numbers;
            gauge.until = Some(report.started_at);
        }
        for row in report.routes.iter_mut() {
            row.idle.add(IdleFaultKind::Broken(self.idle.clone()));
            row.kinds = FailureKind::ALL.iter().map(|kind| (*kind, 1)).collect();
        }
        let generator = &mut report.generator;
        (generator.ports.used, generator.processor.used) = self.used;
        report.gaps.longest.extend(test_reports::judged().gaps.longest);
        report.gaps.longest[0].ended_by = GapEnd::Failure;
        report
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_report_is_read_back_as_it_was(shards in shards(), rest in rest()) {
        let report = rest.put_into(run(&shards[0], 4));

        prop_assert_eq!(read_back(&report), report);
    }

    #[test]
    fn reports_that_were_read_back_are_merged_as_those_that_were_written(shards in shards(), rest in rest()) {
        let (one, other) = (run(&shards[0], 4), rest.put_into(run(&shards[1], 3)));

        let merged = Report::merge(read_back(&one), read_back(&other));

        prop_assert_eq!(&merged, &Report::merge(one, other));
        prop_assert_eq!(read_back(&merged), merged);
    }
}
