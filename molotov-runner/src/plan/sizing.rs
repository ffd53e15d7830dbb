//! A search for the maximum number of users of a service.

use std::time::Duration;

use molotov_core::Rate;

use super::bound::Relation;
use super::contradictions::{self, Check};
use super::objective::{Objective, Percent};
use super::{FailFast, Plan};

/// The default share of tolerated failed iterations.
pub(crate) const TOLERANCE: Percent = Percent::new(5);

/// The default number of users, and the time over which they start.
pub(crate) const USERS: u32 = 500;
pub(crate) const RAMP_UP: Duration = Duration::from_secs(300);

/// The minimum and maximum length of a window. In between, the length is this part of the ramp-up, which is also the
/// precision of the resulting number of users.
const WINDOW: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
const PART_OF_RAMP_UP: u32 = 60;

/// The settling time of a step, in which it is not judged: at least this, or twice the 99th percentile of the previous
/// step.
pub(crate) const SETTLING: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(30));

/// The time for which a step is judged, extended until there are enough samples.
pub(crate) const HOLDING: Duration = Duration::from_secs(10);

/// The minimum number of samples for a judgement.
pub(crate) const SAMPLES: u64 = 100;

/// The greatest age of samples that are used.
pub(crate) const FARTHEST: Duration = Duration::from_secs(60);

/// The time that a broken service has to complete its pending work before the next step.
pub(crate) const RESTING: Duration = Duration::from_secs(30);

/// Raises the users until an objective breaks.
#[derive(Clone, Debug)]
pub(crate) struct SizingPlan {
    /// At least one of them bounds the errors.
    pub(crate) objectives: Vec<Objective>,
    /// The way in which the users are raised.
    pub(crate) way: Way,
    /// The time limit of the search, from the start of the load.
    pub(crate) time: Option<Duration>,
}

/// The way in which a sizing raises the users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// Evenly, over the ramp-up.
    #[default]
    Evenly,
    /// Doubled, bisected, confirmed.
    InSteps,
}

/// The ways of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SearchWay {
    /// More and more users, evenly.
    UsersEvenly,
    /// From one number of users to the next.
    UsersInSteps,
    /// From one rate to the next, starting with this rate.
    Rates(Rate),
}

impl SizingPlan {
    /// Creates a plan with these objectives, and with this share of failed iterations if the objectives have none.
    ///
    /// # Errors
    ///
    /// Returns an error if both have a share.
    pub(crate) fn new(mut objectives: Vec<Objective>, tolerance: Option<Percent>) -> Result<Self, String> {
        match (objectives.iter().find(|objective| objective.is_of_errors()), tolerance) {
            (Some(said), Some(tolerance)) => Err(format!(
                "the objective `{said}` and a tolerance of {tolerance} bound the same; keep one of them"
            )),
            (Some(_), None) => Ok(Self { objectives, way: Way::default(), time: None }),
            (None, tolerance) => {
                let limit = tolerance.unwrap_or(TOLERANCE);
                objectives.push(Objective::Errors { relation: Relation::AtMost, limit });
                Ok(Self { objectives, way: Way::default(), time: None })
            }
        }
    }

    /// The minimum length of a window; it is longer if it contains too few samples.
    pub(crate) fn window(ramp_up: Duration) -> Duration {
        (ramp_up / PART_OF_RAMP_UP).clamp(WINDOW.0, WINDOW.1)
    }

    /// The number of samples of a window.
    fn samples(&self) -> u64 {
        let samples = self.objectives.iter().map(|objective| match objective {
            Objective::Errors { .. } => 0,
            Objective::Latency { percentile, .. } => percentile.samples(),
        });
        samples.fold(SAMPLES, u64::max)
    }

    /// The shortest time of a judgement, as far as predictable. A window advances by a tenth of its length.
    fn shortest(plan: &Plan) -> Duration {
        let step = SETTLING.0 + HOLDING + HOLDING / 10;
        match plan.search() {
            Some((sizing, SearchWay::Rates(rate))) => {
                first_step(rate.in_a_second(), sizing.samples()) + HOLDING / 10
            }
            // The iterations per user and second are unknown.
            Some((_, SearchWay::UsersInSteps)) => step,
            _ => Self::window(plan.ramp_up) + Self::window(plan.ramp_up) / 10,
        }
    }

    /// Returns the parts of a plan that contradict the sizing.
    pub(crate) fn problems(plan: &Plan) -> Vec<String> {
        let checks = users(plan).into_iter().chain(steps(plan)).chain(ends(plan));
        too_short(plan).into_iter().chain(contradictions::problems(checks)).collect()
    }
}

fn too_short(plan: &Plan) -> Option<String> {
    let shortest = SizingPlan::shortest(plan);
    plan.sizing_bound().filter(|time| *time < shortest)?;
    Some(format!(
        "a sizing time of less than {} ends before anything was judged; give it more",
        humantime::format_duration(shortest)
    ))
}

