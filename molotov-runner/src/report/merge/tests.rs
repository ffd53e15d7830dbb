//! Law A9: merged shards equal one big run.

use std::time::Duration;

use molotov_core::{Iteration, Latencies, Rate, UserId};
use proptest::prelude::*;

use crate::plan::threshold::Threshold;
use crate::report::generated_runs::{run, shards};
use crate::report::mergeable::Merge;
use crate::report::test_reports;
use crate::report::windows::{MAX_WINDOWS, Windows};
use crate::report::{Ended, Report, Share, Stop, ThresholdOutcome, ThresholdResult, Window};

/// All figures that must be the same, in any order; except for the last value of a gauge, for which shards have no
/// order, for their own seeds, and for thresholds judged by time: few samples are only meaningful together.
fn figures(report: &Report) -> String {
    let mut report = report.clone();
    report.gauges.iter_mut().for_each(|gauge| (gauge.last, gauge.until) = (0.0, None));
    report.failures.iter_mut().for_each(|group| group.seed = None);
    report.settings = crate::report::Settings::default();
    report.windows.iter_mut().for_each(|window| window.users = 0);
    report.thresholds.sort_by(|one, other| one.threshold.cmp(&other.threshold));
    let rows = |rows: &[crate::report::SeriesRow]| {
        let row = |row: &crate::report::SeriesRow| {
            let spread = |of: &Latencies| (buckets(of), of.sum(), of.min(), of.max(), of.count());
            format!(
                "{} {:?} {:?} {} {:?} {:?} {} {:?} {:?}\n",
                row.name,
                spread(&row.ok),
                spread(&row.failed),
                row.cancelled,
                row.kinds,
                row.statuses,
                row.in_load,
                row.phases.as_ref().map(|it| [&it.waiting, &it.receiving, &it.unanswered].map(spread)),
                row.course,
            )
        };
        rows.iter().map(row).collect::<String>()
    };
    let trends: Vec<_> = report
        .trends
        .iter()
        .map(|row| {
            (&row.name, row.count, row.sum, row.min, row.max, row.p50, row.p95, row.p99, buckets(&row.values))
        })
        .collect();
    let thresholds: Vec<_> = report
        .thresholds
        .iter()
        .map(|it| (&it.threshold, is_broken_by_samples(it), it.observed, it.samples))
        .collect();
    format!(
        "{:?}\n{:?}\n{:?}\n{}{}{}{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
        report.iterations,
        report.requests,
        buckets(&report.latency),
        rows(&report.scenarios),
        rows(&report.routes),
        rows(&report.timers),
        report.soft_checks,
        report.counters,
        report.gauges,
        trends,
        report.failures,
        report.windows,
        thresholds,
        (report.bytes_sent, report.bytes_received, report.elapsed),
        report.thresholds.iter().any(is_broken_by_samples),
    )
}

fn is_broken_by_samples(result: &ThresholdResult) -> bool {
    result.outcome == ThresholdOutcome::Broken && result.time_share.is_none()
}

