//! The user's own outputs of a plan.

use std::fmt::Display;
use std::sync::Arc;

use super::output_thread::OutputThread;
use super::queue::OutputQueue;
use super::seam::Output;
use super::worker::Closing;
use crate::plan::Plan;
use crate::report::Report;

/// Opens an output at the start of a run.
struct OpenOutput(Box<dyn Fn() -> Result<Box<dyn Output>, String> + Send + Sync>);

impl Plan {
    /// Adds an [output](crate::Output) of your own, to which the run is written. It is opened at the start of each run;
    /// an output that cannot be opened is a mistake that is reported before anything is sent. Tests of scenarios open
    /// none.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// use molotov::output::Output;
    ///
    /// struct Lines(std::fs::File);
    ///
    /// impl Output for Lines {
    ///     fn name(&self) -> &str {
    ///         "lines"
    ///     }
    ///
    ///     fn finish(&mut self, report: &Report) -> Result {
    ///         use std::io::Write;
    ///         writeln!(self.0, "{} requests", report.requests.sent())?;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let plan = Plan::users(20).output(|| std::fs::File::create("report.txt").map(Lines));
    /// ```
    #[must_use]
    pub fn output<O: Output, E: Display>(
        mut self,
        open: impl Fn() -> Result<O, E> + Send + Sync + 'static,
    ) -> Self {
        self.outputs.add(Arc::new(OpenOutput(Box::new(move || match open() {
            Ok(output) => Ok(Box::new(output)),
            Err(why) => Err(why.to_string()),
        }))));
        self
    }
}

/// The outputs of a run, each on a thread of its own.
#[derive(Default)]
pub(crate) struct OutputThreads {
    threads: Vec<OutputThread>,
    /// The display that shows failures when they happen.
    display: Option<OutputQueue>,
}

impl OutputThreads {
    /// Opens the outputs of a plan.
    ///
    /// # Errors
    ///
    /// Returns all outputs that cannot be opened.
    pub(crate) fn open(plan: &Plan) -> Result<Self, Vec<String>> {
        let mut threads = Self::default();
        threads.add_from_plan(plan)?;
        Ok(threads)
    }

    /// Creates an empty list, beside a display.
    pub(super) fn beside(display: OutputQueue) -> Self {
        Self { threads: Vec::new(), display: Some(display) }
    }

    /// Also opens the outputs of a plan.
    ///
    /// # Errors
    ///
    /// Returns all outputs that cannot be opened.
    pub(super) fn add_from_plan(&mut self, plan: &Plan) -> Result<(), Vec<String>> {
        let mut problems = Vec::new();
        for open in plan.outputs.of_type::<OpenOutput>() {
            match (open.0)() {
                Ok(output) => self.add(output),
                Err(why) => problems.push(format!("an output of the plan cannot be opened: {why}")),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    pub(super) fn add(&mut self, output: Box<dyn Output>) {
        self.threads.push(OutputThread::start(output, self.display.clone()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.threads.is_empty()
    }

    /// The queues for the supervisor.
    pub(crate) fn queues(&self) -> Vec<OutputQueue> {
        self.threads.iter().map(OutputThread::queue).collect()
    }

    /// Passes the report to the outputs, waits for their writes, and returns their warnings and failures.
    pub(crate) fn finish(self, report: &Arc<Report>) -> Closing {
        let mut all = Closing::default();
        for thread in self.threads {
            let closing = thread.finish(Arc::clone(report));
            all.warnings.extend(closing.warnings);
            all.failures.extend(closing.failures);
        }
        all
    }
}
