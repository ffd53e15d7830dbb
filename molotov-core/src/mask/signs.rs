//! The small parts that [`super::scan`] searches for: ends of words, names, lines.

use super::name::{NamePlace, is_secret};
use super::unit::{Form, MaskUnit, quote, unit};
use super::value::{MaskValue, NestedString, NestedStrings};

/// The longest name, in bytes.
pub(super) const MAX_NAME: usize = 256;

/// Members and attributes that contain the name of their neighbours, and those neighbours.
pub(super) const NAMING: &[&str] = &["name", "key", "field", "header", "id", "param", "property", "k"];
const NAMED: &[&str] = &["value", "values", "val", "v", "default", "defaultvalue", "content", "datavalue"];

/// The schemes that stand before a secret in an `Authorization` header.
const SCHEMES: &[&str] = &[
    "basic",
    "bearer",
    "digest",
    "negotiate",
    "ntlm",
    "hoba",
    "mutual",
    "dpop",
    "token",
    "apikey",
    "api-key",
    "key",
    "jwt",
    "hawk",
    "oauth",
    "signature",
    "aws4-hmac-sha256",
    "scram-sha-1",
    "scram-sha-256",
    "gnap",
    "splunk",
];

pub(super) fn is_scheme(word: &str) -> bool {
    SCHEMES.contains(&&*word.to_ascii_lowercase())
}

pub(super) fn is_of_name(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '-' | '_' | '.' | '[' | ']')
}

/// Returns `true` if this character ends a word in every context.
pub(super) fn is_end(unit: MaskUnit) -> bool {
    unit.form != Form::Percent
        && (unit.char.is_whitespace() || matches!(unit.char, '"' | '\'' | '<' | '>' | '`'))
}

/// The name at this position, decoded, and its end.
pub(super) fn name_run(text: &str, at: usize) -> Option<(String, usize)> {
    let (mut name, mut end) = (String::new(), at);
    while let Some(MaskUnit { char, len, .. }) = unit(&text[end..]).filter(|unit| is_of_name(unit.char)) {
        name.push(char);
        end += len;
        if end - at > MAX_NAME {
            break;
        }
    }
    (!name.is_empty()).then_some((name, end))
}

/// The position behind blanks.
pub(super) fn skip_blanks(text: &str, at: usize) -> usize {
    skip(text, at, &[' ', '\t'])
}

/// The position behind blanks and line ends.
pub(super) fn skip_space(text: &str, at: usize) -> usize {
    skip(text, at, &[' ', '\t', '\n', '\r'])
}

fn skip(text: &str, mut at: usize, these: &[char]) -> usize {
    while let Some(MaskUnit { len, .. }) = unit(&text[at..]).filter(|unit| these.contains(&unit.char)) {
        at += len;
    }
    at
}

/// The last word of the text.
pub(super) fn last_word(text: &str) -> &str {
    let start = text.char_indices().rev().take_while(|(_, c)| is_of_name(*c)).last();
    start.map_or("", |(start, _)| &text[start..])
}

/// The position of the last `@`, in any encoding.
pub(super) fn last_at(text: &str) -> Option<usize> {
    let (mut at, mut last) = (0, None);
    while let Some(MaskUnit { char, len, .. }) = unit(&text[at..]) {
        if char == '@' {
            last = Some(at);
        }
        at += len;
    }
    last
}

/// Returns `true` if this may be base64: `Basic auth` and `Basic Information` are prose.
pub(super) fn looks_encoded(word: &str) -> bool {
    let mut chars = word.chars();
    let is_prose = word.len() < 4 || (chars.next().is_some() && chars.all(|c| c.is_lowercase()));
    let is_base64 = word.chars().all(|c| c.is_ascii_alphanumeric() || "+/=-_%".contains(c));
    is_base64 && !is_prose
}

/// The length of the lines at the start of the text with a deeper indentation than this: the value of a YAML key.
pub(super) fn indented(text: &str, indent: usize) -> usize {
    let mut len = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim_start_matches([' ', '\t']);
        let is_blank = words.trim().is_empty();
        let is_deeper = line.len() - words.len() > indent || (words.starts_with("- ") && len > 0);
        if !is_blank && !is_deeper {
            break;
        }
        len += line.len();
    }
    // Line ends before the next text are kept.
    text[..len].trim_end().len()
}

/// A private key in PEM: the start of its secret part, and that part.
pub(super) fn private_key(text: &str) -> Option<(usize, MaskValue<'_>)> {
    let start = "-----BEGIN".len();
    let header = text[start..].split("-----").next()?;
    let len = text[start..].find("-----END").unwrap_or(text.len() - start);
    header.contains("PRIVATE").then_some((start, MaskValue { before: " ", after: "", len }))
}

/// The length of the JSON object at the start of the text, and whether one of its members makes the others secret:
/// `{"name": "token", "value": …}`. In a cut object the missing part may do so.
pub(super) fn named_object(text: &str) -> (usize, bool) {
    let mut strings = NestedStrings::new(text);
    let mut has_name = None;
    while let Some(NestedString { text: here, opening }) = strings.next() {
        if strings.depth == 1
            && let Some((member, _)) = name_run(here, opening.len)
            && NAMING.contains(&&*member.to_lowercase())
            && let Some(value) = string_after_colon(text, strings.at)
        {
            has_name = Some(has_name == Some(true) || is_secret(value, NamePlace::Member));
        }
    }
    match strings.depth {
        0 => (strings.at, has_name == Some(true)),
        _ => (text.len(), has_name != Some(false)),
    }
}

/// The string value of the member whose name ends here; `None` if it is cut.
fn string_after_colon(text: &str, at: usize) -> Option<&str> {
    let colon = skip_space(text, at);
    let rest = text[colon..].strip_prefix(':')?;
    let start = skip_space(text, text.len() - rest.len());
    let value = &text[start..];
    let len = MaskValue::quoted(value, quote(value)?).len;
    (start + len < text.len()).then(|| &value[..len])
}

/// Returns `true` if another member or attribute contains the name of this one's value.
pub(super) fn is_named(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    NAMED.contains(&&*plain)
}
