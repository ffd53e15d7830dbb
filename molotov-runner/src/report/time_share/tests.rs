//! Shares of the time against what is true of simulated samples, and requests in flight against their definition.

use std::time::Duration;

use proptest::prelude::*;

use super::{InFlight, Parts};

const SECOND: Duration = Duration::from_secs(1);

/// One second after the other: how many samples began with it, and how many of them were beyond the limit.
fn seconds(counts: &[(u64, u64)]) -> Parts {
    let mut seconds = Parts::default();
    for (at, (all, beyond)) in (0u32..).zip(counts) {
        (0..*all).for_each(|n| seconds.count(SECOND * at, n < *beyond));
    }
    seconds.of_load(SECOND * counts.len() as u32)
}

#[test]
fn parts_weigh_the_same_however_many_samples_they_have() {
    let mut counts = vec![(10_000, 0); 5];
    counts.extend([(40, 40); 5]);

    let estimate = seconds(&counts).estimate(0.1);

    assert!((estimate.share - 0.5).abs() < 1e-9, "{estimate:?}");
    assert!(estimate.deviation < 0.03, "{estimate:?}");
}

#[test]
fn few_samples_of_a_slow_part_are_counted_together_and_apart_from_the_quick_ones() {
    // One user: a second of quick requests, then one slow request each three seconds, then quick ones again.
    let slow = [(1, 1), (0, 0), (0, 0)].repeat(6);
    let counts = [&[(100, 0)][..], &slow, &[(100, 0)]].concat();

    let estimate = seconds(&counts).estimate(0.1);

    assert!((estimate.share - 0.9).abs() < 0.001, "{estimate:?}");
}

#[test]
fn one_slow_sample_alone_says_nothing() {
    for counts in
        [vec![(100, 0), (1, 1), (0, 0), (0, 0)], vec![(1, 1)], vec![(50, 1); 9], vec![(0, 0)], vec![]]
    {
        assert_eq!(seconds(&counts).estimate(0.01).share, 0.0, "{counts:?}");
    }
}

#[test]
fn long_loads_keep_a_bounded_number_of_parts() {
    let mut day = Parts::default();
    for at in 0..86_400u64 {
        let is_slow = at >= 43_200;
        (0..if is_slow { 1 } else { 9 }).for_each(|_| day.count(Duration::from_secs(at), is_slow));
    }
    let estimate = day.of_load(Duration::from_secs(86_400)).estimate(0.1);

    assert!((estimate.share - 0.5).abs() < 0.001, "{estimate:?}");
}

proptest! {
    #[test]
    fn parts_of_two_runs_are_those_of_one(
        counts in prop::collection::vec((0u64..40, 0u64..40), 1..50),
        others in prop::collection::vec((0u64..40, 0u64..40), 1..9_000),
    ) {
        let part = |(all, beyond): &(u64, u64)| (*all, *beyond.min(all));
        let [counts, others] = [counts, others].map(|of| of.iter().map(part).collect::<Vec<_>>());
        let both = (0..counts.len().max(others.len())).map(|at| {
            let of = |of: &Vec<(u64, u64)>| of.get(at).copied().unwrap_or_default();
            (of(&counts).0 + of(&others).0, of(&counts).1 + of(&others).1)
        });
        let [one, other] = [seconds(&counts), seconds(&others)];

        let (mut left, mut right) = (one.clone(), other.clone());
        left.add(&other);
        right.add(&one);

        prop_assert_eq!(&left, &seconds(&both.collect::<Vec<_>>()));
        prop_assert_eq!(left, right);
    }

    /// Requests that start and end at any time, looked at every 100 ms.
    #[test]
    fn waiting_requests_are_those_that_were_sent_and_have_not_ended(
        requests in prop::collection::vec((0u64..3_000, prop::option::of(1u64..2_000)), 0..60),
        least in 100u64..2_000,
    ) {
        let mut in_flight = InFlight::default();
        in_flight.begin(7);
        for tick in 1..=30u64 {
            let (before, now) = ((tick - 1) * 100, tick * 100);
            for (start, took) in &requests {
                if took.is_some_and(|took| (before..now).contains(&(start + took))) {
                    in_flight.end(Duration::from_millis(*start));
                }
            }
            let started = requests.iter().filter(|(start, _)| *start < now).count() as u64;
            in_flight.tick(Duration::from_millis(now), 7 + started);
        }

        let waiting = in_flight.waiting(Duration::from_secs(3), Duration::ZERO, false);
        let (found, _) = waiting.between(Duration::from_millis(least), Duration::MAX);

        let waits = |start: &u64, took: &Option<u64>| took.is_none_or(|took| start + took >= 3_000);
        let sent = |before: u64| requests.iter().filter(|(start, took)| *start < before && waits(start, took)).count();
        // To a tick.
        let [fewest, most] = [sent((3_000u64 - least).saturating_sub(200)), sent(3_000 - least + 1)];
        prop_assert!((fewest as u64..=most as u64).contains(&found), "{found} of {fewest} to {most}");
    }

    /// What is sent while it is counted is counted a tick later, and may have ended by then.
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
                    in_flight.end(Duration::from_millis(*start));
                }
            }
            // They were counted before the others were read.
            let started = requests.iter().filter(|(start, _)| start + late < now).count() as u64;
            in_flight.tick(Duration::from_millis(now), started);
        }

        let waiting = in_flight.waiting(Duration::from_secs(4), Duration::ZERO, false);
        prop_assert_eq!(waiting.between(Duration::ZERO, Duration::MAX).0, 0);
    }
}
