//! Outputs of the user's own, as a plan has them.

use std::fmt::Display;
use std::sync::Arc;

use super::output_thread::OutputThread;
use super::queue::OutputQueue;
use super::seam::Output;
use super::worker::Closing;
use crate::plan::Plan;
use crate::report::Report;

/// Opens an output when a run begins.
struct OpenOutput(Box<dyn Fn() -> Result<Box<dyn Output>, String> + Send + Sync>);

impl Plan {
    /// Adds an [output](crate::Output) of your own: something that the run is written to. It is opened when the
    /// run begins, once for each run; one that cannot be opened is a mistake that is found before anything is sent. Tests
    /// of scenarios open none.
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
    /// The display on which failures are named when they happen.
    display: Option<OutputQueue>,
}

impl OutputThreads {
    /// Opens the outputs of a plan.
    ///
    /// # Errors
    ///
    /// Everything that cannot be opened.
    pub(crate) fn open(plan: &Plan) -> Result<Self, Vec<String>> {
        let mut threads = Self::default();
        threads.add_from_plan(plan)?;
        Ok(threads)
    }

    /// No outputs so far, beside a display.
    pub(super) fn beside(display: OutputQueue) -> Self {
        Self { threads: Vec::new(), display: Some(display) }
    }

    /// Opens the outputs of a plan, too.
    ///
    /// # Errors
    ///
    /// Everything that cannot be opened.
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

    /// For the supervisor.
    pub(crate) fn queues(&self) -> Vec<OutputQueue> {
        self.threads.iter().map(OutputThread::queue).collect()
    }

    /// Hands over the report, waits for everything to be written, and says what the outputs have to say.
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
