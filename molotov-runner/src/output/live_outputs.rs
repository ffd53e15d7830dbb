//! The outputs that are written while a run goes on, besides the display: opened before it, closed after it.

use std::path::{Path, PathBuf};

use molotov_core::Suite;

use super::events::EventsOut;
use super::statsd::{Address, Format, Statsd};
use super::taurus::Taurus;
use crate::error::Error;
use crate::report::{Feed, Fork};

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) statsd: Option<(Address, Format)>,
    pub(crate) events: Option<PathBuf>,
    pub(crate) taurus: Option<PathBuf>,
}

/// What is written while a run goes on.
pub(crate) struct LiveOutputs {
    events: Option<EventsOut>,
    forks: Vec<Fork>,
}

impl LiveOutputs {
    /// Opens what was asked for. `say` is for what the user should know at once.
    ///
    /// # Errors
    /// Everything that cannot be opened, with its cure.
    pub(crate) fn open(wanted: &Wanted, say: impl Fn(&str) + Send + 'static) -> Result<Self, Error> {
        let (mut problems, mut forks) = (Vec::new(), Vec::new());
        if let Some((address, format)) = &wanted.statsd {
            match Statsd::new(address, *format, say) {
                Ok(statsd) => forks.push(Fork::start(Box::new(statsd))),
                Err(problem) => problems.push(problem),
            }
        }
        if let Some(path) = &wanted.taurus {
            match Taurus::create(path.clone()) {
                Ok(taurus) => forks.push(Fork::start(Box::new(taurus))),
                Err(error) => problems.push(cannot_create("MOLOTOV_TAURUS_REPORT", path, &error)),
            }
        }
        let events = wanted.events.as_ref().and_then(|path| {
            let opened = EventsOut::open(path).map_err(|error| cannot_create("--events-out", path, &error));
            opened.map_err(|problem| problems.push(problem)).ok()
        });
        Error::unless_empty(problems)?;
        Ok(Self { events, forks })
    }

    /// The suite, with a listener for the events where these are wanted.
    pub(crate) fn hear(&self, suite: Suite) -> Suite {
        match &self.events {
            Some(events) => suite.events(events.listener()),
            None => suite,
        }
    }

    /// For the control.
    pub(crate) fn feeds(&self) -> Vec<Feed> {
        self.forks.iter().map(Fork::feed).collect()
    }

    /// Waits for everything to be written: first what the user should know, then what could not be written.
    pub(crate) fn end(self) -> (Vec<String>, Vec<String>) {
        let told: Vec<_> = self.forks.into_iter().map(Fork::end).collect();
        let failures = told.iter().filter_map(|told| told.failure.clone());
        let failures = failures.chain(self.events.iter().filter_map(EventsOut::failure)).collect();
        (told.into_iter().flat_map(|told| told.warnings).collect(), failures)
    }
}

fn cannot_create(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!(
        "{what} {}: the file cannot be written: {error}; name one in a folder that is yours",
        path.display()
    )
}
