//! The two ways to run a job: on the caller's runtime, as a value; or on threads of our own.

use std::num::NonZeroUsize;
use std::sync::Arc;

use molotov_core::{BoxFuture, Suite, TraceSink};
use tokio::runtime::Builder;

use super::panics;
use super::signals::RunSignals;
use super::supervisor::{RunEnv, Watcher, run};
use super::thread_limit;
use super::threads::{Threads, Workload};
use crate::descriptors;
use crate::error::RunError;
use crate::execute::Job;
use crate::output::{Closing, OutputThreads};
use crate::plan::Plan;
use crate::report::Report;

/// Runs a suite as a value and returns the report, for assertions.
///
/// ```
/// # use molotov::prelude::*;
/// # async fn test() -> std::result::Result<(), molotov::error::RunError> {
/// let report = Suite::registered().run(Plan::users(20).duration(secs(10))).await?;
/// report.assert("p99 < 200ms, errors < 1%");
/// # Ok(())
/// # }
/// ```
pub trait RunExt {
    /// Runs the suite as planned, on the runtime that awaits it. Signals stay with the program; several runs in one
    /// process are independent.
    ///
    /// ```
    /// use molotov::{Plan, RunExt, Scenario, Suite};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let suite = Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
    ///
    /// let report = suite.run(Plan::users(2).max_runs(5)).await?;
    ///
    /// assert_eq!(report.iterations.ok, 10);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the plan does not fit the suite, or the suite has mistakes: all of them, before anything
    /// runs. Failed iterations are no error; they are in the report.
    fn run(self, plan: Plan) -> BoxFuture<'static, Result<Report, RunError>>;
}

impl RunExt for Suite {
    fn run(self, plan: Plan) -> BoxFuture<'static, Result<Report, RunError>> {
        let job = Job::new(self, plan);
        Box::pin(async move {
            let job = job?;
            let outputs = OutputThreads::open(&job.plan).map_err(RunError::from_problems)?;
            let watcher = (!outputs.is_empty()).then(|| Watcher::for_outputs(outputs.queues()));
            let workload = Workload::current();
            let signals = RunSignals::Ignored;
            let env = RunEnv { workload, thread_probes: Vec::new(), signals, watcher, trace_sink: None };
            let report = run(job, env).await;
            Ok(if outputs.is_empty() { report } else { finish(outputs, report).await })
        })
    }
}

/// Passes the report to the outputs, and adds their failures and those of listeners to it.
///
/// Outputs work in real time, so this waits on a thread and not on a clock that a test may have paused.
async fn finish(outputs: OutputThreads, mut report: Report) -> Report {
    let seen = Arc::new(report.clone());
    let closing = match panics::catch_call(|| tokio::task::spawn_blocking(move || outputs.finish(&seen))) {
        Ok(waiting) => waiting.await.unwrap_or_default(),
        Err(why) => Closing { failures: vec![format!("outputs: {why}")], ..Closing::default() },
    };
    report.settings.notes.extend(closing.warnings);
    report.listener_failures.extend(closing.failures);
    report
}

/// Runs a job on threads of its own; this thread is the supervisor's.
pub(crate) fn run_on_threads(
    job: Job,
    signals: SignalSource,
    watcher: Option<Watcher>,
    trace_sink: Option<Arc<dyn TraceSink>>,
) -> std::io::Result<Report> {
    let users = Threads::start(threads(&job))?;
    let control = Builder::new_current_thread().enable_all().build()?;
    let report = control.block_on(async {
        let signals = match signals {
            SignalSource::Process => RunSignals::from_process()?,
            SignalSource::Ignored => RunSignals::Ignored,
        };
        let (workload, thread_probes) = (users.workload(), users.thread_probes());
        Ok(run(job, RunEnv { workload, thread_probes, signals, watcher, trace_sink }).await)
    });
    users.shut_down();
    report
}

/// Checks that this process may start the threads of the job, with their file descriptors, before anything is opened or
/// sent.
///
/// # Errors
///
/// Returns an error with the limit and the cure.
pub(crate) fn check_threads(job: &Job) -> Result<(), RunError> {
    let threads = threads(job);
    descriptors::check(threads).and_then(|()| thread_limit::check(threads)).map_err(RunError::new)
}

fn threads(job: &Job) -> usize {
    let threads = job.plan.threads.or_else(|| std::thread::available_parallelism().ok());
    threads.map_or(1, NonZeroUsize::get)
}

/// The signals that end a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignalSource {
    Process,
    Ignored,
}
