//! The context that all users of one run share.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use molotov_core::{
    Error, Iteration, Run, RunHandle, Scenario, SeriesId, SeriesKind, Session, Shared, Target, UserId,
};

use super::clock::RunClock;
use super::job::Job;
use super::presence::Presence;
use super::shutdown::Shutdown;
use super::source::RunSource;
use crate::lock::lock;
use crate::plan::Mode;
use crate::report::Subjects;

/// Messages of failed tear-downs that are kept; more are counted.
const MAX_MESSAGES: usize = 100;

/// The state that all users of one run share.
pub(crate) struct RunContext {
    pub(crate) job: Job,
    pub(crate) run_handle: RunHandle,
    run: Arc<Run>,
    pub(crate) shutdown: Arc<Shutdown>,
    /// The facts that each iteration needs of its scenario, by its index in the suite.
    pub(crate) scenarios: Vec<ScenarioFacts>,
    /// Users between their set-up and their tear-down.
    pub(crate) active: AtomicU32,
    /// Users in their tear-down.
    pub(crate) tearing_down: AtomicU32,
    pub(crate) teardowns: Teardowns,
    /// True where an output wants to know more of each iteration than its sample says.
    pub(crate) notes_iterations: bool,
    /// The source of iterations.
    pub(crate) source: RunSource,
    /// The times in which each user is there.
    pub(crate) presence: Presence,
    /// The number of iterations of each user, where it ends them.
    pub(crate) runs_limit: Option<NonZeroU64>,
    pub(crate) clock: RunClock,
}

/// The facts that each iteration needs of its scenario.
pub(crate) struct ScenarioFacts {
    pub(crate) name: Arc<str>,
    pub(crate) series: SeriesId,
    /// The time for which a user waits after it: the run's delay and its own.
    pub(crate) delay: Duration,
    /// True where that is only the shortest one.
    pub(crate) varies: bool,
    /// The feeders of its rows; most scenarios take none.
    pub(crate) feeds: Box<[usize]>,
}

impl ScenarioFacts {
    fn new(scenario: &Scenario, job: &Job, run_handle: &RunHandle) -> Self {
        Self {
            name: Arc::from(scenario.name()),
            series: run_handle.recorder().series(SeriesKind::Scenario, scenario.name()),
            delay: job.plan.delay.least().saturating_add(scenario.delay().least()),
            varies: job.plan.delay.varies() || scenario.delay().varies(),
            feeds: job.feeds.indices_for(scenario.dependencies()),
        }
    }
}

/// Tear-downs that failed.
#[derive(Default)]
pub(crate) struct Teardowns {
    messages: Mutex<Vec<String>>,
    count: AtomicU64,
}

impl Teardowns {
    pub(crate) fn failed(&self, message: String) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let mut messages = lock(&self.messages);
        if messages.len() < MAX_MESSAGES {
            messages.push(message);
        }
    }

    pub(crate) fn failures(&self) -> (Vec<String>, u64) {
        let messages = lock(&self.messages).clone();
        (messages, self.count.load(Ordering::Relaxed))
    }
}

impl RunContext {
    pub(crate) fn new(job: Job, run_handle: RunHandle, shutdown: Arc<Shutdown>) -> Self {
        let clock = RunClock::since(run_handle.recorder().epoch());
        let (source, presence) = (RunSource::from_job(&job, clock, &shutdown), Presence::from_job(&job));
        let runs_limit = job.plan.runs_limit();
        let scenarios = job.suite.scenarios().iter();
        let scenarios = scenarios.map(|scenario| ScenarioFacts::new(scenario, &job, &run_handle)).collect();
        let run = Arc::new(facts(&job));
        let run_handle = run_handle.with_run(Arc::clone(&run));
        Self {
            job,
            run_handle,
            run,
            shutdown,
            scenarios,
            active: AtomicU32::new(0),
            tearing_down: AtomicU32::new(0),
            teardowns: Teardowns::default(),
            notes_iterations: false,
            source,
            presence,
            runs_limit,
            clock,
        }
    }

    /// The greatest number of iterations, where their number ends the run.
    pub(crate) fn planned_iterations(&self) -> Option<u64> {
        let users = u64::from(self.job.plan.user_count());
        let of_each = self.runs_limit.map(|runs| runs.get().saturating_mul(users));
        self.source.get().planned_iterations().or(of_each)
    }

    /// The facts of the run, for scenarios and fixtures that take `&Run`; everything that is shared begins with it.
    pub(crate) fn shared(&self) -> Shared {
        let mut shared = Shared::default();
        shared.insert(Arc::clone(&self.run) as _);
        shared
    }

    /// A session of this user. Its base URL is the one that was named for the run, or else the one that a global
    /// set-up made.
    pub(crate) fn session(&self, user: UserId, shared: &Shared) -> Session {
        let base = self.job.plan.target.clone().or_else(|| shared.get::<Target>().cloned());
        Session::new(self.job.client.clone(), self.run_handle.clone(), user, base)
    }

    /// A set-up failed: the run ends.
    pub(crate) fn setup_failed(&self, what: &str, error: &Error) {
        self.shutdown.set_up_failed(format!("{what}: {error:#}"));
    }

    /// The pause of a user after this iteration of the scenario at this index.
    #[inline]
    pub(crate) fn delay(&self, index: usize, user: UserId, iteration: Iteration) -> Duration {
        let known = &self.scenarios[index];
        if known.varies {
            let own = self.job.suite.scenarios()[index].delay_after(self.job.seed, user, iteration);
            self.run_delay(user, iteration).saturating_add(own)
        } else {
            known.delay
        }
    }

    /// The run's own part of the pause after this iteration.
    pub(crate) fn run_delay(&self, user: UserId, iteration: Iteration) -> Duration {
        self.job.plan.delay.for_run(self.job.seed, user, iteration)
    }

    /// The time since the start of the run.
    #[inline]
    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }
}

impl Subjects for RunContext {
    fn series(&self, kind: SeriesKind, name: &str) -> SeriesId {
        self.run_handle.recorder().series(kind, name)
    }

    fn tagged(&self, tag: &str) -> Vec<SeriesId> {
        let all = self.job.suite.scenarios().iter().zip(&self.scenarios);
        all.filter(|(scenario, _)| scenario.tags().iter().any(|own| own == tag))
            .map(|(_, known)| known.series)
            .collect()
    }
}

fn facts(job: &Job) -> Run {
    let mut run = Run::new(job.plan.user_count(), job.seed);
    run.smoke = job.mode == Mode::Smoke;
    run.host = job.plan.target.as_ref().map(ToString::to_string);
    run
}
