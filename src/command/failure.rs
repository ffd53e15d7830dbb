//! The failures that end a command before its work is done.

use std::fmt::Display;
use std::path::Path;

use molotov_runner::{Sink, escape, masked};

/// A mistake, or something that is missing: nothing was sent to anybody.
pub(super) const USAGE: u8 = 2;

/// What was to be printed was lost.
const NOT_WRITTEN: u8 = 3;

/// What ends a command.
#[derive(Debug)]
pub(super) enum Failure {
    /// It cannot be done; the text names the thing and the cure.
    Cannot(String),
    /// What it says could not be written, for this reason.
    Lost(String),
    /// A signal came, of this number.
    Signal(u8),
}

/// What was printed was not lost; else the exit code for that.
pub(super) fn unless_lost(out: &Sink) -> Result<u8, Failure> {
    out.lost().map_or(Ok(0), |error| Err(Failure::Lost(error.to_string())))
}

impl Failure {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self::Cannot(text.into())
    }

    /// Something that a file or folder does not let be done.
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
            // As shells tell it.
            Self::Signal(number) => number.saturating_add(128),
        }
    }
}

/// Text that may hold something from outside, for a terminal. Its line breaks are ours.
pub(super) fn harmless(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}
