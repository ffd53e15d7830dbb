//! The control of a run: it sets up, starts the users, keeps the time, hears the signals, and adds up.
//!
//! On the command line it has an OS thread and a runtime of its own, so that a scenario that blocks its thread can
//! stop neither Ctrl-C nor the clock.

mod outputs;
mod report;

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use molotov_core::{BoxFuture, Event, EventQueue, Recorder, RunHandle, Shared, TraceSink, UserId};
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until};

use super::heartbeat::Heartbeats;
use super::job::Job;
use super::listeners::Listeners;
use super::machine::Machine;
use super::run_context::RunContext;
use super::shutdown::{Phase, Shutdown};
use super::signals::Signals;
use super::sizing::Sizing;
use super::threads::{BlockedThreadProbe, Workload};
use super::user::Liveness;
use super::{arrival_queue, fixtures, pacing, panics, user};
use crate::lock::lock;
use crate::output::{ArrivalTotals, OutputQueue, RunFacts};
use crate::report::{
    Aggregator, Counters, Ended, Generator, Ledger, Report, RunProgress, Stop, Stopping, TargetHealth, Watch,
};

/// How often buffers are swapped and the clock is looked at.
const TICK: Duration = Duration::from_millis(100);

/// A thread of the users that is so late does not run.
const STALLED: Duration = Duration::from_millis(300);

/// How often the listeners are told how many users there are, at most.
const COUNTED: Duration = Duration::from_secs(1);

/// How long tear-downs may go on after iterations were cut, at least.
const TEARDOWNS: Duration = Duration::from_secs(5);

/// How long cancelled tasks get to notice it; one that blocks its thread never does.
const LAST_CALL: Duration = Duration::from_secs(1);

/// Where a run takes place, and who looks on.
pub(crate) struct RunEnv {
    /// Where the users live.
    pub(crate) workload: Workload,
    /// Of the workload, where its threads are our own.
    pub(crate) pulses: Vec<BlockedThreadProbe>,
    pub(crate) signals: Signals,
    pub(crate) watcher: Option<Watcher>,
    /// Who hears what the users have to say.
    pub(crate) trace_sink: Option<Arc<dyn TraceSink>>,
}

/// Somebody who wants to see how the run stands, in regular intervals.
pub(crate) struct Watcher {
    pub(crate) interval: Duration,
    pub(crate) look: Box<dyn FnMut(&RunProgress) + Send>,
    /// The queues of outputs.
    pub(crate) queues: Vec<OutputQueue>,
}

impl Watcher {
    /// For outputs alone.
    pub(crate) fn unseen(queues: Vec<OutputQueue>) -> Self {
        Self { interval: Duration::MAX, look: Box::new(|_| {}), queues }
    }
}

/// Runs a job to its end.
pub(crate) async fn run(job: Job, stage: RunEnv) -> Report {
    panics::install_hook();
    let mut control = Supervisor::new(job, stage);
    let shared = control.set_up().await;
    if let (Some(shared), true) = (&shared, control.world.switch.is_running()) {
        control.load(shared.clone()).await;
    }
    let report = control.report();
    control.tear_down(shared.unwrap_or_default(), report).await
}

struct Supervisor {
    world: Arc<RunContext>,
    stage: RunEnv,
    recorder: Arc<Recorder>,
    totals: Arc<Mutex<Aggregator>>,
    queues: Vec<OutputQueue>,
    /// When the outputs last got a snapshot, since the first user started.
    ticked: Duration,
    listeners: Option<Listeners>,
    events: Option<EventQueue>,
    tick: Interval,
    looked: Instant,
    /// When the listeners were last told how many users there are, and what.
    counted: Option<(Instant, u32)>,
    started_at: SystemTime,
    /// When the first user started, and the last one ended.
    began: Option<Instant>,
    ended: Option<Instant>,
    /// When the run goes on to its next phase by itself.
    alarm: Option<Instant>,
    alarmed_for: Phase,
    /// Somebody has said twice that it should end.
    hurried: bool,
    torn_down_by: Option<Instant>,
    /// Where the run is a sizing.
    sizing: Option<Sizing>,
    /// Where a dead target ends the run.
    vitals: Option<TargetHealth>,
    /// While users are running.
    heartbeats: Heartbeats,
    machine: Option<Machine>,
    /// What was seen of the load generator itself.
    generator: Generator,
}

