//! Every record is counted once, and in its place.

use std::collections::BTreeMap;

use molotov_core::{FailureKind, Outcome, Record, Recorder, Sample, SeriesId, SeriesKind};
use proptest::prelude::*;

use super::*;
use crate::report::Window;

#[test]
fn rows_add_up_to_the_whole_also_when_an_iteration_never_comes_back() {
    let recorder = Recorder::new(1, |_| {});
    let series = recorder.series(SeriesKind::Scenario, "stuck");
    let mut aggregator = Aggregator::default();
    aggregator.absorb(&mut vec![Record::Started(series, 1)]);
    aggregator.learn(&recorder);

    let totals = aggregator.finish(Duration::ZERO);

    assert_eq!(totals.iterations.cancelled, 1);
    assert_eq!(totals.scenarios[0].cancelled, 1);
}

fn request(series: SeriesId) -> Record {
    let mut sample = Sample::new(series, Outcome::Ok, Duration::ZERO, Duration::from_millis(1));
    (sample.sent, sample.received, sample.status) = (1, 1, 200);
    Record::Sample(sample)
}

#[test]
fn rates_are_of_what_ended_while_users_were_running() {
    let mut aggregator = Aggregator::default();
    let series = SeriesId::new(0, SeriesKind::Route);

    aggregator.absorb(&mut vec![request(series); 5]);
    aggregator.start_load(Duration::from_secs(1));
    aggregator.absorb(&mut vec![request(series); 3]);
    aggregator.end_load(Duration::from_secs(2));
    aggregator.absorb(&mut vec![request(series); 2]);

    let totals = aggregator.finish(Duration::from_secs(2));
    assert_eq!((totals.requests.ok, totals.requests.in_load), (10, 3));
}

const MS: fn(u64) -> Duration = Duration::from_millis;

/// A finished request, and the delay until it is read.
#[derive(Clone, Debug)]
struct Arriving {
    start: u64,
    service: u64,
    delay: u64,
    has_failed: bool,
}

impl Arriving {
    fn sample(&self, series: SeriesId) -> Sample {
        let outcome = if self.has_failed { Outcome::Failed(self.kind()) } else { Outcome::Ok };
        Sample::new(series, outcome, MS(self.start), MS(self.service))
    }

    fn kind(&self) -> FailureKind {
        if self.service.is_multiple_of(2) { FailureKind::Http5xx } else { FailureKind::TimeoutTotal }
    }

    fn second(&self) -> u64 {
        (self.start + self.service - 1) / 1_000
    }
}

fn arriving() -> impl Strategy<Value = Arriving> {
    let delay = prop_oneof![4 => 0u64..100, 1 => 0u64..3_000];
    (0u64..8_000, 1u64..2_000, delay, any::<bool>())
        .prop_map(|(start, service, delay, has_failed)| Arriving { start, service, delay, has_failed })
}

/// The windows of outputs, and the totals, for samples that are read at the ticks after their delays.
fn course_of(samples: &[Arriving], ticks: &[u64]) -> (Vec<Window>, Totals) {
    let recorder = Recorder::new(1, |_| {});
    let series = recorder.series(SeriesKind::Route, "GET /");
    let (mut aggregator, mut handed_out, mut before) = (Aggregator::default(), Vec::new(), 0);
    aggregator.start_load(Duration::ZERO);
    for tick in ticks.iter().copied().chain([20_000]) {
        let due = samples.iter().filter(|it| (before..tick).contains(&(it.start + it.service + it.delay)));
        aggregator.absorb(&mut due.map(|it| Record::Sample(it.sample(series))).collect());
        aggregator.tick(MS(tick), 1);
        handed_out.extend(aggregator.fresh_windows());
        before = tick;
    }
    aggregator.learn(&recorder);
    let totals = aggregator.finish(MS(20_000));
    (handed_out, totals)
}

proptest! {
    #[test]
    fn sample_is_counted_in_the_second_in_which_it_ended(
        samples in prop::collection::vec(arriving(), 0..60),
        steps in prop::collection::vec(prop_oneof![9 => 90u64..110, 1 => 100u64..2_500], 130),
    ) {
        let ticks: Vec<_> = steps.iter().scan(0, |at, step| { *at += step; Some(*at) }).take_while(|at| *at < 15_000).collect();
        let mut wanted: BTreeMap<u64, (u64, BTreeMap<FailureKind, u64>, Latencies)> = BTreeMap::new();
        for sample in &samples {
            let second = wanted.entry(sample.second()).or_default();
            second.0 += 1;
            if sample.has_failed {
                *second.1.entry(sample.kind()).or_default() += 1;
            }
            second.2.record(MS(sample.service));
        }

        let (_, totals) = course_of(&samples, &ticks);

        for window in &totals.windows {
            let (count, kinds, latencies) = wanted.remove(&window.start.as_secs()).unwrap_or_default();
            let failed = kinds.values().sum();
            prop_assert_eq!(&window.kinds, &kinds);
            prop_assert_eq!((window.requests, window.failed_requests), (count, failed), "{:?}", window);
            prop_assert_eq!(window.latency.to_latencies(), latencies);
            prop_assert_eq!(window.length, Duration::from_secs(1));
            let point = totals.routes.first().and_then(|row| row.course.points().get(window.start.as_secs() as usize).cloned());
            prop_assert_eq!(point.map_or((0, 0), |point| (point.count, point.failed)), (count, failed));
        }
        prop_assert!(wanted.is_empty(), "{wanted:?}");
    }

    #[test]
    fn outputs_get_windows_with_the_samples_that_come_a_tick_late(samples in prop::collection::vec(arriving(), 0..60)) {
        let samples: Vec<_> = samples.into_iter().map(|it| Arriving { delay: it.delay % 100, ..it }).collect();
        let ticks: Vec<_> = (1..150).map(|tick| tick * 100 + 7).collect();

        let (handed_out, totals) = course_of(&samples, &ticks);

        prop_assert_eq!(&handed_out[..], &totals.windows[..handed_out.len()]);
        prop_assert!(handed_out.len() >= 14);
    }
}

#[test]
fn progress_names_failures_by_kind_and_the_route_that_is_slowest_now() {
    let recorder = Recorder::new(1, |_| {});
    let [slow_once, slow_now] =
        ["GET /once", "GET /now"].map(|route| recorder.series(SeriesKind::Route, route));
    let mut aggregator = Aggregator::default();
    aggregator.start_load(Duration::ZERO);
    aggregator.learn(&recorder);
    for (second, took) in [(0, [900, 100]), (1, [50, 300])] {
        for (series, took) in [slow_once, slow_now].into_iter().zip(took) {
            let outcome = Outcome::Failed(FailureKind::Http5xx);
            let sample = Sample::new(series, outcome, MS(second * 1_000), MS(took));
            aggregator.absorb(&mut vec![Record::Sample(sample); 2]);
        }
        aggregator.tick(MS((second + 1) * 1_000), 1);
    }

    let detail = aggregator.snapshot(MS(2_000)).detail;

    assert_eq!(detail.failures, BTreeMap::from([(FailureKind::Http5xx, 8)]));
    let (route, median) = detail.slowest.unwrap();
    assert!(route == "GET /now" && median.abs_diff(MS(300)) < MS(20), "{route} {median:?}");
}
