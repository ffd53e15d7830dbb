//! The life of one virtual user: wait, set up, iterate, tear down.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use molotov_core::{Rows, Shared, States, UserId};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::fixtures::Caller;
use super::iteration::{IterationEnd, IterationStart, VirtualUser};
use super::panics;
use super::progress::{NextTurn, Progress};
use super::run_context::RunContext;
use super::scenario_selector::ScenarioSelector;
use super::shutdown::{Cancel, Phase};
use crate::plan::{Order, Plan};
use crate::schedule::{lives_of, start_of};

/// What goes on after a session and its states are put away.
enum NextIteration {
    /// The same user with a fresh session and fresh states.
    Reborn,
    Gone,
}

/// What a user holds for others to know how far it is.
pub(crate) struct Liveness {
    /// As long as it lives.
    pub(crate) _alive: mpsc::Sender<()>,
    /// Until it is ready for its first iteration, where somebody waits for that.
    pub(crate) unready: Option<mpsc::Sender<()>>,
}

/// Lives from `begin` to the end of the run.
pub(crate) async fn live(
    world: Arc<RunContext>,
    shared: Arc<Shared>,
    user: UserId,
    begin: Instant,
    mut held: Liveness,
) {
    let plan = &world.job.plan;
    let mut caller = Caller::new(&world, world.switch.cut());
    let mut course = Progress::new(ScenarioSelector::of(&world.job, user), user);
    course.unready = held.unready.take();
    let mut stays = stays(plan, world.desk.is_some(), user).into_iter();
    loop {
        let (start, end) = match &world.gate {
            // As often as it is let in.
            Some(gate) => match caller.cut().unless(Phase::Draining, Box::pin(gate.enter(user))).await {
                Some(()) => (Duration::ZERO, None),
                None => return,
            },
            None => match stays.next() {
                // Its last iteration took the user past it.
                Some((_, Some(end))) if begin + end <= Instant::now() => continue,
                Some(stay) => stay,
                None => return,
            },
        };
        if !caller.cut().sleep_until(begin + start).await {
            return;
        }
        course.end = end.map(|end| world.run_handle.since_start(begin) + end);
        let active = Active::of(&world);
        let lived = {
            let lives = pin!(async {
                while let NextIteration::Reborn = life(&world, &shared, user, &mut caller, &mut course).await
                {
                }
                Ok(())
            });
            panics::catch(|| lives).await
        };
        // What the user's code does in its scenarios and fixtures is caught there; what is left is a state that panics
        // when it is dropped. Its user must not vanish without a word.
        if let Err(error) = lived {
            world.teardowns.failed(format!("user {user} was lost: {error:#}"));
            return;
        }
        drop(active);
        course.leave(&world);
    }
}

/// From when to when a user is there, since the first one started.
fn stays(plan: &Plan, is_open: bool, user: UserId) -> Vec<(Duration, Option<Duration>)> {
    match plan.load.users().filter(|_| plan.order == Order::Picked && plan.replay.is_none()) {
        Some(curve) => lives_of(curve, user.0).into_iter().map(|(start, end)| (start, Some(end))).collect(),
        // Users that serve arrivals are there before the first of them; what rises is the rate.
        None if is_open => vec![(Duration::ZERO, None)],
        None => vec![(start_of(user.0, plan.user_count(), plan.ramp_up), None)],
    }
}

/// Counts a user as active as long as it lives.
struct Active<'w>(&'w RunContext);

impl<'w> Active<'w> {
    fn of(world: &'w RunContext) -> Self {
        world.active.fetch_add(1, Ordering::Relaxed);
        Self(world)
    }
}

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn life(
    world: &RunContext,
    shared: &Shared,
    user: UserId,
    caller: &mut Caller,
    course: &mut Progress,
) -> NextIteration {
    let session = world.session(user, shared);
    let mut person = VirtualUser {
        world,
        shared,
        session,
        states: States::default(),
        rows: Rows::default(),
        is_set_up: false,
        caller,
    };
    // What is done once has a box for the while, or each user would keep the room for it all the time.
    let states_made = Box::pin(person.set_up_states()).await;
    if world.job.plan.reach.fresh_session {
        // What the set-ups did with theirs is in none of an iteration's, be it the first or a later one.
        person.session = world.session(user, shared);
    }
    let session_made = states_made && Box::pin(person.set_up_session()).await;
    course.unready = None;
    let next = if session_made { person.iterate(course).await } else { NextIteration::Gone };
    Box::pin(person.tear_down()).await;
    next
}

