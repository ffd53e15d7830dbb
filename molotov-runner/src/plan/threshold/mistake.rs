//! A mistake in a threshold, with its place.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::secret;

/// The maximum number of columns of a shown text: with its indent, and in a terminal 80 wide, a mark stands below its
/// place.
const LINE: usize = 78;

/// A mistake and its place: shown with the text and a mark below it.
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
        f.write_str(&secret::masked(&self.why))?;
        if self.text.trim().is_empty() {
            return Ok(());
        }
        if let Cow::Owned(masked) = secret::masked(&self.text)
            && masked != self.text
        {
            // A mark would point to the wrong place.
            return write!(f, "\n  {}", cut(masked.replace(char::is_control, " ").chars(), LINE));
        }
        let [before, marked, behind] = self.excerpt();
        let (indent, marks) = (before.width(), marked.width().max(1));
        write!(f, "\n  {before}{marked}{behind}\n  {:indent$}{:^<marks$}", "", "")
    }
}

impl Mistake {
    /// The place, with as much text on both sides as fits into a line.
    fn excerpt(&self) -> [String; 3] {
        let Range { start, end } = self.place.clone();
        let ranges = [0..start, start..end, end..self.text.len()];
        // A tab or a line break would shift the mark.
        let [before, marked, behind] =
            ranges.map(|range| self.text.get(range).unwrap_or_default().replace(char::is_control, " "));
        if before.width() + marked.width() + behind.width() <= LINE {
            return [before, marked, behind];
        }
        let marked = cut(marked.chars(), LINE / 2);
        let backwards = cut(before.chars().rev(), (LINE - marked.width()) / 2);
        let before: String = backwards.chars().rev().collect();
        let behind = cut(behind.chars(), LINE - marked.width() - before.width());
        [before, marked, behind]
    }
}

/// Returns as many letters as fit, with a mark for the missing ones.
fn cut(letters: impl Iterator<Item = char> + Clone, width: usize) -> String {
    if letters.clone().map(columns).sum::<usize>() <= width {
        return letters.collect();
    }
    let mut left = width.saturating_sub(1);
    let fitting = letters.take_while(|letter| {
        let rest = left.checked_sub(columns(*letter));
        left = rest.unwrap_or(left);
        rest.is_some()
    });
    fitting.chain(['…']).collect()
}

fn columns(letter: char) -> usize {
    letter.width().unwrap_or_default()
}
