//! The progress of a user: its next iteration, and the start of that.

use std::time::Duration;

use molotov_core::{Error, FailureKind, Iteration, Outcome, Record, Rows, UserId};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::draws::Draws;
use super::job::Job;
use super::panics;
use super::run_context::RunContext;
use super::scenario_selector::{Pick, ScenarioSelector};
use super::shutdown::Cancel;
use super::slot::LocalUser;
use super::source::UserTurn;
use crate::plan::FailFast;
use crate::report::Ended;

/// A failed iteration shorter than this, without a response or with a panic, failed at once. A panic costs its user the
/// connection, so panics without a pause would use up the ports of this machine.
const AT_ONCE: Duration = Duration::from_millis(10);

/// The maximum pause of a user whose iterations keep failing at once.
const MAX_BRAKE: Duration = Duration::from_millis(100);

/// The number of consecutive iterations without a pause after which other tasks run. Iterations that only compute would
/// otherwise keep their thread, and on a shared runtime the clock, for ever.
const AT_A_STRETCH: u8 = 128;

/// The end of an iteration, for its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IterationEnd {
    Ok,
    Failed,
    /// The user's session and state may be inconsistent; both are replaced.
    Panicked,
    Cancelled,
}

impl IterationEnd {
    /// The end of an iteration with this outcome.
    #[inline]
    pub(super) fn from_outcome(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ok => Self::Ok,
            Outcome::Failed(FailureKind::UserPanic | FailureKind::UserAssert) => Self::Panicked,
            Outcome::Failed(_) => Self::Failed,
            _ => Self::Cancelled,
        }
    }
}

/// The time for which an iteration may block its thread before other tasks run at once.
const BLOCKED: Duration = Duration::from_millis(1);

/// The progress of a user; it survives its session.
pub(crate) struct UserProgress {
    pub(super) user: UserId,
    picks: ScenarioSelector,
    pub(super) iteration: Iteration,
    /// The number of consecutive iterations that failed at once.
    failed_at_once: u32,
    /// The number of consecutive iterations without a wait.
    at_a_stretch: u8,
    draws: Draws,
    /// Held until the user is ready for its first iteration, if the run waits for that.
    pub(super) unready: Option<TaskTrackerToken>,
    /// The user's state for its source of iterations.
    pub(super) turn: UserTurn,
    /// The duration of the last iteration.
    took: Duration,
}

/// The response of a server to an iteration.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerResponse {
    Received,
    Missing,
}

/// The scenario of an iteration, by its index, or the reason why there is none. The latter is boxed, because it is rare
/// and the former exists in each iteration.
pub(super) type NextScenario = Result<usize, Box<Missing>>;

/// The missing part of an iteration.
pub(super) enum Missing {
    /// A need of the scenario at this index.
    Need(usize, Error),
    /// A scenario: the picker panicked or named an unknown one.
    Scenario(Error),
}

impl ServerResponse {
    /// Compares the session's numbers of responses before and after the iteration.
    #[inline]
    pub(super) fn from_counts(before: u64, after: u64) -> Self {
        if before == after { Self::Missing } else { Self::Received }
    }
}

impl UserProgress {
    pub(super) fn new(job: &Job, user: LocalUser, unready: Option<TaskTrackerToken>) -> Self {
        Self {
            user: user.id,
            picks: ScenarioSelector::new(job, user.id),
            iteration: Iteration(0),
            failed_at_once: 0,
            at_a_stretch: 0,
            draws: Draws::default(),
            unready,
            turn: UserTurn::new(user.slot),
            took: Duration::ZERO,
        }
    }

    /// Records the end of an iteration with its start and end times; consecutive failures at once slow the user down.
    #[inline]
    pub(super) fn finish(
        &mut self,
        ended: IterationEnd,
        (start, end): (Duration, Duration),
        response: ServerResponse,
        context: &RunContext,
    ) {
        self.iteration.0 += 1;
        self.turn.free_since = end;
        self.took = end.saturating_sub(start);
        let failed = matches!(ended, IterationEnd::Failed | IterationEnd::Panicked);
        if failed && context.job.plan.fail_fast == FailFast::Yes {
            context.shutdown.drain(Ended::FailFast);
        }
        let in_vain = response == ServerResponse::Missing || ended == IterationEnd::Panicked;
        let at_once = failed && in_vain && self.took < AT_ONCE;
        self.failed_at_once = if at_once { self.failed_at_once.saturating_add(1) } else { 0 };
        context.source.finish();
    }

    /// Skips the iterations before the replayed one: picks their scenarios and draws their rows in the same way, and
    /// executes nothing.
    pub(super) fn skip_to_replayed(&mut self, context: &RunContext) {
        let Some(replay) = context.job.mode.replay() else { return };
        while self.iteration < replay.iteration {
            if let Ok(Pick::Scenario(index)) = self.pick(context) {
                self.draws.skip(context, &context.scenarios[index].feeds);
            }
            self.iteration.0 += 1;
        }
    }

