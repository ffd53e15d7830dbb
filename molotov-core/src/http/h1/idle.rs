//! The events of an idle connection, and their text: they are charged to no request.

use bytes::Bytes;

use crate::http::classify::Broken;
use crate::mask;

/// The number of unexpected bytes that are examined.
pub(super) const FIRST: usize = 256;

/// The number of characters of them in the text.
const SHOWN: usize = 40;

/// The state of an idle connection.
#[derive(Debug)]
pub(crate) enum Idle {
    /// It can take a request.
    Open,
    /// The server has closed it in an orderly way, or announced the close before.
    Closed,
    /// Unexpected bytes came; the first of them.
    Stray(Bytes),
    /// It was reset, or its encryption failed.
    Broken(Broken),
}

/// As many of these bytes as are examined.
pub(super) fn first(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&bytes[..bytes.len().min(FIRST)])
}

/// The first of these bytes for display: without secrets, as far as the surrounding text reveals them, and without
/// control characters.
pub(super) fn shown(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(FIRST)];
    let text = String::from_utf8_lossy(bytes);
    let masked = mask::fragment(&text);
    // The last character may be cut.
    let is_text = std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true);
    if is_text || masked != text {
        cut(masked.chars().map(escape))
    } else {
        cut(bytes.iter().map(|byte| byte.escape_ascii().to_string()))
    }
}

/// As many pieces as fit, each of them whole.
fn cut(pieces: impl Iterator<Item = String>) -> String {
    let (mut text, mut length) = (String::new(), 0);
    for piece in pieces {
        length += piece.chars().count();
        if length > SHOWN {
            text.push('…');
            break;
        }
        text.push_str(&piece);
    }
    text
}

fn escape(c: char) -> String {
    if c.is_control() || c == '\\' { c.escape_debug().to_string() } else { c.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_are_escaped_and_cut() {
        assert_eq!(shown(b"null"), "null");
        assert_eq!(shown(b"{\"a\": 'b'}\r\n\0\x1b[31m"), "{\"a\": 'b'}\\r\\n\\0\\u{1b}[31m");
        assert_eq!(shown(b"\xff\xfe\0x"), "\\xff\\xfe\\x00x");
        assert_eq!(shown("gr\u{fc}\u{df}e".as_bytes()), "gr\u{fc}\u{df}e");
        assert_eq!(shown(&[b'a'; 1000]), format!("{}…", "a".repeat(40)));
        assert_eq!(shown(b""), "");
    }

    #[test]
    fn first_bytes_show_no_secret() {
        for bytes in [
            "HTTP/1.1 200 OK\r\nset-cookie: id=s3cret; Path=/\r\n\r\n",
            "Authorization: Bearer s3cret\r\n",
            "{\"token\": \"s3cret\"}",
            "password=s3cret&a=b",
            "/x?api_key=s3cret",
            "http://me:s3cret@host/",
            "\u{fffd}\0 \"password\":\"s3cret\"",
        ] {
            assert!(!shown(bytes.as_bytes()).contains("s3cret"), "{}", shown(bytes.as_bytes()));
        }
        // A secret that crosses the limit is masked before the cut.
        let long = format!("{}\r\nx-api-key: s3cret", "a".repeat(25));
        assert!(!shown(long.as_bytes()).contains("s3"));
    }
}
