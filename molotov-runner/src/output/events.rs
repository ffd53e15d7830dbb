//! `--events-out`: every event as a line of JSON, in a file or on standard output.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use molotov_core::Listener;
use molotov_core::listeners::EventLog;

use super::place::{self, Kind as PlaceKind};

/// Bytes that are written at once.
const BUFFER: usize = 64 * 1024;

/// Where events are written.
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

    /// For the suite.
    pub(crate) fn listener(&self) -> Listener {
        Listener::from(&self.log)
    }

    /// Why not everything was written.
    pub(crate) fn failure(&self) -> Option<String> {
        let name = match PlaceKind::of(&self.path) {
            PlaceKind::Stdout => "standard output".into(),
            _ => self.path.display().to_string(),
        };
        self.log.outcome().err().map(|why| format!("cannot write the events to {name}: {why}"))
    }
}
