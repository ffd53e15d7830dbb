//! The life of one virtual user: wait, set up, iterate, tear down.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use molotov_core::{Ctx, Error, Iteration, Record, Shared, States, UserId};
use tokio::time::Instant;

use super::fixtures::{Caller, are_met, describe};
use super::panics;
use super::step::{Person, Stepped};
use super::switch::Cut;
use super::world::World;
use crate::plan::FailFast;
use crate::report::Ended;
use crate::schedule::{Pick, Picks, start_of};

/// A failed iteration that was shorter than this, and in which no server answered or which panicked, failed at once.
/// A panic costs its user the connection, so panics without a pause would use up the ports of this machine.
const AT_ONCE: Duration = Duration::from_millis(10);

/// The longest pause of a user whose iterations keep failing at once.
const MAX_BRAKE: Duration = Duration::from_millis(100);

/// After an iteration that was longer than this the runtime gets its turn at once. One that only computes would
/// otherwise keep its thread, and on a shared runtime the clock, for as many iterations as tokio's budget has units.
const BLOCKED: Duration = Duration::from_millis(1);

/// What goes on after a session and its states are put away.
enum Next {
    /// The same user with a fresh session and fresh states.
    Reborn,
    Gone,
}

/// Lives from `begin` to the end of the run.
pub(crate) async fn live(world: Arc<World>, shared: Shared, user: UserId, begin: Instant) {
    let plan = &world.job.plan;
    if !world.switch.sleep_until(begin + start_of(user.0, plan.user_count(), plan.ramp_up)).await {
        return;
    }
    let cut = world.switch.cut();
    let mut course =
        Course { picks: Picks::of(&world.job, user), iteration: Iteration(0), failed_at_once: 0 };
    let _active = Active::of(&world);
    let lives = async {
        while let Next::Reborn = life(&world, &shared, user, &cut, &mut course).await {}
        Ok(())
    };
    // What the user's code does in its scenarios and fixtures is caught there; what is left is a state that panics
    // when it is dropped. Its user must not vanish without a word.
    if let Err(error) = panics::catch(lives).await {
        world.teardowns.failed(format!("user {user} was lost: {error:#}"));
    }
}

/// Counts a user as active as long as it lives.
struct Active<'w>(&'w World);

impl<'w> Active<'w> {
    fn of(world: &'w World) -> Self {
        world.active.fetch_add(1, Ordering::Relaxed);
        Self(world)
    }
}

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How far a user has come; it survives its session.
struct Course {
    picks: Picks,
    iteration: Iteration,
    /// How many iterations have failed at once, one after the other.
    failed_at_once: u32,
}

async fn life(world: &World, shared: &Shared, user: UserId, cut: &Cut, course: &mut Course) -> Next {
    let mut person =
        Person { world, shared, session: world.session(user, shared), states: States::default(), cut };
    let states_made = person.set_up_states().await;
    let session_made = states_made && person.set_up_session().await;
    let next = if session_made { person.iterate(course).await } else { Next::Gone };
    world.tearing_down.fetch_add(1, Ordering::Relaxed);
    person.tear_down(session_made).await;
    world.tearing_down.fetch_sub(1, Ordering::Relaxed);
    next
}

