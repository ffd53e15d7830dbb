//! The tick of the supervisor, ten times a second: it aggregates, judges, and reports the progress of the run.

use std::sync::atomic::Ordering;
use std::time::Duration;

use molotov_core::Event;
use tokio::time::Instant;

use super::{COUNTED, LoadStage, STALLED, Supervisor, TICK};
use crate::execute::machine::Machine;
use crate::execute::shutdown::ShutdownPhase;
use crate::execute::threads::BlockedThreadProbe;
use crate::lock::lock;
use crate::output::ArrivalTotals;
use crate::report::{Ended, GeneratorState, LoadPhase, RunProgress, Stopping};

impl Supervisor {
    pub(super) fn on_tick(&mut self) {
        self.env.thread_probes.iter_mut().for_each(BlockedThreadProbe::check);
        if let Some(machine) = &mut self.machine {
            machine.read();
        }
        let users = self.report_users();
        // Started requests are read first: a request that is sent between the two reads has not been waiting for long.
        let requests = self.recorder.requests();
        self.recorder.drain();
        self.count_arrivals();
        // While our own threads do not run, nothing can end.
        let is_stalled = self.heartbeats.lag() >= STALLED;
        let generator = if is_stalled { GeneratorState::Stalled } else { GeneratorState::Running };
        lock(&self.totals).look_for_gaps(self.context.now(), requests, generator);
        self.observe_tick();
        lock(&self.totals).tick(self.context.now(), users);
        self.watch_steadiness(users);
        self.check_host();
        self.check_target();
        self.size(users);
        self.keep_thresholds();
        self.tick_outputs(users);
        let now = Instant::now();
        if self.counted.is_none_or(|(told, _)| now.saturating_duration_since(told) >= COUNTED) {
            self.emit_user_count(users);
        }
        let interval = self.env.watcher.as_ref().map_or(Duration::MAX, |watcher| watcher.interval);
        if let LoadStage::Running { shown, .. } = &mut self.load
            && now.saturating_duration_since(*shown) >= interval
        {
            // Advanced by the interval instead of to now, because otherwise each report would be late by a part of a
            // tick.
            *shown = (*shown + interval).max(now - TICK.min(interval));
            self.show(users);
        }
    }

    /// Marks the end of the steady load: if a number of iterations ends the run, the load declines when the first user
    /// is done.
    fn watch_steadiness(&self, users: u32) {
        let plan = &self.context.job.plan;
        let Some(began) = self.load.start().filter(|_| self.context.planned_iterations().is_some()) else {
            return;
        };
        if began.elapsed() > plan.ramp_up + TICK && users < plan.own_user_count() {
            lock(&self.totals).unsteady(self.context.now());
        }
    }

    /// Passes the number of arrivals to the totals and the outputs, before their samples are in a report.
    pub(super) fn count_arrivals(&self) {
        if let Some(tally) = self.context.source.get().take_tally() {
            let (due, dropped) = (tally.scheduled, tally.dropped);
            let started = lock(&self.totals).offered(tally);
            let arrivals = ArrivalTotals { due, started, dropped };
            self.queues.iter().for_each(|queue| queue.arrivals(arrivals));
        }
    }

    /// Emits the number of users if it has changed.
    pub(super) fn emit_user_count(&mut self, users: u32) {
        if users != self.counted.map_or(0, |(_, users)| users) {
            self.counted = Some((Instant::now(), users));
            self.emit(Event::UserCount { at: self.context.now(), users });
        }
    }

    /// Returns `true` if the users are active, and the run is not ending.
    fn is_load(&self) -> bool {
        matches!(self.load, LoadStage::Running { .. }) && self.context.shutdown.is_running()
    }

    /// Cancels everything in flight if a request had no base URL: none of the run's figures would be of use.
    fn check_host(&self) {
        if self.recorder.lacks_base().is_some() && self.context.shutdown.phase() < ShutdownPhase::Cutting {
            self.context.shutdown.advance(ShutdownPhase::Cutting);
        }
    }