/// Each non-empty bucket, with its count.
fn buckets(latencies: &Latencies) -> Vec<(u64, u64)> {
    let histogram = latencies.histogram();
    histogram.iter_recorded().map(|it| (it.value_iterated_to(), it.count_at_value())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn merged_shards_equal_one_big_run_in_any_order(shards in shards()) {
        let all = |second: usize| shards.iter().flat_map(|shard| shard[second].clone()).collect();
        let big = run(&(0..6).map(all).collect::<Vec<Vec<_>>>(), 12);
        let [a, b, c] = [0, 1, 2].map(|index| run(&shards[index], 4));

        let left = Report::merge(Report::merge(a.clone(), b.clone()), c.clone());
        let right = Report::merge(c.clone(), Report::merge(b.clone(), a.clone()));

        prop_assert_eq!(figures(&left), figures(&big));
        prop_assert_eq!(figures(&right), figures(&big));
        prop_assert_eq!(format!("{:?}", left.gauges), format!("{:?}", right.gauges));
    }

    #[test]
    fn accounting_holds_after_merging(shards in shards()) {
        let merged = shards.iter().map(|shard| run(shard, 4)).reduce(Report::merge).unwrap();

        let it = merged.iterations;
        prop_assert_eq!(it.started, it.ok + it.failed + it.panicked + it.cancelled);
        let rq = merged.requests;
        prop_assert_eq!(rq.attempted, rq.ok + rq.http_error + rq.failed + rq.cancelled);
        check_course(&merged)?;
    }
}

/// Windows and points of courses contain all ends, and nothing else.
fn check_course(report: &Report) -> Result<(), TestCaseError> {
    let sum = |of: fn(&Window) -> u64| report.windows.iter().map(of).sum::<u64>();
    prop_assert_eq!(sum(|window| window.started), report.iterations.started);
    prop_assert_eq!(sum(|window| window.iterations), report.iterations.finished());
    prop_assert_eq!(sum(|window| window.failed_iterations), report.iterations.failures());
    prop_assert_eq!(sum(|window| window.requests), report.requests.attempted - report.requests.cancelled);
    prop_assert_eq!(sum(|window| window.failed_requests), report.requests.failures());
    let latencies = report.windows.iter().map(|window| window.latency.to_latencies());
    prop_assert_eq!(latencies.reduce(Merge::merge).unwrap_or_default(), report.all_latencies());
    for row in report.scenarios.iter().chain(&report.routes).chain(&report.timers) {
        let points = row.course.points();
        let sums = points.iter().fold((0, 0), |sums, point| (sums.0 + point.count, sums.1 + point.failed));
        prop_assert_eq!(sums, (row.count(), row.failed.count()));
    }
    Ok(())
}

/// The windows of a run of these seconds, with some users in each second but the last.
fn windows(seconds: &[(u32, u64)]) -> Vec<Window> {
    let mut windows = Windows::default();
    for ((users, micros), second) in seconds.iter().zip(1..) {
        windows.open.requests = 1;
        windows.latencies.record(Duration::from_micros(*micros));
        windows.close(Duration::from_secs(second), Duration::from_secs(second), *users);
    }
    windows.closed().to_vec()
}

fn seconds() -> impl Strategy<Value = Vec<(u32, u64)>> {
    let second = (0u32..9, 1u64..5_000_000);
    prop_oneof![
        prop::collection::vec(second.clone(), 0..9),
        prop::collection::vec(second.clone(), 600..605),
        prop::collection::vec(second, 1_990..2_500),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn windows_of_runs_of_other_lengths_are_merged_in_any_order(runs in prop::collection::vec(seconds(), 3)) {
        let [one, other, third] = [0, 1, 2].map(|index| windows(&runs[index]));

        let left = one.clone().merge(other.clone()).merge(third.clone());
        let right = third.merge(one).merge(other);

        prop_assert!(left.len() <= MAX_WINDOWS);
        prop_assert_eq!(left.iter().map(|window| window.requests).sum::<u64>(), runs.iter().flatten().count() as u64);
        prop_assert_eq!(left, right);
    }
}

fn shard(name: &str) -> Report {
    test_reports::rich().of_shard(name)
}

#[test]
fn a_missing_shard_is_named_and_so_is_one_too_many() {
    let merged = Report::merge_shards(["eu", "us"], [shard("us"), shard("eu")]).unwrap();
    assert_eq!(
        (merged.shards.as_slice(), merged.iterations.started),
        (["eu".into(), "us".into()].as_slice(), 2 * shard("eu").iterations.started)
    );

    for (expected, reports, says) in [
        (
            vec!["eu", "us", "asia"],
            vec![shard("us")],
            vec!["the shard `asia` is missing", "the shard `eu` is missing"],
        ),
        (vec!["eu"], vec![shard("eu"), shard("eu")], vec!["the shard `eu` is there twice"]),
        (vec!["eu"], vec![shard("eu"), shard("uk")], vec!["no shard is called `uk`; there is `eu`"]),
        (vec!["eu"], vec![test_reports::rich()], vec!["has no name of a shard", "`eu` is missing"]),
        (vec![], vec![], vec!["there are no reports to merge"]),
    ] {
        let why = Report::merge_shards(expected, reports).unwrap_err().to_string();
        says.iter().for_each(|says| assert!(why.contains(says), "{why}"));
    }
}

#[test]
fn gravest_end_is_reported_and_the_mix_is_counted() {
    let (mut one, mut other) = (shard("a"), shard("b"));
    (one.ended, other.ended) = (Ended::Duration, Ended::Signal(Stop::Interrupt));
    other.mix.reverse();

    let merged = Report::merge(one.clone(), other);

    assert_eq!(merged.ended, Ended::Signal(Stop::Interrupt));
    assert_eq!(merged.settings.users, 40);
    let names: Vec<_> = merged.mix.iter().map(|mix| mix.scenario.as_str()).collect();
    assert_eq!(names, ["browse", "buy"]);
    for (mix, before) in merged.mix.iter().zip(&one.mix) {
        let differs = |one: Share, other: Share| (one.fraction() - other.fraction()).abs() > 1e-9;
        assert!(!differs(mix.actual, before.actual) && !differs(mix.wanted, before.wanted));
    }
}

#[test]
fn a_failure_is_replayed_with_the_seed_of_its_own_run() {
    let of_seed = |seed, user| {
        let mut report = test_reports::rich();
        report.settings.seed = seed;
        report.failures.truncate(1);
        report.failures[0].first = (Iteration(4), UserId(user));
        report
    };
    let [a, b, c] = [of_seed(7, 5), of_seed(9, 2), of_seed(8, 3)];

    for merged in
        [Report::merge(Report::merge(a.clone(), b.clone()), c.clone()), Report::merge(c, Report::merge(b, a))]
    {
        assert_eq!(merged.replay_of(&merged.failures[0]), "--seed 9 --replay 2:4");
        assert_eq!(merged.settings.seed, 7);
    }
}

#[test]
fn shards_of_other_scenarios_are_merged_in_any_order() {
    let of = |scenario: &str, seed| {
        let mut report = test_reports::rich();
        report.settings.seed = seed;
        report.settings.scenarios = vec![scenario.into()];
        report.settings.targets = vec![format!("http://{scenario}")];
        report.settings.tags = [("slow".to_owned(), vec![scenario.into()])].into();
        report.mix.truncate(1);
        report.mix[0].scenario = scenario.into();
        report
    };
    let [a, b, c] = [of("walk", 3), of("buy", 1), of("look", 2)];

    let left = Report::merge(Report::merge(a.clone(), b.clone()), c.clone());
    let right = Report::merge(c, Report::merge(a, b));

    assert_eq!(format!("{:?}", left.settings), format!("{:?}", right.settings));
    let names = |report: &Report| report.mix.iter().map(|mix| mix.scenario.clone()).collect::<Vec<_>>();
    assert_eq!([names(&left), names(&right)], [["buy", "look", "walk"], ["buy", "look", "walk"]]);
}

#[test]
fn accounting_holds_where_one_run_alone_had_due_times() {
    let [open, closed] = [test_reports::due(), test_reports::rich()];
    let law = |report: &Report| {
        let offered = report.offered.as_ref().unwrap();
        assert_eq!(offered.scheduled, report.iterations.started + offered.dropped, "law A1");
    };
    law(&open);

    for (one, other) in [(&open, &closed), (&closed, &open), (&open, &open)] {
        law(&Report::merge(Report::merge(one.clone(), other.clone()), closed.clone()));
    }
}

#[test]
fn rates_of_arrivals_add_up() {
    let merged = |one, other| {
        let (mut a, mut b) = (test_reports::rich(), test_reports::rich());
        (a.settings.load.rate, b.settings.load.rate) = (one, other);
        Report::merge(a, b).settings.load.rate
    };
    let rate = |times| Some(Rate::per_second(times));

    assert_eq!([merged(rate(500), rate(500)), merged(rate(20), rate(5))], [rate(1_000), rate(25)]);
    assert_eq!([merged(None, rate(5)), merged(rate(5), None), merged(None, None)], [None; 3]);
}

#[test]
fn the_last_value_of_a_gauge_is_that_of_the_run_that_ended_last() {
    let (mut early, mut late) = (shard("a"), shard("b"));
    early.gauges[0].last = 99.0;
    late.started_at += Duration::from_secs(1);
    late.gauges[0].last = 1.0;
    for merged in [Report::merge(early.clone(), late.clone()), Report::merge(late, early)] {
        assert_eq!(merged.gauges[0].last, 1.0);
    }
}

/// A report with one threshold that was judged during its run.
fn judged(text: &str, outcome: ThresholdOutcome) -> Report {
    let mut report = test_reports::rich();
    let planned = Threshold::parse_all(text).unwrap();
    report.thresholds = report.judged(&planned, None);
    report.thresholds[0].outcome = outcome;
    report.thresholds[0].windows = Some(7);
    report
}

#[test]
fn windows_add_up_only_with_sums_in_both_runs() {
    use ThresholdOutcome::{Broken, Held, NotMergeable};
    for (text, one, other, both) in [
        ("p99(10s) < 50s", Held, Held, Held),
        ("p99(10s) < 50s", Held, Broken, Broken),
        ("errors(10s) < 50%", Held, Held, Held),
        ("rate(10s) > 1/s", Held, Held, NotMergeable),
        ("iterations < 5 after 5s", Broken, Broken, NotMergeable),
    ] {
        for (a, b) in [(one, other), (other, one)] {
            let merged = Report::merge(judged(text, a), judged(text, b));
            assert_eq!(
                (merged.thresholds[0].outcome, merged.thresholds[0].windows),
                (both, Some(14)),
                "{text}"
            );
        }
    }
}
