//! The search from one number of users to the next, in steps: it lets each settle, checks that it holds, and lets the
//! service rest after a breach. The simpler sibling of [`rate_search`](super::rate_search): users have no due times, so
//! nothing can fall behind.

use std::time::Duration;

use super::bisection::{Found, LevelResult, Levels, Next, Steps};
use super::ramp::{is_of_this_machine, signs, step};
use super::{Breach, FARTHEST, SAMPLES, Sizing, SizingOutcome, SizingStep};
use crate::plan::objective::Objective;
use crate::plan::sizing::{HOLDING, RESTING, SETTLING};
use crate::plan::{Plan, SearchWay};
use crate::report::objective::Judgement;
use crate::report::sliding::{Span, WindowExtent};

/// The state of a search.
#[derive(Clone, Debug)]
pub(crate) struct UserSearch {
    pub(crate) objectives: Vec<Objective>,
    most: u32,
    steps: Steps,
    phase: UserPhase,
    settling: Duration,
    /// The steps that held and those that broke, the latest last.
    held: Vec<SizingStep>,
    broke: Vec<Breach>,
    /// The breach of an objective in an incomplete window.
    signs: Option<Breach>,
    outcome: SizingOutcome,
}

#[derive(Clone, Copy, Debug)]
enum UserPhase {
    /// The end of the settling time.
    Settling(Duration),
    /// The time for which this process had been at the limit of its processors at the start of the window.
    Holding(Duration),
    /// The latest end of the rest.
    Resting(Duration),
    Over,
}

/// The run's next action for a search for users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserSearchAction {
    Wait,
    /// The window starts now.
    Judge,
    /// This number of users is to be active.
    Users(u32),
    End,
}

impl UserSearch {
    /// The search of a plan, if it has one.
    pub(crate) fn from_plan(plan: &Plan) -> Option<Self> {
        let Some((sizing, SearchWay::UsersInSteps)) = plan.search() else { return None };
        let most = plan.user_count();
        Some(Self {
            objectives: sizing.objectives.clone(),
            most,
            steps: Steps::new(levels(most)),
            phase: UserPhase::Settling(SETTLING.0),
            settling: SETTLING.0,
            held: Vec::new(),
            broke: Vec::new(),
            signs: None,
            outcome: SizingOutcome::Unfinished,
        })
    }

    /// Windows that grow until they are judged, and keep all samples.
    pub(crate) fn extent(&self) -> WindowExtent {
        WindowExtent { least: HOLDING, iterations: u64::MAX, latencies: u64::MAX, most: FARTHEST * 2 }
    }

