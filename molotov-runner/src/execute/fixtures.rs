//! Calling fixtures: caught, limited in time, and described where they fail.

use std::sync::Arc;
use std::time::Duration;

use molotov_core::{BoxFuture, Ctx, Error, FailureKind, Hook, Need, Origin, Session, Shared, States, UserId};

use super::panics;
use super::switch::{Cut, Phase};
use super::world::World;
use crate::report::Report;

/// What a fixture is called with by its run: its limits, and who may interrupt it.
pub(crate) struct Caller<'w> {
    pub(crate) world: &'w World,
    pub(crate) cut: &'w Cut,
}

impl Caller<'_> {
    /// Awaits a set-up. `None` when the end of the run has cut it.
    pub(crate) async fn set_up<'c, T>(
        &self,
        timeout: Option<Duration>,
        call: impl FnOnce() -> BoxFuture<'c, Result<T, Error>>,
    ) -> Option<Result<T, Error>> {
        self.cut.unless(Phase::Cutting, self.limited(timeout, call)).await
    }

    /// Awaits a tear-down; a failure is shown and counted. The end of the run does not cut it, a second signal does.
    pub(crate) async fn tear_down(&self, kind: &str, hook: &Hook, cx: Ctx<'_>) {
        let limited = self.limited(hook.timeout_value(), || hook.call(cx));
        let why = match self.cut.unless(Phase::Abandoned, limited).await {
            Some(Ok(())) => return,
            Some(Err(error)) => format!("{error:#}"),
            None => "cut by the end of the run".into(),
        };
        self.world.teardowns.failed(format!("{}: {why}", describe(kind, hook.name(), hook.origin())));
    }

    /// A call by hand may panic before it has made its future, so it is made inside of what catches panics.
    async fn limited<'c, T>(
        &self,
        timeout: Option<Duration>,
        call: impl FnOnce() -> BoxFuture<'c, Result<T, Error>>,
    ) -> Result<T, Error> {
        let limit = timeout.unwrap_or(self.world.job.plan.setup_timeout);
        match tokio::time::timeout(limit, panics::catch(async { call().await })).await {
            Ok(result) => result,
            Err(_) => {
                Err(Error::of(FailureKind::UserTimeout, format!("took longer than its limit of {limit:?}")))
            }
        }
    }
}

/// Makes everything that is shared. The second part is the failure, if one ended it.
pub(crate) async fn global_setup(world: Arc<World>) -> (Shared, Option<()>) {
    let mut shared = world.shared();
    let cut = world.switch.cut();
    let caller = Caller { world: &world, cut: &cut };
    for setup in world.job.suite.global_setups() {
        let mut session = world.session(UserId(0), &shared);
        let cx = Ctx::new(&shared).session(&mut session);
        match caller.set_up(setup.timeout_value(), || setup.call(cx)).await {
            Some(Ok(state)) => shared.insert(state),
            Some(Err(error)) => {
                world.setup_failed(&describe("global_setup", setup.name(), setup.origin()), &error);
                return (shared, None);
            }
            None => return (shared, None),
        }
    }
    (shared, Some(()))
}

/// Puts away what is shared, as far as it was made.
pub(crate) async fn global_teardown(world: Arc<World>, mut shared: Shared, report: Arc<Report>, cut: Cut) {
    shared.insert(report);
    if let Some(hook) = world.job.suite.global_teardown_hook()
        && are_met(hook.declared_needs(), None, &shared)
    {
        let mut session: Session = world.session(UserId(0), &shared);
        let caller = Caller { world: &world, cut: &cut };
        caller.tear_down("global_teardown", hook, Ctx::new(&shared).session(&mut session)).await;
    }
}

/// Whether a fixture can be called with what was made: after a failed set-up not everything was.
pub(crate) fn are_met(needs: &[Need], states: Option<&States>, shared: &Shared) -> bool {
    needs.iter().all(|need| need.is_met(states, shared))
}

pub(crate) fn describe(kind: &str, name: &str, origin: Option<&Origin>) -> String {
    match origin {
        Some(origin) => format!("{kind} `{name}` ({origin})"),
        None => format!("{kind} `{name}`"),
    }
}
