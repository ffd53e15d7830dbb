//! How far a user has come: what it executes next, and when.

use std::time::Duration;

use molotov_core::{Error, Iteration, Record, Rows, UserId};
use tokio::sync::mpsc;

use super::draws::Draws;
use super::iteration::IterationEnd;
use super::pacing::Beat;
use super::panics;
use super::run_context::RunContext;
use super::scenario_selector::{Pick, ScenarioSelector};
use crate::plan::FailFast;
use crate::report::Ended;

/// A failed iteration that was shorter than this, and in which no server answered or which panicked, failed at once.
/// A panic costs its user the connection, so panics without a pause would use up the ports of this machine.
const AT_ONCE: Duration = Duration::from_millis(10);

/// The longest pause of a user whose iterations keep failing at once.
const MAX_BRAKE: Duration = Duration::from_millis(100);

/// After so many iterations without a pause others get their turn. Those that only compute would otherwise keep their
/// thread, and on a shared runtime the clock, for ever.
const AT_A_STRETCH: u8 = 128;

/// After an iteration that kept its thread for longer than this others get their turn at once.
const BLOCKED: Duration = Duration::from_millis(1);

/// How far a user has come; it survives its session.
pub(super) struct Progress {
    user: UserId,
    picks: ScenarioSelector,
    pub(super) iteration: Iteration,
    /// How many iterations have failed at once, one after the other.
    failed_at_once: u32,
    /// How many iterations there were without waiting for anything.
    at_a_stretch: u8,
    draws: Draws,
    /// See [`Liveness`](super::user::Liveness).
    pub(super) unready: Option<mpsc::Sender<()>>,
    /// When the next iteration is due, where the user is paced.
    pub(super) beat: Beat,
    /// When the user goes, since the start of the run, where it does so before the run ends.
    pub(super) end: Option<Duration>,
}

/// What an iteration is of.
pub(super) enum NextTurn {
    /// The scenario at this index.
    Scenario(usize),
    /// That scenario, but something that it needs is not there.
    Unready(usize, Error),
    /// The picker panicked or named a scenario that there is not.
    Unpicked(Error),
}

impl Progress {
    pub(super) fn new(picks: ScenarioSelector, user: UserId) -> Self {
        Self {
            user,
            picks,
            iteration: Iteration(0),
            failed_at_once: 0,
            at_a_stretch: 0,
            draws: Draws::default(),
            unready: None,
            beat: Beat::default(),
            end: None,
        }
    }

    /// An iteration has ended; failures that took no time are braked.
    #[inline]
    pub(super) fn ended(
        &mut self,
        stepped: IterationEnd,
        took: Duration,
        was_answered: bool,
        world: &RunContext,
    ) {
        self.iteration.0 += 1;
        let failed = matches!(stepped, IterationEnd::Failed | IterationEnd::Panicked);
        if failed && world.job.plan.fail_fast == FailFast::Yes {
            world.switch.drain(Ended::FailFast);
        }
        let in_vain = !was_answered || stepped == IterationEnd::Panicked;
        let at_once = failed && in_vain && took < AT_ONCE;
        self.failed_at_once = if at_once { self.failed_at_once.saturating_add(1) } else { 0 };
    }

    /// Passes over the iterations before this one: picks their scenarios and draws their rows, as they did, and executes
    /// nothing.
    pub(super) fn go_to(&mut self, iteration: Iteration, world: &RunContext) {
        while self.iteration < iteration {
            if let Ok(Pick::Scenario(index)) = self.pick(world) {
                self.draws.skip(world, &world.scenarios[index].feeds);
            }
            self.iteration.0 += 1;
        }
    }

    /// What the next iteration is of, with its rows drawn; nothing when there is no further one. `wanted` is the
    /// scenario that is due, where one is, and `unready` what else the iteration lacks.
    #[inline]
    pub(super) fn next(
        &mut self,
        world: &RunContext,
        wanted: Option<usize>,
        mut unready: Option<Error>,
        rows: &mut Rows,
    ) -> Option<NextTurn> {
        let picked = wanted.map_or_else(|| self.pick(world), |index| Ok(Pick::Scenario(index)));
        let index = match picked {
            Ok(Pick::Scenario(index)) => index,
            Ok(Pick::Unknown(name)) => {
                let why = format!("the scenario picker returned `{name}`, and there is no such scenario");
                return Some(NextTurn::Unpicked(Error::msg(why)));
            }
            Ok(Pick::Nothing) => return None,
            Err(error) => return Some(NextTurn::Unpicked(error)),
        };
        let feeds = &world.scenarios[index].feeds;
        if !feeds.is_empty() {
            match self.draws.draw(world, self.user, feeds)? {
                Ok(drawn) => *rows = drawn,
                Err(error) => unready = unready.or(Some(error)),
            }
        }
        Some(match unready {
            None => NextTurn::Scenario(index),
            Some(error) => NextTurn::Unready(index, error),
        })
    }

    #[inline]
    fn pick(&mut self, world: &RunContext) -> Result<Pick, Error> {
        let (suite, choices) = (&world.job.suite, &world.job.choices);
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
    pub(super) fn has_runs_left(&self, world: &RunContext) -> bool {
        world.job.plan.runs_limit().is_none_or(|max| self.iteration.0 < max.get())
    }

    #[inline]
    pub(super) fn goes_on(&self, world: &RunContext) -> bool {
        world.switch.is_running()
            && self.has_runs_left(world)
            && self.picks.has_more(&world.job.choices)
            && self.end.is_none_or(|end| world.now() < end)
            && world.gate.as_ref().is_none_or(|gate| gate.lets_in(self.user))
    }

    /// How long the user is there from now on.
    #[inline]
    pub(super) fn left(&self, now: Duration) -> Duration {
        self.end.map_or(Duration::MAX, |end| end.saturating_sub(now))
    }

    /// The user goes; what was due by then and has not begun is dropped.
    pub(super) fn leave(&mut self, world: &RunContext) {
        if let Some(metronome) = world.metronome.as_ref().filter(|_| self.has_runs_left(world)) {
            let now = world.now();
            metronome.leave(&mut self.beat, self.end.map_or(now, |end| end.min(now)));
        }
        self.beat = Beat::default();
    }

    /// Whether others should have their turn, after an iteration that took so long. While one waits they have it.
    #[inline]
    pub(super) fn is_turn_over(&mut self, has_waited: bool, took: Duration) -> bool {
        self.at_a_stretch = if has_waited { 0 } else { self.at_a_stretch + 1 };
        let over = !has_waited && took >= BLOCKED || self.at_a_stretch == AT_A_STRETCH;
        if over {
            self.at_a_stretch = 0;
        }
        over
    }

    /// How long to wait before the next iteration.
    #[inline]
    pub(super) fn wait(&self, world: &RunContext, delay: Duration) -> Duration {
        // Where iterations are due, that bounds what failures cost; a pause would only make the next ones late.
        if world.has_due_times() {
            return delay;
        }
        // One failure may be chance. From the second on, each pause is twice as long: 1, 2, 4 … 100 ms.
        let brake = match self.failed_at_once {
            0 | 1 => return delay,
            n => MAX_BRAKE.min(Duration::from_millis(1 << (n - 2).min(7))),
        };
        if brake > delay {
            world.run_handle.push(Record::Braked);
        }
        delay.max(brake)
    }
}