    /// The objectives in words.
    pub(crate) fn objectives(&self) -> String {
        self.objectives.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// Returns the number of users at the start of the load.
    pub(crate) fn users(&self) -> u32 {
        u32::try_from(self.steps.level()).unwrap_or(self.most)
    }

    /// Returns the greatest number that held so far and did not break later.
    pub(crate) fn good(&self) -> Option<&SizingStep> {
        let good = self.steps.good()?;
        self.held.iter().rev().find(|step| u64::from(step.users) == good)
    }

    /// Evaluates the run; `now` is the time since the first user started, `users` the number of active ones, and
    /// `span` the window if it has a new part. `busy` is the time for which this process was at the limit of its
    /// processors so far.
    pub(crate) fn poll(
        &mut self,
        now: Duration,
        users: u32,
        busy: Duration,
        span: Option<&Span>,
    ) -> UserSearchAction {
        match self.phase {
            // The set-ups of users may take long.
            UserPhase::Settling(until)
                if now >= until && (users >= self.users() || now >= until + FARTHEST) =>
            {
                self.phase = UserPhase::Holding(busy);
                UserSearchAction::Judge
            }
            UserPhase::Resting(until) if users == 0 || now >= until => self.load(now),
            UserPhase::Holding(before) => match span {
                Some(span) if span.length() >= HOLDING => self.judge(now, span, busy.saturating_sub(before)),
                Some(span) => {
                    let (users, window) = (self.users(), span.length());
                    self.signs = signs(&self.objectives, span).map(|(objective, measured)| Breach {
                        users,
                        confirmed: false,
                        objective: objective.to_string(),
                        measured,
                        window,
                    });
                    UserSearchAction::Wait
                }
                None => UserSearchAction::Wait,
            },
            UserPhase::Settling(_) | UserPhase::Resting(_) | UserPhase::Over => UserSearchAction::Wait,
        }
    }

    /// Judges a complete window, during which this process was at the limit of its processors for `busy`.
    fn judge(&mut self, now: Duration, span: &Span, busy: Duration) -> UserSearchAction {
        let users = self.users();
        self.signs = None;
        if is_of_this_machine(&self.objectives, span) {
            let why = super::LOCAL_FAULTS.to_owned();
            return self.finish(SizingOutcome::GeneratorLimit { users, why });
        }
        let mut is_enough = true;
        for objective in &self.objectives {
            match objective.judge(span, SAMPLES.max(objective.samples())) {
                Judgement::Held => {}
                Judgement::TooFewSamples => is_enough = false,
                Judgement::Broken(_) if busy * 2 >= span.length() => {
                    let why = "it used all of its processors".into();
                    return self.finish(SizingOutcome::GeneratorLimit { users, why });
                }
                Judgement::Broken(measured) => {
                    let (objective, window) = (objective.to_string(), span.length());
                    self.broke.push(Breach { users, confirmed: false, objective, measured, window });
                    return self.advance(now, LevelResult::Broke);
                }
            }
        }
        match is_enough {
            true => {
                let confirmed = self.held.iter().any(|step| step.users == users);
                self.held.push(SizingStep { users, confirmed, ..step(span) });
                let longest = span.latencies_of_iterations().percentile(99.0).unwrap_or_default();
                self.settling = (longest * 2).clamp(SETTLING.0, SETTLING.1);
                self.advance(now, LevelResult::Held)
            }
            false if span.length() < FARTHEST => UserSearchAction::Wait,
            // More users yield more samples.
            false => match self.steps.skip() {
                Some(_) => self.load(now),
                None => self.finish(SizingOutcome::TooFewSamples),
            },
        }
    }

    fn advance(&mut self, now: Duration, shown: LevelResult) -> UserSearchAction {
        let found = match (self.steps.record(shown), shown) {
            (Next::Try(_), LevelResult::Held) => return self.load(now),
            (Next::Try(_), LevelResult::Broke) => {
                self.phase = UserPhase::Resting(now + RESTING);
                return UserSearchAction::Users(0);
            }
            (Next::Found(found), _) => found,
        };
        self.finish(match (found, self.bad()) {
            (Found::Unsteady, _) => SizingOutcome::Unsteady,
            (Found::NoLimit(_), _) | (_, None) => SizingOutcome::NoLimit,
            (_, Some(breach)) => SizingOutcome::Broken { breach: breach.clone() },
        })
    }

    fn load(&mut self, now: Duration) -> UserSearchAction {
        self.phase = UserPhase::Settling(now + self.settling);
        UserSearchAction::Users(self.users())
    }

    /// Returns the least number that broke.
    fn bad(&self) -> Option<&Breach> {
        let bad = self.steps.bad()?;
        self.broke.iter().rev().find(|breach| u64::from(breach.users) == bad)
    }

    /// Ends the search at its time limit.
    pub(crate) fn time_over(&mut self) {
        if !matches!(self.phase, UserPhase::Over) {
            self.finish(SizingOutcome::TimeOver);
        }
    }

    fn finish(&mut self, outcome: SizingOutcome) -> UserSearchAction {
        self.phase = UserPhase::Over;
        self.outcome = outcome;
        UserSearchAction::End
    }

    /// Returns the result so far, for any time and reason of the run's end.
    pub(crate) fn result(&self) -> Sizing {
        let is_open = matches!(self.outcome, SizingOutcome::Unfinished | SizingOutcome::TimeOver);
        let samples = self.objectives.iter().map(Objective::samples).max().unwrap_or(0).max(SAMPLES);
        Sizing {
            objectives: self.objectives.iter().map(ToString::to_string).collect(),
            most_users: self.most,
            samples,
            outcome: self.outcome.clone(),
            good: self.good().cloned(),
            bad: self.bad().cloned(),
            trying: is_open.then(|| self.users()),
            trying_broken: self.signs.clone().filter(|_| is_open),
        }
    }
}

/// The range of numbers of users.
pub(super) fn levels(most: u32) -> Levels {
    Levels { least: 1, first: 1, most: u64::from(most) }
}

#[cfg(test)]
mod tests {
    use molotov_core::{FailureKind, Outcome, Sample, SeriesId, SeriesKind};
    use proptest::prelude::*;

