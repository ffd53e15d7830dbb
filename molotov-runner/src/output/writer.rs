//! The only writer to standard output and standard error.
//!
//! A reader that closes its end (`molotov … | head`) ends only the output: the run continues, and nothing panics.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;

use super::github;
use super::terminal;

/// A stream that is written to until its first error.
pub struct Sink {
    out: Option<Box<dyn Write + Send>>,
    lost: Option<io::Error>,
    reader: Consumer,
}

/// The program that reads the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consumer {
    /// The runner of GitHub Actions, which executes lines that look like its commands.
    GithubRunner,
    Other,
}

impl Consumer {
    fn from_environment() -> Self {
        let is_github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        if is_github { Self::GithubRunner } else { Self::Other }
    }
}

impl Sink {
    /// Standard output, for the report. Colours are removed if the stream does not support or want them.
    pub fn stdout() -> Self {
        let stdout = io::stdout();
        let colors = terminal::colors(&stdout);
        Self::to_console(AutoStream::new(stdout, colors))
    }

    /// Standard error, for progress and errors. Colours are removed if the stream does not support or want them.
    pub fn stderr() -> Self {
        let stderr = io::stderr();
        let colors = terminal::colors(&stderr);
        Self::to_console(AutoStream::new(stderr, colors))
    }

    /// Standard error, for cursor movements too: `NO_COLOR` forbids colours, not those.
    pub(super) fn raw_stderr() -> Self {
        let stderr = io::stderr();
        if stderr.is_terminal() { Self::to(AutoStream::always_ansi(stderr)) } else { Self::stderr() }
    }

    /// Any other stream.
    pub(super) fn to(out: impl Write + Send + 'static) -> Self {
        Self { out: Some(Box::new(out)), lost: None, reader: Consumer::Other }
    }

    /// A stream that CI may read.
    fn to_console(out: impl Write + Send + 'static) -> Self {
        Self { reader: Consumer::from_environment(), ..Self::to(out) }
    }

    /// Writes the text in one piece, unchanged except for possible CI commands.
    pub fn write(&mut self, text: &str) {
        match self.reader {
            Consumer::GithubRunner => self.write_all(&github::without_commands(text)),
            Consumer::Other => self.write_all(text),
        }
    }

    /// Writes a line that is a CI command.
    pub(crate) fn command(&mut self, text: &str) {
        self.write_all(&format!("{text}\n"));
    }

    fn write_all(&mut self, text: &str) {
        if let Some(out) = &mut self.out
            && let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        {
            self.out = None;
            // A reader that closes its pipe has read enough.
            self.lost = Some(error).filter(|error| error.kind() != io::ErrorKind::BrokenPipe);
        }
    }

    /// Returns the error because of which not everything was written, unless the reader closed its end.
    pub fn lost(&self) -> Option<&io::Error> {
        self.lost.as_ref()
    }

    /// Writes a line.
    pub fn line(&mut self, text: &str) {
        self.write(&format!("{text}\n"));
    }

    /// Returns `true` if the stream still has a reader, as far as is known.
    pub(crate) fn is_open(&self) -> bool {
        self.out.is_some()
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("open", &self.is_open()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_ends_the_output_and_nothing_else() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut sink = Sink::to(writer);

        sink.line("one");
        sink.line("two");

        assert!(!sink.is_open());
        assert!(sink.lost().is_none());
    }

    #[test]
    fn runner_of_github_gets_only_the_commands_that_are_meant() {
        let (mut reader, writer) = io::pipe().unwrap();
        let mut sink = Sink { reader: Consumer::GithubRunner, ..Sink::to(writer) };

        sink.write("one\n  ::warning::of a server\n");
        sink.command("::error::ours");

        drop(sink);
        let mut text = String::new();
        io::Read::read_to_string(&mut reader, &mut text).unwrap();
        assert_eq!(text, "one\n  : :warning::of a server\n::error::ours\n");
    }

    #[test]
    fn lost_bytes_of_a_full_device_are_counted() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut sink = Sink::to(Full);

        sink.line("one");

        assert_eq!(sink.lost().unwrap().kind(), io::ErrorKind::StorageFull);
    }
}
