//! The byte order mark at the start of a text.

/// The mark of UTF-8, which spreadsheets and editors on Windows like to write.
const UTF_8: &[u8] = b"\xEF\xBB\xBF";

/// The encodings whose marks are refused. Those of 32 bits come first, because their marks start like those
/// of 16 bits.
const OTHERS: [(&[u8], &str); 4] = [
    (b"\xFF\xFE\0\0", "UTF-32"),
    (b"\0\0\xFE\xFF", "UTF-32"),
    (b"\xFF\xFE", "UTF-16"),
    (b"\xFE\xFF", "UTF-16"),
];

/// The bytes behind the mark of UTF-8, or all bytes if there is no mark.
///
/// # Errors
///
/// The name of the encoding, if the mark is that of UTF-16 or UTF-32.
#[doc(hidden)]
pub fn without_mark(bytes: &[u8]) -> Result<&[u8], &'static str> {
    if let Some((_, name)) = OTHERS.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return Err(name);
    }
    Ok(bytes.strip_prefix(UTF_8).unwrap_or(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_utf_8_is_left_out_once_and_others_are_named() {
        assert_eq!(without_mark(b""), Ok(&b""[..]));
        assert_eq!(without_mark(b"\xEF\xBB"), Ok(&b"\xEF\xBB"[..]));
        assert_eq!(without_mark(b"\xEF\xBB\xBFa"), Ok(&b"a"[..]));
        assert_eq!(without_mark(b"\xEF\xBB\xBF\xEF\xBB\xBF"), Ok(UTF_8));
        assert_eq!(without_mark(b"a\xEF\xBB\xBF"), Ok(&b"a\xEF\xBB\xBF"[..]));
        for (bytes, name) in [
            (&b"\xFF\xFEa\0"[..], "UTF-16"),
            (b"\xFE\xFF\0a", "UTF-16"),
            (b"\xFF\xFE\0\0a\0\0\0", "UTF-32"),
            (b"\0\0\xFE\xFF\0\0\0a", "UTF-32"),
        ] {
            assert_eq!(without_mark(bytes), Err(name), "{bytes:?}");
        }
    }
}
