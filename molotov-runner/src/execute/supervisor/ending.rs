//! The end of a run, phase by phase, each with its deadline.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::time::{Instant, sleep_until};

use super::{LAST_CALL, Supervisor, TEARDOWNS};
use crate::execute::shutdown::{Shutdown, ShutdownPhase};
use crate::lock::lock;
use crate::plan::Plan;
use crate::report::{Ended, Stop};

/// The phase of the end of a run, and the time at which the next phase starts by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum RunEnding {
    Running,
    Draining {
        until: Instant,
    },
    /// Users in their tear-downs, which have their own time limit, may continue for longer.
    Cutting {
        until: Instant,
        teardowns_until: Instant,
    },
    Abandoned {
        until: Instant,
    },
}

impl RunEnding {
    /// The end of a run that reaches this phase now.
    fn at_phase(phase: ShutdownPhase, plan: &Plan) -> Self {
        let now = Instant::now();
        match phase {
            ShutdownPhase::Running => Self::Running,
            ShutdownPhase::Draining => Self::Draining { until: now + plan.grace },
            ShutdownPhase::Cutting => {
                let until = now + plan.grace.max(TEARDOWNS);
                Self::Cutting { until, teardowns_until: until + plan.setup_timeout }
            }
            ShutdownPhase::Abandoned => Self::Abandoned { until: now + LAST_CALL },
        }
    }

    fn phase(self) -> ShutdownPhase {
        match self {
            Self::Running => ShutdownPhase::Running,
            Self::Draining { .. } => ShutdownPhase::Draining,
            Self::Cutting { .. } => ShutdownPhase::Cutting,
            Self::Abandoned { .. } => ShutdownPhase::Abandoned,
        }
    }

    /// The time at which the next phase starts, if it starts by time alone.
    pub(super) fn until(self) -> Option<Instant> {
        match self {
            Self::Running => None,
            Self::Draining { until } | Self::Cutting { until, .. } | Self::Abandoned { until } => Some(until),
        }
    }
}

impl Supervisor {
    /// Awaits `work`; meanwhile it ticks, handles signals, and ends the run step by step. `None` if the work did not
    /// end in spite of all phases.
    pub(super) async fn oversee<T>(
        &mut self,
        end: Option<Instant>,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = pin!(work);
        let context = Arc::clone(&self.context);
        loop {
            let phase = context.shutdown.phase();
            if phase != self.ending.phase() {
                self.enter(phase);
            }
            let next = match phase {
                ShutdownPhase::Running => ShutdownPhase::Draining,
                ShutdownPhase::Draining => ShutdownPhase::Cutting,
                _ => ShutdownPhase::Abandoned,
            };
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                signal = self.env.signals.next() => self.signal(signal),
                () = at(end), if phase == ShutdownPhase::Running => context.shutdown.drain(Ended::Duration),
                () = context.shutdown.reached(next), if phase < next => {}
                () = at(self.ending.until()) => {
                    if phase == ShutdownPhase::Abandoned {
                        return None;
                    }
                    self.end_phase(next);
                }
                _ = self.tick.tick() => self.on_tick(),
            }
        }
    }

    /// Awaits the global tear-down, which has its own time limit. A signal after an earlier one cancels it; a tear-down
    /// that blocks its thread is left behind.
    pub(super) async fn oversee_teardown(&mut self, last: &Shutdown, work: impl Future<Output = impl Sized>) {
        let mut work = pin!(work);
        let mut limit = Instant::now() + self.context.job.plan.setup_timeout + LAST_CALL;
        loop {
            if self.is_hurried && last.is_running() {
                last.advance(ShutdownPhase::Abandoned);
                limit = Instant::now() + LAST_CALL;
            }
            tokio::select! {
                biased;
                _ = &mut work => return,
                signal = self.env.signals.next() => self.signal(signal),
                () = sleep_until(limit) => return,
                _ = self.tick.tick() => self.on_tick(),
            }
        }
    }

    /// Enters this phase: nothing is due any more. Tasks of the users' threads do the same, unless the threads are
    /// blocked.
    fn enter(&mut self, phase: ShutdownPhase) {
        self.recorder.drain();
        lock(&self.totals).unsteady(self.context.now());
        self.context.source.get().close(self.context.now());
        lock(&self.totals).stop(self.context.now());
        self.ending = RunEnding::at_phase(phase, &self.context.job.plan);
    }

    /// Ends a phase whose time is over. Users in their tear-downs have a little more.
    fn end_phase(&mut self, next: ShutdownPhase) {
        if let RunEnding::Cutting { until, teardowns_until } = &mut self.ending {
            let now = Instant::now();
            if self.context.tearing_down.load(Ordering::Relaxed) > 0 && now < *teardowns_until {
                *until = now + LAST_CALL;
                return;
            }
        }
        self.context.shutdown.advance(next);
    }

    /// Handles a signal: the first ends the run gracefully, the second at once. A closed terminal may send it twice, by
    /// the system and by the shell.
    fn signal(&mut self, signal: Stop) {
        let shutdown = &self.context.shutdown;
        match shutdown.reason() {
            Some(Ended::Signal(Stop::HangUp)) if signal == Stop::HangUp => {}
            Some(Ended::Signal(_)) => {
                self.is_hurried = true;
                shutdown.advance(ShutdownPhase::Abandoned);
            }
            _ if shutdown.is_running() => shutdown.drain(Ended::Signal(signal)),
            // The run was already ending; the signal accelerates that.
            _ => {
                shutdown.interrupt(signal);
                shutdown.advance(ShutdownPhase::Cutting);
            }
        }
    }
}

async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}