    /// The scenario of the next iteration, with its rows drawn; `None` if there is no further one. `wanted` is the
    /// scenario that is due, if any, and `unready` the reason why the session is not ready.
    #[inline]
    pub(super) fn next(
        &mut self,
        context: &RunContext,
        wanted: Option<usize>,
        mut unready: Option<Error>,
        rows: &mut Rows,
    ) -> Option<NextScenario> {
        let picked = wanted.map_or_else(|| self.pick(context), |index| Ok(Pick::Scenario(index)));
        let index = match picked {
            Ok(Pick::Scenario(index)) => index,
            Ok(Pick::Unknown(name)) => {
                let why = format!("the scenario picker returned `{name}`, and there is no such scenario");
                return Some(Err(Box::new(Missing::Scenario(Error::msg(why)))));
            }
            Ok(Pick::Nothing) => return None,
            Err(error) => return Some(Err(Box::new(Missing::Scenario(error)))),
        };
        let feeds = &context.scenarios[index].feeds;
        if !feeds.is_empty() {
            match self.draws.draw(context, self.user, feeds)? {
                Ok(drawn) => *rows = drawn,
                Err(error) => unready = unready.or(Some(error)),
            }
        }
        Some(match unready {
            None => Ok(index),
            Some(error) => Err(Box::new(Missing::Need(index, error))),
        })
    }

    #[inline]
    fn pick(&mut self, context: &RunContext) -> Result<Pick, Error> {
        let (suite, choices) = (&context.job.suite, &context.job.choices);
        let (user, iteration) = (self.user, self.iteration);
        match &mut self.picks {
            // A function of the user's, which may panic.
            picks @ ScenarioSelector::Picked(_) => {
                panics::catch_call(|| picks.next(suite, choices, user, iteration))
            }
            picks => Ok(picks.next(suite, choices, user, iteration)),
        }
    }

    #[inline]
    fn has_runs_left(&self, context: &RunContext) -> bool {
        context.runs_limit.is_none_or(|max| self.iteration.0 < max.get()) && context.source.has_more()
    }

    #[inline]
    pub(super) fn goes_on(&self, context: &RunContext) -> bool {
        context.shutdown.is_running()
            && self.has_runs_left(context)
            && self.picks.has_more(&context.job.choices)
            && self.turn.end.is_none_or(|end| context.now() < end)
            && context.presence.lets_in(self.user)
    }

    /// Records the leave of the user; its due iterations that have not started are dropped.
    pub(super) fn leave(&mut self, context: &RunContext) {
        let now = context.now();
        let now = self.turn.end.map_or(now, |end| end.min(now));
        if self.has_runs_left(context) {
            context.source.get().leave(&mut self.turn, now);
        }
        self.turn = UserTurn::new(self.turn.slot);
    }

    /// The pause of the user after this iteration.
    #[inline]
    pub(super) fn delay(&self, next: &NextScenario, context: &RunContext) -> Duration {
        let index = match next {
            Ok(index) => *index,
            Err(missing) => match **missing {
                Missing::Need(index, _) => index,
                Missing::Scenario(_) => return context.run_delay(self.user, self.iteration),
            },
        };
        context.delay(index, self.user, self.iteration)
    }

    /// The pause before the next iteration; zero to let other tasks run, and `None` without a wait.
    #[inline]
    pub(super) fn pause(
        &mut self,
        context: &RunContext,
        delay: Duration,
        cut: &mut Cancel,
    ) -> Option<Duration> {
        if !self.has_runs_left(context) {
            return None;
        }
        let left = self.turn.end.map_or(Duration::MAX, |end| end.saturating_sub(self.turn.free_since));
        let wait = self.wait(context, delay).min(left);
        (!wait.is_zero() || self.is_turn_over(cut)).then_some(wait)
    }

    /// Returns `true` if other tasks should run. They run during every wait of the user.
    #[inline]
    fn is_turn_over(&mut self, cut: &mut Cancel) -> bool {
        if cut.has_waited() {
            self.at_a_stretch = 0;
            return false;
        }
        self.at_a_stretch += 1;
        let over = self.took >= BLOCKED || self.at_a_stretch == AT_A_STRETCH;
        if over {
            self.at_a_stretch = 0;
        }
        over
    }

    /// The pause before the next iteration.
    #[inline]
    fn wait(&self, context: &RunContext, delay: Duration) -> Duration {
        // A single failure may be chance. From the second on, each pause is twice as long: 1, 2, 4 … 100 ms. With due
        // times, those limit the cost of failures; a pause would only delay the next iterations.
        let brake = match self.failed_at_once {
            0 | 1 => return delay,
            _ if context.source.get().has_due_times() => return delay,
            n => MAX_BRAKE.min(Duration::from_millis(1 << (n - 2).min(7))),
        };
        if brake > delay {
            context.run_handle.push(Record::Braked);
        }
        delay.max(brake)
    }
}
