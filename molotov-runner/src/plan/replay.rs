//! The replay of one iteration of a run.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use molotov_core::{Iteration, UserId};

use super::Plan;

/// The replayed iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Replay {
    pub(crate) user: UserId,
    pub(crate) iteration: Iteration,
}

impl Plan {
    /// Executes only one iteration of a run again: with the seed and the other settings of that run, the scenario, its
    /// rows and its random numbers are the same. The set-ups of its user are executed as always.
    ///
    /// The state of the server, and the traces of earlier iterations in the session (cookies, headers) and in the
    /// user's own states, are not restored.
    ///
    /// ```
    /// use molotov::Plan;
    ///
    /// let plan = Plan::users(20).seed(42).replay(3, 17);
    /// ```
    #[must_use]
    pub fn replay(self, user: u32, iteration: u64) -> Self {
        self.with_replay(Replay { user: UserId(user), iteration: Iteration(iteration) })
    }

    pub(crate) fn with_replay(self, replay: Replay) -> Self {
        // Independent of the other settings, one user starts at once, and its outcome is that of the run.
        Self { replay: Some(replay), ramp_up: Duration::ZERO, sizing: None, tolerated: 0, ..self }
    }
}

impl Replay {
    /// The reason why the plan has no such iteration.
    pub(crate) fn problem(self, plan: &Plan, scenarios: usize) -> Option<String> {
        let users = plan.user_count();
        if plan.seed.is_none() {
            Some(format!(
                "--replay {self} needs the seed of the run that it repeats; add --seed N, its report has it"
            ))
        } else if self.user.0 >= users {
            Some(format!(
                "--replay {self}: {}; give all options of the run that it repeats",
                match users {
                    1 => "there is one user, which is user 0".to_owned(),
                    users => format!("there are {users} users, the last one is {}", users - 1),
                }
            ))
        } else if plan.replays_each_once() && self.iteration.0 >= scenarios as u64 {
            let word = if scenarios == 1 { "scenario" } else { "scenarios" };
            Some(format!("--replay {self}: a single run of {scenarios} {word} has fewer iterations"))
        } else if let Some(runs) = plan.load.shared_runs.filter(|runs| self.iteration.0 >= runs.get()) {
            let word = if runs.get() == 1 { "iteration" } else { "iterations" };
            Some(format!("--replay {self}: all users together made {runs} {word}"))
        } else {
            None
        }
    }

    /// The iteration is the last one of its user.
    pub(super) fn runs(self) -> NonZeroU64 {
        NonZeroU64::MIN.saturating_add(self.iteration.0)
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.user, self.iteration)
    }
}

impl FromStr for Replay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.trim().split_once(':');
        let parsed = numbers.and_then(|(user, iteration)| {
            Some(Self { user: UserId(user.parse().ok()?), iteration: Iteration(iteration.parse().ok()?) })
        });
        parsed.ok_or_else(|| "a user and its iteration, as the report writes them, for example 3:17".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_iteration_are_parsed_and_other_text_is_refused() {
        assert_eq!("3:17".parse::<Replay>().unwrap().to_string(), "3:17");
        for wrong in ["", "3", ":", "3:", ":17", "3:17:1", "-1:0", "a:b", "4294967296:0"] {
            assert!(wrong.parse::<Replay>().unwrap_err().contains("3:17"), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            drop(text.parse::<Replay>());
        }
    }
}
