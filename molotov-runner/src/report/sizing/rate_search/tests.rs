//! The search on simulated services: a semaphore, a fixed service time, and no clock.

use std::collections::{BinaryHeap, VecDeque};

use molotov_core::{FailureKind, Outcome, Sample, SeriesId, SeriesKind};
use proptest::prelude::*;

use super::*;
use crate::report::sliding::Sliding;
use crate::schedule::{ArrivalSchedule, Spacing};

const TICK: Duration = Duration::from_millis(100);
const MS: fn(u64) -> Duration = Duration::from_millis;

/// This number of requests is served at once, each for this time.
#[derive(Clone, Copy)]
pub(in super::super) struct Service {
    at_once: usize,
    time: Duration,
    spacing: Spacing,
    outcome: fn(Rate) -> Outcome,
}

impl Service {
    pub(in super::super) fn new(at_once: usize, time: Duration) -> Self {
        Self { at_once, time, spacing: Spacing::Even, outcome: |_| Outcome::Ok }
    }

    pub(in super::super) fn answering(self, outcome: fn(Rate) -> Outcome) -> Self {
        Self { outcome, ..self }
    }

    fn capacity(self) -> f64 {
        self.at_once as f64 / self.time.as_secs_f64()
    }
}

/// Returns the result of a search that starts with 10/s, and its length. `itself` adds the generator's figures.
fn search(
    service: Service,
    objectives: &str,
    itself: impl Fn(Rate, Counted) -> Counted,
) -> (Capacity, Duration) {
    let (climb, now) = simulate(service, objectives, itself, Duration::from_secs(3_600), |_, _| {});
    assert!(now < Duration::from_secs(3_600), "it goes on for ever: {climb:?}");
    (climb.result(), now)
}

/// A search that starts with 10/s and is cancelled at this time, and the time of its end. `record` receives each
/// action, with the rate at which the search requests it.
pub(in super::super) fn simulate(
    service: Service,
    objectives: &str,
    itself: impl Fn(Rate, Counted) -> Counted,
    until: Duration,
    mut record: impl FnMut(Rate, RateSearchAction),
) -> (RateSearch, Duration) {
    let mut climb = RateSearch::from_plan(&Plan::sizing(objectives).starting_at("10/s")).unwrap();
    let mut sliding = Sliding::new(climb.extent(), Vec::new());
    let mut offer = ArrivalSchedule::steady(climb.rate(), Duration::ZERO, service.spacing, 1);
    let mut queue = VecDeque::new();
    // The times at which places become free, and the ends of the served requests, each with its due time; the earliest
    // first.
    let mut free: BinaryHeap<_> = vec![std::cmp::Reverse(Duration::ZERO); service.at_once].into();
    let mut served = BinaryHeap::new();
    let mut counted = Counted::default();
    for tick in 1u32.. {
        let now = TICK * tick;
        while offer.peek().is_some_and(|due| due <= now) {
            queue.push_back(offer.next().unwrap().at);
            counted.scheduled += 1;
            counted.undone += 1;
        }
        while free.peek().is_some_and(|place| place.0 <= now)
            && let Some(due) = queue.pop_front()
        {
            let end = free.pop().unwrap().0.max(due) + service.time;
            free.push(std::cmp::Reverse(end));
            served.push(std::cmp::Reverse((end, due)));
        }
        while served.peek().is_some_and(|one| one.0.0 <= now) {
            let (end, due) = served.pop().unwrap().0;
            let series = SeriesId::new(0, SeriesKind::Scenario);
            let mut sample = Sample::new(series, (service.outcome)(climb.rate()), due, end - due);
            sample.due = Some(due);
            sliding.iteration(&sample);
            counted.undone -= 1;
        }
        counted.is_idle = queue.is_empty() && served.is_empty();
        let (span, rate) = (sliding.advance(now, 1), climb.rate());
        let action = climb.poll(now, itself(rate, counted), span.as_ref());
        record(rate, action);
        match action {
            RateSearchAction::Wait => {}
            RateSearchAction::Judge => sliding.restart(now),
            RateSearchAction::Rest => {
                counted.undone -= queue.len() as u64;
                counted.dropped += queue.len() as u64;
                queue.clear();
                offer = ArrivalSchedule::empty();
            }
            RateSearchAction::Load(rate) => {
                offer = ArrivalSchedule::steady(rate, now, service.spacing, u64::from(tick))
            }
            RateSearchAction::End => return (climb, now),
        }
        if now >= until {
            return (climb, now);
        }
    }
    unreachable!()
}

