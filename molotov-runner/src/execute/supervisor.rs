//! The supervisor of a run: it sets up, starts the users, keeps the time, handles signals, and aggregates the records.
//!
//! On the command line it has an OS thread and a runtime of its own, so that a scenario that blocks its thread can stop
//! neither Ctrl-C nor the clock.

mod build;
mod ending;
mod outputs;
mod report;
mod tick;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use molotov_core::{Event, EventQueue, Recorder, Shared, TraceSink};
use tokio::time::{Instant, Interval};
use tokio_util::task::TaskTracker;

use self::ending::RunEnding;
use super::heartbeat::Heartbeats;
use super::job::Job;
use super::listeners::Listeners;
use super::machine::Machine;
use super::run_context::RunContext;
use super::shutdown::{Shutdown, ShutdownPhase};
use super::signals::RunSignals;
use super::sizing::SizingRun;
use super::threads::{BlockedThreadProbe, Workload, spawn_boxed};
use super::{common_start, fixtures, panics, user};
use crate::lock::lock;
use crate::output::OutputQueue;
use crate::report::{Aggregator, Generator, Report, TargetHealth};

/// The time between two readings of buffers and clock.
const TICK: Duration = Duration::from_millis(100);

/// The lag from which on a user thread counts as stalled.
const STALLED: Duration = Duration::from_millis(300);

/// The progress interval for outputs of a run without a command line.
const EACH_SECOND: Duration = Duration::from_secs(1);

/// The minimum time between two user counts for listeners.
const COUNTED: Duration = Duration::from_secs(1);

/// The minimum time of tear-downs after iterations were cancelled.
const TEARDOWNS: Duration = Duration::from_secs(5);

/// The time that cancelled tasks have to react; a task that blocks its thread never does.
const LAST_CALL: Duration = Duration::from_secs(1);

/// The surroundings of a run: its threads, signals and observers.
pub(crate) struct RunEnv {
    /// The threads of the users.
    pub(crate) workload: Workload,
    /// The probes of the workload, if its threads are our own.
    pub(crate) thread_probes: Vec<BlockedThreadProbe>,
    pub(crate) signals: RunSignals,
    pub(crate) watcher: Option<Watcher>,
    /// The receiver of the users' traces.
    pub(crate) trace_sink: Option<Arc<dyn TraceSink>>,
}

/// The receivers of the progress of the run, at regular intervals.
pub(crate) struct Watcher {
    /// The interval between two progress reports.
    pub(crate) interval: Duration,
    /// The queues of outputs, including the display.
    pub(crate) queues: Vec<OutputQueue>,
}

impl Watcher {
    /// Creates a watcher without a display.
    pub(crate) fn for_outputs(queues: Vec<OutputQueue>) -> Self {
        Self { interval: EACH_SECOND, queues }
    }
}

/// Runs a job to its end.
pub(crate) async fn run(job: Job, env: RunEnv) -> Report {
    panics::install_hook();
    let mut supervisor = Supervisor::new(job, env);
    let shared = supervisor.set_up().await;
    if let (Some(shared), true) = (&shared, supervisor.context.shutdown.is_running()) {
        supervisor.load(shared.clone()).await;
    }
    supervisor.tear_down(shared.unwrap_or_default()).await
}

struct Supervisor {
    context: Arc<RunContext>,
    env: RunEnv,
    recorder: Arc<Recorder>,
    totals: Arc<Mutex<Aggregator>>,
    queues: Vec<OutputQueue>,
    listeners: Option<Listeners>,
    events: Option<EventQueue>,
    tick: Interval,
    /// The time and number of the last user count for the listeners.
    counted: Option<(Instant, u32)>,
    started_at: SystemTime,
    load: LoadStage,
    /// `true` as soon as iterations may start.
    is_open: bool,
    ending: RunEnding,
    /// `true` after a second request to end the run.
    is_hurried: bool,
    /// The search, if the run is a sizing.
    sizing: Option<SizingRun>,
    /// The health of the target, if a dead one ends the run.
    target_health: Option<TargetHealth>,
    /// Active while users run.
    heartbeats: Heartbeats,
    machine: Option<Machine>,
    /// The observations of the load generator itself.
    generator: Generator,
}

/// The stage of the load.
#[derive(Clone, Copy, Debug)]
enum LoadStage {
    NotBegun,
    Running {
        begin: Instant,
        /// The time of the last progress report.
        shown: Instant,
    },
    Over {
        begin: Instant,
        end: Instant,
    },
}

impl LoadStage {
    /// The time at which the first user started, or the first arrival was due.
    fn start(self) -> Option<Instant> {
        match self {
            Self::NotBegun => None,
            Self::Running { begin, .. } | Self::Over { begin, .. } => Some(begin),
        }
    }

    fn elapsed(self) -> Duration {
        match self {
            Self::NotBegun => Duration::ZERO,
            Self::Running { begin, .. } => begin.elapsed(),
            Self::Over { begin, end } => end - begin,
        }
    }
}

impl Supervisor {
    /// Creates the shared states. `None` if the set-up did not return.
    async fn set_up(&mut self) -> Option<Shared> {
        let set_up = self.env.workload.first().spawn(fixtures::global_setup(Arc::clone(&self.context)));
        match self.oversee(None, set_up).await {
            Some(Ok((shared, _))) => Some(shared),
            Some(Err(error)) => {
                self.context.shutdown.set_up_failed(format!("global_setup: {error}"));
                None
            }
            None => None,
        }
    }

