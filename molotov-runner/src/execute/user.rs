//! The life of one virtual user: wait, set up, iterate, tear down.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use molotov_core::{Error, Rows, Session, Shared, States, UserId};
use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::fixtures::Caller;
use super::panics;
use super::progress::{IterationEnd, NextScenario, ServerResponse, UserProgress};
use super::run_context::RunContext;
use super::shutdown::ShutdownPhase;
use super::slot::LocalUser;
use super::source::{IterationStart, NextIteration};

/// The life of a user after the tear-down of its session and its states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextLife {
    /// The same user with a fresh session and fresh states.
    Reborn,
    Gone,
}

/// The start of a user's iteration.
struct UserStart {
    start: IterationStart,
    /// The index of its scenario, if the user does not choose it.
    scenario: Option<usize>,
    /// The reason why the session is not ready, if it is not.
    unready: Option<Error>,
}

/// One virtual user, from its set-ups to its tear-downs.
pub(crate) struct VirtualUser<'w> {
    pub(crate) context: &'w RunContext,
    pub(crate) shared: &'w Shared,
    pub(crate) session: Session,
    pub(crate) states: States,
    /// The rows that were drawn for this iteration.
    pub(crate) rows: Rows,
    /// `true` if the session was set up.
    pub(crate) is_set_up: bool,
    /// The part of a user that survives the session.
    pub(crate) progress: &'w mut UserProgress,
    pub(crate) caller: &'w mut Caller,
}

/// Runs from `begin` to the end of the run. `unready` is held until the user is ready for its first iteration.
pub(crate) async fn run(
    context: Arc<RunContext>,
    shared: Arc<Shared>,
    user: LocalUser,
    begin: Instant,
    unready: Option<TaskTrackerToken>,
) {
    let mut caller = Caller::new(&context, context.shutdown.cut());
    let mut progress = UserProgress::new(&context.job, user, unready);
    let mut stays = context.presence.stays(user.id);
    while let Some(stay) = stays.next(caller.cut(), begin).await {
        if !caller.cut().sleep_until(begin + stay.start).await {
            return;
        }
        progress.turn.end = stay.end.map(|end| context.clock.at(begin) + end);
        let active = Active::count(&context);
        let lived = {
            let lives = pin!(run_lives(&context, &shared, &mut caller, &mut progress));
            panics::catch(|| lives).await
        };
        // Panics in scenarios and fixtures are caught there; the rest is a state that panics when it is dropped. Its
        // user must not vanish silently.
        if let Err(error) = lived {
            return context.teardowns.failed(format!("user {} was lost: {error:#}", user.id));
        }
        drop(active);
        progress.leave(&context);
    }
}

/// Runs a life, and another one after each panic.
async fn run_lives(
    context: &RunContext,
    shared: &Shared,
    caller: &mut Caller,
    progress: &mut UserProgress,
) -> molotov_core::Result<()> {
    loop {
        let mut user = VirtualUser::new(context, shared, caller, progress);
        if user.run_life().await == NextLife::Gone {
            return Ok(());
        }
    }
}

/// Counts a user as active during its life.
struct Active<'w>(&'w RunContext);

