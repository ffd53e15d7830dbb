//! A mistake in a file, and its place.

use std::fmt::Write as _;
use std::path::Path;

/// A mistake in a file of rows.
#[derive(Debug)]
pub(super) struct Wrong {
    /// The line, from 1.
    line: Option<u64>,
    /// The byte in that line, from 1.
    byte: Option<usize>,
    text: String,
    /// True if nothing behind it can be read.
    pub(super) is_last: bool,
}

impl Wrong {
    /// A mistake of the whole file.
    pub(super) fn file(text: impl Into<String>) -> Self {
        Self { line: None, byte: None, text: text.into(), is_last: true }
    }

    /// A mistake of the row on this line.
    pub(super) fn row(line: u64, text: impl Into<String>) -> Self {
        Self { line: Some(line), byte: None, text: text.into(), is_last: false }
    }

    pub(super) fn at_byte(mut self, byte: usize) -> Self {
        self.byte = Some(byte);
        self
    }

    /// The same mistake, as one after which the reader cannot continue.
    pub(super) fn for_good(mut self) -> Self {
        self.is_last = true;
        self
    }

    /// The message, with the place.
    pub(super) fn at(&self, path: &Path) -> String {
        let mut place = path.display().to_string();
        for number in self.line.into_iter().chain(self.byte.map(|byte| byte as u64)) {
            // Writing to a string does not fail.
            let _ = write!(place, ":{number}");
        }
        format!("{place}: {}", self.text)
    }
}
