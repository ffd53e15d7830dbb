//! One iteration of one user, and its record.

use std::sync::Arc;
use std::time::Duration;

use molotov_core::{
    Context, Error, Event, FailureNote, Iteration, IterationNote, Outcome, Record, Sample, SeriesId,
    SeriesKind, UserId,
};

use super::progress::{IterationEnd, Missing, NextScenario};
use super::run_context::RunContext;
use super::source::IterationStart;
use super::user::VirtualUser;

/// The maximum length of a noted failure message, in characters, because many notes may wait for a slow output.
const MAX_WORDS: usize = 500;

impl<'w> VirtualUser<'w> {
    /// Executes the next iteration. Returns its end, and the time of its end.
    pub(super) async fn execute(
        &mut self,
        next: NextScenario,
        begin: IterationStart,
    ) -> (IterationEnd, Duration) {
        let iteration = self.progress.iteration;
        let index = match next {
            Ok(index) => index,
            Err(missing) => return self.fail(*missing, iteration, begin),
        };
        let log = self.log(index, iteration, begin);
        let scenario = &log.context.job.suite.scenarios()[index];
        self.session.start_iteration(iteration);
        if let Some(due) = begin.due {
            self.session.set_late(begin.at.saturating_sub(due));
        }
        log.started();

        let cx = Context::new(self.shared)
            .session(&mut self.session)
            .states(&mut self.states)
            .rows(&mut self.rows);
        let result = self.caller.iterate(begin.at, scenario.timeout(), || scenario.call(cx)).await;
        self.session.end_iteration();

        // However the scenario handled the error of an interrupted pause, the iteration was cancelled.
        let result = if self.session.was_cut() { result.filter(Result::is_ok) } else { result };
        log.ended(result, u64::from(self.session.was_busy()))
    }

    /// Records an iteration that failed before it could call its scenario.
    #[cold]
    fn fail(
        &self,
        missing: Missing,
        iteration: Iteration,
        begin: IterationStart,
    ) -> (IterationEnd, Duration) {
        match missing {
            Missing::Need(index, error) => self.log(index, iteration, begin).failed(error),
            Missing::Scenario(error) => self.fail_without_scenario(error, iteration, begin),
        }
    }

    #[inline]
    fn log(&self, index: usize, iteration: Iteration, begin: IterationStart) -> Log<'w> {
        let context = self.context;
        let known = &context.scenarios[index];
        Log { context, name: &known.name, series: known.series, user: self.id(), iteration, begin }
    }

    /// The picker panicked or named an unknown scenario: a failure like any other. It did not touch the user's state,
    /// so the user continues with it.
    fn fail_without_scenario(
        &self,
        error: Error,
        iteration: Iteration,
        begin: IterationStart,
    ) -> (IterationEnd, Duration) {
        let context = self.context;
        let series = context.run_handle.recorder().series(SeriesKind::Scenario, "(picker)");
        let name: Arc<str> = Arc::from("(picker)");
        let log = Log { context, name: &name, series, user: self.id(), iteration, begin };
        let (_, end) = log.failed(error);
        (IterationEnd::Failed, end)
    }
}

/// Records one iteration and sends its events to the listeners.
struct Log<'w> {
    context: &'w RunContext,
    name: &'w Arc<str>,
    series: SeriesId,
    user: UserId,
    iteration: Iteration,
    begin: IterationStart,
}

impl Log<'_> {
    fn failed(&self, error: Error) -> (IterationEnd, Duration) {
        self.started();
        self.ended(Some(Err(error)), 0)
    }

    // This function, `ended` and `sample` run in each iteration. Without the attribute, unrelated code would influence
    // their inlining.
    #[inline(always)]
    fn started(&self) {
        let run_handle = &self.context.run_handle;
        run_handle.start(self.series);
        run_handle.emit(|| Event::ScenarioStarted {
            at: self.begin.at,
            user: self.user,
            iteration: self.iteration,
            scenario: Arc::clone(self.name),
        });
    }

    /// Records the end of the iteration; `None` is the result of a cancelled one. `sent` is 1 if it sent or measured
    /// anything.
    #[inline(always)]
    fn ended(&self, result: Option<Result<(), Error>>, sent: u64) -> (IterationEnd, Duration) {
        let end = self.context.now();
        // A separate match, because much of a sample is constant then; each instruction runs in each iteration.
        let ended = match result {
            Some(Ok(())) => self.record(end, Outcome::Ok, Some(&Ok(())), sent),
            result => self.ended_badly(end, result.as_ref(), sent),
        };
        (ended, end)
    }

    #[cold]
    fn ended_badly(&self, end: Duration, result: Option<&Result<(), Error>>, sent: u64) -> IterationEnd {
        let outcome = match result {
            Some(Err(error)) => Outcome::Failed(error.kind()),
            _ => Outcome::Cancelled,
        };
        self.record(end, outcome, result, sent)
    }

    #[inline(always)]
    fn record(
        &self,
        end: Duration,
        outcome: Outcome,
        result: Option<&Result<(), Error>>,
        sent: u64,
    ) -> IterationEnd {
        self.sample(end, outcome, sent);
        if let Some(Err(error)) = result {
            self.note(error, end);
        }
        self.context.run_handle.emit(|| self.end_event(end, result));
        if let Some(result) = result {
            self.describe(end, result.as_ref().err());
        }
        IterationEnd::from_outcome(outcome)
    }

    #[inline(always)]
    fn sample(&self, end: Duration, outcome: Outcome, sent: u64) {
        let service = end.saturating_sub(self.begin.at);
        let mut sample = Sample::new(self.series, outcome, self.begin.at, service);
        (sample.user, sample.due, sample.sent) = (self.user.0 as u16, self.begin.due, sent);
        self.context.run_handle.sample(&sample);
    }

    /// The failed request that caused the failure, if any, is already in the report.
    #[cold]
    fn note(&self, error: &Error, end: Duration) {
        if !error.is_recorded() {
            let mut note = FailureNote::new(self.series, error.kind(), format!("{error:#}"), end);
            note.excerpt = error.excerpt().map(str::to_owned);
            (note.user, note.iteration) = (self.user, self.iteration);
            self.context.run_handle.push(Record::Failure(Box::new(note)));
        }
    }

    #[inline]
    fn describe(&self, end: Duration, error: Option<&Error>) {
        if self.context.notes_iterations {
            self.note_iteration(end, error);
        }
    }

    #[cold]
    fn note_iteration(&self, end: Duration, error: Option<&Error>) {
        let mut note = IterationNote::new(self.series, self.begin.at, end.saturating_sub(self.begin.at));
        (note.user, note.iteration) = (self.user, self.iteration);
        note.failure =
            error.map(|error| (error.kind(), format!("{error:#}").chars().take(MAX_WORDS).collect()));
        self.context.run_handle.push(Record::Iteration(Box::new(note)));
    }

    /// Returns the event of an end; `None` is the result of a cancelled iteration.
    #[cold]
    fn end_event(&self, at: Duration, result: Option<&Result<(), Error>>) -> Event {
        let (user, iteration, scenario) = (self.user, self.iteration, Arc::clone(self.name));
        let elapsed = at.saturating_sub(self.begin.at);
        match result {
            Some(Ok(())) => Event::ScenarioSucceeded { at, user, iteration, scenario, elapsed },
            Some(Err(error)) => {
                let (kind, message) = (error.kind(), format!("{error:#}"));
                Event::ScenarioFailed { at, user, iteration, scenario, elapsed, kind, message }
            }
            None => Event::ScenarioCancelled { at, user, iteration, scenario, elapsed },
        }
    }
}
