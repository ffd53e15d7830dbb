//! The text of a file, and its places.

use std::fmt::{self, Display};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use molotov_core::without_mark;

/// A file that was read.
pub(super) struct Source {
    name: Arc<str>,
    pub(super) text: String,
}

/// A place in a file: `file:line:column`, both counted from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Place {
    file: Arc<str>,
    line: usize,
    column: usize,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Returns a message if the file cannot be read or is not text.
    pub(super) fn read(file: &Path) -> Result<Self, String> {
        let name = file.display().to_string();
        if file.is_dir() {
            return Err(format!("{name}: this is a folder; name the file in it"));
        }
        let bytes = fs::read(file).map_err(|error| format!("{name} cannot be read: {error}"))?;
        decode(&bytes).map(|text| Self::new(&name, text)).map_err(|why| format!("{name} {why}"))
    }

    pub(super) fn new(name: &str, text: String) -> Self {
        Self { name: name.into(), text }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The place of a byte. An offset outside the text stands for its end.
    pub(super) fn place(&self, offset: usize) -> Place {
        let end = (0..=offset.min(self.text.len())).rev().find(|end| self.text.is_char_boundary(*end));
        let before = &self.text[..end.unwrap_or_default()];
        let line = before.rsplit('\n').next().unwrap_or_default();
        self.at(before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    /// The place of a slice of the text.
    pub(super) fn place_of(&self, piece: &str) -> Place {
        self.place((piece.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize))
    }

    pub(super) fn at(&self, line: usize, column: usize) -> Place {
        Place { file: Arc::clone(&self.name), line, column }
    }
}

/// The text, without a byte order mark at its beginning.
fn decode(bytes: &[u8]) -> Result<String, String> {
    let unmarked = without_mark(bytes).map_err(|encoding| format!("is {encoding}; save it as UTF-8"))?;
    match std::str::from_utf8(unmarked) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let line = 1 + unmarked[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            Err(format!("is not UTF-8 on line {line}; save it as UTF-8"))
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_passed_over_or_refused_by_name() {
        assert_eq!(decode(b"\xEF\xBB\xBFusers = 3").unwrap(), "users = 3");
        assert_eq!(decode(b"\xFF\xFEu\0").unwrap_err(), "is UTF-16; save it as UTF-8");
        assert_eq!(decode(b"a = 1\n# gr\xFC\xDFe").unwrap_err(), "is not UTF-8 on line 2; save it as UTF-8");
    }

    #[test]
    fn lines_and_columns_are_counted_from_1_and_in_characters() {
        let source = Source::new("f", "aé\r\n\nüx".into());
        for (offset, place) in
            [(0, "f:1:1"), (3, "f:1:3"), (5, "f:2:1"), (6, "f:3:1"), (8, "f:3:2"), (99, "f:3:3")]
        {
            assert_eq!(source.place(offset).to_string(), place, "{offset}");
        }
    }
}
