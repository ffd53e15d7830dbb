//! A file whose records are bounded in size, and the positions of the records.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::wrong::Wrong;

/// The longest row. Without a bound, a quote that is not closed would make the rest of a file one row.
const MAX_ROW: u64 = 16 << 20;

/// The number of bytes that are read at once.
pub(super) const BUFFER: usize = 64 << 10;

/// The position of a record in a file.
#[derive(Clone, Debug)]
pub(super) struct RecordMark {
    pub(super) byte: u64,
    pub(super) line: u64,
}

/// A file, and the number of bytes read since the last record.
pub(super) struct MeasuredRecords {
    pub(super) file: File,
    pub(super) since: Cell<u64>,
}

impl MeasuredRecords {
    pub(super) fn new(file: File) -> Self {
        Self { file, since: Cell::new(0) }
    }
}

impl Read for MeasuredRecords {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.since.set(self.since.get() + read as u64);
        if self.since.get() > MAX_ROW + BUFFER as u64 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "is longer than 16 MiB"));
        }
        Ok(read)
    }
}

impl Seek for MeasuredRecords {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.since.set(0);
        self.file.seek(to)
    }
}

pub(super) fn too_long_or(error: &io::Error, line: u64) -> Wrong {
    if error.kind() == io::ErrorKind::FileTooLarge {
        Wrong::row(line, format!("{error}; is a quote not closed, or a line not ended?"))
    } else {
        Wrong::row(line, format!("cannot be read: {error}"))
    }
    .for_good()
}