impl<'w> Active<'w> {
    fn count(context: &'w RunContext) -> Self {
        context.active.fetch_add(1, Ordering::Relaxed);
        Self(context)
    }
}

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<'w> VirtualUser<'w> {
    fn new(
        context: &'w RunContext,
        shared: &'w Shared,
        caller: &'w mut Caller,
        progress: &'w mut UserProgress,
    ) -> Self {
        Self {
            context,
            shared,
            session: context.session(progress.user, shared),
            states: States::default(),
            rows: Rows::default(),
            is_set_up: false,
            progress,
            caller,
        }
    }

    /// The number of this user in the run.
    pub(super) fn id(&self) -> UserId {
        self.progress.user
    }

    async fn run_life(&mut self) -> NextLife {
        // One-time work is boxed temporarily, or each user would reserve its size all the time.
        let states_made = Box::pin(self.set_up_states()).await;
        if self.context.job.plan.connection_settings.fresh_session {
            // The set-ups' changes to their session are in no iteration's session, be it the first or a later one.
            self.session = self.context.session(self.id(), self.shared);
        }
        let session_made = states_made && Box::pin(self.set_up_session()).await;
        self.progress.unready = None;
        let next = if session_made { self.iterate().await } else { NextLife::Gone };
        Box::pin(self.tear_down()).await;
        next
    }

    /// Iterates until there is no further iteration for this user, or until a panic.
    async fn iterate(&mut self) -> NextLife {
        let context = self.context;
        self.progress.skip_to_replayed(context);
        // An iteration starts at the end of the previous one, unless there is a pause: both share one reading of the
        // clock.
        self.progress.turn.free_since = context.now();
        while self.progress.goes_on(context) {
            let responses = self.session.responses();
            let start = match self.start_now() {
                Some(start) => Some(start),
                None => self.next_start().await,
            };
            let Some(UserStart { start, scenario, unready }) = start else { break };
            let Some(next) = self.next_scenario(scenario, unready) else { break };
            let delay = self.progress.delay(&next, context);
            let (ended, end) = self.execute(next, start).await;
            let response = ServerResponse::from_counts(responses, self.session.responses());
            self.progress.finish(ended, (start.at, end), response, context);
            if self.needs_new_session(ended) {
                Box::pin(self.renew_session()).await;
            }
            if let Some(wait) = self.progress.pause(context, delay, self.caller.cut()) {
                self.pause(wait).await;
            }
            if ended == IterationEnd::Panicked && self.progress.goes_on(context) {
                return NextLife::Reborn;
            }
        }
        NextLife::Gone
    }

    /// The start of the next iteration, if there is no wait and no set-up.
    #[inline]
    fn start_now(&self) -> Option<UserStart> {
        let start = self.context.source.start_now(&self.progress.turn).filter(|_| self.is_set_up)?;
        Some(UserStart { start, scenario: None, unready: None })
    }

    /// Sets up a new session, and waits for the start of the next iteration; `None` if there is none for this user.
    async fn next_start(&mut self) -> Option<UserStart> {
        let mut unready = None;
        if !self.is_set_up {
            unready = Box::pin(self.set_up_again()).await?.err();
        }
        let next = self.context.source.next(&mut self.progress.turn);
        let NextIteration { start, scenario } =
            self.caller.cut().unless(ShutdownPhase::Draining, next).await??;
        Some(UserStart { start, scenario, unready })
    }

    /// The scenario of the iteration that starts now, with its rows drawn; `None` if there is no further one.
    #[inline]
    fn next_scenario(&mut self, due: Option<usize>, unready: Option<Error>) -> Option<NextScenario> {
        let next = self.progress.next(self.context, due, unready, &mut self.rows);
        if next.is_none() {
            self.context.source.get().drop_start();
        }
        next
    }

    /// Returns `true` if the next iteration gets a session of its own. After a panic, session and states are replaced
    /// anyway.
    #[inline]
    fn needs_new_session(&self, ended: IterationEnd) -> bool {
        self.context.job.plan.connection_settings.fresh_session
            && ended != IterationEnd::Panicked
            && self.progress.goes_on(self.context)
    }

    /// Waits between two iterations. Without a wait, other tasks run.
    async fn pause(&mut self, wait: Duration) {
        if wait.is_zero() {
            tokio::task::yield_now().await;
        } else {
            self.caller.cut().sleep(wait).await;
        }
        self.progress.turn.free_since = self.context.now();
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
        let suite = Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
        let job = Job::new(suite, Plan::users(1)).unwrap();
        let context = Arc::new(RunContext::new(job, RunHandle::detached(), Arc::new(Shutdown::new())));

        let life = run(context, Arc::default(), LocalUser::nth(0), Instant::now(), None);

        let size = size_of_val(&life);
        assert!(size <= 1400, "{size} bytes: does an `async fn` take a future by value?");
    }
}
