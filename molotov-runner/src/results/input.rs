//! The complete lines of a results file, one after another.

use std::io::{BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

/// The maximum length of a line, in bytes.
const MAX_LINE: u64 = 4 * 1024 * 1024;

/// The first bytes of gzip data.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The reason why there are no more lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LinesEnd {
    /// The file ends after a complete line.
    Whole,
    /// The file ends within a line, or within gzip data.
    Torn,
    /// A line is invalid: the reason.
    Damaged(String),
}

/// A reader of lines.
pub(super) struct Input<'r> {
    bytes: Box<dyn BufRead + 'r>,
    number: u64,
    pub(super) end: LinesEnd,
}

impl<'r> Input<'r> {
    /// # Errors
    ///
    /// Returns an error if nothing can be read, or the file has another format.
    #[inline]
    pub(super) fn new(mut bytes: Box<dyn Read + 'r>) -> Result<Self, String> {
        let mut first = Vec::new();
        let read = bytes.by_ref().take(2).read_to_end(&mut first);
        read.map_err(|error| format!("cannot be read: {error}"))?;
        if matches!(first.as_slice(), [0xff, 0xfe] | [0xfe, 0xff]) {
            return Err("this is UTF-16; a results file is UTF-8".to_owned());
        }
        let is_gzip = first == GZIP;
        let all = BufReader::new(Cursor::new(first).chain(bytes));
        let bytes: Box<dyn BufRead + 'r> =
            if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(all))) } else { Box::new(all) };
        Ok(Self { bytes, number: 0, end: LinesEnd::Whole })
    }

    /// The number of the last line, from 1.
    #[inline]
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Returns the next line, without its line break; `None` at the end, whose kind is then set.
    #[inline]
    pub(super) fn next(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let read = self.bytes.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line);
        self.number += 1;
        match read {
            Ok(0) => return None,
            // The last gzip member is incomplete.
            Err(_) => return self.stop(LinesEnd::Torn),
            Ok(_) => {}
        }
        if line.pop() != Some(b'\n') {
            let is_long = line.len() as u64 >= MAX_LINE;
            return self.stop(match is_long {
                true => LinesEnd::Damaged("it is longer than 4 MiB".to_owned()),
                false => LinesEnd::Torn,
            });
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        match String::from_utf8(line) {
            Ok(line) if self.number == 1 => Some(line.trim_start_matches('\u{feff}').to_owned()),
            Ok(line) => Some(line),
            Err(_) => self.stop(LinesEnd::Damaged("it is not UTF-8".to_owned())),
        }
    }

    #[inline]
    fn stop(&mut self, end: LinesEnd) -> Option<String> {
        self.end = end;
        None
    }
}