fn sound(_: Rate, counted: Counted) -> Counted {
    counted
}

#[track_caller]
fn assert_found(service: Service, capacity: &Capacity) {
    let true_one = service.capacity();
    assert_eq!(capacity.outcome, CapacityOutcome::Found, "{true_one}: {capacity:?}");
    for found in [capacity.good.unwrap(), capacity.bad.unwrap()] {
        let error = found.in_a_second() / true_one - 1.0;
        assert!(error.abs() <= 0.05, "{true_one}/s is not {found}: {capacity:?}");
    }
    assert!(capacity.good < capacity.bad && capacity.is_answered());
}

#[test]
fn capacity_of_a_semaphore_is_found_within_five_percent() {
    for objectives in ["p99 < 200ms", "p99 < 5s", "errors < 1%"] {
        let service = Service::new(10, MS(50));

        let (capacity, time) = search(service, objectives, sound);

        assert_found(service, &capacity);
        assert!(time < Duration::from_secs(300), "{time:?}");
        // The last step is the second one of the rate that held.
        let good = capacity.steps.iter().filter(|step| Some(step.rate) == capacity.good);
        assert_eq!(good.clone().count(), 2);
        assert!(good.into_iter().all(|step| step.broken.is_none() && step.window >= HOLDING));
    }
}

#[test]
fn iterations_that_take_long_are_waited_for_at_the_first_rate_as_well() {
    for seconds in [2, 8, 20] {
        let service = Service::new(20 * seconds, MS(1_000 * seconds as u64));

        let (capacity, _) = search(service, "errors < 1%", sound);

        assert!(capacity.steps[0].broken.is_none(), "{seconds} s: {capacity:?}");
        // With 400 of them in flight, a slight increase takes longer than a minute to detect.
        if seconds < 20 {
            assert_found(service, &capacity);
        }
    }
}

#[test]
fn visitors_who_come_by_chance_break_a_bound_of_latencies_sooner() {
    let service = Service { spacing: Spacing::Poisson, ..Service::new(10, MS(50)) };

    let (capacity, _) = search(service, "p99 < 100ms", sound);

    assert_eq!(capacity.outcome, CapacityOutcome::Found);
    let good = capacity.good.unwrap().in_a_second();
    assert!((140.0..200.0).contains(&good), "{capacity:?}");
}

#[test]
fn a_service_that_is_slower_at_once_than_its_bound_holds_nothing() {
    let (capacity, _) = search(Service::new(1_000, MS(50)), "p99 < 20ms", sound);

    assert_eq!((&capacity.outcome, capacity.good), (&CapacityOutcome::Nothing, None));
    assert_eq!(capacity.bad, Some(LEAST));
    assert!(capacity.steps[0].broken.as_ref().unwrap().starts_with("p99 was 50"), "{capacity:?}");
}

#[test]
fn errors_from_some_rate_on_are_the_limit() {
    let outcome = |rate: Rate| match rate > Rate::per_second(300) {
        true => Outcome::Failed(FailureKind::Http5xx),
        false => Outcome::Ok,
    };
    let service = Service { outcome, ..Service::new(1_000, MS(10)) };

    let (capacity, _) = search(service, "errors < 1%", sound);

    let (good, bad) = (capacity.good.unwrap(), capacity.bad.unwrap());
    assert!(good <= Rate::per_second(300) && bad > Rate::per_second(300), "{good} {bad}");
    assert!(capacity.steps.iter().any(|step| step.broken.as_deref() == Some("100.0% failed (errors < 1%)")));
}