impl VirtualUser<'_> {
    /// Iterates until the plan or the switch says that it is enough, or until a panic.
    async fn iterate(&mut self, course: &mut Progress) -> NextIteration {
        let world = self.world;
        let plan = &world.job.plan;
        if let Some(replay) = plan.replay {
            course.go_to(replay.iteration, world);
        }
        // An iteration begins when the one before it ended, unless there is a pause: one look at the clock for both.
        let mut begin = world.now();
        while course.goes_on(world) {
            let responses = self.session.responses();
            let iteration = course.iteration;
            let mut unready = None;
            if !self.is_set_up {
                match Box::pin(self.set_up_again()).await {
                    // Getting ready is in no iteration's time, unless it is all that there was of it.
                    Some(Ok(())) => begin = world.now(),
                    Some(Err(error)) => unready = Some(error),
                    None => return NextIteration::Gone,
                }
            }
            let (start, wanted) = match world.has_due_times() {
                true => match self.next_due(course).await {
                    Some(due) => due,
                    None => return NextIteration::Gone,
                },
                false => (IterationStart { at: begin, due: None }, None),
            };
            let Some(turn) = course.next(world, wanted, unready, &mut self.rows) else {
                return world.drop_arrival();
            };
            let ((stepped, end), delay) = match turn {
                NextTurn::Scenario(index) => {
                    let stepped = self.step(index, iteration, start).await;
                    (stepped, world.delay(index, self.session.user_id(), iteration))
                }
                NextTurn::Unready(index, error) => {
                    let stepped = self.unready(index, error, iteration, start);
                    (stepped, world.delay(index, self.session.user_id(), iteration))
                }
                NextTurn::Unpicked(error) => (self.unpicked(error, iteration, start), plan.delay),
            };
            let took = end.saturating_sub(start.at);
            course.ended(stepped, took, self.session.responses() != responses, world);
            begin = end;
            if plan.reach.fresh_session && stepped != IterationEnd::Panicked && course.goes_on(world) {
                Box::pin(self.leave()).await;
                begin = world.now();
            }
            if course.has_runs_left(world) {
                let wait = course.wait(world, delay).min(course.left(end));
                if !wait.is_zero() || course.is_turn_over(self.caller.cut().has_waited(), took) {
                    pause(self.caller.cut(), wait).await;
                    begin = world.now();
                }
            }
            if stepped == IterationEnd::Panicked && course.goes_on(world) {
                return NextIteration::Reborn;
            }
        }
        NextIteration::Gone
    }

    /// Waits until an iteration is due, and says which scenario, where that is said; nothing when no further one is
    /// for this user.
    async fn next_due(&mut self, course: &mut Progress) -> Option<(IterationStart, Option<usize>)> {
        let (world, user) = (self.world, self.session.user_id());
        if let Some(metronome) = &world.metronome {
            let beat = metronome.wait(user, &mut course.beat, world);
            let due = self.caller.cut().unless(Phase::Draining, beat).await?;
            if !course.goes_on(world) {
                return None;
            }
            let start = IterationStart { at: world.now(), due: Some(due) };
            metronome.begins(&mut course.beat, due, start.at);
            return Some((start, None));
        }
        let arrival = world.desk.as_ref()?.take(user, world);
        let due = self.caller.cut().unless(Phase::Draining, arrival).await??;
        Some((IterationStart { at: world.now(), due: Some(due.at) }, due.scenario))
    }
}

impl RunContext {
    /// What was due and taken does not begin after all.
    #[cold]
    fn drop_arrival(&self) -> NextIteration {
        if let Some(metronome) = &self.metronome {
            metronome.drop_arrival();
        } else if let Some(desk) = &self.desk {
            desk.drop_arrival();
        }
        NextIteration::Gone
    }
}

/// Waits between two iterations. Without a wait it is the turn of others.
async fn pause(cut: &mut Cancel, wait: Duration) {
    if wait.is_zero() {
        tokio::task::yield_now().await;
    } else {
        cut.sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use molotov_core::{RunHandle, Scenario, Suite};

    use super::*;
    use crate::execute::Job;
    use crate::execute::shutdown::Shutdown;
    use crate::plan::Plan;

    #[tokio::test]
    async fn the_future_of_a_user_is_small() {
        let suite = Suite::new().scenario(Scenario::new("idle", |_| Box::pin(async { Ok(()) })));
        let job = Job::new(suite, Plan::users(1)).unwrap();
        let world = Arc::new(RunContext::new(job, RunHandle::detached(), Arc::new(Shutdown::new())));
        let (alive, _) = mpsc::channel(1);

        let held = Liveness { _alive: alive, unready: None };

        let life = live(world, Arc::default(), UserId(0), Instant::now(), held);

        let size = size_of_val(&life);
        assert!(size <= 1600, "{size} bytes: does an `async fn` take a future by value?");
    }
}
