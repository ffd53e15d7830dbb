//! The limits of reading a response, each with a name and a value of its own.

use std::fmt;

/// The limit of header fields of a response.
pub(crate) const MAX_FIELDS: usize = 100;

/// The limit of bytes of a response head.
pub(crate) const MAX_HEAD: usize = 400 * 1024;

/// The limit of the length of a header field's name. A map of headers takes no longer name.
pub(crate) const MAX_NAME: usize = 65_535;

/// The limit of informational responses before the final one.
pub(crate) const MAX_INFORMATIONAL: u32 = 16;

/// The limit of bytes of chunk extensions that are skipped in one body, of trailers that are kept, and of bytes between
/// two chunks before an extension starts.
pub(crate) const MAX_IGNORED: u32 = 16 * 1024;

/// A limit that a response exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadLimit {
    ResponseHead,
    Fields,
    FieldName,
    Informational,
    ChunkLine,
    ChunkSize,
    Extensions,
    Trailers,
    TrailerFields,
}

impl ReadLimit {
    /// The limit that hyper reached when it read these bytes and reported a head that is too large, without further
    /// details.
    pub(crate) fn from_head(unread: &[u8]) -> Self {
        let lines = unread.split(|byte| *byte == b'\n').skip(1);
        // Lines that continue the line before do not count.
        let lines = lines.filter(|line| !line.starts_with(b" ") && !line.starts_with(b"\t"));
        if lines.clone().take_while(|line| !line.trim_ascii().is_empty()).count() > MAX_FIELDS {
            return Self::Fields;
        }
        let mut names = lines.map(|line| line.iter().position(|byte| *byte == b':'));
        if names.any(|length| length > Some(MAX_NAME)) { Self::FieldName } else { Self::ResponseHead }
    }

    /// The limit that hyper reached when a body failed with this text.
    pub(crate) fn from_chunks(text: &str) -> Option<Self> {
        match text {
            "invalid chunk size: overflow" => Some(Self::ChunkSize),
            "chunk extensions over limit" => Some(Self::Extensions),
            "chunk trailers bytes over limit" => Some(Self::Trailers),
            "chunk trailers count overflow" => Some(Self::TrailerFields),
            _ => None,
        }
    }
}

impl fmt::Display for ReadLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, ignored) = (MAX_HEAD / 1024, MAX_IGNORED / 1024);
        match self {
            Self::ResponseHead => write!(f, "the head of the response is longer than {head} KiB"),
            Self::Fields => write!(f, "the response has more than {MAX_FIELDS} header fields"),
            Self::FieldName => {
                write!(f, "the name of a header field of the response is longer than {MAX_NAME} bytes")
            }
            Self::Informational => {
                write!(f, "more than {MAX_INFORMATIONAL} informational responses (1xx) and no final one")
            }
            Self::ChunkLine => write!(f, "a chunk-size line of the body is longer than {ignored} KiB"),
            Self::ChunkSize => f.write_str("a chunk of the body is to be longer than 2^64 - 1 bytes"),
            Self::Extensions => {
                write!(f, "the chunk extensions of the body are longer than {ignored} KiB together")
            }
            Self::Trailers => write!(f, "the trailers of the body are longer than {ignored} KiB together"),
            Self::TrailerFields => write!(f, "the body has more than {MAX_FIELDS} trailer fields"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_limit_of_hyper_is_found_in_its_read_bytes() {
        let head = |lines: &str| ReadLimit::from_head(format!("HTTP/1.1 200 OK\r\n{lines}").as_bytes());

        assert_eq!(head(&"a: b\r\n".repeat(101)), ReadLimit::Fields);
        assert_eq!(head(&format!("{}: b\r\n", "a".repeat(MAX_NAME + 1))), ReadLimit::FieldName);
        assert_eq!(head(&format!("a: {}", "b".repeat(MAX_HEAD))), ReadLimit::ResponseHead);
        assert_eq!(head(&format!("a: b\r\n{}", " c\r\n".repeat(200))), ReadLimit::ResponseHead);
        assert_eq!(
            head(&format!("{}\r\n{}", "a: b\r\n".repeat(50), "body\n".repeat(200))),
            ReadLimit::ResponseHead
        );
    }
}
