//! The outputs written during a run, besides the display: opened before it, closed after it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::events::EventsOut;
use super::output_thread::OutputThread;
use super::queue::OutputQueue;
use super::registered::OutputThreads;
use super::results::{ResultsOptions, ResultsWriter};
use super::statsd::{Address, Format, Statsd};
use super::taurus::Taurus;
use crate::error::RunError;
use crate::plan::Plan;
use crate::report::Report;
use crate::typed;

/// The settings of the outputs with their own options.
#[derive(Clone, Debug, Default)]
pub(crate) struct LiveOutputOptions {
    pub(crate) statsd: Option<(Address, Format)>,
    pub(crate) results: Option<ResultsOptions>,
    pub(crate) events: Option<PathBuf>,
    pub(crate) taurus: Option<PathBuf>,
}

/// The outputs written during a run.
pub(crate) struct LiveOutputs {
    events: Option<EventsOut>,
    threads: OutputThreads,
    /// Separate, because it is finished last.
    results: Option<OutputThread>,
}

impl LiveOutputs {
    /// Opens the requested outputs, and those of the plan. Their failures are shown on the display when they happen.
    ///
    /// # Errors
    /// Returns all outputs that cannot be opened, with their cures.
    pub(crate) fn open(
        options: &LiveOutputOptions,
        plan: &Plan,
        display: &OutputQueue,
    ) -> Result<Self, RunError> {
        let mut threads = OutputThreads::beside(display.clone());
        let mut problems = threads.add_from_plan(plan).err().unwrap_or_default();
        if let Some((address, format)) = &options.statsd {
            let display = display.clone();
            match Statsd::new(address, *format, move |text| display.notice(text)) {
                Ok(statsd) => threads.add(Box::new(statsd)),
                Err(problem) => problems.push(problem),
            }
        }
        if let Some(path) = &options.taurus {
            match Taurus::create(path.clone()) {
                Ok(taurus) => threads.add(Box::new(taurus)),
                Err(error) => problems.push(cannot_create("MOLOTOV_TAURUS_REPORT", path, &error)),
            }
        }
        let results = options.results.as_ref().and_then(|results| {
            let opened = ResultsWriter::open(results.clone());
            let opened = opened.map_err(|error| cannot_create("--results", &results.path, &error));
            opened.map_err(|problem| problems.push(problem)).ok()
        });
        let events = options.events.as_ref().and_then(|path| {
            let opened = EventsOut::open(path).map_err(|error| cannot_create("--events-out", path, &error));
            opened.map_err(|problem| problems.push(problem)).ok()
        });
        events.iter().for_each(|events| threads.add(Box::new(events.clone())));
        RunError::unless_empty(problems)?;
        let results = results.map(|results| OutputThread::start(Box::new(results), Some(display.clone())));
        Ok(Self { events, threads, results })
    }

    /// The queues for the supervisor.
    pub(crate) fn queues(&self) -> Vec<OutputQueue> {
        self.threads.queues().into_iter().chain(self.results.iter().map(OutputThread::queue)).collect()
    }

    /// Passes the report to the outputs and waits for their writes. Returns the report with the missing results, and
    /// warnings.
    pub(crate) fn finish(self, report: Report) -> (Report, Vec<String>) {
        let mut report = Arc::new(report);
        let mut closing = self.threads.finish(&report);
        let failure = self.events.as_ref().and_then(EventsOut::failure);
        // If the thread of the events did not end, it has not returned this failure.
        closing
            .failures
            .extend(failure.filter(|why| !closing.failures.iter().any(|said| said.ends_with(why))));
        if let Some(results) = self.results {
            // They must contain the failures of the other outputs.
            Arc::make_mut(&mut report).unwritten = masked(&closing.failures);
            let of_results = results.finish(Arc::clone(&report));
            closing.failures.extend(of_results.failures);
            closing.warnings.extend(of_results.warnings);
        }
        let mut report = Arc::unwrap_or_clone(report);
        report.unwritten = masked(&closing.failures);
        (report, closing.warnings)
    }
}

/// The messages without typed secrets.
fn masked(messages: &[String]) -> Vec<String> {
    messages.iter().map(|message| typed::masked(message)).collect()
}

fn cannot_create(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!(
        "{what} {}: the file cannot be written: {error}; name one in a folder that is yours",
        path.display()
    )
}
