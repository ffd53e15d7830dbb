//! The calls of fixtures: panics are caught, time is limited, and failures are described.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use molotov_core::{BoxFuture, Context, Dependency, Error, Hook, Origin, Session, Shared, States, UserId};
use tokio::time::Instant;

use super::panics;
use super::run_context::RunContext;
use super::shutdown::{Cancel, ShutdownPhase};
use super::timeout::Timeout;
use crate::report::Report;

/// Calls the functions of one user: panics are caught, time is limited, and the end of the run cancels the call.
pub(crate) struct Caller {
    context: Arc<RunContext>,
    cut: Cancel,
    timeout: Timeout,
}

impl Caller {
    pub(crate) fn new(context: &Arc<RunContext>, cut: Cancel) -> Self {
        Self { context: Arc::clone(context), cut, timeout: Timeout::default() }
    }

    /// The cancellation of the calls, and of pauses between them.
    pub(crate) fn cut(&mut self) -> &mut Cancel {
        &mut self.cut
    }

    /// Awaits an iteration that started at this time since the start of the run; `None` if the end of the run cancelled
    /// it.
    #[inline]
    pub(crate) fn iterate<'c>(
        &mut self,
        begin: Duration,
        limit: Option<Duration>,
        call: impl FnOnce() -> BoxFuture<'c, Result<(), Error>>,
    ) -> impl Future<Output = Option<Result<(), Error>>> {
        let limit = limit.map(|limit| (self.context.run_handle.recorder().epoch() + begin, limit));
        let limited = self.timeout.limit("the iteration took", limit, panics::catch(call));
        self.cut.unless(ShutdownPhase::Cutting, limited)
    }

    /// Awaits a set-up; `None` if the end of the run cancelled it.
    pub(crate) fn set_up<'c, T>(
        &mut self,
        timeout: Option<Duration>,
        call: impl FnOnce() -> BoxFuture<'c, Result<T, Error>>,
    ) -> impl Future<Output = Option<Result<T, Error>>> {
        let limit = self.limit_of_fixture(timeout);
        let limited = self.timeout.limit("took", Some(limit), panics::catch(call));
        self.cut.unless(ShutdownPhase::Cutting, limited)
    }

    /// Awaits a tear-down; a failure is shown and counted. The end of the run does not cancel it, a second signal does.
    pub(crate) async fn tear_down(&mut self, kind: &str, hook: &Hook, cx: Context<'_>) {
        let limit = self.limit_of_fixture(hook.timeout());
        let limited = self.timeout.limit("took", Some(limit), panics::catch(|| hook.call(cx)));
        let why = match self.cut.unless(ShutdownPhase::Abandoned, limited).await {
            Some(Ok(())) => return,
            Some(Err(error)) => format!("{error:#}"),
            None => "cut by the end of the run".into(),
        };
        self.context.teardowns.failed(format!("{}: {why}", describe(kind, hook.name(), hook.origin())));
    }

    /// The time limit of a fixture that starts now.
    fn limit_of_fixture(&self, timeout: Option<Duration>) -> (Instant, Duration) {
        (Instant::now(), timeout.unwrap_or(self.context.job.plan.setup_timeout))
    }
}

/// Creates all shared states. The second part is the failure that ended it, if any.
pub(crate) async fn global_setup(context: Arc<RunContext>) -> (Shared, Option<()>) {
    let mut shared = context.shared();
    let mut caller = Caller::new(&context, context.shutdown.cut());
    for setup in context.job.suite.global_setups() {
        let mut session = context.session(UserId(0), &shared);
        let cx = Context::new(&shared).session(&mut session);
        match caller.set_up(setup.timeout(), || setup.call(cx)).await {
            Some(Ok(state)) => shared.insert(state),
            Some(Err(error)) => {
                context.setup_failed(&describe("global_setup", setup.name(), setup.origin()), &error);
                return (shared, None);
            }
            None => return (shared, None),
        }
    }
    (shared, Some(()))
}

/// Tears down the shared states that were created. The hook, if any, gets the report.
pub(crate) async fn global_teardown(
    context: Arc<RunContext>,
    mut shared: Shared,
    report: Option<Arc<Report>>,
    cut: Cancel,
) {
    if let Some(report) = report {
        shared.insert(report);
    }
    if let Some(hook) = context.job.suite.global_teardown_hook()
        && are_met(hook.dependencies(), None, &shared)
    {
        let mut session: Session = context.session(UserId(0), &shared);
        let mut caller = Caller::new(&context, cut);
        caller.tear_down("global_teardown", hook, Context::new(&shared).session(&mut session)).await;
    }
}

/// Returns `true` if the states that a fixture needs exist: a failed set-up leaves some out.
pub(crate) fn are_met(needs: &[Dependency], states: Option<&States>, shared: &Shared) -> bool {
    needs.iter().all(|need| need.is_met(states, shared))
}

pub(crate) fn describe(kind: &str, name: &str, origin: Option<&Origin>) -> String {
    match origin {
        Some(origin) => format!("{kind} `{name}` ({origin})"),
        None => format!("{kind} `{name}`"),
    }
}