#[test]
fn a_generator_that_saturates_ends_the_search_and_is_named() {
    let capacity = |itself: fn(Rate, Counted) -> Counted| {
        let (capacity, _) = search(Service::new(10, MS(50)), "p99 < 200ms", itself);
        let CapacityOutcome::Generator { rate, why } = &capacity.outcome else { panic!("{capacity:?}") };
        assert_eq!((*rate, capacity.good), (Rate::per_second(320), Some(Rate::per_second(160))));
        assert!(!capacity.is_answered());
        why.clone()
    };

    let late = capacity(|rate, counted| Counted {
        lag: Some(if rate > Rate::per_second(160) { MS(250) } else { MS(1) }),
        ..counted
    });
    let busy = capacity(|rate, counted| Counted {
        busy: if rate > Rate::per_second(160) { MS(counted.scheduled * 3) } else { Duration::ZERO },
        ..counted
    });

    assert_eq!(late, "it released arrivals up to 250 ms late (p99)");
    assert_eq!(busy, "it used all of its processors");
}

#[test]
fn a_generator_that_is_busy_while_a_rate_holds_goes_on() {
    let busy = |_, counted: Counted| Counted { lag: Some(MS(1)), ..counted };

    let (capacity, _) = search(Service::new(10, MS(50)), "p99 < 200ms", busy);

    assert_eq!(capacity.outcome, CapacityOutcome::Found);
}

#[test]
fn faults_of_this_machine_end_the_search() {
    let outcome = |rate: Rate| match rate > Rate::per_second(100) {
        true => Outcome::Failed(FailureKind::LocalPorts),
        false => Outcome::Ok,
    };

    let (capacity, _) = search(Service { outcome, ..Service::new(1_000, MS(10)) }, "errors < 1%", sound);

    let CapacityOutcome::Generator { rate, why } = &capacity.outcome else { panic!("{capacity:?}") };
    assert_eq!((rate.in_a_second(), capacity.good), (160.0, Some(Rate::per_second(80))));
    assert!(why.contains("ports"), "{why}");
    let last = capacity.steps.last().unwrap();
    assert!(
        last.generator.is_some() && capacity.broke(last.rate) == 0,
        "it is told, and not held against the service"
    );
}

#[test]
fn a_service_that_hangs_does_not_keep_up() {
    let (capacity, _) = search(Service::new(40, MS(7_200_000)), "p99 < 1s", sound);

    assert_eq!(capacity.good, None);
    assert!(
        capacity.steps[0].broken.as_ref().unwrap().starts_with("it fell behind"),
        "nothing ended, so there is no latency: {capacity:?}"
    );
}

#[test]
fn a_rate_that_has_too_few_samples_in_a_minute_is_passed_over() {
    let outcome = |rate: Rate| match rate > Rate::per_second(100) {
        true => Outcome::Failed(FailureKind::Http5xx),
        false => Outcome::Ok,
    };
    let service = Service { outcome, ..Service::new(1_000, MS(10)) };

    // It needs 1,000 samples, and 10/s yields 600 of them.
    let (capacity, _) = search(service, "p99.9 < 1s, errors < 1%", sound);

    assert_eq!((&capacity.outcome, capacity.steps[0].rate), (&CapacityOutcome::Found, Rate::per_second(20)));
    assert!(capacity.steps[0].scheduled >= 1_000, "{capacity:?}");
}

#[test]
fn too_few_samples_below_the_broken_level_are_reported() {
    let outcome = |rate: Rate| match rate > Rate::per_second(15) {
        true => Outcome::Failed(FailureKind::Http5xx),
        false => Outcome::Ok,
    };
    let service = Service { outcome, ..Service::new(1_000, MS(10)) };

    let (capacity, _) = search(service, "p99.9 < 1s, errors < 1%", sound);

    assert_eq!(capacity.outcome, CapacityOutcome::TooFewSamples { rate: Rate::per_second(10) });
    assert_eq!((capacity.good, capacity.bad), (None, Some(Rate::per_second(20))));
}

#[test]
fn a_run_that_ended_before_has_found_nothing() {
    let climb = RateSearch::from_plan(&Plan::sizing("p99 < 1s").starting_at("10/s")).unwrap();

    assert_eq!(climb.result().outcome, CapacityOutcome::Unfinished);
    assert!(
        RateSearch::from_plan(&Plan::sizing("p99 < 1s")).is_none()
            && RateSearch::from_plan(&Plan::rate("10/s")).is_none()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_capacity_of_a_semaphore_is_its_places_through_its_time(at_once in 3usize..20, ms in 20u64..100) {
        let service = Service::new(at_once, MS(ms));

        let (capacity, _) = search(service, "p99 < 1s", sound);

        assert_found(service, &capacity);
    }
}