impl Person<'_> {
    /// Makes this user's own states; false when the run ends because of it or meanwhile.
    async fn set_up_states(&mut self) -> bool {
        let caller = Caller { world: self.world, cut: self.cut };
        for setup in self.world.job.suite.setups() {
            let cx = Ctx::new(self.shared).session(&mut self.session).states(&mut self.states);
            match caller.set_up(setup.timeout_value(), || setup.call(cx)).await {
                Some(Ok(state)) => self.states.insert(state),
                Some(Err(error)) => {
                    self.world.setup_failed(&describe("setup", setup.name(), setup.origin()), &error);
                    return false;
                }
                None => return false,
            }
        }
        true
    }

    async fn set_up_session(&mut self) -> bool {
        let Some(hook) = self.world.job.suite.setup_session_hook() else { return true };
        let caller = Caller { world: self.world, cut: self.cut };
        let cx = Ctx::new(self.shared).session(&mut self.session).states(&mut self.states);
        match caller.set_up(hook.timeout_value(), || hook.call(cx)).await {
            Some(Ok(())) => true,
            Some(Err(error)) => {
                self.world.setup_failed(&describe("setup_session", hook.name(), hook.origin()), &error);
                false
            }
            None => false,
        }
    }

    async fn tear_down(&mut self, session_made: bool) {
        let suite = &self.world.job.suite;
        let caller = Caller { world: self.world, cut: self.cut };
        let session_hook = suite.teardown_session_hook().filter(|_| session_made);
        let hooks = [("teardown_session", session_hook), ("teardown", suite.teardown_hook())];
        for (kind, hook) in hooks {
            if let Some(hook) = hook
                && are_met(hook.declared_needs(), Some(&self.states), self.shared)
            {
                let cx = Ctx::new(self.shared).session(&mut self.session).states(&mut self.states);
                caller.tear_down(kind, hook, cx).await;
            }
        }
    }

    /// Iterates until the plan or the switch says that it is enough, or until a panic.
    async fn iterate(&mut self, course: &mut Course) -> Next {
        let world = self.world;
        let max = world.job.plan.runs_limit().map_or(u64::MAX, |max| max.get());
        while course.iteration.0 < max && world.switch.is_running() {
            let iteration = course.iteration;
            let user = self.session.user_id();
            let pick = panics::catch_call(|| {
                course.picks.next(&world.job.suite, &world.job.choices, user, iteration)
            });
            let began = Instant::now();
            let responses = self.session.responses();
            let (stepped, delay) = match pick {
                Ok(Pick::Scenario(index)) => {
                    (self.step(index, iteration).await, world.job.suite.scenarios()[index].delay_value())
                }
                Ok(Pick::Unknown(name)) => {
                    let why = format!("the scenario picker returned `{name}`, and there is no such scenario");
                    (self.unpicked(Error::msg(why), iteration), Duration::ZERO)
                }
                Ok(Pick::Nothing) => return Next::Gone,
                Err(error) => (self.unpicked(error, iteration), Duration::ZERO),
            };
            course.iteration.0 += 1;
            let failed = matches!(stepped, Stepped::Failed | Stepped::Panicked);
            if failed && world.job.plan.fail_fast == FailFast::Yes {
                world.switch.drain(Ended::FailFast);
            }
            let in_vain = self.session.responses() == responses || stepped == Stepped::Panicked;
            let at_once = failed && in_vain && began.elapsed() < AT_ONCE;
            course.failed_at_once = if at_once { course.failed_at_once.saturating_add(1) } else { 0 };
            if course.iteration.0 < max {
                let delay = world.job.plan.delay.saturating_add(delay);
                pause(world, delay, began.elapsed(), course.failed_at_once).await;
            }
            let goes_on = course.iteration.0 < max
                && course.picks.has_more(&world.job.choices)
                && world.switch.is_running();
            if stepped == Stepped::Panicked && goes_on {
                return Next::Reborn;
            }
        }
        Next::Gone
    }
}

/// Waits between two iterations. Without any wait the runtime still gets its turn.
async fn pause(world: &World, delay: Duration, took: Duration, failed_at_once: u32) {
    // One failure may be chance. From the second on, each pause is twice as long: 1, 2, 4 … 100 ms.
    let brake = match failed_at_once {
        0 | 1 => Duration::ZERO,
        n => MAX_BRAKE.min(Duration::from_millis(1 << (n - 2).min(7))),
    };
    if brake > delay {
        world.meter.push(Record::Braked);
    }
    let wait = delay.max(brake);
    if wait.is_zero() && took >= BLOCKED {
        tokio::task::yield_now().await;
    } else if wait.is_zero() {
        tokio::task::coop::consume_budget().await;
    } else {
        world.switch.sleep(wait).await;
    }
}
