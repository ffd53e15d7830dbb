//! A position in the text of a threshold, and the basic steps of reading.

use std::ops::Range;

use super::Mistake;

/// A position in the text of one threshold.
pub(super) struct ThresholdScanner<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) end: usize,
}

impl<'t> ThresholdScanner<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..self.end]
    }

    pub(super) fn skip_spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    pub(super) fn mistake(&self, why: impl Into<String>, place: Range<usize>) -> Mistake {
        Mistake::new(why, self.text, place)
    }

    /// Moves past all letters for which `is_part` holds, and returns their place.
    pub(super) fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> Range<usize> {
        let start = self.at;
        self.at += self.rest().find(|letter| !is_part(letter)).unwrap_or(self.rest().len());
        start..self.at
    }

    /// Moves past the token and returns `true` if it is next.
    pub(super) fn accept(&mut self, token: char) -> bool {
        let is_there = self.rest().starts_with(token);
        self.at += if is_there { token.len_utf8() } else { 0 };
        is_there
    }

    /// Reads a name in quotes, in which `\` escapes the next letter.
    pub(super) fn quoted(&mut self, quote: char) -> Result<(String, Range<usize>), Mistake> {
        let start = self.at;
        let (mut name, mut escaped) = (String::new(), false);
        for (offset, letter) in self.rest().char_indices().skip(1) {
            match letter {
                letter if escaped => {
                    name.push(letter);
                    escaped = false;
                }
                '\\' => escaped = true,
                letter if letter == quote => {
                    self.at = start + offset + 1;
                    return Ok((name, start + 1..start + offset));
                }
                letter => name.push(letter),
            }
        }
        Err(self.mistake("this quote is not closed", start..start + 1))
    }
}

/// The range without the white space at its ends.
pub(super) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    start..start.max(range.start + part.trim_end().len())
}
