//! A mistake in a threshold, with its place.

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthStr;

/// What is wrong, and where: shown with the text and a mark below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    why: String,
    text: String,
    /// In bytes of the text.
    place: Range<usize>,
}

impl Mistake {
    pub(crate) fn new(why: impl Into<String>, text: &str, place: Range<usize>) -> Self {
        Self { why: why.into(), text: text.to_owned(), place }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        if self.text.trim().is_empty() {
            return Ok(());
        }
        // A tab or a line break would move the mark away from its place.
        let shown = |text: &str| text.replace(char::is_control, " ");
        let width = |range: Range<usize>| shown(self.text.get(range).unwrap_or_default()).width();
        let (before, marked) = (width(0..self.place.start), width(self.place.clone()).max(1));
        write!(f, "\n  {}\n  {:before$}{:^<marked$}", shown(&self.text), "", "")
    }
}
