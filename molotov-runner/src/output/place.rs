//! Where an output is written to: a file, a pipe, a device, or a stream that is open already.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// Means standard output.
const STDOUT: &str = "-";

/// How long a pipe waits for whoever reads it, once everything is there.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take after that.
const READING: Duration = Duration::from_secs(60);

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Standard output, by `-` or by a name that the system has for it.
    Stdout,
    /// Standard error, by a name that the system has for it.
    Stderr,
    /// A pipe, a device, or another stream that is open already: written to, and never replaced.
    Special,
    /// A file, which may not be there yet.
    File,
    Folder,
}

impl Kind {
    pub(crate) fn of(path: &Path) -> Self {
        match stream(path) {
            Some("1") => return Self::Stdout,
            Some("2") => return Self::Stderr,
            // Reopened as what it leads to, a file would be emptied below whoever writes it.
            Some(_) => return Self::Special,
            None => {}
        }
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Self::Folder,
            Ok(found) if !found.is_file() => Self::Special,
            _ => Self::File,
        }
    }
}

/// The number of the stream that a path names, where it names one.
fn stream(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    match text {
        STDOUT | "/dev/stdout" => Some("1"),
        "/dev/stderr" => Some("2"),
        _ => ["/dev/fd/", "/proc/self/fd/"]
            .iter()
            .find_map(|folder| text.strip_prefix(folder))
            .filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())),
    }
}

/// Opens what lines are written to while a run goes on; a file that is there already is replaced. A pipe is opened when
/// there is something to write, because opening it waits for who reads.
///
/// # Errors
///
/// Where it cannot be created, or is a folder.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Write + Send>> {
    Ok(match Kind::of(path) {
        Kind::Stdout => Box::new(io::stdout()),
        Kind::Stderr => Box::new(io::stderr()),
        Kind::Special => Box::new(Later::Path(path.to_owned())),
        Kind::File | Kind::Folder => Box::new(File::create(path)?),
    })
}

/// Writes a text to what is no file that could be replaced. A pipe that nobody reads is given up.
///
/// # Errors
///
/// Where it cannot be written, or nobody reads.
pub(super) fn write_special(path: &Path, text: String) -> io::Result<()> {
    let (tell, told) = sync_channel(2);
    let (mut out, opened) = (open(path)?, tell.clone());
    let write = move || {
        // The first bytes open a pipe.
        let (first, rest) = text.as_bytes().split_at(text.len().min(1));
        let begun = out.write_all(first);
        let is_begun = begun.is_ok();
        drop(opened.send(begun));
        if is_begun {
            drop(tell.send(out.write_all(rest).and_then(|()| out.flush())));
        }
    };
    thread::Builder::new().name("molotov-report".into()).spawn(write)?;
    let nobody = |error| match error {
        RecvTimeoutError::Timeout => io::Error::new(io::ErrorKind::TimedOut, "nobody reads it"),
        RecvTimeoutError::Disconnected => io::Error::other("it was not written"),
    };
    told.recv_timeout(PATIENCE).map_err(nobody)??;
    told.recv_timeout(READING).map_err(nobody)?
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
                // Of a stream that leads to a file, what is there already stays.
                let file = File::options().append(true).open(&*path);
                *self = Self::Open(file.or_else(|_| File::options().write(true).open(path))?);
                self.write(bytes)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Self::Open(file) = self { file.flush() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_file_unless_it_is_something_else() {
        let folder = tempfile::tempdir().unwrap();
        for (path, kind) in [
            ("-", Kind::Stdout),
            ("report.json", Kind::File),
            ("-.json", Kind::File),
            (folder.path().to_str().unwrap(), Kind::Folder),
        ] {
            assert_eq!(Kind::of(Path::new(path)), kind, "{path}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn names_of_open_streams_and_devices_are_no_files() {
        for (path, kind) in [
            ("/dev/stdout", Kind::Stdout),
            ("/dev/fd/1", Kind::Stdout),
            ("/proc/self/fd/1", Kind::Stdout),
            ("/dev/stderr", Kind::Stderr),
            ("/dev/fd/2", Kind::Stderr),
            ("/dev/fd/63", Kind::Special),
            ("/dev/null", Kind::Special),
            ("/dev/fd/x", Kind::File),
        ] {
            assert_eq!(Kind::of(Path::new(path)), kind, "{path}");
        }
    }
}