impl Supervisor {
    fn new(job: Job, stage: RunEnv) -> Self {
        let sizing = Sizing::of(&job.plan);
        let vitals = TargetHealth::of(&job.plan);
        let totals = Arc::new(Mutex::new(totals(&job, sizing.as_ref())));
        let queues = stage.watcher.as_ref().map(|watcher| watcher.queues.clone()).unwrap_or_default();
        let recorder = recorder(stage.workload.threads, Arc::clone(&totals), queues.clone());
        let started_at = SystemTime::now();
        for queue in &queues {
            let target = job.plan.target.as_ref().map(ToString::to_string);
            queue.start(RunFacts::new(Arc::clone(&recorder), started_at, target));
        }
        let listeners = outputs::listeners(&job, &queues);
        let events = listeners.as_ref().map(Listeners::queue);
        let switch = Arc::new(Shutdown::new());
        let run_handle = run_handle(&recorder, events.clone(), &switch, stage.trace_sink.as_ref());
        let mut world = RunContext::new(job, run_handle, switch);
        world.notes_iterations = queues.iter().any(|queue| queue.interest.iterations);
        let judged = Watch::of(&world.job.thresholds.judged, &world, world.job.plan.warm_up_time());
        lock(&totals).keep(judged);
        let followed = Ledger::of(&world.job.thresholds.judged, &world, world.job.plan.warm_up_time());
        lock(&totals).follow_gaps(followed);
        // Due times tell of it in an open model.
        if world.job.offer.is_none() {
            let warm_up = world.job.plan.warm_up_time();
            let of_run = (world.job.plan.user_count(), warm_up);
            lock(&totals).count(Counters::of(&world.job.thresholds.judged, &world, of_run));
        }
        let world = Arc::new(world);
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            world,
            stage,
            recorder,
            totals,
            queues,
            ticked: Duration::ZERO,
            listeners,
            events,
            tick,
            looked: Instant::now(),
            counted: None,
            started_at,
            began: None,
            ended: None,
            alarm: None,
            alarmed_for: Phase::Running,
            hurried: false,
            torn_down_by: None,
            sizing,
            vitals,
            heartbeats: Heartbeats::default(),
            machine: None,
            generator: Generator::default(),
        }
    }

    /// Makes what is shared. `None` when that did not come back.
    async fn set_up(&mut self) -> Option<Shared> {
        let set_up = self.stage.workload.first().spawn(fixtures::global_setup(Arc::clone(&self.world)));
        match self.oversee(None, set_up).await {
            Some(Ok((shared, _))) => Some(shared),
            Some(Err(error)) => {
                self.world.switch.set_up_failed(format!("global_setup: {error}"));
                None
            }
            None => None,
        }
    }

    /// Starts the users and waits for the last one.
    async fn load(&mut self, shared: Shared) {
        let plan = &self.world.job.plan;
        let begin = Instant::now();
        let length = plan.time_limit().map(|limit| plan.ramp_up + limit);
        // Arrivals end the run themselves, when the last one has begun or is too late. A scenario that blocks the thread on
        // which they do must not keep it from its end.
        let spare = self.world.desk.as_ref().map(|_| plan.load.max_late + LAST_CALL).unwrap_or_default();
        self.began = Some(begin);
        self.looked = begin;
        let at = self.world.now();
        self.recorder.drain();
        lock(&self.totals).begin(at);
        if let Some(vitals) = &mut self.vitals {
            vitals.begin(lock(&self.totals).reach());
        }
        let users = plan.user_count();
        self.tell(Event::RunStarted { at, users });

        // Each user holds a sender; when the last one is gone, so is the last user, however it ended.
        let (alive, mut all_gone) = mpsc::channel::<()>(1);
        let (unready, all_ready) = mpsc::channel::<()>(1);
        let unready = self.world.desk.is_some().then_some(unready);
        if let Some(metronome) = &self.world.metronome {
            if let Some(length) = length {
                metronome.end_at(self.world.run_handle.since_start(begin + length));
            }
            self.stage.workload.first().spawn(pacing::run(Arc::clone(&self.world)));
        }
        let shared = Arc::new(shared);
        let replayed = plan.replay.map(|replay| replay.user.0);
        for id in replayed.map_or(0..users, |user| user..user + 1) {
            let held = Liveness { _alive: alive.clone(), unready: unready.clone() };
            let life = user::live(Arc::clone(&self.world), Arc::clone(&shared), UserId(id), begin, held);
            self.stage.workload.of(UserId(id)).spawn(life);
        }
        drop(alive);
        self.machine = Some(Machine::watch(self.stage.workload.threads));
        self.heartbeats = Heartbeats::start(&self.stage.workload);
        if unready.is_some() {
            drop(unready);
            self.open(all_ready).await;
        }
        // With arrivals the time runs since the users were ready.
        let end = self.began.zip(length).map(|(began, length)| began + length + spare);
        self.oversee(end, async move { all_gone.recv().await }).await;
        self.end_due_times();
        self.ended = Some(Instant::now());
        self.look_at_itself();
        self.count(self.world.active.load(Ordering::Relaxed));
        self.recorder.drain();
        self.tell_users();
        lock(&self.totals).end(self.world.now());
    }

    /// Lets arrivals come when all users are ready, so that no arrival has to wait for a set-up.
    async fn open(&mut self, mut all_ready: mpsc::Receiver<()>) {
        self.oversee(None, async move { all_ready.recv().await }).await;
        if !self.world.switch.is_running() {
            return;
        }
        let begin = Instant::now();
        (self.began, self.looked) = (Some(begin), begin);
        let at = self.world.now();
        self.recorder.drain();
        lock(&self.totals).begin(at);
        if let Some(desk) = &self.world.desk {
            desk.open(at);
        }
        self.stage.workload.first().spawn(arrival_queue::dispatch(Arc::clone(&self.world)));
    }

    /// Waits for `work`, and meanwhile ticks, hears signals, and ends the run step by step. `None` when the work did
    /// not end although everything was done to end it.
    async fn oversee<T>(&mut self, end: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let world = Arc::clone(&self.world);
        loop {
            let phase = world.switch.phase();
            self.set_alarm(phase);
            let next = match phase {
                Phase::Running => Phase::Draining,
                Phase::Draining => Phase::Cutting,
                _ => Phase::Abandoned,
            };
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                signal = self.stage.signals.next() => self.signal(signal),
                () = at(end), if phase == Phase::Running => world.switch.drain(Ended::Duration),
                () = world.switch.reached(next), if phase < next => {}
                () = at(self.alarm) => {
                    match phase {
                        Phase::Abandoned => return None,
                        Phase::Cutting if self.may_tear_down() => self.alarm = Some(Instant::now() + LAST_CALL),
                        _ => world.switch.advance(next),
                    }
                }
                _ = self.tick.tick() => self.on_tick(),
            }
        }
    }

    /// Waits for the global tear-down, which has its own time limit. A signal after one that was heard before cuts it;
    /// one that blocks its thread is left behind.
    async fn attend(&mut self, last: &Shutdown, work: impl Future<Output = impl Sized>) {
        let mut work = pin!(work);
        let mut limit = Instant::now() + self.world.job.plan.setup_timeout + LAST_CALL;
        loop {
            if self.hurried && last.is_running() {
                last.advance(Phase::Abandoned);
                limit = Instant::now() + LAST_CALL;
            }
            tokio::select! {
                biased;
                _ = &mut work => return,
                signal = self.stage.signals.next() => self.signal(signal),
                () = sleep_until(limit) => return,
                _ = self.tick.tick() => self.on_tick(),
            }
        }
    }

    /// When a phase is new, sets the time at which the next one begins.
    fn set_alarm(&mut self, phase: Phase) {
        if phase == self.alarmed_for {
            return;
        }
        self.alarmed_for = phase;
        self.recorder.drain();
        lock(&self.totals).unsteady(self.world.now());
        self.end_due_times();
        lock(&self.totals).stop(self.world.now());
        let grace = self.world.job.plan.grace;
        self.alarm = match phase {
            Phase::Running => None,
            Phase::Draining => Some(Instant::now() + grace),
            Phase::Cutting => Some(Instant::now() + grace.max(TEARDOWNS)),
            Phase::Abandoned => Some(Instant::now() + LAST_CALL),
        };
    }

    /// Nothing is due any more. Tasks of the users' threads see to that too, unless these are blocked.
    fn end_due_times(&self) {
        let now = self.world.now();
        if let Some(desk) = &self.world.desk {
            desk.close(now);
        }
        if let Some(metronome) = &self.world.metronome {
            metronome.end_at(now);
        }
    }

    /// Whether users are in their tear-downs, which have their own time limit; none takes longer.
    fn may_tear_down(&mut self) -> bool {
        let now = Instant::now();
        let end = *self.torn_down_by.get_or_insert(now + self.world.job.plan.setup_timeout);
        self.world.tearing_down.load(Ordering::Relaxed) > 0 && now < end
    }

    /// The first signal ends the run with grace, the second at once. A terminal that is closed may say so twice, by the
    /// system and by the shell.
    fn signal(&mut self, signal: Stop) {
        let switch = &self.world.switch;
        match switch.reason() {
            Some(Ended::Signal(Stop::HangUp)) if signal == Stop::HangUp => {}
            Some(Ended::Signal(_)) => {
                self.hurried = true;
                switch.advance(Phase::Abandoned);
            }
            _ if switch.is_running() => switch.drain(Ended::Signal(signal)),
            // It was ending anyway; somebody is in a hurry.
            _ => {
                switch.interrupt(signal);
                switch.advance(Phase::Cutting);
            }
        }
    }

    fn on_tick(&mut self) {
        self.stage.pulses.iter_mut().for_each(BlockedThreadProbe::feel);
        if let Some(machine) = &mut self.machine {
            machine.look();
        }
        let users = self.tell_users();
        // First what was started: what is sent between the two looks is not waiting for long.
        let requests = self.recorder.requests();
        self.recorder.drain();
        self.count_arrivals();
        // While our own threads do not run, nothing can end.
        let is_stalled = self.heartbeats.lag() >= STALLED;
        lock(&self.totals).look_for_gaps(self.world.now(), requests, is_stalled);
        lock(&self.totals).tick(self.world.now(), users);
        self.watch_steadiness(users);
        self.check_host();
        self.check_target();
        self.size(users);
        self.keep_thresholds();
        self.tick_outputs(users);
        let now = Instant::now();
        if self.counted.is_none_or(|(told, _)| now.saturating_duration_since(told) >= COUNTED) {
            self.count(users);
        }
        let interval = self.stage.watcher.as_ref().map_or(Duration::MAX, |watcher| watcher.interval);
        if now.saturating_duration_since(self.looked) >= interval
            && self.began.is_some()
            && self.ended.is_none()
        {
            // By the interval and not to now, or else each look would be late by a part of a tick.
            self.looked = (self.looked + interval).max(now - TICK.min(interval));
            self.show(users);
        }
    }

    /// Where each user makes so many iterations, the load sinks when the first of them is done.
    fn watch_steadiness(&self, users: u32) {
        let plan = &self.world.job.plan;
        let Some(began) = self.began.filter(|_| plan.runs_limit().is_some()) else { return };
        if began.elapsed() > plan.ramp_up + TICK && users < plan.user_count() {
            lock(&self.totals).unsteady(self.world.now());
        }
    }

    /// Tells the totals and the outputs how many arrivals there were, before what was started of them is in a report.
    fn count_arrivals(&self) {
        if let Some((scheduled, dropped)) = self.world.offered_counts() {
            let started = lock(&self.totals).offered(scheduled, dropped);
            let arrivals = ArrivalTotals { due: scheduled, started, dropped };
            self.queues.iter().for_each(|queue| queue.arrivals(arrivals));
        }
    }

    /// Tells how many users there are, where that is news.
    fn count(&mut self, users: u32) {
        if users != self.counted.map_or(0, |(_, users)| users) {
            self.counted = Some((Instant::now(), users));
            self.tell(Event::UserCount { at: self.world.now(), users });
        }
    }

    /// Whether the users are at work, and not to stop.
    fn is_load(&self) -> bool {
        self.began.is_some() && self.ended.is_none() && self.world.switch.is_running()
    }

    /// Cuts what is in flight when a request had no base URL: none of the run's figures would be of use.
    fn check_host(&self) {
        if self.recorder.lacks_base().is_some() && self.world.switch.phase() < Phase::Cutting {
            self.world.switch.advance(Phase::Cutting);
        }
    }

    /// Ends the run when its target is dead.
    fn check_target(&mut self) {
        let is_load = self.is_load();
        let Some(vitals) = self.vitals.as_mut().filter(|_| is_load) else { return };
        let (now, reach, hang, usual) = {
            let totals = lock(&self.totals);
            (totals.load_time(self.world.now()), totals.reach(), totals.hang(), totals.usual_wait())
        };
        if let Some(dead) = vitals.look(now, reach).or_else(|| vitals.hangs(hang, usual)) {
            self.world.switch.drain(Ended::DeadTarget(self.at_targets(&dead.to_string())));
            // What is in flight waits for an answer that will not come.
            self.world.switch.advance(Phase::Cutting);
        }
    }

    /// Ends the run when a threshold is broken that says so. What is in flight has its grace.
    fn keep_thresholds(&self) {
        let running = self.world.switch.is_running();
        if let Some(broken) = lock(&self.totals).broken(self.world.now(), running) {
            self.world.switch.drain(Ended::Threshold(broken));
        }
    }

    /// Lets a sizing look at the run, and do what is next.
    fn size(&mut self, users: u32) {
        let is_load = self.is_load();
        let busy = self.machine.as_ref().map_or(Duration::ZERO, |machine| machine.processor.busy);
        if let Some(sizing) = self.sizing.as_mut().filter(|_| is_load) {
            sizing.look(&self.world, &self.totals, users, busy);
        }
    }

    /// What the load generator has seen of itself, now that the load is over.
    fn look_at_itself(&mut self) {
        self.generator.heartbeats = std::mem::take(&mut self.heartbeats).end();
        if let Some(mut machine) = self.machine.take() {
            machine.end();
            self.generator.processor = machine.processor;
            self.generator.descriptors = machine.descriptors;
            self.generator.ports = machine.ports;
        }
    }

    /// Tells the outputs how many users are active, before they get what these have done.
    fn tell_users(&self) -> u32 {
        let users = self.world.active.load(Ordering::Relaxed);
        self.queues.iter().for_each(|queue| queue.users(self.world.now(), users));
        users
    }

    fn show(&mut self, users: u32) {
        let mut progress = lock(&self.totals).snapshot(self.world.now());
        self.complete(&mut progress, users);
        if let Some(watcher) = &mut self.stage.watcher {
            (watcher.look)(&progress);
        }
    }

    /// Adds what the totals do not know.
    fn complete(&self, progress: &mut RunProgress, users: u32) {
        let plan = &self.world.job.plan;
        progress.users = users;
        progress.wanted_users = plan.user_count();
        progress.total = plan.time_limit().map(|limit| plan.ramp_up + limit);
        if let Some(sizing) = &self.sizing {
            let bound = plan.sizing.as_ref().and_then(|sizing| sizing.time);
            let total = progress.total.or(sizing.expected());
            progress.total = total.into_iter().chain(bound).min();
            progress.sizing = Some(sizing.sought());
        }
        progress.planned =
            plan.runs_limit().map(|runs| runs.get().saturating_mul(u64::from(plan.user_count())));
        progress.stopping = self.stopping();
    }

    fn stopping(&self) -> Option<Stopping> {
        let (switch, now) = (&self.world.switch, Instant::now());
        (!switch.is_running()).then(|| Stopping {
            within: self.alarm.map_or(Duration::ZERO, |alarm| alarm.saturating_duration_since(now)),
            is_cut: switch.phase() >= Phase::Cutting,
            by_signal: matches!(switch.reason(), Some(Ended::Signal(_))),
        })
    }

    fn tell(&self, event: Event) {
        if let Some(events) = &self.events {
            events.push(event);
        }
    }

    /// The global tear-down sees the report; what it does is added to the report's counts.
    async fn tear_down(mut self, shared: Shared, report: Report) -> Report {
        let seen = Arc::new(report);
        // A switch of its own: whoever ended the run, or hung in its own tear-down, does not cut this one.
        let last = Arc::new(Shutdown::new());
        let work = fixtures::global_teardown(Arc::clone(&self.world), shared, Arc::clone(&seen), last.cut());
        let task = self.stage.workload.first().spawn(work);
        self.attend(&last, task).await;
        let mut report = self.report();
        report.elapsed = seen.elapsed;
        (report.teardown_failures, report.teardown_failure_count) = self.world.teardowns.told();
        if let Some(listeners) = self.listeners.take() {
            let heard;
            (heard, report.dropped_events) = listeners.end(self.world.now()).await;
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
        self.world.switch.advance(Phase::Abandoned);
    }
}

