//! The expected length of a search, from a simulation of its steps on services of any capacity.

use std::time::Duration;

use molotov_core::Rate;

use super::bisection::{LevelResult, Levels, Next, Steps};
use super::{FARTHEST, SAMPLES, rate_search, user_search};
use crate::plan::objective::Objective;
use crate::plan::sizing::{HOLDING, RESTING, SETTLING, SizingPlan};
use crate::plan::{Plan, SearchWay};
use crate::report::Search;

/// The assumed maximum capacity of a service, as a multiple of the first level: 2 to the power of this.
const DOUBLINGS: u64 = 10;

/// The number of simulated capacities for each doubling.
const PARTS: u64 = 8;

/// Returns the expected length of the search of a plan, in words; `None` where the plan has none.
pub(crate) fn outlook(plan: &Plan) -> Option<String> {
    let (sizing, way) = plan.search()?;
    let takes = match way {
        SearchWay::Rates(rate) => in_steps(rate_search::levels(rate), "rate", |level| {
            let rate = Rate::from_thousandths_per_hour(level).in_a_second();
            HOLDING.max(Duration::from_secs_f64(samples(sizing) as f64 / rate))
        }),
        // The iterations per user and second are unknown.
        SearchWay::UsersInSteps => {
            in_steps(user_search::levels(plan.user_count()), "number of users", |_| HOLDING)
        }
        SearchWay::UsersEvenly => {
            let expected = Search::from_plan(plan)?.expected() + plan.duration.unwrap_or_default();
            format!("up to {}, and less where an objective breaks before", words(expected, SECOND))
        }
    };
    Some(match sizing.time {
        Some(time) => {
            format!("a search takes {takes}; this one at most {} (--sizing-time)", words(time, SECOND))
        }
        None => format!("a search takes {takes}; --sizing-time bounds it"),
    })
}

const SECOND: Duration = Duration::from_secs(1);

/// Returns the expected length of a search in steps with this window for each.
fn in_steps(levels: Levels, what: &str, window: impl Fn(u64) -> Duration) -> String {
    let times: Vec<_> = capacities(levels).map(|capacity| time(levels, capacity, &window)).collect();
    let least = times.iter().map(|(least, _)| *least).min().unwrap_or_default();
    let most = times.iter().map(|(_, most)| *most).max().unwrap_or_default();
    let half = Duration::from_secs(30);
    let first = SETTLING.0 + window(levels.first).min(FARTHEST);
    format!(
        "about {} to {} (each {what} at least {}, and up to {} of rest after one that breaks)",
        words(least, half),
        words(most, half),
        words(first, SECOND),
        words(RESTING, SECOND)
    )
}

fn capacities(levels: Levels) -> impl Iterator<Item = u64> {
    let factors = (0..=DOUBLINGS * PARTS).map(|part| 2f64.powf(part as f64 / PARTS as f64));
    let capacities = factors.map(move |factor| (levels.first as f64 * factor) as u64);
    capacities.take_while(move |capacity| *capacity <= levels.most)
}

/// Returns the length of the search on a service with exactly this capacity: the minimum, and with the longest rests.
fn time(levels: Levels, capacity: u64, window: impl Fn(u64) -> Duration) -> (Duration, Duration) {
    let mut steps = Steps::new(levels);
    let (mut least, mut rests) = (Duration::ZERO, Duration::ZERO);
    loop {
        let level = steps.level();
        let (holds, length) = (level <= capacity, window(level));
        least += SETTLING.0 + length.min(FARTHEST);
        if length > FARTHEST {
            // Too few samples, so it continues with a greater level.
            match steps.skip() {
                Some(_) => continue,
                None => break,
            }
        }
        match steps.record(if holds { LevelResult::Held } else { LevelResult::Broke }) {
            Next::Try(_) if !holds => rests += RESTING,
            Next::Try(_) => {}
            Next::Found(_) => break,
        }
    }
    (least, least + rests)
}

fn samples(sizing: &SizingPlan) -> u64 {
    sizing.objectives.iter().map(Objective::samples).max().unwrap_or(0).max(SAMPLES)
}

/// Formats a time, rounded up to this unit.
fn words(time: Duration, unit: Duration) -> String {
    let units = time.as_secs().div_ceil(unit.as_secs()).max(1);
    humantime::format_duration(unit * u32::try_from(units).unwrap_or(u32::MAX)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_of_a_search_is_computed_by_its_steps() {
        for (plan, says) in [
            (
                Plan::sizing("p99 < 1s").starting_at("10/s"),
                "a search takes about 2m to 8m (each rate at least 13s, and up to 30s of rest after one that breaks); \
                 --sizing-time bounds it",
            ),
            (Plan::sizing("p99 < 1s").starting_at("4/s"), "each rate at least 28s,"),
            (Plan::sizing("p99.9 < 1s").starting_at("10/s"), "each rate at least 1m 3s,"),
            (Plan::sizing("p99 < 1s").in_steps().up_to(500), "each number of users at least 13s,"),
            (Plan::sizing("p99 < 1s"), "a search takes up to 5m 4s, and less where"),
            (Plan::sizing("p99 < 1s").duration(Duration::from_secs(60)), "up to 6m 4s,"),
            (
                Plan::sizing("p99 < 1s").starting_at("10/s").sizing_time(Duration::from_secs(90)),
                "; this one at most 1m 30s (--sizing-time)",
            ),
        ] {
            let text = outlook(&plan).unwrap();
            assert!(text.contains(says), "{text}");
        }
        assert_eq!(outlook(&Plan::users(3)), None);
    }

    #[test]
    fn more_users_to_try_take_longer() {
        let most = |most| {
            let levels = user_search::levels(most);
            capacities(levels).map(|capacity| time(levels, capacity, |_| HOLDING).1).max().unwrap()
        };
        assert!(most(1) < most(10) && most(10) < most(500), "{:?}", [most(1), most(10), most(500)]);
    }
}
