//! Takes secrets out of text that is shown to a person: headers, URLs, and bodies of any type that may be cut anywhere.
//!
//! A secret is found by its name, in whatever structure it stands; see [`name`] for the names and [`scan`] for the
//! structures. In doubt too much is masked. A password that is sent as `x=…` is shown.

mod excerpt;
mod header;
mod markup;
mod name;
mod parts;
mod scan;
mod signs;
mod unit;
mod value;

#[cfg(test)]
mod planted;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};

pub(crate) use excerpt::excerpt;
pub(crate) use excerpt::{has_controls, is_media};
pub(crate) use header::{header, octets};
use scan::{Place, Scanner};

/// What stands for a secret.
const MASK: &str = "***";

/// Masks a URL, or a header's value with URLs in it.
pub(crate) fn urls(text: &str) -> Cow<'_, str> {
    // Without one of these there is neither a pair nor user-info, nor a scheme with a token behind it.
    if !text.contains(['=', '@', '%', ' ', ':']) && !text.contains("eyJ") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(Scanner::new(text, Place::Url).mask())
}

/// Masks the text of a body of this type (its lower-case `Content-Type`, or nothing), which may be cut anywhere.
pub(crate) fn body(content_type: &str, text: &str) -> String {
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return Scanner::new(text, Place::Form).mask();
    }
    if parts::is_multipart(content_type, text) {
        return parts::multipart(text);
    }
    if content_type.starts_with("text/csv") || content_type.starts_with("text/tab-separated-values") {
        return parts::table(text);
    }
    Scanner::new(text, Place::Body).mask()
}

/// Masks the beginning of something of unknown type: a head, JSON, a form, a URL. It may be cut anywhere.
pub(crate) fn fragment(text: &str) -> String {
    let lines: String = text.split_inclusive('\n').map(field_line).collect();
    body("", &lines)
}

/// A line, which may be a header with a secret.
fn field_line(line: &str) -> Cow<'_, str> {
    let text = line.trim_end_matches(['\r', '\n']);
    let Some((name, value)) = text.split_once(':') else { return Cow::Borrowed(line) };
    let value = value.trim();
    match (HeaderName::try_from(name.trim()), HeaderValue::from_bytes(value.as_bytes())) {
        (Ok(known), Ok(secret)) if header(&known, &secret) != value => {
            Cow::Owned(format!("{name}: {}{}", header(&known, &secret), &line[text.len()..]))
        }
        _ => Cow::Borrowed(line),
    }
}

/// How long the string in quotation marks is that the text begins with, with them; also where they are escaped or it is
/// cut.
pub(crate) fn string_length(text: &str) -> usize {
    unit::quote(text).map_or(0, |opening| value::Value::quoted(text, opening).len)
}
