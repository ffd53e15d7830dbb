//! Requests and responses for display: without secrets, and cut.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::mask::{self, Whence};
use crate::trace::TraceBody;

/// The number of bytes of a body that are kept for display.
pub(super) const BODY: usize = 4 * 1024;

/// The number of shown bytes of a header value or a URL.
const VALUE: usize = 1024;

/// The first line of a request.
pub(super) fn first(method: &Method, url: &str) -> String {
    format!("{method} {}", cut(mask::urls(url).into_owned(), VALUE))
}

/// The facts about a body in the headers of its message.
#[derive(Clone, Debug, Default)]
pub(super) struct ShownHeaders {
    content_type: String,
    encoding: String,
}

impl ShownHeaders {
    pub(super) fn from_map(map: &HeaderMap) -> (Self, Vec<(String, String)>) {
        let (mut lines, mut headers) = (Self::default(), Vec::with_capacity(map.len()));
        for (name, value) in map {
            lines.add(&mut headers, name, value);
        }
        (lines, headers)
    }

    /// Adds a header for display.
    pub(super) fn add(
        &mut self,
        headers: &mut Vec<(String, String)>,
        name: &HeaderName,
        value: &HeaderValue,
    ) {
        if name == CONTENT_TYPE {
            self.content_type = mask::octets(value.as_bytes()).to_ascii_lowercase();
        } else if name == CONTENT_ENCODING {
            self.encoding = mask::octets(value.as_bytes()).to_ascii_lowercase();
        }
        headers.push((name.to_string(), cut(mask::header(name, value), VALUE)));
    }

    /// A body of this length that starts with these bytes.
    pub(super) fn body(&self, whence: Whence<'_>, kept: &[u8], length: u64) -> TraceBody {
        let kept = &kept[..kept.len().min(BODY)];
        match (length, self.placeholder(kept)) {
            (0, _) => TraceBody::Nothing,
            (_, Some(what)) => TraceBody::Placeholder { what, length },
            _ => self.text(whence, kept, length),
        }
    }

    /// A body of files, which are not read again for this.
    pub(super) fn upload(&self, length: u64) -> TraceBody {
        let what = if self.content_type.starts_with("multipart/") { "multipart" } else { "file" };
        TraceBody::placeholder(what, length)
    }

    /// The text in place of a body that is not shown.
    fn placeholder(&self, kept: &[u8]) -> Option<String> {
        let kind = self.content_type.split(';').next().unwrap_or_default().trim();
        if !matches!(&*self.encoding, "" | "identity") {
            return Some(format!("compressed: {}", cut(self.encoding.clone(), VALUE)));
        }
        if kind.starts_with("multipart/") {
            return Some("multipart".into());
        }
        if mask::is_media(kind) || mask::has_controls(kept) {
            let kind = cut(kind.into(), VALUE);
            return Some(if kind.is_empty() { "binary".into() } else { format!("binary: {kind}") });
        }
        let undecodable = std::str::from_utf8(kept).is_err_and(|error| error.error_len().is_some());
        undecodable.then(|| "not UTF-8".into())
    }

    fn text(&self, whence: Whence<'_>, kept: &[u8], length: u64) -> TraceBody {
        // The cut may be inside of a character.
        let whole = kept.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let text = mask::body_of(whence, &self.content_type, whole);
        TraceBody::Text { text, cut: length.saturating_sub(whole.len() as u64) }
    }
}

/// At most this many bytes of the text, with a note about the rest.
pub(super) fn cut(mut text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let rest = text.len() - end;
    text.truncate(end);
    text + &format!("… ({rest} bytes cut)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(content_type: &'static str, encoding: &'static str, bytes: &[u8]) -> TraceBody {
        let mut map = HeaderMap::new();
        map.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        map.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        ShownHeaders::from_map(&map).0.body(
            Whence { route: "GET /", is_wanted: true },
            bytes,
            bytes.len() as u64,
        )
    }

    fn text(text: &str) -> TraceBody {
        TraceBody::Text { text: text.into(), cut: 0 }
    }

    fn placeholder(what: &str, length: u64) -> TraceBody {
        TraceBody::Placeholder { what: what.into(), length }
    }

    #[test]
    fn text_is_shown_and_binary_bodies_have_a_placeholder_with_their_size() {
        assert_eq!(body("", "", b""), TraceBody::Nothing);
        assert_eq!(body("", "identity", "grüße\r\n\t".as_bytes()), text("grüße\r\n\t"));
        assert_eq!(body("text/html", "gzip", b"abc"), placeholder("compressed: gzip", 3));
        assert_eq!(body("multipart/form-data; boundary=x", "", b"--x--"), placeholder("multipart", 5));
        assert_eq!(body("image/png", "", b"abc"), placeholder("binary: image/png", 3));
        assert_eq!(body("image/svg+xml", "", b"<svg/>"), text("<svg/>"));
        assert_eq!(body("", "", b"a\0b"), placeholder("binary", 3));
        assert_eq!(body("text/plain; charset=latin1", "", b"gr\xfc\xdfe"), placeholder("not UTF-8", 5));
    }

    #[test]
    fn secrets_in_bodies_are_masked() {
        assert_eq!(body("application/x-www-form-urlencoded", "", b"pin=1&a=2"), text("pin=***&a=2"));
        assert_eq!(body("application/problem+json", "", b" {\"token\":\"x\"}"), text(" {\"token\":\"***\"}"));
        assert_eq!(body("", "", b"[{\"token\":\"x\"}]"), text("[{\"token\":\"***\"}]"));
        let marked = "\u{feff}{\"token\":\"x\"}".as_bytes();
        assert_eq!(body("text/plain", "", marked), text("\u{feff}{\"token\":\"***\"}"));
        assert_eq!(body("text/plain", "", b"\"token\":\"x\""), text("\"token\":\"***\""));
    }

    #[test]
    fn long_text_is_cut_between_characters_with_the_rest_counted() {
        let long = "ü".repeat(BODY);
        let TraceBody::Text { text, cut: rest } = body("", "", format!("x{long}").as_bytes()) else {
            panic!()
        };
        assert_eq!((text.len(), rest), (BODY - 1, (BODY + 2) as u64));

        assert_eq!(cut("abüc".into(), 3), "ab… (3 bytes cut)");
        assert_eq!(cut("abc".into(), 3), "abc");
    }
}
