//! The failures that end a command before its work is done.

use std::fmt::Display;
use std::path::Path;

use molotov_runner::{Sink, escape, masked};

/// The exit code for a mistake, or for something missing: nothing was sent.
pub(super) const USAGE: u8 = 2;

/// The exit code for lost output.
const NOT_WRITTEN: u8 = 3;

/// The reason why a command ends early.
#[derive(Debug)]
pub(super) enum Failure {
    /// The command cannot continue; the text names the thing and the cure.
    Cannot(String),
    /// Its output could not be written, for this reason.
    Lost(String),
    /// It received a signal of this number.
    Signal(u8),
}

/// Returns success, or the failure for lost output.
pub(super) fn unless_lost(out: &Sink) -> Result<u8, Failure> {
    out.lost().map_or(Ok(0), |error| Err(Failure::Lost(error.to_string())))
}

impl Failure {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self::Cannot(text.into())
    }

    /// The failure of an operation on a file or folder.
    pub(super) fn at(path: &Path, what: &str, error: impl Display) -> Self {
        Self::Cannot(format!("cannot {what} {}: {error}", path.display()))
    }

    /// Prints it, and returns its exit code.
    pub(super) fn print(self) -> u8 {
        match self {
            Self::Cannot(text) => {
                Sink::stderr().line(&format!("error: {}", harmless(&masked(&text))));
                USAGE
            }
            Self::Lost(why) => {
                Sink::stderr().line(&format!("error: cannot write to standard output: {why}"));
                NOT_WRITTEN
            }
            // The convention of shells.
            Self::Signal(number) => number.saturating_add(128),
        }
    }
}

/// Text with possible parts from outside, escaped for a terminal. Its line breaks are ours.
pub(super) fn harmless(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}
