//! The run, as a session sees it.

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

/// The way from a session to the run that it is part of: its recorder, its listeners, and the request for its end.
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

/// Makes a future that is ready when a run starts no new iterations.
type Ending = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

impl RunHandle {
    /// A handle; `stop` is called with the reason when a scenario asks for the end of the run.
    pub fn new(
        recorder: Arc<Recorder>,
        events: Option<EventQueue>,
        stop: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        let run = Arc::new(Run::new(1, 0));
        Self { recorder, events, stop: Arc::new(stop), run, trace_sink: None, ending: None }
    }

    /// The same for sessions of this run. Default: one of one user, with seed 0.
    #[doc(hidden)]
    #[must_use]
    pub fn with_run(mut self, run: Arc<Run>) -> Self {
        self.run = run;
        self
    }

    /// The same with a sink of what sessions show. Default: none.
    #[doc(hidden)]
    #[must_use]
    pub fn with_trace_sink(mut self, trace_sink: Arc<dyn TraceSink>) -> Self {
        self.trace_sink = Some(trace_sink);
        self
    }

    /// The same for a run that ends: `ending` makes a future that is ready when no new iterations are started. Default: it
    /// never is.
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

    /// Counts an iteration of this scenario that starts.
    #[doc(hidden)]
    #[inline(always)]
    pub fn start(&self, series: SeriesId) {
        self.recorder.start(series, 1);
    }

    /// Counts a request that starts, at this time since the start of the run.
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

    /// Passes an event to the listeners, when there are any; the event is made only then.
    pub fn emit(&self, event: impl FnOnce() -> Event) {
        if let Some(events) = &self.events {
            events.push(event());
        }
    }

    /// The facts of the run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The sink of what sessions show.
    pub(crate) fn trace_sink(&self) -> Option<&dyn TraceSink> {
        self.trace_sink.as_deref()
    }

    /// Returns `true` if anything is passed on, apart from what is recorded.
    #[inline]
    pub(crate) fn is_followed(&self) -> bool {
        self.events.is_some() || self.trace_sink.is_some()
    }

    /// Asks for the end of the run.
    pub fn stop(&self, why: &str) {
        (self.stop)(why);
    }
}

impl fmt::Debug for RunHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunHandle").finish_non_exhaustive()
    }
}
