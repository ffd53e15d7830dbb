//! The choice of a user's next scenario.

use molotov_core::{Deck, Iteration, Picker, Suite, UserId};

use super::job::Job;
use crate::plan::Choice;

/// The next choice of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    /// The scenario at this index of the suite.
    Scenario(usize),
    /// The picker named an unknown scenario.
    Unknown(&'static str),
    /// No further scenario.
    Nothing,
}

/// One user's picks.
pub(crate) enum ScenarioSelector {
    Dealt(Deck),
    Picked(Picker),
    /// Each once; the index of the next.
    Listed(usize),
}

impl ScenarioSelector {
    pub(crate) fn new(job: &Job, user: UserId) -> Self {
        match job.picker() {
            _ if !job.mode.picks_scenarios() => Self::Listed(0),
            Some(picker) => Self::Picked(picker.clone()),
            None => Self::Dealt(job.deck.for_user(job.seed, user.0)),
        }
    }

    /// Returns `true` if a scenario is left to pick.
    #[inline]
    pub(crate) fn has_more(&self, choices: &[Choice]) -> bool {
        match self {
            Self::Dealt(_) | Self::Picked(_) => true,
            Self::Listed(next) => *next < choices.len(),
        }
    }

    #[inline]
    pub(crate) fn next(
        &mut self,
        suite: &Suite,
        choices: &[Choice],
        user: UserId,
        iteration: Iteration,
    ) -> Pick {
        match self {
            Self::Dealt(deck) => deck
                .deal()
                .and_then(|card| choices.get(card))
                .map_or(Pick::Nothing, |choice| Pick::Scenario(choice.index)),
            Self::Picked(picker) => {
                let name = picker.pick(user, iteration);
                let index = suite.scenarios().iter().position(|scenario| scenario.name() == name);
                index.map_or(Pick::Unknown(name), Pick::Scenario)
            }
            Self::Listed(next) => {
                *next += 1;
                choices.get(*next - 1).map_or(Pick::Nothing, |choice| Pick::Scenario(choice.index))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use molotov_core::Scenario;

    fn job(plan: Plan) -> Job {
        let idle =
            |name: &str, weight| Scenario::builder(name, |_| Box::pin(async { Ok(()) })).weight(weight);
        Job::new(Suite::new().scenario(idle("a", 40)).scenario(idle("b", 60)), plan).unwrap()
    }

    fn sequence(job: &Job, user: u32, count: u64) -> Vec<Pick> {
        let mut picks = ScenarioSelector::new(job, UserId(user));
        (0..count).map(|n| picks.next(&job.suite, &job.choices, UserId(user), Iteration(n))).collect()
    }

    #[test]
    fn a_seed_and_a_user_give_one_sequence() {
        let (one, same) = (job(Plan::users(2).seed(7)), job(Plan::users(9).seed(7)));
        assert_eq!(sequence(&one, 1, 50), sequence(&same, 1, 50));
        assert_ne!(sequence(&one, 0, 50), sequence(&one, 1, 50));
    }

    #[test]
    fn a_single_run_lists_each_scenario_once_in_order() {
        let job = job(Plan::users(1).single_run());
        assert_eq!(sequence(&job, 0, 3), [Pick::Scenario(0), Pick::Scenario(1), Pick::Nothing]);
    }
}
