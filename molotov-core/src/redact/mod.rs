//! Removes values from messages of other libraries, so that they contain no secrets: serde writes
//! ``invalid type: string "hunter2", expected u32``.
//!
//! The kind of the value and the expectation are kept. Quoted names are kept if they come from the type
//! (`missing field`, `expected one of`), and removed if they come from the input (`unknown field`, `unknown variant`).
//! The message of a type's own `Deserialize` is kept, except for words of the value.

mod place;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::mask::string_length;
use place::JsonPlace;
pub(crate) use place::is_field;

/// The words before a value.
const TYPED: &[&str] = &["invalid type: ", "invalid value: "];

/// Kinds of values in serde's names (`serde::de::Unexpected`); the first ones precede the value.
const WITH_VALUE: &[&str] = &["string", "character", "integer", "floating point", "boolean"];
const ALONE: &[&str] = &[
    "byte array",
    "unit",
    "Option",
    "newtype",
    "sequence",
    "map",
    "enum",
    "tuple",
    "struct",
    "null",
    "number",
];

/// The words before a name from the input.
const NAMED: &[&str] = &["unknown variant", "unknown field"];

/// The prefixes of other messages of serde. Their names come from the type.
const OTHERS: &[&str] = &["invalid length ", "missing field ", "duplicate field "];

/// The words of std about a variable whose value is not text; the value follows.
const NO_TEXT: &str = "environment variable was not valid unicode";

/// The longest text of an expectation, in bytes.
const MAX_SAID: usize = 300;

/// Removes the values from a message that contains a message of serde at any place.
pub(crate) fn text(message: &str) -> Cow<'_, str> {
    let mut redacted = String::new();
    let mut rest = message;
    while let Some((start, len)) = first_value(rest) {
        redacted.push_str(&rest[..start]);
        rest = &rest[start + len..];
    }
    if rest.len() == message.len() {
        return Cow::Borrowed(message);
    }
    redacted.push_str(rest);
    Cow::Owned(redacted)
}

/// The same as [`text`], for a text that is passed on.
pub(crate) fn owned(message: String) -> String {
    match text(&message) {
        Cow::Borrowed(_) => message,
        Cow::Owned(redacted) => redacted,
    }
}

/// The position of the first value in a message, and its length.
fn first_value(message: &str) -> Option<(usize, usize)> {
    let typed = values_behind(message, TYPED, typed_value);
    let named = values_behind(message, NAMED, named_value);
    typed.chain(named).chain(values_behind(message, &[NO_TEXT], rest_of_text)).min()
}

/// The positions of the values behind these marks, and their lengths.
fn values_behind(
    message: &str,
    marks: &'static [&str],
    value: fn(&str) -> (usize, usize),
) -> impl Iterator<Item = (usize, usize)> {
    marks.iter().flat_map(move |mark| {
        message.match_indices(mark).filter_map(move |(at, _)| {
            let behind = at + mark.len();
            let (before, len) = value(&message[behind..]);
            (len > 0).then_some((behind + before, len))
        })
    })
}

/// The value behind `invalid type: string`.
fn typed_value(text: &str) -> (usize, usize) {
    if let Some(kind) = WITH_VALUE.iter().find(|kind| starts_with_word(text, kind)) {
        let blank = text[kind.len()..].len() - text[kind.len()..].trim_start_matches(' ').len();
        let value = &text[kind.len() + blank..];
        let len = match value.trim_start_matches('\\').chars().next() {
            Some('"') => string_length(value),
            // A character may be a backtick itself.
            Some('`') => value.find("`, expected ").map_or(value.len(), |end| end + 1),
            _ => return (0, 0),
        };
        return (kind.len(), blank + len);
    }
    // A message of another library.
    match text.find(", expected ") {
        Some(len) if !ALONE.iter().any(|kind| starts_with_word(text, kind)) => (0, len),
        _ => (0, 0),
    }
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|behind| !behind.starts_with(char::is_alphanumeric))
}

/// The name behind `unknown field`.
fn named_value(text: &str) -> (usize, usize) {
    if !text.starts_with(" `") {
        return (0, 0);
    }
    let ends = ["`, expected ", "`, there are no "];
    (0, ends.iter().filter_map(|end| text.find(end)).min().map_or(text.len(), |end| end + 1))
}

fn rest_of_text(text: &str) -> (usize, usize) {
    (0, text.len())
}

/// The message of serde_json for this input, without its values, and with the place.
pub(crate) fn json(error: &serde_json::Error, input: &[u8]) -> String {
    let (line, column) = (error.line(), error.column());
    let input = String::from_utf8_lossy(input);
    let (said, path) = parts(error, &input, line, column);
    let path = if path.is_empty() { String::new() } else { format!(" at `{path}`") };
    format!("{said}{path} (line {line} column {column})")
}

/// The same as [`json`], for an input of one line whose place is in the message already.
pub(crate) fn json_line(error: &serde_json::Error, input: &str) -> String {
    let (said, path) = parts(error, input, 1, error.column());
    if path.is_empty() { said } else { format!("{said} at `{path}`") }
}

fn parts(error: &serde_json::Error, input: &str, line: usize, column: usize) -> (String, String) {
    let place = JsonPlace::find(input, line, column);
    let whole = error.to_string();
    let said = whole.rsplit_once(" at line ").map_or(&*whole, |(said, _)| said);
    let is_of_data = error.classify() == serde_json::error::Category::Data;
    let said = if is_of_data { message(said, place.value) } else { said.to_owned() };
    let is_unknown_field = said.starts_with("unknown field");
    (said, if is_unknown_field { place.parent_path() } else { place.path() })
}

/// The message for a value that does not fit a type, without the value.
pub(crate) fn message(said: &str, value: &str) -> String {
    let is_serde = [TYPED, NAMED, OTHERS].concat().iter().any(|mark| said.starts_with(mark));
    let said = if is_serde { text(said).into_owned() } else { without_words_of(said, value) };
    match (0..=MAX_SAID).rev().find(|end| said.is_char_boundary(*end)) {
        Some(end) if end < said.len() => format!("{}…", &said[..end]),
        _ => said,
    }
}

/// The text, except for words of the value.
fn without_words_of(said: &str, value: &str) -> String {
    let decoded = serde_json::from_str::<String>(value).unwrap_or_default();
    let words = said.split(' ').map(|word| if is_of_value(word, value, &decoded) { "***" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns `true` for a word of a value, which is given here in its written and in its parsed form.
fn is_of_value(word: &str, value: &str, decoded: &str) -> bool {
    const AROUND: &[char] =
        &['"', '\'', '`', '\\', ',', '.', ':', ';', '(', ')', '[', ']', '{', '}', '<', '>', '='];
    let inner = word.trim_matches(AROUND);
    let is_quoted = inner.len() < word.trim_end_matches([',', '.', ':', ';']).len();
    let counts = inner.len() > 2 || is_quoted || inner.chars().any(|c| c.is_ascii_digit());
    let is_in_value = counts && (value.contains(inner) || decoded.contains(inner));
    let mut parts = decoded.split_whitespace().chain(value.split(['"', ' ', ',', ':', '{', '}', '[', ']']));
    !inner.is_empty() && (is_in_value || parts.any(|part| part.len() > 3 && inner.contains(part)))
}
