//! The connection of a session to its run.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::event::{Event, EventQueue};
use crate::future::BoxFuture;
use crate::recorder::Recorder;
use crate::run::Run;
use crate::sample::{Record, Sample, SeriesId};
use crate::trace::TraceSink;

/// The handle of a session to its run: the recorder, the listeners, and the request for the end of the run.
///
/// ```
/// use molotov::output::{Record, RunHandle, SeriesKind, Value};
///
/// let handle = RunHandle::detached();
/// let sold = handle.recorder().series(SeriesKind::Counter, "items sold");
/// handle.push(Record::Value(sold, Value::Add(3.0)));
/// ```
#[derive(Clone)]
pub struct RunHandle {
    recorder: Arc<Recorder>,
    events: Option<EventQueue>,
    stop: Arc<dyn Fn(&str) + Send + Sync>,
    run: Arc<Run>,
    trace_sink: Option<Arc<dyn TraceSink>>,
    /// A thin pointer, because each session has a handle.
    ending: Option<Arc<Ending>>,
}

/// Makes a future that is ready when the run starts no new iterations.
type Ending = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

impl RunHandle {
    /// A handle; `stop` is called with the reason when a scenario requests the end of the run.
    pub fn new(
        recorder: Arc<Recorder>,
        events: Option<EventQueue>,
        stop: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        let run = Arc::new(Run::new(1, 0));
        Self { recorder, events, stop: Arc::new(stop), run, trace_sink: None, ending: None }
    }

    /// The same handle for sessions of this run. Default: a run of one user, with seed 0.
    #[doc(hidden)]
    #[must_use]
    pub fn with_run(mut self, run: Arc<Run>) -> Self {
        self.run = run;
        self
    }

    /// The same handle with a receiver of traces. Default: none.
    #[doc(hidden)]
    #[must_use]
    pub fn with_trace_sink(mut self, trace_sink: Arc<dyn TraceSink>) -> Self {
        self.trace_sink = Some(trace_sink);
        self
    }

    /// The same handle with an end: `ending` makes a future that is ready when the run starts no new
    /// iterations. Default: never ready.
    #[doc(hidden)]
    #[must_use]
    pub fn with_ending(
        mut self,
        ending: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        self.ending = Some(Arc::new(Box::new(ending)));
        self
    }

    /// Waits until the run starts no new iterations.
    pub(crate) async fn ending(&self) {
        match &self.ending {
            Some(ending) => ending().await,
            None => std::future::pending().await,
        }
    }

    /// A handle whose records go nowhere.
    pub fn detached() -> Self {
        Self::new(Arc::new(Recorder::new(1, Vec::clear)), None, |_| {})
    }

    /// The recorder.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Appends a record.
    #[inline]
    pub fn push(&self, record: Record) {
        self.recorder.push(record);
    }

    /// Counts the start of an iteration of this scenario.
    #[doc(hidden)]
    #[inline(always)]
    pub fn start(&self, series: SeriesId) {
        self.recorder.start(series, 1);
    }

    /// Counts the start of a request, at this time since the start of the run.
    #[doc(hidden)]
    #[inline]
    pub fn request(&self, start: Duration) {
        self.recorder.request(start);
    }

    /// Appends a sample, without a copy of it.
    #[inline]
    pub fn sample(&self, sample: &Sample) {
        self.recorder.sample(sample);
    }

    /// The time since the start of the run.
    pub fn since_start(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.recorder.epoch())
    }

    /// Passes an event to the listeners; it is made only if there are any.
    pub fn emit(&self, event: impl FnOnce() -> Event) {
        if let Some(events) = &self.events {
            events.push(event());
        }
    }

    /// The facts of the run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The receiver of traces.
    pub(crate) fn trace_sink(&self) -> Option<&dyn TraceSink> {
        self.trace_sink.as_deref()
    }

    /// Returns `true` if events or traces are passed on, apart from the records.
    #[inline]
    pub(crate) fn is_followed(&self) -> bool {
        self.events.is_some() || self.trace_sink.is_some()
    }

    /// Requests the end of the run.
    pub fn stop(&self, why: &str) {
        (self.stop)(why);
    }
}

impl fmt::Debug for RunHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunHandle").finish_non_exhaustive()
    }
}
