//! The set-ups and tear-downs of a user.

use std::sync::atomic::Ordering;

use molotov_core::{Context, Error, Hook};

use super::draws;
use super::fixtures::{are_met, describe};
use super::user::VirtualUser;

impl<'w> VirtualUser<'w> {
    /// Sets up this user's own states; `false` if the run ends because of that or meanwhile.
    pub(super) async fn set_up_states(&mut self) -> bool {
        for setup in self.context.job.suite.setups() {
            let user = self.id();
            let mut rows = match draws::for_fixture(self.context, user, setup.dependencies()) {
                Some(Ok(rows)) => rows,
                Some(Err(error)) => {
                    self.context.setup_failed(&describe("setup", setup.name(), setup.origin()), &error);
                    return false;
                }
                None => return false,
            };
            let cx =
                Context::new(self.shared).session(&mut self.session).states(&mut self.states).rows(&mut rows);
            match self.caller.set_up(setup.timeout(), || setup.call(cx)).await {
                Some(Ok(state)) => self.states.insert(state),
                Some(Err(error)) => {
                    self.context.setup_failed(&describe("setup", setup.name(), setup.origin()), &error);
                    return false;
                }
                None => return false,
            }
        }
        true
    }

    /// Sets up the session; `false` if the run ends because of that or meanwhile.
    pub(super) async fn set_up_session(&mut self) -> bool {
        if let Some(Err((what, error))) = self.call_setup_session().await {
            self.context.setup_failed(&what, &error);
        }
        self.is_set_up
    }

    /// Calls the set-up of the session. Returns its result, with the place of a failure; `None` if the end of the run
    /// cancelled it.
    async fn call_setup_session(&mut self) -> Option<Result<(), (String, Error)>> {
        if let Some(hook) = self.context.job.suite.setup_session_hook() {
            let drawn = draws::for_fixture(self.context, self.id(), hook.dependencies())?;
            let mut rows = match drawn {
                Ok(rows) => rows,
                Err(error) => return Some(Err((describe_session_setup(hook), error))),
            };
            let cx =
                Context::new(self.shared).session(&mut self.session).states(&mut self.states).rows(&mut rows);
            if let Err(error) = self.caller.set_up(hook.timeout(), || hook.call(cx)).await? {
                return Some(Err((describe_session_setup(hook), error)));
            }
        }
        self.is_set_up = true;
        Some(Ok(()))
    }

    /// Sets up the session of a single iteration. A failure is no reason to end a run in which other sessions could be
    /// set up: only the iteration fails. `None` if the end of the run cancelled it.
    pub(super) async fn set_up_again(&mut self) -> Option<Result<(), Error>> {
        let ready = self.call_setup_session().await?;
        // The set-up is in no iteration's time, unless the iteration consists of nothing else.
        if ready.is_ok() {
            self.progress.turn.free_since = self.context.now();
        }
        Some(ready.map_err(|(what, error)| Error::with_kind(error.kind(), format!("{what}: {error:#}"))))
    }

    /// Tears down the session of one iteration; the next one gets another.
    pub(super) async fn renew_session(&mut self) {
        self.tear_down_hooks([self.session_hook(), None]).await;
        self.session = self.context.session(self.id(), self.shared);
        self.is_set_up = false;
        self.progress.turn.free_since = self.context.now();
    }

    pub(super) async fn tear_down(&mut self) {
        let hook = self.context.job.suite.teardown_hook();
        self.tear_down_hooks([self.session_hook(), hook.map(|hook| ("teardown", hook))]).await;
    }

    /// The tear-down of a session that was set up.
    fn session_hook(&self) -> Option<(&'static str, &'w Hook)> {
        let hook = self.context.job.suite.teardown_session_hook().filter(|_| self.is_set_up);
        hook.map(|hook| ("teardown_session", hook))
    }

    async fn tear_down_hooks(&mut self, hooks: [Option<(&'static str, &'w Hook)>; 2]) {
        self.context.tearing_down.fetch_add(1, Ordering::Relaxed);
        for (kind, hook) in hooks.into_iter().flatten() {
            if are_met(hook.dependencies(), Some(&self.states), self.shared) {
                let cx = Context::new(self.shared).session(&mut self.session).states(&mut self.states);
                self.caller.tear_down(kind, hook, cx).await;
            }
        }
        self.context.tearing_down.fetch_sub(1, Ordering::Relaxed);
    }
}

fn describe_session_setup(hook: &Hook) -> String {
    describe("setup_session", hook.name(), hook.origin())
}