    /// Ends the run when its target is dead.
    fn check_target(&mut self) {
        let is_load = self.is_load();
        let Some(target_health) = self.target_health.as_mut().filter(|_| is_load) else { return };
        let (now, reach, hang, usual) = {
            let totals = lock(&self.totals);
            (totals.load_time(self.context.now()), totals.reach(), totals.hang(), totals.usual_wait())
        };
        if let Some(dead) = target_health.poll(now, reach).or_else(|| target_health.hangs(hang, usual)) {
            self.context.shutdown.drain(Ended::DeadTarget(self.at_targets(&dead.to_string())));
            // Requests in flight wait for a response that will not come.
            self.context.shutdown.advance(ShutdownPhase::Cutting);
        }
    }

    /// Ends the run if an aborting threshold is broken. Iterations in flight have their grace period.
    fn keep_thresholds(&self) {
        let is_running = self.context.shutdown.is_running();
        let phase = if is_running { LoadPhase::Running } else { LoadPhase::Draining };
        if let Some(broken) = lock(&self.totals).judge_thresholds(self.context.now(), phase) {
            self.context.shutdown.drain(Ended::Threshold(broken));
        }
    }

    /// Lets a sizing evaluate the run, and executes its next step.
    fn size(&mut self, users: u32) {
        let is_load = self.is_load();
        let busy = self.machine.as_ref().map_or(Duration::ZERO, |machine| machine.processor.busy);
        if let Some(sizing) = self.sizing.as_mut().filter(|_| is_load) {
            sizing.poll(&self.context, &self.totals, users, busy);
        }
    }

    /// Records the delays and the processor time of its threads since the last tick.
    fn observe_tick(&mut self) {
        let used = self.machine.as_mut().map_or(Duration::ZERO, Machine::take_used);
        lock(&self.totals).observe_generator(self.heartbeats.take_longest(), used);
    }

    /// Completes the observations of the load generator, after the load.
    pub(super) fn observe_generator(&mut self) {
        self.generator.heartbeats = std::mem::take(&mut self.heartbeats).finish();
        if let Some(mut machine) = self.machine.take() {
            machine.finish();
            self.generator.processor = machine.processor;
            self.generator.descriptors = machine.descriptors;
            self.generator.ports = machine.ports;
        }
    }

    /// Passes the number of active users to the outputs, before their samples.
    pub(super) fn report_users(&self) -> u32 {
        let users = self.context.active.load(Ordering::Relaxed);
        self.queues.iter().for_each(|queue| queue.users(self.context.now(), users));
        users
    }

    fn show(&self, users: u32) {
        if !self.queues.iter().any(|queue| queue.interest.progress) {
            return;
        }
        let mut progress = {
            let mut totals = lock(&self.totals);
            totals.learn(&self.recorder);
            totals.snapshot(self.context.now())
        };
        self.complete(&mut progress, users);
        self.queues.iter().for_each(|queue| queue.progress(&progress));
    }

    /// Adds the figures that the totals do not have.
    pub(super) fn complete(&self, progress: &mut RunProgress, users: u32) {
        let plan = &self.context.job.plan;
        progress.users = users;
        progress.wanted_users = plan.own_user_count();
        progress.total = plan.time_limit().map(|limit| plan.ramp_up + limit);
        if let Some(sizing) = &self.sizing {
            let total = progress.total.or(sizing.expected());
            progress.total = total.into_iter().chain(plan.sizing_bound()).min();
            progress.sizing = Some(sizing.progress());
        }
        progress.planned = self.context.planned_iterations();
        progress.stopping = self.stopping();
    }

    fn stopping(&self) -> Option<Stopping> {
        let (shutdown, now) = (&self.context.shutdown, Instant::now());
        (!shutdown.is_running()).then(|| Stopping {
            within: self.ending.until().map_or(Duration::ZERO, |until| until.saturating_duration_since(now)),
            is_cut: shutdown.phase() >= ShutdownPhase::Cutting,
            by_signal: matches!(shutdown.reason(), Some(Ended::Signal(_))),
        })
    }

    pub(super) fn emit(&self, event: Event) {
        if let Some(events) = &self.events {
            events.push(event);
        }
    }
}
