//! The destination of an output: a file, a pipe, a device, or an open stream.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::escape::escape;
use super::writer::Sink;

/// The path that stands for standard output.
const STDOUT: &str = "-";

/// The time for which a pipe waits for its reader, at its opening and for each piece.
const PATIENCE: Duration = Duration::from_secs(10);

/// The time for which it waits without a message.
const SILENCE: Duration = Duration::from_secs(1);

/// The total time for a slow reader.
const READING: Duration = Duration::from_secs(60);

/// The size of a piece, in bytes.
const PIECE: usize = 4 * 1024;

/// The kind of place of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    /// Standard output, by `-` or by one of the system's names for it.
    Stdout,
    /// Standard error, by one of the system's names for it.
    Stderr,
    /// A pipe, a device, or another open stream: written to, and never replaced.
    Special,
    /// A file, which may not exist yet.
    File,
    Folder,
}

impl PlaceKind {
    pub(crate) fn from_path(path: &Path) -> Self {
        match stream(path) {
            Some("1") => return Self::Stdout,
            Some("2") => return Self::Stderr,
            // Reopening it through its link would truncate a file that another process is writing.
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

/// Messages about files that would overwrite each other, each file with its option.
pub(crate) fn clashes<'a>(files: impl Iterator<Item = (&'static str, &'a Path)>) -> Vec<String> {
    let mut known: Vec<(PathBuf, String)> = Vec::new();
    let mut clashes = Vec::new();
    for (option, path) in files {
        let Some(place) = identity(path) else { continue };
        let option = format!("{option} {}", path.display());
        match known.iter().find(|(other, _)| *other == place) {
            Some((_, first)) if place == Path::new(STDOUT) => clashes.push(format!(
                "{first} and {option} are both standard output, which only one can have; name a file for the other"
            )),
            Some((_, first)) => clashes.push(format!("{first} and {option} are the same file; name another for one")),
            None => known.push((place, option)),
        }
    }
    clashes
}

/// The identity of the place of a path, equal for all its names; `None` for pipes and devices, which accept several
/// texts.
fn identity(path: &Path) -> Option<PathBuf> {
    match PlaceKind::from_path(path) {
        PlaceKind::Stdout => Some(STDOUT.into()),
        PlaceKind::Stderr | PlaceKind::Special => None,
        PlaceKind::File | PlaceKind::Folder => {
            let whole = fs::canonicalize(path).ok();
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let new =
                fs::canonicalize(folder).ok().zip(path.file_name()).map(|(folder, name)| folder.join(name));
            Some(whole.or(new).unwrap_or_else(|| path.to_owned()))
        }
    }
}

/// The number of the path's stream, if it is one.
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

/// Opens the destination for lines during a run, and replaces an existing file. A pipe is opened at the first write,
/// because opening it waits for its reader.
///
/// # Errors
///
/// Returns an error if the file cannot be created, or is a folder.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Write + Send>> {
    Ok(match PlaceKind::from_path(path) {
        PlaceKind::Stdout => Box::new(io::stdout()),
        PlaceKind::Stderr => Box::new(io::stderr()),
        PlaceKind::Special => Box::new(Later::Path(path.to_owned())),
        PlaceKind::File | PlaceKind::Folder => Box::new(File::create(path)?),
    })
}

/// Writes a text to a place other than a file. A pipe without a reader is given up; before that, a message reports the
/// wait.
///
/// # Errors
///
/// Returns an error if the text cannot be written, or has no reader.
pub(super) fn write_special(path: &Path, text: String) -> io::Result<()> {
    let (tell, told) = channel();
    let out = open(path)?;
    let writer = thread::Builder::new().name("molotov-report".into());
    let writer = writer.spawn(move || write_pieces(&text, out, &tell))?;
    wait_for(&told, || {
        let text = format!(
            "note: {} waits for a reader, for up to {PATIENCE:?}",
            escape(&path.display().to_string())
        );
        Sink::stderr().line(&text);
    })?;
    writer.join().unwrap_or_else(|_| Err(io::Error::other("it was not written")))
}

/// Writes a text in pieces, and reports each written piece. The first piece opens a pipe.
fn write_pieces(text: &str, mut out: impl Write, tell: &Sender<()>) -> io::Result<()> {
    for piece in text.as_bytes().chunks(PIECE) {
        out.write_all(piece)?;
        if tell.send(()).is_err() {
            return Ok(());
        }
    }
    out.flush()
}

/// Waits for the end of the writer, with a time limit for each piece.
fn wait_for(told: &Receiver<()>, say: impl FnOnce()) -> io::Result<()> {
    let mut next = told.recv_timeout(SILENCE);
    if matches!(next, Err(RecvTimeoutError::Timeout)) {
        say();
        next = told.recv_timeout(PATIENCE - SILENCE);
    }
    let end = Instant::now() + READING;
    loop {
        match next {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody reads it"));
            }
        }
        next = told.recv_timeout(PATIENCE.min(end.saturating_duration_since(Instant::now())));
    }
}

/// A pipe or a device that is opened at the first write.
enum Later {
    Path(PathBuf),
    Open(File),
}

impl Write for Later {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Open(file) => file.write(bytes),
            Self::Path(path) => {
                // A stream that leads to a file keeps the existing content.
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
            ("-", PlaceKind::Stdout),
            ("report.json", PlaceKind::File),
            ("-.json", PlaceKind::File),
            (folder.path().to_str().unwrap(), PlaceKind::Folder),
        ] {
            assert_eq!(PlaceKind::from_path(Path::new(path)), kind, "{path}");
        }
    }

    #[test]
    fn one_place_by_two_names_is_a_clash() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("there"), "").unwrap();
        let clash = |one: &Path, other: &Path| {
            clashes([("--report", one), ("--events-out", other)].into_iter()).concat()
        };

        for (one, other) in [("a", "a"), ("a", "./a"), ("there", "./there")] {
            let said = clash(&at(one), &at(other));
            assert!(said.contains("are the same file"), "{said}");
        }
        let said = clash(Path::new("-"), Path::new("/dev/stdout"));
        assert!(!cfg!(unix) || said.contains("both standard output"), "{said}");
        assert_eq!(clash(&at("a"), &at("b")), "");
        assert_eq!(clash(Path::new("/dev/null"), Path::new("/dev/null")), "");
    }

    /// The test takes the ten seconds for which each piece waits for its reader.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_pipe_that_is_open_and_not_read_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // For both directions, so that it opens without a writer.
        let reader = File::options().read(true).write(true).open(&pipe).unwrap();

        // More than fits into a pipe.
        let error = write_special(&pipe, "x".repeat(512 * PIECE)).unwrap_err();

        assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::TimedOut, "nobody reads it"));
        drop(reader);
    }

    #[test]
    #[cfg(unix)]
    fn names_of_open_streams_and_devices_are_no_files() {
        for (path, kind) in [
            ("/dev/stdout", PlaceKind::Stdout),
            ("/dev/fd/1", PlaceKind::Stdout),
            ("/proc/self/fd/1", PlaceKind::Stdout),
            ("/dev/stderr", PlaceKind::Stderr),
            ("/dev/fd/2", PlaceKind::Stderr),
            ("/dev/fd/63", PlaceKind::Special),
            ("/dev/null", PlaceKind::Special),
            ("/dev/fd/x", PlaceKind::File),
        ] {
            assert_eq!(PlaceKind::from_path(Path::new(path)), kind, "{path}");
        }
    }
}
