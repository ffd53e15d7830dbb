//! `--events-out`: every event as a line of JSON, in a file or on standard output.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use molotov_core::Listener;
use molotov_core::listeners::EventLog;

/// Means standard output.
const STDOUT: &str = "-";

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
        let log = if is_stdout(path) {
            EventLog::new(BufWriter::with_capacity(BUFFER, io::stdout()))
        } else if fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
            EventLog::new(BufWriter::with_capacity(BUFFER, Later::Path(path.to_owned())))
        } else {
            EventLog::new(BufWriter::with_capacity(BUFFER, File::create(path)?))
        };
        Ok(Self { path: path.to_owned(), log })
    }

    /// For the suite.
    pub(crate) fn listener(&self) -> Listener {
        Listener::from(&self.log)
    }

    /// Why not everything was written.
    pub(crate) fn failure(&self) -> Option<String> {
        let name =
            if is_stdout(&self.path) { "standard output".into() } else { self.path.display().to_string() };
        self.log.outcome().err().map(|why| format!("cannot write the events to {name}: {why}"))
    }
}

/// Whether events go where the report usually goes.
pub(crate) fn is_stdout(path: &Path) -> bool {
    path == Path::new(STDOUT)
}

/// A pipe or a device that is opened when it is needed.
enum Later {
    Path(PathBuf),
    Open(File),
}

impl Write for Later {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Open(file) => file.write(bytes),
            Self::Path(path) => {
                *self = Self::Open(File::options().write(true).open(path)?);
                self.write(bytes)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Self::Open(file) = self { file.flush() } else { Ok(()) }
    }
}