/// What the records of a run are added up in.
fn totals(job: &Job, sizing: Option<&Sizing>) -> Aggregator {
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

/// What takes the records from the users' threads, for the totals and for outputs.
fn recorder(threads: usize, totals: Arc<Mutex<Aggregator>>, queues: Vec<OutputQueue>) -> Arc<Recorder> {
    Arc::new(Recorder::new(threads, move |records| {
        queues.iter().for_each(|queue| queue.records(records));
        lock(&totals).absorb(records);
    }))
}

/// What users record with, tell events by, and stop the run with.
fn run_handle(
    recorder: &Arc<Recorder>,
    events: Option<EventQueue>,
    switch: &Arc<Shutdown>,
    trace_sink: Option<&Arc<dyn TraceSink>>,
) -> RunHandle {
    let switch = Arc::clone(switch);
    let of_pauses = Arc::clone(&switch);
    let ending = move || -> BoxFuture<'static, ()> {
        let switch = Arc::clone(&of_pauses);
        Box::pin(async move { switch.reached(Phase::Draining).await })
    };
    let stop = move |why: &str| switch.drain(Ended::Stopped(why.to_owned()));
    let run_handle = RunHandle::new(Arc::clone(recorder), events, stop).with_ending(ending);
    match trace_sink {
        Some(trace_sink) => run_handle.with_trace_sink(Arc::clone(trace_sink)),
        None => run_handle,
    }
}

async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}
