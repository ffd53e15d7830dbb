//! The start of a text of unknown kind.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};

use super::{body, header};

/// Masks the start of a head, of JSON, of a form or of any other text, cut anywhere.
pub(crate) fn fragment(text: &str) -> String {
    let lines: String = text.split_inclusive('\n').map(line).collect();
    body("", &lines)
}

/// Masks a line, which may be a header with a secret.
fn line(line: &str) -> Cow<'_, str> {
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
