//! Octets as text.

use std::borrow::Cow;

/// Octets as text: what is not UTF-8 is written as `\xfc`.
pub(crate) fn octets(octets: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(octets) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(octets.len() + 16);
    for chunk in octets.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|octet| format!("\\x{octet:02x}")));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;
    use http::{HeaderName, HeaderValue};

    use crate::mask::header;

    #[test]
    fn octets_that_are_no_text_are_written_as_numbers() {
        let shown = |value: &[u8]| {
            header(&HeaderName::from_static("x-city"), &HeaderValue::from_bytes(value).unwrap())
        };
        assert_eq!(shown(b"Z\xc3\xbcrich"), "Z\u{fc}rich");
        assert_eq!(shown(b"Z\xfcrich\xff"), "Z\\xfcrich\\xff");
        let cookie = HeaderValue::from_bytes(b"n\xfc=secret\xfc; \xff").unwrap();
        assert_eq!(header(&COOKIE, &cookie), "n\\xfc=***; ***");
    }
}
