//! The life of one virtual user: wait, set up, iterate, tear down.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use molotov_core::{Ctx, Error, Hook, Iteration, Record, Rows, Shared, States, UserId};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::draws::{self, Draws};
use super::fixtures::{Caller, are_met, describe};
use super::metronome::Beat;
use super::panics;
use super::step::{Begin, Person, Stepped};
use super::switch::{Cut, Phase};
use super::world::World;
use crate::plan::{FailFast, Order, Plan};
use crate::report::Ended;
use crate::schedule::{Pick, Picks, lives_of, start_of};

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

/// What goes on after a session and its states are put away.
enum Next {
    /// The same user with a fresh session and fresh states.
    Reborn,
    Gone,
}

/// What a user holds for others to know how far it is.
pub(crate) struct Held {
    /// As long as it lives.
    pub(crate) _alive: mpsc::Sender<()>,
    /// Until it is ready for its first iteration, where somebody waits for that.
    pub(crate) unready: Option<mpsc::Sender<()>>,
}

/// Lives from `begin` to the end of the run.
pub(crate) async fn live(
    world: Arc<World>,
    shared: Arc<Shared>,
    user: UserId,
    begin: Instant,
    mut held: Held,
) {
    let plan = &world.job.plan;
    let mut caller = Caller::new(&world, world.switch.cut());
    let mut course = Course::new(Picks::of(&world.job, user), user);
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
                Some(stay) => stay,
                None => return,
            },
        };
        if !caller.cut().sleep_until(begin + start).await {
            return;
        }
        course.end = end.map(|end| world.meter.since_start(begin) + end);
        let active = Active::of(&world);
        let lived = {
            let lives = pin!(async {
                while let Next::Reborn = life(&world, &shared, user, &mut caller, &mut course).await {}
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
    user: UserId,
    picks: Picks,
    iteration: Iteration,
    /// How many iterations have failed at once, one after the other.
    failed_at_once: u32,
    /// How many iterations there were without waiting for anything.
    at_a_stretch: u8,
    draws: Draws,
    /// See [`Held`].
    unready: Option<mpsc::Sender<()>>,
    /// When the next iteration is due, where the user is paced.
    beat: Beat,
    /// When the user goes, since the start of the run, where it does so before the run ends.
    end: Option<Duration>,
}

async fn life(
    world: &World,
    shared: &Shared,
    user: UserId,
    caller: &mut Caller,
    course: &mut Course,
) -> Next {
    let session = world.session(user, shared);
    let mut person = Person {
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
    let next = if session_made { person.iterate(course).await } else { Next::Gone };
    Box::pin(person.tear_down()).await;
    next
}

impl<'w> Person<'w> {
    /// Makes this user's own states; false when the run ends because of it or meanwhile.
    async fn set_up_states(&mut self) -> bool {
        for setup in self.world.job.suite.setups() {
            let user = self.session.user_id();
            let mut rows = match draws::for_fixture(self.world, user, setup.declared_needs()) {
                Some(Ok(rows)) => rows,
                Some(Err(error)) => {
                    self.world.setup_failed(&describe("setup", setup.name(), setup.origin()), &error);
                    return false;
                }
                None => return false,
            };
            let cx =
                Ctx::new(self.shared).session(&mut self.session).states(&mut self.states).rows(&mut rows);
            match self.caller.set_up(setup.timeout_value(), || setup.call(cx)).await {
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

    /// Makes the session ready; false when the run ends because of it or meanwhile.
    async fn set_up_session(&mut self) -> bool {
        if let Some(Err((what, error))) = self.call_setup_session().await {
            self.world.setup_failed(&what, &error);
        }
        self.is_set_up
    }

    /// What came of it; where it failed, with its place. Nothing when the end of the run has cut it.
    async fn call_setup_session(&mut self) -> Option<Result<(), (String, Error)>> {
        if let Some(hook) = self.world.job.suite.setup_session_hook() {
            let described = || describe("setup_session", hook.name(), hook.origin());
            let drawn = draws::for_fixture(self.world, self.session.user_id(), hook.declared_needs())?;
            let mut rows = match drawn {
                Ok(rows) => rows,
                Err(error) => return Some(Err((described(), error))),
            };
            let cx =
                Ctx::new(self.shared).session(&mut self.session).states(&mut self.states).rows(&mut rows);
            if let Err(error) = self.caller.set_up(hook.timeout_value(), || hook.call(cx)).await? {
                return Some(Err((described(), error)));
            }
        }
        self.is_set_up = true;
        Some(Ok(()))
    }

    /// Makes the session ready that an iteration has to itself. That it cannot be is no reason to end a run in which
    /// others could: the iteration has failed. Nothing when the end of the run has cut it.
    async fn set_up_again(&mut self) -> Option<Result<(), Error>> {
        let ready = self.call_setup_session().await?;
        Some(ready.map_err(|(what, error)| Error::of(error.kind(), format!("{what}: {error:#}"))))
    }

    /// Puts the session of one iteration away; the next one gets another.
    async fn leave(&mut self) {
        self.tear_down_hooks([self.session_hook(), None]).await;
        self.session = self.world.session(self.session.user_id(), self.shared);
        self.is_set_up = false;
    }

    async fn tear_down(&mut self) {
        let hook = self.world.job.suite.teardown_hook();
        self.tear_down_hooks([self.session_hook(), hook.map(|hook| ("teardown", hook))]).await;
    }

    /// What puts a session away that was made ready.
    fn session_hook(&self) -> Option<(&'static str, &'w Hook)> {
        let hook = self.world.job.suite.teardown_session_hook().filter(|_| self.is_set_up);
        hook.map(|hook| ("teardown_session", hook))
    }

    async fn tear_down_hooks(&mut self, hooks: [Option<(&'static str, &'w Hook)>; 2]) {
        self.world.tearing_down.fetch_add(1, Ordering::Relaxed);
        for (kind, hook) in hooks.into_iter().flatten() {
            if are_met(hook.declared_needs(), Some(&self.states), self.shared) {
                let cx = Ctx::new(self.shared).session(&mut self.session).states(&mut self.states);
                self.caller.tear_down(kind, hook, cx).await;
            }
        }
        self.world.tearing_down.fetch_sub(1, Ordering::Relaxed);
    }

    /// Iterates until the plan or the switch says that it is enough, or until a panic.
    async fn iterate(&mut self, course: &mut Course) -> Next {
        let world = self.world;
        let plan = &world.job.plan;
        if let Some(replay) = plan.replay {
            course.go_to(replay.iteration, world, self.session.user_id());
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
                    None => return Next::Gone,
                }
            }
            let (start, wanted) = match world.has_due_times() {
                true => match self.next_due(course).await {
                    Some(due) => due,
                    None => return Next::Gone,
                },
                false => (Begin { at: begin, due: None }, None),
            };
            let user = self.session.user_id();
            let picked = wanted.map_or_else(|| course.pick(world, user), |index| Ok(Pick::Scenario(index)));
            let ((stepped, end), delay) = match picked {
                Ok(Pick::Scenario(index)) => {
                    let feeds = &world.scenarios[index].feeds;
                    if !feeds.is_empty() {
                        match course.draws.draw(world, user, feeds) {
                            Some(Ok(rows)) => self.rows = rows,
                            Some(Err(error)) => unready = unready.or(Some(error)),
                            None => return world.forgo(),
                        }
                    }
                    let stepped = match unready {
                        None => self.step(index, iteration, start).await,
                        Some(error) => self.unready(index, error, iteration, start),
                    };
                    (stepped, world.delay(index, user, iteration))
                }
                Ok(Pick::Unknown(name)) => {
                    let why = format!("the scenario picker returned `{name}`, and there is no such scenario");
                    (self.unpicked(Error::msg(why), iteration, start), plan.delay)
                }
                Ok(Pick::Nothing) => return world.forgo(),
                Err(error) => (self.unpicked(error, iteration, start), plan.delay),
            };
            course.iteration.0 += 1;
            let took = end.saturating_sub(start.at);
            let in_vain = self.session.responses() == responses || stepped == Stepped::Panicked;
            course.ended(&stepped, in_vain && took < AT_ONCE, world);
            begin = end;
            if plan.reach.fresh_session && stepped != Stepped::Panicked && course.goes_on(world) {
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
            if stepped == Stepped::Panicked && course.goes_on(world) {
                return Next::Reborn;
            }
        }
        Next::Gone
    }

    /// Waits until an iteration is due, and says which scenario, where that is said; nothing when no further one is
    /// for this user.
    async fn next_due(&mut self, course: &mut Course) -> Option<(Begin, Option<usize>)> {
        let (world, user) = (self.world, self.session.user_id());
        if let Some(metronome) = &world.metronome {
            let beat = metronome.wait(user, &mut course.beat, world);
            let due = self.caller.cut().unless(Phase::Draining, beat).await?;
            if !course.goes_on(world) {
                return None;
            }
            let start = Begin { at: world.now(), due: Some(due) };
            metronome.begins(&mut course.beat, due, start.at);
            return Some((start, None));
        }
        let arrival = world.desk.as_ref()?.take(user, world);
        let due = self.caller.cut().unless(Phase::Draining, arrival).await??;
        Some((Begin { at: world.now(), due: Some(due.at) }, due.scenario))
    }
}

impl World {
    /// What was due and taken does not begin after all.
    #[cold]
    fn forgo(&self) -> Next {
        if let Some(metronome) = &self.metronome {
            metronome.forgo();
        } else if let Some(desk) = &self.desk {
            desk.forgo();
        }
        Next::Gone
    }
}

impl Course {
    fn new(picks: Picks, user: UserId) -> Self {
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
    fn ended(&mut self, stepped: &Stepped, at_once: bool, world: &World) {
        let failed = matches!(stepped, Stepped::Failed | Stepped::Panicked);
        if failed && world.job.plan.fail_fast == FailFast::Yes {
            world.switch.drain(Ended::FailFast);
        }
        self.failed_at_once = if failed && at_once { self.failed_at_once.saturating_add(1) } else { 0 };
    }

    /// Passes over the iterations before this one: picks their scenarios and draws their rows, as they did, and executes
    /// nothing.
    fn go_to(&mut self, iteration: Iteration, world: &World, user: UserId) {
        while self.iteration < iteration {
            if let Ok(Pick::Scenario(index)) = self.pick(world, user) {
                self.draws.skip(world, &world.scenarios[index].feeds);
            }
            self.iteration.0 += 1;
        }
    }

    #[inline]
    fn pick(&mut self, world: &World, user: UserId) -> Result<Pick, Error> {
        let (suite, choices, iteration) = (&world.job.suite, &world.job.choices, self.iteration);
        match &mut self.picks {
            // A function of the user's, which may panic.
            picks @ Picks::Picked(_) => panics::catch_call(|| picks.next(suite, choices, user, iteration)),
            picks => Ok(picks.next(suite, choices, user, iteration)),
        }
    }

    #[inline]
    fn has_runs_left(&self, world: &World) -> bool {
        world.job.plan.runs_limit().is_none_or(|max| self.iteration.0 < max.get())
    }

    #[inline]
    fn goes_on(&self, world: &World) -> bool {
        world.switch.is_running()
            && self.has_runs_left(world)
            && self.picks.has_more(&world.job.choices)
            && self.end.is_none_or(|end| world.now() < end)
            && world.gate.as_ref().is_none_or(|gate| gate.lets_in(self.user))
    }

    /// How long the user is there from now on.
    #[inline]
    fn left(&self, now: Duration) -> Duration {
        self.end.map_or(Duration::MAX, |end| end.saturating_sub(now))
    }

    /// The user goes; what was due by then and has not begun is dropped.
    fn leave(&mut self, world: &World) {
        if let Some(metronome) = world.metronome.as_ref().filter(|_| self.has_runs_left(world)) {
            let now = world.now();
            metronome.leave(&mut self.beat, self.end.map_or(now, |end| end.min(now)));
        }
        self.beat = Beat::default();
    }

    /// Whether others should have their turn, after an iteration that took so long. While one waits they have it.
    #[inline]
    fn is_turn_over(&mut self, has_waited: bool, took: Duration) -> bool {
        self.at_a_stretch = if has_waited { 0 } else { self.at_a_stretch + 1 };
        let over = !has_waited && took >= BLOCKED || self.at_a_stretch == AT_A_STRETCH;
        if over {
            self.at_a_stretch = 0;
        }
        over
    }

    /// How long to wait before the next iteration.
    #[inline]
    fn wait(&self, world: &World, delay: Duration) -> Duration {
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
            world.meter.push(Record::Braked);
        }
        delay.max(brake)
    }
}

/// Waits between two iterations. Without a wait it is the turn of others.
async fn pause(cut: &mut Cut, wait: Duration) {
    if wait.is_zero() {
        tokio::task::yield_now().await;
    } else {
        cut.sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use molotov_core::{Meter, Scenario, Suite};

    use super::*;
    use crate::execute::switch::Switch;
    use crate::plan::{Job, Plan};

    #[tokio::test]
    async fn the_future_of_a_user_is_small() {
        let suite = Suite::new().scenario(Scenario::new("idle", |_| Box::pin(async { Ok(()) })));
        let job = Job::new(suite, Plan::users(1)).unwrap();
        let world = Arc::new(World::new(job, Meter::detached(), Arc::new(Switch::new())));
        let (alive, _) = mpsc::channel(1);

        let held = Held { _alive: alive, unready: None };

        let life = live(world, Arc::default(), UserId(0), Instant::now(), held);

        let size = size_of_val(&life);
        assert!(size <= 1600, "{size} bytes: does an `async fn` take a future by value?");
    }
}
