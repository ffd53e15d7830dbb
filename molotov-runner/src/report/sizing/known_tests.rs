//! However and whenever a search ends, its result matches the observations, no less and no more.

use std::time::Duration;

use molotov_core::{FailureKind, Outcome, Rate, Sample, SeriesId, SeriesKind};
use proptest::prelude::*;

use super::rate_search::tests::{Service, simulate};
use super::*;
use crate::plan::Plan;
use crate::report::ended::{Ended, Stop};
use crate::report::sliding::Sliding;
use crate::schedule::start_of;

const TICK: Duration = Duration::from_millis(100);

/// The levels as seen by a judge of the actions alone, in order; `true` if the level held.
#[derive(Debug, Default)]
struct SeenSteps {
    judging: bool,
    shown: Vec<(u64, bool)>,
}

impl SeenSteps {
    fn judges(&mut self) {
        self.judging = true;
    }

    fn shows(&mut self, level: u64, held: bool) {
        if std::mem::take(&mut self.judging) {
            self.shown.push((level, held));
        }
    }

    /// The greatest level that held and at or below which nothing broke afterwards, and how often it held.
    fn good(&self) -> Option<(u64, usize)> {
        let held = self.shown.iter().enumerate().filter(|(_, (_, held))| *held);
        let good = held.filter(|(at, (level, _))| {
            !self.shown[*at..].iter().any(|(other, held)| !held && other <= level)
        });
        let good = good.map(|(_, (level, _))| *level).max()?;
        Some((good, self.shown.iter().filter(|one| **one == (good, true)).count()))
    }

    /// The least level that broke.
    fn bad(&self) -> Option<u64> {
        self.shown.iter().filter(|(_, held)| !held).map(|(level, _)| *level).min()
    }
}

fn failing() -> Outcome {
    Outcome::Failed(FailureKind::Http5xx)
}

/// A search for a rate on this service, cancelled at this time, and the observations. From `late` on the generator is
/// late.
fn rates(service: Service, late: Rate, until: Duration) -> (RateSearch, SeenSteps) {
    let mut seen = SeenSteps::default();
    let itself = |rate: Rate, counted: Counted| {
        let lag = if rate >= late { 250 } else { 1 };
        Counted { lag: Some(Duration::from_millis(lag)), ..counted }
    };
    let (climb, _) = simulate(service, "errors < 1%", itself, until, |rate, action| {
        let level = rate.thousandths_per_hour();
        match action {
            RateSearchAction::Wait | RateSearchAction::End => {}
            RateSearchAction::Judge => seen.judges(),
            RateSearchAction::Rest => seen.shows(level, false),
            RateSearchAction::Load(_) => seen.shows(level, true),
        }
    });
    // The observations of the last window are in its end.
    let level = climb.rate().thousandths_per_hour();
    match climb.result().outcome {
        CapacityOutcome::Found | CapacityOutcome::NoLimit => seen.shows(level, true),
        CapacityOutcome::Nothing | CapacityOutcome::Unsteady => seen.shows(level, false),
        _ => {}
    }
    (climb, seen)
}

/// A search for users on a service with this capacity, in steps, cancelled at this time.
fn steps(most: u32, stands: u32, until: Duration) -> (UserSearch, SeenSteps) {
    let mut stairs = UserSearch::from_plan(&Plan::sizing("errors < 5%").in_steps().up_to(most)).unwrap();
    let mut sliding = Sliding::new(stairs.extent(), Vec::new());
    let (mut users, mut seen) = (stairs.users(), SeenSteps::default());
    for tick in 1u32.. {
        let (now, level) = (TICK * tick, u64::from(stairs.users()));
        let outcome = if users > stands { failing() } else { Outcome::Ok };
        (0..users * 2).for_each(|_| sliding.iteration(&sample(outcome)));
        let span = sliding.advance(now, users);
        match stairs.poll(now, users, Duration::ZERO, span.as_ref()) {
            UserSearchAction::Wait => {}
            UserSearchAction::Judge => {
                seen.judges();
                sliding.restart(now);
            }
            UserSearchAction::Users(wanted) => {
                seen.shows(level, wanted > 0);
                users = wanted;
            }
            UserSearchAction::End => {
                let stands = !matches!(stairs.result().outcome, SizingOutcome::Broken { .. })
                    || level <= stands.into();
                seen.shows(level, stands);
                break;
            }
        }
        if now >= until {
            break;
        }
    }
    (stairs, seen)
}

fn sample(outcome: Outcome) -> Sample {
    let series = SeriesId::new(0, SeriesKind::Scenario);
    Sample::new(series, outcome, Duration::ZERO, Duration::from_millis(50))
}

/// Returns the ends of a run without a result.
fn ends() -> impl Strategy<Value = Option<Ended>> {
    prop_oneof![
        Just(None),
        Just(Some(Ended::Signal(Stop::Interrupt))),
        Just(Some(Ended::Signal(Stop::Terminate))),
        Just(Some(Ended::Stopped("sold out".into()))),
        Just(Some(Ended::DeadTarget("gone".into()))),
        Just(Some(Ended::SetupFailed("no account".into()))),
        Just(Some(Ended::Sized)),
    ]
}

