//! JSON lines: a JSON value on each line of a file.

use std::io::{self, BufRead, BufReader, Seek, SeekFrom};

use serde::de::DeserializeOwned;

use super::measured_records::{BUFFER, MeasuredRecords, RecordMark, too_long_or};
use super::twice::Unique;
use super::wrong::Wrong;
use crate::bom::without_mark;
use crate::redact;

/// A JSON value on each line; blank lines are skipped.
pub(super) struct JsonLines {
    reader: BufReader<MeasuredRecords>,
    text: Vec<u8>,
    /// The line number of the text, and that of the next line.
    line: u64,
    next_line: u64,
    /// The position of the first byte that was not read yet.
    byte: u64,
}

impl JsonLines {
    pub(super) fn new(source: MeasuredRecords) -> Self {
        let reader = BufReader::with_capacity(BUFFER, source);
        Self { reader, text: Vec::new(), line: 0, next_line: 1, byte: 0 }
    }

    pub(super) fn advance(&mut self) -> Result<bool, Wrong> {
        loop {
            self.text.clear();
            self.line = self.next_line;
            let read = self.reader.read_until(b'\n', &mut self.text);
            let read = read.map_err(|error| too_long_or(&error, self.line))?;
            self.reader.get_ref().since.set(0);
            if read == 0 {
                return Ok(false);
            }
            if self.byte == 0
                && let Ok(unmarked) = without_mark(&self.text)
            {
                let mark = self.text.len() - unmarked.len();
                self.text.drain(..mark);
            }
            self.byte += read as u64;
            self.next_line += 1;
            if !self.text.iter().all(u8::is_ascii_whitespace) {
                return Ok(true);
            }
        }
    }

    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, Wrong> {
        let text = std::str::from_utf8(&self.text).map_err(|error| {
            Wrong::row(self.line, "is not UTF-8; save the file as UTF-8").at_byte(error.valid_up_to() + 1)
        })?;
        // Without the line end, so that the error for a missing part names this line.
        let text = text.trim_end();
        let row = serde_json::from_str(text).map_err(|error| {
            Wrong::row(self.line, redact::json_line(&error, text)).at_byte(error.column().max(1))
        })?;
        serde_json::from_str::<Unique>(text).map(|_| row).map_err(|error| {
            let said = error.to_string();
            let said = said.rsplit_once(" at line ").map_or(&*said, |(said, _)| said);
            Wrong::row(self.line, said).at_byte(error.column().max(1))
        })
    }

    /// The position of the next record.
    pub(super) fn mark(&self) -> RecordMark {
        RecordMark { byte: self.byte, line: self.next_line }
    }

    pub(super) fn seek(&mut self, mark: &RecordMark) -> io::Result<()> {
        self.reader.seek(SeekFrom::Start(mark.byte))?;
        self.reader.get_ref().since.set(0);
        (self.byte, self.next_line) = (mark.byte, mark.line);
        Ok(())
    }
}
