//! The lines of a results file, one after the other, up to where they are whole.

use std::io::{BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

/// Bytes of a line, at most.
const MAX_LINE: u64 = 4 * 1024 * 1024;

/// The first bytes of what gzip has compressed.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The end of the lines that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LinesEnd {
    /// The file ends after a whole line.
    Whole,
    /// It ends within a line, or within what gzip has compressed.
    Torn,
    /// A line is no line: the reason.
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
    /// Where nothing can be read, or it is no text of ours.
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

    /// The number of the line that was read last, from 1.
    #[inline]
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Returns the next line, without its end; none at the end, whose kind is known then.
    #[inline]
    pub(super) fn next(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let read = self.bytes.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line);
        self.number += 1;
        match read {
            Ok(0) => return None,
            // The last member of gzip was not finished.
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
