//! The construction of the supervisor, before anything is started.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use molotov_core::{BoxFuture, EventQueue, Recorder, RunHandle, TraceSink};
use tokio::time::{MissedTickBehavior, interval};

use super::ending::RunEnding;
use super::{LoadStage, RunEnv, Supervisor, TICK, outputs};
use crate::execute::heartbeat::Heartbeats;
use crate::execute::job::Job;
use crate::execute::listeners::Listeners;
use crate::execute::run_context::RunContext;
use crate::execute::shutdown::{Shutdown, ShutdownPhase};
use crate::execute::sizing::SizingRun;
use crate::lock::lock;
use crate::output::{OutputQueue, RunFacts};
use crate::report::{
    Aggregator, CountedRun, Counters, Ended, Generator, Ledger, ModelKind, TargetHealth, Watch,
};

impl Supervisor {
    pub(super) fn new(job: Job, env: RunEnv) -> Self {
        let sizing = SizingRun::from_plan(&job.plan);
        let target_health = TargetHealth::from_plan(&job.plan);
        let totals = Arc::new(Mutex::new(totals(&job, sizing.as_ref())));
        let queues = env.watcher.as_ref().map(|watcher| watcher.queues.clone()).unwrap_or_default();
        let recorder = recorder(env.workload.threads, Arc::clone(&totals), queues.clone());
        let started_at = SystemTime::now();
        for queue in &queues {
            let target = job.plan.target.as_ref().map(ToString::to_string);
            queue.start(RunFacts::new(Arc::clone(&recorder), started_at, target));
        }
        let listeners = outputs::listeners(&job, &queues);
        let events = listeners.as_ref().map(Listeners::queue);
        let shutdown = Arc::new(Shutdown::new());
        let run_handle = run_handle(&recorder, events.clone(), &shutdown, env.trace_sink.as_ref());
        let mut context = RunContext::new(job, run_handle, shutdown);
        context.notes_iterations = queues.iter().any(|queue| queue.interest.iterations);
        judge(&context, &mut lock(&totals));
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            context: Arc::new(context),
            env,
            recorder,
            totals,
            queues,
            listeners,
            events,
            tick,
            counted: None,
            started_at,
            load: LoadStage::NotBegun,
            is_open: false,
            ending: RunEnding::Running,
            is_hurried: false,
            sizing,
            target_health,
            heartbeats: Heartbeats::default(),
            machine: None,
            generator: Generator::default(),
        }
    }
}

/// The aggregator of the run's records.
fn totals(job: &Job, sizing: Option<&SizingRun>) -> Aggregator {
    let mut totals = Aggregator::default();
    let plan = &job.plan;
    totals.keep_apart(plan.warm_up_time());
    match sizing {
        Some(sizing) => sizing.watch(&mut totals),
        None => totals.steady_after(
            plan.ramp_up.max(plan.warm_up_time()),
            plan.time_limit().map(|limit| plan.ramp_up + limit),
        ),
    }
    totals
}

/// Adds the thresholds of a run to its totals.
fn judge(context: &RunContext, totals: &mut Aggregator) {
    let (thresholds, warm_up) = (&context.job.thresholds.judged, context.job.plan.warm_up_time());
    totals.set_thresholds(Watch::from_thresholds(thresholds, context, warm_up));
    totals.follow_gaps(Ledger::from_thresholds(thresholds, context, warm_up));
    let model = if context.job.arrivals.is_some() { ModelKind::Open } else { ModelKind::Closed };
    let run = CountedRun { users: context.job.plan.own_user_count(), warm_up, model };
    let time = || context.presence.user_time(context.job.users().map(|user| user.id));
    totals.set_counters(Counters::from_thresholds(thresholds, context, run, time));
}

/// The recorder that passes records from the users' threads to the totals and to outputs.
fn recorder(threads: usize, totals: Arc<Mutex<Aggregator>>, queues: Vec<OutputQueue>) -> Arc<Recorder> {
    Arc::new(Recorder::new(threads, move |records| {
        queues.iter().for_each(|queue| queue.records(records));
        lock(&totals).absorb(records);
    }))
}

/// The handle with which users record, emit events, and stop the run.
fn run_handle(
    recorder: &Arc<Recorder>,
    events: Option<EventQueue>,
    shutdown: &Arc<Shutdown>,
    trace_sink: Option<&Arc<dyn TraceSink>>,
) -> RunHandle {
    let shutdown = Arc::clone(shutdown);
    let for_pauses = Arc::clone(&shutdown);
    let ending = move || -> BoxFuture<'static, ()> {
        let shutdown = Arc::clone(&for_pauses);
        Box::pin(async move { shutdown.reached(ShutdownPhase::Draining).await })
    };
    let stop = move |why: &str| shutdown.drain(Ended::Stopped(why.to_owned()));
    let run_handle = RunHandle::new(Arc::clone(recorder), events, stop).with_ending(ending);
    match trace_sink {
        Some(trace_sink) => run_handle.with_trace_sink(Arc::clone(trace_sink)),
        None => run_handle,
    }
}
