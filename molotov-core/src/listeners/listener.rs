//! A function that is called with the events of a run.

use std::fmt;
use std::sync::Arc;

use crate::event::Event;

/// A function that is called with the events of a run, off the hot path.
///
/// ```
/// # use molotov::prelude::*;
/// use molotov::listeners::Listener;
///
/// let listener = Listener::new("failures", |event: &Event| {
///     if let Event::ScenarioFailed { scenario, message, .. } = event {
///         eprintln!("{scenario}: {message}");
///     }
/// });
/// let suite = Suite::registered().events(listener);
/// ```
#[derive(Clone)]
pub struct Listener {
    name: String,
    call: Arc<dyn Fn(&Event) + Send + Sync>,
    summary: Option<Arc<dyn Fn() -> String + Send + Sync>>,
}

impl Listener {
    /// A listener of this name.
    pub fn new(name: impl Into<String>, call: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self { name: name.into(), call: Arc::new(call), summary: None }
    }

    /// Adds a summary: some lines for the report. It is requested once, after the last event, on the thread of the
    /// listeners.
    ///
    /// ```
    /// use molotov::Event;
    /// use molotov::listeners::Listener;
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// let heard = Arc::new(AtomicU64::new(0));
    /// let counted = Arc::clone(&heard);
    /// let listener = Listener::new("count", move |_: &Event| drop(heard.fetch_add(1, Ordering::Relaxed)))
    ///     .summing_up(move || format!("{} events", counted.load(Ordering::Relaxed)));
    /// assert_eq!(listener.summary().unwrap(), "0 events");
    /// ```
    #[must_use]
    pub fn summing_up(mut self, summary: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.summary = Some(Arc::new(summary));
        self
    }

    /// Its name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Calls it with an event.
    #[doc(hidden)]
    pub fn call(&self, event: &Event) {
        (self.call)(event);
    }

    /// The current summary, if there is one.
    #[doc(hidden)]
    pub fn summary(&self) -> Option<String> {
        self.summary.as_ref().map(|summary| summary())
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("name", &self.name).finish_non_exhaustive()
    }
}
