//! Wrong quotes in a CSV file. The parser accepts them and silently loses text: the rows behind a quote that is not
//! closed, or the quotes around a word.

use std::io::{self, BufRead, BufReader, Read};

/// A mistake in the quotes of a file, and its line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stray {
    pub(super) line: u64,
    pub(super) why: &'static str,
}

const UNCLOSED: &str =
    "a quote is not closed, so that everything behind it is one field; close it, or write it twice";
const BEHIND: &str = "text stands behind a quote that closes a field; write quotes inside of a field twice";

/// The position of a byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum QuotePlace {
    /// The start of a field, where a quote opens the field.
    Start,
    Bare,
    Quoted,
    /// Behind a quote in a quoted field: the quote closes the field, unless another quote follows.
    Closed,
}

/// The first wrong quote in this file.
pub(super) fn stray(file: impl Read, delimiter: u8) -> io::Result<Option<Stray>> {
    let mut scan = Scan { delimiter, place: QuotePlace::Start, line: 1, opened: 1, after_return: false };
    let mut reader = BufReader::with_capacity(64 << 10, file);
    let mut is_first = true;
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            let unclosed = scan.place == QuotePlace::Quoted;
            return Ok(unclosed.then_some(Stray { line: scan.opened, why: UNCLOSED }));
        }
        let marked = if is_first { bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes) } else { bytes };
        is_first = false;
        if let Some(stray) = marked.iter().find_map(|byte| scan.step(*byte)) {
            return Ok(Some(stray));
        }
        let length = bytes.len();
        reader.consume(length);
    }
}

/// Advances by a byte.
struct Scan {
    delimiter: u8,
    place: QuotePlace,
    line: u64,
    /// The line on which the quoted field starts.
    opened: u64,
    after_return: bool,
}

impl Scan {
    fn step(&mut self, byte: u8) -> Option<Stray> {
        let ends_line = matches!(byte, b'\n' | b'\r');
        if ends_line && !(byte == b'\n' && self.after_return) {
            self.line += 1;
        }
        self.after_return = byte == b'\r';
        self.place = match (self.place, byte) {
            (QuotePlace::Quoted, b'"') => QuotePlace::Closed,
            (QuotePlace::Quoted, _) => QuotePlace::Quoted,
            (QuotePlace::Closed, b'"') => QuotePlace::Quoted,
            (_, byte) if ends_line || byte == self.delimiter => QuotePlace::Start,
            (QuotePlace::Start, b'"') => {
                self.opened = self.line;
                QuotePlace::Quoted
            }
            (QuotePlace::Closed, _) => return Some(Stray { line: self.line, why: BEHIND }),
            _ => QuotePlace::Bare,
        };
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(u64, &'static str)> {
        stray(text.as_bytes(), b',').unwrap().map(|stray| (stray.line, stray.why))
    }

    #[test]
    fn quotes_as_they_should_be_are_no_mistake() {
        for text in [
            "",
            "a,b\n\"x\",\"y\"\n",
            "\u{feff}\"a\",b\r\n\"x \"\"y\"\" z\",\"\"\r\n",
            "a\n\"two\nlines\"",
            "a,b\n5\" nail,a \"word\"\n",
            "a\n\"\"\"\"\n",
        ] {
            assert_eq!(found(text), None, "{text:?}");
        }
        assert_eq!(stray(&b"a;b\n\"x\";\"y,\"\n"[..], b';').unwrap(), None);
    }

    #[test]
    fn quote_that_is_not_closed_is_reported_with_the_line_on_which_it_opens() {
        for (text, line) in [
            ("a,b\nx,\"y\nz,1\n", 2),
            ("\"a", 1),
            ("a\r\nb\r\n\"c\r\nd", 3),
            ("a\rb\r\"c\rd", 3),
            ("a\n\"x\"\"", 2),
        ] {
            assert_eq!(found(text), Some((line, UNCLOSED)), "{text:?}");
        }
    }

    #[test]
    fn text_behind_a_closing_quote_is_reported() {
        for (text, line) in [("a\n\"5\" nail\n", 2), ("a,b\nx,\"y\" ,z\n", 2), ("\u{feff}\"a\"b\n", 1)] {
            assert_eq!(found(text), Some((line, BEHIND)), "{text:?}");
        }
    }

    #[test]
    fn a_file_of_several_buffers_is_read_to_its_end() {
        let good = "x,\"y\"\n".repeat(40_000);

        assert_eq!(found(&good), None);
        assert_eq!(found(&format!("{good}x,\"y")), Some((40_001, UNCLOSED)));
    }
}