    /// Waits for the common start of all processes of the run.
    async fn wait_for_start(&mut self) {
        if self.context.job.plan.part.start.is_some() {
            let context = Arc::clone(&self.context);
            self.oversee(None, common_start::wait(&context)).await;
            self.started_at = SystemTime::now();
        }
    }

    /// Starts the users and waits for the last one.
    async fn load(&mut self, shared: Shared) {
        // Users that serve arrivals make themselves ready before the start.
        if !self.context.source.get().waits_for_users() {
            self.wait_for_start().await;
            if !self.context.shutdown.is_running() {
                return;
            }
        }
        let begin = Instant::now();
        let at = self.begin_load(begin);
        if let Some(target_health) = &mut self.target_health {
            target_health.start(lock(&self.totals).reach());
        }
        self.emit(Event::RunStarted { at, users: self.context.job.plan.own_user_count() });
        let length = self.length();
        let (users, unready) = (TaskTracker::new(), TaskTracker::new());
        let waits_for_users = self.context.source.get().waits_for_users();
        self.is_open = !waits_for_users;
        if !waits_for_users {
            self.open_source(at, length.map(|length| self.context.clock.at(begin + length)));
        }
        self.spawn_users(shared, begin, &users, waits_for_users.then_some(&unready));
        self.machine = Some(Machine::watch(self.env.workload.threads));
        self.heartbeats = Heartbeats::start(&self.env.workload);
        if waits_for_users {
            self.open_when_ready(&unready).await;
        }
        // With arrivals, the time counts from when all users were ready.
        let overtime = self.context.source.get().overtime();
        let end = self.load.start().zip(length).map(|(begin, length)| begin + length + overtime);
        self.oversee(end, users.wait()).await;
        self.end_load();
    }

    /// Starts the load; from this time on everything counts. Returns that time, since the start of the run.
    fn begin_load(&mut self, begin: Instant) -> Duration {
        self.load = LoadStage::Running { begin, shown: begin };
        let at = self.context.now();
        self.recorder.drain();
        lock(&self.totals).start_load(at);
        at
    }

    /// The time from the start of the load to its planned end.
    fn length(&self) -> Option<Duration> {
        let plan = &self.context.job.plan;
        plan.time_limit().map(|limit| plan.ramp_up + limit)
    }

    /// Starts a task for each user. Each holds a token of `unready` until it is ready for its first iteration.
    fn spawn_users(
        &self,
        shared: Shared,
        begin: Instant,
        users: &TaskTracker,
        unready: Option<&TaskTracker>,
    ) {
        let shared = Arc::new(shared);
        for user in self.context.job.users() {
            let unready = unready.map(TaskTracker::token);
            let life = user::run(Arc::clone(&self.context), Arc::clone(&shared), user, begin, unready);
            users.spawn_on(life, self.env.workload.runtime(user.slot));
        }
        users.close();
    }

    /// Starts the arrivals when all users are ready, so that no arrival must wait for a set-up.
    async fn open_when_ready(&mut self, unready: &TaskTracker) {
        unready.close();
        self.oversee(None, unready.wait()).await;
        self.wait_for_start().await;
        if self.context.shutdown.is_running() {
            let at = self.begin_load(Instant::now());
            self.is_open = true;
            self.open_source(at, None);
        }
    }

    /// Lets iterations start.
    fn open_source(&self, at: Duration, end: Option<Duration>) {
        if let Some(work) = self.context.source.get().open(at, end) {
            spawn_boxed(self.env.workload.first(), work);
        }
    }

    /// Ends the load, after the last user has left.
    fn end_load(&mut self) {
        self.context.source.get().close(self.context.now());
        if let Some(begin) = self.load.start() {
            self.load = LoadStage::Over { begin, end: Instant::now() };
        }
        self.observe_generator();
        self.emit_user_count(self.context.active.load(Ordering::Relaxed));
        self.recorder.drain();
        self.report_users();
        lock(&self.totals).end_load(self.context.now());
    }

    /// Tears down the shared states, and creates the report. A global tear-down gets the preliminary report; its own
    /// effects are in the counts of the final one.
    async fn tear_down(mut self, shared: Shared) -> Report {
        let seen = self.context.job.suite.global_teardown_hook().is_some().then(|| Arc::new(self.report()));
        // A separate shutdown: a signal that ended the run, or a user's hanging tear-down, does not cancel this one.
        let last = Arc::new(Shutdown::new());
        let work = fixtures::global_teardown(Arc::clone(&self.context), shared, seen, last.cut());
        let task = spawn_boxed(self.env.workload.first(), Box::pin(work));
        self.oversee_teardown(&last, task).await;
        let mut report = self.report();
        (report.teardown_failures, report.teardown_failure_count) = self.context.teardowns.failures();
        if let Some(listeners) = self.listeners.take() {
            let heard;
            (heard, report.dropped_events) = listeners.finish(self.context.now()).await;
            report.listener_failures = heard.failures.into_iter().collect();
            report.listener_summaries = heard.summaries;
        }
        report.dropped_events += self.queues.iter().map(OutputQueue::dropped_events).sum::<u64>();
        self.last_tick(&report);
        report
    }
}

/// A run whose future is dropped leaves no users behind that would load the service without an end.
impl Drop for Supervisor {
    fn drop(&mut self) {
        self.context.shutdown.advance(ShutdownPhase::Abandoned);
    }
}