    use super::*;
    use crate::report::sliding::Sliding;

    const TICK: Duration = Duration::from_millis(100);

    /// A service at which each user makes 20 iterations a second, which fail while the number of users exceeds its
    /// capacity. The generator is at the limit of its processors with more users than `sound`.
    fn sized(most: u32, stands: u32, sound: u32) -> Sizing {
        let mut stairs = UserSearch::from_plan(&Plan::sizing("errors < 5%").in_steps().up_to(most)).unwrap();
        let mut sliding = Sliding::new(stairs.extent(), Vec::new());
        let (mut users, mut busy) = (stairs.users(), Duration::ZERO);
        for tick in 1u32.. {
            let now = TICK * tick;
            let outcome = if users > stands { Outcome::Failed(FailureKind::Http5xx) } else { Outcome::Ok };
            let series = SeriesId::new(0, SeriesKind::Scenario);
            let sample = Sample::new(series, outcome, Duration::ZERO, Duration::from_millis(50));
            (0..users * 2).for_each(|_| sliding.iteration(&sample));
            busy += if users > sound { TICK } else { Duration::ZERO };
            let span = sliding.advance(now, users);
            match stairs.poll(now, users, busy, span.as_ref()) {
                UserSearchAction::Wait => {}
                UserSearchAction::Judge => sliding.restart(now),
                UserSearchAction::Users(wanted) => users = wanted,
                UserSearchAction::End => return stairs.result(),
            }
            assert!(now < Duration::from_secs(3_600), "it goes on for ever: {stairs:?}");
        }
        unreachable!()
    }

    #[test]
    fn a_generator_that_is_busy_where_it_broke_ends_the_search_and_is_named() {
        let sizing = sized(500, 50, 40);

        let SizingOutcome::GeneratorLimit { users, why } = &sizing.outcome else { panic!("{sizing:?}") };
        assert_eq!((*users, sizing.good.as_ref().unwrap().users), (64, 32));
        assert_eq!(why, "it used all of its processors");
        assert!(!sizing.is_answered());
    }

    #[test]
    fn a_run_that_ended_before_has_found_nothing() {
        let stairs = UserSearch::from_plan(&Plan::sizing("p99 < 1s").in_steps()).unwrap();

        assert_eq!(stairs.result().outcome, SizingOutcome::Unfinished);
        assert!(
            UserSearch::from_plan(&Plan::sizing("p99 < 1s")).is_none()
                && UserSearch::from_plan(&Plan::users(3)).is_none()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn capacity_lies_between_the_held_and_the_broken_level(most in 1u32..300, stands in 0u32..300) {
            let sizing = sized(most, stands, u32::MAX);

            match (&sizing.outcome, &sizing.good) {
                (SizingOutcome::NoLimit, Some(good)) => prop_assert!(stands >= most && good.users == most),
                (SizingOutcome::Broken { breach }, None) => prop_assert!(breach.users == 1 && stands == 0),
                (SizingOutcome::Broken { breach }, Some(good)) => {
                    prop_assert!(good.users <= stands && stands < breach.users);
                    prop_assert!(breach.users - good.users <= (breach.users / 50).max(1));
                    prop_assert!(good.failed_iterations == 0 && good.iterations >= SAMPLES);
                }
                _ => prop_assert!(false, "{:?}", sizing),
            }
        }
    }
}
