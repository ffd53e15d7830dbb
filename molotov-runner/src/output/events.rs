//! `--events-out`: every event as a line of JSON, in a file or on standard output.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use molotov_core::listeners::EventLog;
use molotov_core::{Event, Result};

use super::place::{self, Kind as PlaceKind};
use super::seam::{Interest, Output, RunFacts};

/// Bytes that are written at once.
const BUFFER: usize = 64 * 1024;

/// Where events are written. Clones write to the same place.
#[derive(Clone)]
pub(crate) struct EventsOut {
    path: PathBuf,
    log: EventLog,
}

impl EventsOut {
    /// Opens the file; one that is there already is replaced. A pipe is opened when there is something to
    /// write, because opening it waits for who reads.
    ///
    /// # Errors
    /// Where it cannot be created.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let log = EventLog::new(BufWriter::with_capacity(BUFFER, place::open(path)?));
        Ok(Self { path: path.to_owned(), log })
    }

    /// Why not everything was written. It can be asked also while something still writes, for instance to a pipe that nobody
    /// reads.
    pub(crate) fn failure(&self) -> Option<String> {
        let name = match PlaceKind::of(&self.path) {
            PlaceKind::Stdout => "standard output".into(),
            _ => self.path.display().to_string(),
        };
        self.log.outcome().err().map(|why| format!("cannot write the events to {name}: {why}"))
    }
}

impl Output for EventsOut {
    fn name(&self) -> &str {
        "events"
    }

    fn interest(&self) -> Interest {
        Interest::report().events()
    }

    fn event(&mut self, event: &Event, _: &mut RunFacts) -> Result {
        self.log.on_event(event);
        Ok(())
    }
}