fn users(plan: &Plan) -> [Check; 3] {
    let is_raised_evenly =
        plan.rate_to_begin_with().is_none() && !plan.is_sized_in_steps() && !plan.load.is_of_rates();
    [
        (plan.executes_each_once(), "a sizing needs more and more users; a single run has one"),
        (plan.max_runs.is_some(), "a sizing needs users that go on; leave the number of iterations out"),
        (
            is_raised_evenly && plan.ramp_up.is_zero(),
            "a sizing raises the users over the ramp-up, for example 5m; it cannot be 0",
        ),
    ]
}

fn steps(plan: &Plan) -> [Check; 2] {
    let is_in_steps = plan.rate_to_begin_with().is_some() || plan.is_sized_in_steps();
    [
        (
            is_in_steps && !plan.ramp_up.is_zero(),
            "a sizing in steps has no use for a ramp-up, and one that begins with a rate goes in steps; leave the \
             ramp-up out",
        ),
        (
            is_in_steps && plan.duration.is_some(),
            "a sizing in steps ends when it has found something; leave the duration out",
        ),
    ]
}

fn ends(plan: &Plan) -> [Check; 3] {
    [
        (
            plan.fail_fast == FailFast::Yes,
            "a sizing ends when an objective breaks, not at the first failure; leave fail-fast out",
        ),
        (
            plan.tolerated > 0,
            "a sizing ends when an objective breaks, which say what is tolerated; leave the number of failures out",
        ),
        (
            !plan.thresholds.is_empty(),
            "the objectives of a sizing say what is to be kept; leave the thresholds out",
        ),
    ]
}

/// The time until a rate has this number of samples, if the search starts with it. A rate with too few samples in a
/// minute is not judged, and the search continues with twice the rate.
fn first_step(mut rate: f64, samples: u64) -> Duration {
    let mut time = Duration::ZERO;
    loop {
        let window = HOLDING.max(whole_seconds(samples as f64 / rate));
        if window <= FARTHEST {
            return time + SETTLING.0 + window;
        }
        time += SETTLING.0 + FARTHEST;
        rate *= 2.0;
    }
}

/// Rounds up, and returns an hour for longer or undefined times.
fn whole_seconds(seconds: f64) -> Duration {
    Duration::from_secs(seconds.ceil().min(3_600.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_bounded_in_any_case_and_once() {
        let objectives = |text| Objective::parse_all(text).unwrap();
        let texts =
            |sizing: SizingPlan| sizing.objectives.iter().map(ToString::to_string).collect::<Vec<_>>();

        assert_eq!(texts(SizingPlan::new(vec![], None).unwrap()), ["errors <= 5%"]);
        assert_eq!(
            texts(SizingPlan::new(objectives("p99<1s"), Some(Percent::new(2))).unwrap()),
            ["p99 < 1s", "errors <= 2%"]
        );
        assert_eq!(texts(SizingPlan::new(objectives("errors<1%"), None).unwrap()), ["errors < 1%"]);
        let why = SizingPlan::new(objectives("errors<1%"), Some(Percent::new(2))).unwrap_err();
        assert!(why.contains("`errors < 1%`") && why.contains("2%"), "{why}");
    }

    #[test]
    fn the_shortest_time_of_a_search_for_a_rate_is_that_of_its_first_step_with_samples_enough() {
        for (rate, objective, seconds) in [
            ("1000/s", "p99 < 1s", 14),
            ("10/s", "p99 < 1s", 14),
            ("9/s", "p99 < 1s", 16),
            ("5/s", "p99 < 1s", 24),
            ("5/s", "errors < 1%", 24),
            ("2/s", "p99 < 1s", 54),
            ("100/m", "p99 < 1s", 64),
            // A minute at 1/s has too few samples, so 2/s follows.
            ("1/s", "p99 < 1s", 63 + 54),
            ("10/s", "p99.9 < 1s", 63 + 54),
            ("100/s", "p99.9 < 1s", 14),
        ] {
            let plan = Plan::sizing(objective).starting_at(rate);
            assert_eq!(SizingPlan::shortest(&plan).as_secs(), seconds, "{rate} {objective}");
        }
    }

    #[test]
    fn the_shortest_time_of_a_search_for_users_is_that_of_a_window() {
        assert_eq!(SizingPlan::shortest(&Plan::sizing("p99 < 1s").in_steps()).as_secs(), 14);
        assert_eq!(SizingPlan::shortest(&Plan::sizing("p99 < 1s")).as_millis(), 5_500);
    }

    #[test]
    fn a_window_is_a_small_part_of_the_ramp_up() {
        let window = |seconds| SizingPlan::window(Duration::from_secs(seconds)).as_millis();
        assert_eq!([window(1), window(60), window(300), window(3_600)], [1_000, 1_000, 5_000, 10_000]);
    }
}
