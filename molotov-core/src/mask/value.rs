//! The end of the value of a secret.

use super::unit::{Form, MaskUnit, Quote, quote, unit};

/// A value to mask: its end, and the parts around the mask that are kept.
pub(super) struct MaskValue<'t> {
    pub(super) before: &'t str,
    pub(super) after: &'t str,
    pub(super) len: usize,
}

impl<'t> MaskValue<'t> {
    fn bare(len: usize) -> Self {
        Self { before: "", after: "", len }
    }

    /// The quoted value at the start of the text. A cut value ends at the cut.
    pub(super) fn quoted(text: &'t str, opening: Quote) -> Self {
        let mark = &text[..opening.len];
        Self { before: mark, after: mark, len: end_of_string(text, opening.len, opening) }
    }

    /// The rest of a string that started with this quotation mark before the text.
    pub(super) fn rest_of_string(text: &str, opening: Quote) -> Self {
        let end = end_of_string(text, 0, opening);
        Self::bare(if end == text.len() { end } else { end - opening.len.min(end) })
    }

    /// The value between doubled quotation marks, as in JSON in CSV: `""token"":""x""`.
    fn doubled(text: &'t str) -> Option<Self> {
        let mark = text.get(..2).filter(|mark| matches!(*mark, "\"\"" | "''"))?;
        let first = text[2..].chars().next()?;
        if first.is_whitespace() || ",;:}])&<>\"'".contains(first) {
            return None;
        }
        let len = text[2..].find(mark).map_or(text.len(), |end| end + 4);
        Some(Self { before: mark, after: mark, len })
    }

    /// The object or array at the start of the text, with any encoding of its brackets.
    fn nested(text: &str) -> Self {
        let mut strings = NestedStrings::new(text);
        while strings.next().is_some() {}
        Self::bare(strings.at)
    }

    /// The value up to the first character that ends it.
    pub(super) fn until(text: &str, ends: impl Fn(MaskUnit) -> bool) -> Self {
        let mut at = 0;
        while let Some(found) = unit(&text[at..]) {
            if ends(found) {
                break;
            }
            at += found.len;
        }
        Self::bare(at)
    }

    /// A string, an object, an array; or the text up to the first character that ends it.
    pub(super) fn any(text: &'t str, ends: impl Fn(MaskUnit) -> bool) -> Self {
        if let Some(doubled) = Self::doubled(text) {
            return doubled;
        }
        if let Some(opening) = quote(text) {
            return Self::quoted(text, opening);
        }
        match unit(text) {
            Some(MaskUnit { char: '{' | '[', .. }) => Self::nested(text),
            _ => Self::until(text, ends),
        }
    }
}

/// The strings of the object or array at the start of a text, with any encoding of its brackets.
pub(super) struct NestedStrings<'t> {
    text: &'t str,
    /// The end of the text that was read: behind the last string, finally behind the last bracket.
    pub(super) at: usize,
    /// The number of brackets that are open.
    pub(super) depth: usize,
}

/// A string inside of brackets, and its quotation mark.
pub(super) struct NestedString<'t> {
    pub(super) text: &'t str,
    pub(super) opening: Quote,
}

impl<'t> NestedStrings<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, depth: 0 }
    }
}

impl<'t> Iterator for NestedStrings<'t> {
    type Item = NestedString<'t>;

    fn next(&mut self) -> Option<NestedString<'t>> {
        while let Some(here) = self.text.get(self.at..).filter(|rest| !rest.is_empty()) {
            if let Some(opening) = quote(here) {
                self.at += MaskValue::quoted(here, opening).len.max(1);
                return Some(NestedString { text: here, opening });
            }
            let MaskUnit { char, len, .. } = unit(here)?;
            self.at += len;
            match char {
                '{' | '[' => self.depth += 1,
                '}' | ']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if self.depth == 0 {
                return None;
            }
        }
        None
    }
}

/// The end of the string that started with this quotation mark, behind the closing mark; `from` is behind the opening
/// mark.
fn end_of_string(text: &str, from: usize, opening: Quote) -> usize {
    let mut at = from;
    while let Some(here) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(found) = quote(here) else {
            at += step(here);
            continue;
        };
        // Two marks in a row are one in the value (CSV, SQL), or the end of three (TOML, Python).
        let is_doubled = found.form == Form::Raw && here[found.len..].starts_with(opening.char);
        if !found.ends(&opening) {
            at += found.len;
        } else if is_doubled {
            at += found.len + 1;
        } else if found.form == opening.form && found.backslashes >= opening.backslashes {
            return at + found.len;
        } else {
            // It ends the enclosing string.
            return at;
        }
    }
    text.len()
}

/// The number of bytes to advance: those of one character, or of the backslashes before a character that is not a
/// quotation mark.
fn step(text: &str) -> usize {
    match text.bytes().take_while(|byte| *byte == b'\\').count() {
        0 => text.chars().next().map_or(1, char::len_utf8),
        backslashes => backslashes,
    }
}
