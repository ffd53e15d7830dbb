//! The shared context of all users of one run.

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

/// The maximum number of kept messages of failed tear-downs; further ones are only counted.
const MAX_MESSAGES: usize = 100;

/// The shared state of all users of one run.
pub(crate) struct RunContext {
    pub(crate) job: Job,
    pub(crate) run_handle: RunHandle,
    run: Arc<Run>,
    pub(crate) shutdown: Arc<Shutdown>,
    /// The data of each scenario that iterations need, by its index in the suite.
    pub(crate) scenarios: Vec<ScenarioFacts>,
    /// Users between their set-up and their tear-down.
    pub(crate) active: AtomicU32,
    /// Users in their tear-down.
    pub(crate) tearing_down: AtomicU32,
    pub(crate) teardowns: Teardowns,
    /// `true` if an output needs more of each iteration than its sample.
    pub(crate) notes_iterations: bool,
    /// The source of iterations.
    pub(crate) source: RunSource,
    /// The times in which each user is active.
    pub(crate) presence: Presence,
    /// The maximum number of iterations of each user, if set.
    pub(crate) runs_limit: Option<NonZeroU64>,
    pub(crate) clock: RunClock,
}

/// The data of a scenario that each of its iterations needs.
pub(crate) struct ScenarioFacts {
    pub(crate) name: Arc<str>,
    pub(crate) series: SeriesId,
    /// The pause of a user after the iteration: the run's delay and the scenario's own.
    pub(crate) delay: Duration,
    /// `true` if that is only the minimum.
    pub(crate) varies: bool,
    /// The feeders of its rows; most scenarios use none.
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

/// The failed tear-downs.
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

    /// The maximum number of iterations, if the run has one.
    pub(crate) fn planned_iterations(&self) -> Option<u64> {
        let users = u64::from(self.job.plan.own_user_count());
        let of_each = self.runs_limit.map(|runs| runs.get().saturating_mul(users));
        self.source.get().planned_iterations().or(of_each)
    }

    /// The data of the run, for scenarios and fixtures with a `&Run`; the first of the shared states.
    pub(crate) fn shared(&self) -> Shared {
        let mut shared = Shared::default();
        shared.insert(Arc::clone(&self.run) as _);
        shared
    }

    /// A session of this user. Its base URL is the run's, or else the one that a global set-up returned.
    pub(crate) fn session(&self, user: UserId, shared: &Shared) -> Session {
        let base = self.job.plan.target.clone().or_else(|| shared.get::<Target>().cloned());
        Session::new(self.job.client.clone(), self.run_handle.clone(), user, base)
    }

    /// Ends the run because a set-up failed.
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
    let mut run = Run::new(job.plan.user_count(), job.seed).with_shard(job.plan.part.shard);
    run.smoke = job.mode == Mode::Smoke;
    run.host = job.plan.target.as_ref().map(ToString::to_string);
    run
}