#[test]
fn generator_late_at_45_limits_the_search_to_40_to_50() {
    let outcome = |rate: Rate| if rate > Rate::per_second(44) { failing() } else { Outcome::Ok };
    // Not at greater rates, as if another program on this machine had started meanwhile.
    let itself = |rate: Rate, counted: Counted| {
        let lag = Duration::from_millis(if rate == Rate::per_second(45) { 250 } else { 1 });
        Counted { lag: Some(lag), ..counted }
    };
    let service = Service::new(1_000, Duration::from_millis(10)).answering(outcome);

    let (climb, _) = simulate(service, "errors < 1%", itself, Duration::MAX, |_, _| {});

    let capacity = climb.result();
    let tried: Vec<_> = capacity.steps.iter().map(|step| step.rate.in_a_second()).collect();
    assert_eq!(tried, [10.0, 20.0, 40.0, 80.0, 60.0, 50.0, 45.0]);
    assert_eq!((capacity.good, capacity.bad), (Some(Rate::per_second(40)), Some(Rate::per_second(50))));
    assert!(
        matches!(&capacity.outcome, CapacityOutcome::Generator { rate, .. } if *rate == Rate::per_second(45))
    );
    let last = capacity.steps.last().unwrap();
    assert!(last.generator.as_ref().unwrap().contains("late") && capacity.broke(last.rate) == 0, "{last:?}");
    let answer = crate::output::answer_of_rates(&capacity);
    assert!(answer.contains("between 40/s and 50/s") && answer.contains("at 45/s"), "{answer}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn search_of_rates_reports_observed_values_at_any_end(
        stands in 5u32..400, late in 50u32..1_000, seconds in 0u64..400, is_time in any::<bool>(),
    ) {
        let of_capacity = stands as usize;
        // One at a time, so that it sustains this number per second.
        let service = Service::new(1, Duration::from_secs(1) / stands);
        let (mut climb, seen) = rates(service, Rate::per_second(late), Duration::from_secs(seconds));
        if is_time {
            climb.time_over();
        }

        let capacity = climb.result();

        let [good, bad] = [capacity.good, capacity.bad].map(|rate| rate.map(Rate::thousandths_per_hour));
        prop_assert_eq!(good, seen.good().map(|(good, _)| good), "{:?} {:?}", capacity, seen);
        prop_assert_eq!(bad, seen.bad(), "{:?} {:?}", capacity, seen);
        if let (Some(good), Some((_, times))) = (capacity.good, seen.good()) {
            prop_assert_eq!(capacity.held(good), times);
            prop_assert!(good.in_a_second() <= of_capacity as f64 * 1.05, "{:?}", capacity);
        }
        if let Some(bad) = capacity.bad {
            prop_assert!(capacity.broke(bad) == 1 && bad.in_a_second() >= of_capacity as f64 * 0.95, "{:?}", capacity);
        }
        let is_open = matches!(capacity.outcome, CapacityOutcome::Unfinished | CapacityOutcome::TimeOver);
        prop_assert_eq!(capacity.trying.is_some(), is_open);
        let answer = crate::output::answer_of_rates(&capacity);
        for rate in capacity.good.into_iter().chain(capacity.bad) {
            prop_assert!(answer.contains(&rate.to_string()), "{}", answer);
        }
    }

    #[test]
    fn search_of_users_in_steps_reports_observed_values_at_any_end(
        most in 1u32..300, stands in 0u32..300, seconds in 0u64..500, is_time in any::<bool>(),
    ) {
        let (mut stairs, seen) = steps(most, stands, Duration::from_secs(seconds));
        if is_time {
            stairs.time_over();
        }

        let sizing = stairs.result();

        let good = sizing.good.as_ref().map(|good| (u64::from(good.users), good.confirmed));
        prop_assert_eq!(good, seen.good().map(|(good, times)| (good, times > 1)), "{:?} {:?}", sizing, seen);
        prop_assert_eq!(sizing.bad.as_ref().map(|bad| u64::from(bad.users)), seen.bad(), "{:?}", sizing);
        prop_assert!(sizing.good.is_none_or(|good| good.users <= stands));
        prop_assert!(sizing.bad.is_none_or(|bad| bad.users > stands));
    }

    #[test]
    fn sizing_reports_observed_values_at_any_end(
        users in 4u32..60, stands in 0u32..60, seconds in 0u64..80, ended in ends(),
    ) {
        let ramp_up = Duration::from_secs(60);
        let plan = Plan::sizing("errors < 5%").up_to(users).ramp_up(ramp_up);
        let mut search = Search::from_plan(&plan).unwrap();
        let mut sliding = Sliding::new(search.extent(), Vec::new());
        let (mut held, mut broke) = (None, None);
        for tick in 1u32..=(seconds * 10) as u32 {
            let now = TICK * tick;
            let there = (0..users).take_while(|user| start_of(*user, users, ramp_up) <= now).count() as u32;
            let outcome = if there > stands { failing() } else { Outcome::Ok };
            (0..there * 2).for_each(|_| sliding.iteration(&sample(outcome)));
            let Some(span) = sliding.advance(now, there) else { continue };
            let is_judged = span.length() >= Duration::from_secs(1) && span.iterations >= SAMPLES;
            let (least, most) = span.users.unwrap();
            let is_over = search.poll(&span);
            if is_judged && span.failed * 20 > span.iterations {
                broke = Some(most);
                prop_assert!(is_over);
            } else if is_judged {
                held = held.max(Some(least));
            }
            if is_over {
                break;
            }
        }
        if ended.is_none() {
            search.time_over();
        }

        let sizing = search.result(&ended.unwrap_or(Ended::Sized));

        prop_assert_eq!(sizing.good.as_ref().map(|good| good.users), held, "{:?}", sizing);
        prop_assert_eq!(sizing.bad.as_ref().map(|bad| bad.users), broke, "{:?}", sizing);
        prop_assert_eq!(matches!(sizing.outcome, SizingOutcome::Broken { .. }), broke.is_some());
    }
}
