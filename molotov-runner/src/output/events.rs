//! `--events-out`: every event as a line of JSON, in a file or on standard output.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use molotov_core::listeners::EventLog;
use molotov_core::{Event, Result};

use super::place::{self, PlaceKind};
use super::seam::{Interest, Output, RunFacts};

/// The size of the write buffer, in bytes.
const BUFFER: usize = 64 * 1024;

/// The destination of events. Clones share it.
#[derive(Clone)]
pub(crate) struct EventsOut {
    path: PathBuf,
    log: EventLog,
    /// `true` after an error, which was returned and ended the log.
    is_lost: bool,
}

impl EventsOut {
    /// Opens the file and replaces an existing one. A pipe is opened at the first write, because opening it waits for
    /// its reader.
    ///
    /// # Errors
    /// Returns an error if the file cannot be created.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let log = EventLog::new(BufWriter::with_capacity(BUFFER, place::open(path)?));
        Ok(Self { path: path.to_owned(), log, is_lost: false })
    }

    /// Returns the reason why not everything was written. It is also available during a pending write, for instance to
    /// a pipe without a reader.
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
    fn events_that_cannot_be_written_are_reported_once_and_when_it_happens() {
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
