//! `--events-out`: every event as a line of JSON, in a file or on standard output.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use molotov_core::listeners::EventLog;
use molotov_core::{Event, Result};

use super::place::{self, PlaceKind};
use super::seam::{Interest, Output, RunFacts};

/// Bytes that are written at once.
const BUFFER: usize = 64 * 1024;

/// The place to which events are written. Clones write to the same place.
#[derive(Clone)]
pub(crate) struct EventsOut {
    path: PathBuf,
    log: EventLog,
    /// An error has ended the log, and was returned.
    is_lost: bool,
}

impl EventsOut {
    /// Opens the file; one that is there already is replaced. A pipe is opened when there is something to
    /// write, because opening it waits for who reads.
    ///
    /// # Errors
    /// Where it cannot be created.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let log = EventLog::new(BufWriter::with_capacity(BUFFER, place::open(path)?));
        Ok(Self { path: path.to_owned(), log, is_lost: false })
    }

    /// Returns the reason for which not everything was written. It is known also while something still writes, for instance
    /// to a pipe that nobody reads.
    pub(crate) fn failure(&self) -> Option<String> {
        self.log.outcome().err().map(|why| self.cannot_write(&why))
    }

    fn cannot_write(&self, why: &str) -> String {
        let name = match PlaceKind::from_path(&self.path) {
            PlaceKind::Stdout => "standard output".into(),
            _ => self.path.display().to_string(),
        };
        format!("cannot write the events to {name}: {why}")
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
        if self.is_lost {
            return Ok(());
        }
        let error = self.log.error();
        self.is_lost = error.is_some();
        error.map_or(Ok(()), |why| Err(self.cannot_write(&why).into()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    use molotov_core::Recorder;

    use super::*;

    #[test]
    fn events_that_cannot_be_written_are_told_once_and_when_it_happens() {
        let mut events =
            EventsOut { path: "x.ndjson".into(), log: EventLog::new(<&mut [u8]>::default()), is_lost: false };
        let mut run = RunFacts::new(Arc::new(Recorder::new(1, |_| {})), SystemTime::UNIX_EPOCH, None);
        let event = Event::RunStarted { users: 1, at: Duration::ZERO };

        let why = events.event(&event, &mut run).unwrap_err().to_string();

        assert!(why.starts_with("cannot write the events to x.ndjson: "), "{why}");
        events.event(&event, &mut run).unwrap();
        assert_eq!(events.failure(), Some(why));
    }
}
