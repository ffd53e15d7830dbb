//! One iteration of one user, and what is recorded of it.

use std::sync::Arc;
use std::time::Duration;

use molotov_core::{
    Ctx, Error, Event, FailureKind, FailureNote, Iteration, Outcome, Record, Sample, Scenario, SeriesId,
    Session, Shared, States,
};
use tokio::time::Instant;

use super::panics;
use super::switch::{Cut, Phase};
use super::world::World;

/// How an iteration ended, as far as its user must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stepped {
    Ok,
    Failed,
    /// The user's session and state may be half-way through anything; it gets new ones.
    Panicked,
    Cancelled,
}

/// What one user has of its own.
pub(crate) struct Person<'w> {
    pub(crate) world: &'w World,
    pub(crate) shared: &'w Shared,
    pub(crate) session: Session,
    pub(crate) states: States,
    pub(crate) cut: &'w Cut,
}

impl Person<'_> {
    /// Executes one iteration of the scenario at this index.
    pub(crate) async fn step(&mut self, index: usize, iteration: Iteration) -> Stepped {
        let world = self.world;
        let (name, series) = &world.scenarios[index];
        let scenario = &world.job.suite.scenarios()[index];
        let log = Log { world, name, series: *series, session_user: self.session.user_id(), iteration };
        self.session.begin(iteration);
        let started = log.started();

        let cx = Ctx::new(self.shared).session(&mut self.session).states(&mut self.states);
        let result = self.cut.unless(Phase::Cutting, limited(scenario, cx)).await;

        match result {
            Some(result) => log.ended(started, result),
            None => log.cancelled(started),
        }
    }

    /// The picker panicked or named a scenario that there is not: a failure like any other. Nothing of the user's was
    /// touched, so it goes on as it is.
    pub(crate) fn unpicked(&mut self, error: Error, iteration: Iteration) -> Stepped {
        let kind = molotov_core::SeriesKind::Scenario;
        let series = self.world.meter.recorder().series(kind, "(picker)");
        let name: Arc<str> = Arc::from("(picker)");
        let log =
            Log { world: self.world, name: &name, series, session_user: self.session.user_id(), iteration };
        let started = log.started();
        log.ended(started, Err(error));
        Stepped::Failed
    }
}

/// Calls the scenario within its own time limit.
async fn limited(scenario: &Scenario, cx: Ctx<'_>) -> Result<(), Error> {
    let call = panics::catch(async { scenario.call(cx).await });
    let Some(limit) = scenario.timeout_value() else { return call.await };
    match tokio::time::timeout(limit, call).await {
        Ok(result) => result,
        Err(_) => Err(Error::of(
            FailureKind::UserTimeout,
            format!("the iteration took longer than its limit of {limit:?}"),
        )),
    }
}

/// Records one iteration and tells the listeners.
struct Log<'w> {
    world: &'w World,
    name: &'w Arc<str>,
    series: SeriesId,
    session_user: molotov_core::UserId,
    iteration: Iteration,
}

impl Log<'_> {
    fn started(&self) -> Instant {
        let meter = &self.world.meter;
        let started = Instant::now();
        meter.push(Record::Started(self.series));
        meter.tell(|| Event::ScenarioStarted {
            at: meter.since_start(started),
            user: self.session_user,
            iteration: self.iteration,
            scenario: Arc::clone(self.name),
        });
        started
    }

    fn cancelled(&self, started: Instant) -> Stepped {
        self.sample(started, started.elapsed(), Outcome::Cancelled);
        Stepped::Cancelled
    }

    fn ended(&self, started: Instant, result: Result<(), Error>) -> Stepped {
        let elapsed = started.elapsed();
        match result {
            Ok(()) => {
                self.sample(started, elapsed, Outcome::Ok);
                self.tell_success(elapsed);
                Stepped::Ok
            }
            Err(error) => {
                self.sample(started, elapsed, Outcome::Failed(error.kind()));
                self.note(&error);
                self.tell_failure(elapsed, &error);
                match error.kind() {
                    FailureKind::UserPanic | FailureKind::UserAssert => Stepped::Panicked,
                    _ => Stepped::Failed,
                }
            }
        }
    }

    fn sample(&self, started: Instant, elapsed: Duration, outcome: Outcome) {
        let start = self.world.meter.since_start(started);
        self.world.meter.push(Record::Sample(Sample::new(self.series, outcome, start, elapsed)));
    }

    /// The failed request behind the failure, where there is one, is in the report already.
    fn note(&self, error: &Error) {
        if !error.is_recorded() {
            self.world.meter.push(Record::Failure(Box::new(FailureNote {
                series: self.series,
                kind: error.kind(),
                message: format!("{error:#}"),
                user: self.session_user,
                iteration: self.iteration,
            })));
        }
    }

    fn tell_success(&self, elapsed: Duration) {
        self.world.meter.tell(|| Event::ScenarioSucceeded {
            at: self.world.now(),
            user: self.session_user,
            iteration: self.iteration,
            scenario: Arc::clone(self.name),
            elapsed,
        });
    }

    fn tell_failure(&self, elapsed: Duration, error: &Error) {
        self.world.meter.tell(|| Event::ScenarioFailed {
            at: self.world.now(),
            user: self.session_user,
            iteration: self.iteration,
            scenario: Arc::clone(self.name),
            elapsed,
            kind: error.kind(),
            message: format!("{error:#}"),
        });
    }
}
