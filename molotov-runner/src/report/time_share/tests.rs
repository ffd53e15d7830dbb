//! Shares of the time against the true values of simulated samples, and requests in flight against their definition.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::parts::PartSample;
use super::user_time::LoadTime;
use super::users::UserSample;
use super::{InFlight, Parts, ShareEstimate, UserSamples, UserTime, WeighedTime};
use crate::report::limit_side::LimitSide;

const SECOND: Duration = Duration::from_secs(1);

/// Consecutive seconds: the number of samples that start with each, and the number of those beyond the limit.
fn seconds(counts: &[(u64, u64)]) -> Parts {
    let mut seconds = Parts::default();
    for (at, (all, beyond)) in (0u32..).zip(counts) {
        (0..*all).for_each(|n| count(&mut seconds, 0, SECOND * at, n < *beyond));
    }
    seconds
}

fn count(parts: &mut Parts, series: u32, start: Duration, is_beyond: bool) {
    let beyond = is_beyond.then_some(Duration::ZERO);
    parts.count(PartSample { series, start, end: start, beyond, ..PartSample::default() });
}

/// The estimate of a load of this length in which users are always present.
fn over(parts: Parts, allowed: f64, length: Duration) -> ShareEstimate {
    parts.estimate(allowed, LoadTime { users: &UserTime::default(), start: Duration::ZERO, length })
}

fn estimate(counts: &[(u64, u64)], allowed: f64) -> ShareEstimate {
    over(seconds(counts), allowed, SECOND * counts.len() as u32)
}

fn samples_of(users: u32) -> UserSamples {
    UserSamples::new(users, Arc::default(), Duration::ZERO)
}

#[test]
fn parts_weigh_the_same_however_many_samples_they_have() {
    let mut counts = vec![(10_000, 0); 5];
    counts.extend([(40, 40); 5]);

    let estimate = estimate(&counts, 0.1);

    assert!((estimate.share - 0.5).abs() < 1e-9, "{estimate:?}");
    assert!(estimate.deviation < 0.03, "{estimate:?}");
}

#[test]
fn few_samples_of_a_slow_part_are_counted_together_and_apart_from_the_quick_ones() {
    // One user: a second of quick requests, then one slow request each three seconds, then quick ones again.
    let slow = [(1, 1), (0, 0), (0, 0)].repeat(6);
    let counts = [&[(100, 0)][..], &slow, &[(100, 0)]].concat();

    let estimate = estimate(&counts, 0.1);

    assert!((estimate.share - 0.9).abs() < 0.001, "{estimate:?}");
}

#[test]
fn single_slow_sample_is_not_judged() {
    for counts in
        [vec![(100, 0), (1, 1), (0, 0), (0, 0)], vec![(1, 1)], vec![(50, 1); 9], vec![(0, 0)], vec![]]
    {
        let (all, beyond) = counts.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        let of_samples = beyond as f64 / f64::max(all as f64, 1.0);
        assert!(estimate(&counts, 0.01).share <= of_samples, "{counts:?}");
    }
}

#[test]
fn long_loads_keep_a_bounded_number_of_parts() {
    let mut day = Parts::default();
    for at in 0..86_400u64 {
        let is_slow = at >= 43_200;
        (0..if is_slow { 1 } else { 9 }).for_each(|_| count(&mut day, 0, Duration::from_secs(at), is_slow));
    }
    let estimate = over(day, 0.1, Duration::from_secs(86_400));

    assert!((estimate.share - 0.5).abs() < 0.001, "{estimate:?}");
}

/// Consecutive starts from one millisecond on.
fn between(start: u64, took: u64) -> (Duration, Duration) {
    (Duration::from_millis(start), Duration::from_millis(start + took))
}

fn sample(series: u32, (start, end): (Duration, Duration), side: LimitSide) -> UserSample {
    UserSample { series, user: 0, start, end, side, is_late: false }
}

#[test]
fn route_that_is_slow_by_design_makes_no_part_slow_in_which_it_is_alone() {
    // Seconds of 40 quick requests, and of 4 of a slow route, in turn.
    let mut parts = Parts::default();
    for at in 0..40u32 {
        let is_slow = at % 2 == 1;
        (0..if is_slow { 4 } else { 40 })
            .for_each(|_| count(&mut parts, is_slow.into(), SECOND * at, is_slow));
    }

    let estimate = over(parts, 0.2, SECOND * 40);

    assert!((estimate.share - 1.0 / 11.0).abs() < 0.01, "{estimate:?}");
}

#[test]
fn request_that_is_sent_with_a_tick_and_ends_before_the_next_leaves_those_that_wait() {
    let mut in_flight = InFlight::default();
    in_flight.tick(SECOND, 1);
    for tick in 2..=20 {
        in_flight.tick(SECOND * tick, 1);
    }
    in_flight.remove(SECOND * 20);
    in_flight.tick(SECOND * 21, 2);

    let waiting = in_flight.waiting(SECOND * 30, Duration::ZERO);
    assert_eq!(waiting.between(Duration::ZERO, Duration::MAX), (1, SECOND * 29));
}

#[test]
fn requests_in_flight_at_the_end_count_only_for_users_without_samples() {
    let mut one = samples_of(2);
    one.count(sample(0, between(0, 900), LimitSide::Beyond));
    one.count(UserSample { is_late: true, ..sample(0, between(900, 900), LimitSide::Beyond) });
    one.count(UserSample { is_late: true, ..sample(0, between(1_800, 900), LimitSide::Within) });

    assert_eq!(one.finish(0.1).estimate().share, 1.0);
}

#[test]
fn many_series_keep_a_bounded_number_of_parts() {
    let mut day = Parts::default();
    for at in 0..8_640u64 {
        let series = (at / 100).min(63) as u32;
        (0..20).for_each(|_| count(&mut day, series, Duration::from_secs(at * 10), at >= 4_320));
    }

    // Each route is quick in the first half of the day, or slow in the second one, except a few that are both.
    let estimate = over(day, 0.1, Duration::from_secs(86_400));
    assert!((estimate.share - 0.5).abs() < 0.05, "{estimate:?}");
}

proptest! {
    #[test]
    fn times_of_several_runs_add_up_in_any_order(
        times in prop::collection::vec((0u64..10_000, 0.0f64..1.0, 0.0f64..0.1), 1..20),
    ) {
        let time = |(millis, share, deviation): &(u64, f64, f64)| {
            WeighedTime::new(Duration::from_millis(*millis), ShareEstimate { share: *share, deviation: *deviation })
        };
        let forwards = times.iter().map(time).fold(WeighedTime::default(), WeighedTime::and);
        let backwards = times.iter().rev().map(time).fold(WeighedTime::default(), WeighedTime::and);
        let (all, beyond) = times.iter().fold((0.0, 0.0), |(all, beyond), (millis, share, _)| {
            (all + *millis as f64, beyond + *millis as f64 * share)
        });

        prop_assert_eq!(forwards, backwards);
        prop_assert!((forwards.estimate().share - beyond / f64::max(all, 1.0)).abs() < 0.001);
    }

    /// One user, whose requests on two routes are slow by chance, or on one route in stretches.
    #[test]
    fn time_of_a_user_is_its_part_in_stretches_and_its_share_by_chance(
        quick in 5u64..30,
        slow in 100u64..2_000,
        think in 0u64..500,
        stretches in 8u64..20,
        seed in any::<u64>(),
    ) {
        let (mut by_chance, mut in_stretches) = (samples_of(1), samples_of(1));
        let mut now = 0;
        for n in 0..4_000u64 {
            let random = (n ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let is_slow = (random ^ random >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40 & 15 == 0;
            let (took, side) = if is_slow { (slow, LimitSide::Beyond) } else { (quick, LimitSide::Within) };
            by_chance.count(sample((n % 2) as u32, between(now, took), side));
            now += took + think;
        }
        now = 0;
        while now < stretches * 40_000 {
            let is_slow = now % 40_000 >= 20_000;
            let (took, side) = if is_slow { (slow, LimitSide::Beyond) } else { (quick, LimitSide::Within) };
            in_stretches.count(sample(0, between(now, took), side));
            now += took + think;
        }

        let (chance, part) = (by_chance.finish(0.1).estimate(), in_stretches.finish(0.1).estimate());
        prop_assert!((chance.share - 1.0 / 16.0).abs() < 0.03, "{:?}", chance);
        prop_assert!((part.share - 0.5).abs() < 0.12, "{:?}", part);
    }

    /// Requests that start and end at any time, observed every 100 ms.
    #[test]
    fn waiting_requests_are_those_that_were_sent_and_have_not_ended(
        requests in prop::collection::vec((0u64..3_000, prop::option::of(1u64..2_000)), 0..60),
        least in 100u64..2_000,
    ) {
        let mut in_flight = InFlight::default();
        in_flight.start(7);
        for tick in 1..=30u64 {
            let (before, now) = ((tick - 1) * 100, tick * 100);
            for (start, took) in &requests {
                if took.is_some_and(|took| (before..now).contains(&(start + took))) {
                    in_flight.remove(Duration::from_millis(*start));
                }
            }
            let started = requests.iter().filter(|(start, _)| *start < now).count() as u64;
            in_flight.tick(Duration::from_millis(now), 7 + started);
        }

        let waiting = in_flight.waiting(Duration::from_secs(3), Duration::ZERO);
        let (found, _) = waiting.between(Duration::from_millis(least), Duration::MAX);

        let waits = |start: &u64, took: &Option<u64>| took.is_none_or(|took| start + took >= 3_000);
        let sent = |before: u64| requests.iter().filter(|(start, took)| *start < before && waits(start, took)).count();
        // To a tick.
        let [fewest, most] = [sent((3_000u64 - least).saturating_sub(200)), sent(3_000 - least + 1)];
        prop_assert!((fewest as u64..=most as u64).contains(&found), "{found} of {fewest} to {most}");
    }

    /// A request that is sent during the count is counted a tick later, and may have ended by then.
    #[test]
    fn nothing_waits_for_ever_that_was_sent_while_it_was_counted(
        quick in prop::collection::vec((0u64..3_000, 1u64..30), 0..400),
        slow in prop::collection::vec((0u64..3_000, 300u64..900), 0..40),
        late in 0u64..40,
    ) {
        let mut in_flight = InFlight::default();
        let mut requests = [quick, slow].concat();
        requests.sort_by_key(|(start, took)| start + took);
        for tick in 1..=40u64 {
            let (before, now) = ((tick - 1) * 100, tick * 100);
            for (start, took) in &requests {
                if (before..now).contains(&(start + took)) {
                    in_flight.remove(Duration::from_millis(*start));
                }
            }
            // They were counted before the others were read.
            let started = requests.iter().filter(|(start, _)| start + late < now).count() as u64;
            in_flight.tick(Duration::from_millis(now), started);
        }

        let waiting = in_flight.waiting(Duration::from_secs(4), Duration::ZERO);
        prop_assert_eq!(waiting.between(Duration::ZERO, Duration::MAX).0, 0);
    }
}
