//! Rows of a file that is not kept in memory: each row is read when it is drawn.

use std::path::PathBuf;

use super::measured_records::RecordMark;
use super::parse::Parse;
use super::records::Records;
use super::row::Row;
use super::wrong::Wrong;
use crate::error::{Error, Result};
use crate::failure::FailureKind;

/// The number of rows from one mark to the next. At most this many rows are read to find a row; each mark takes 16
/// bytes.
pub(super) const STRIDE: u64 = 64;

/// An open file of rows, and the positions of the rows in it.
pub(super) struct Cursor<T> {
    pub(super) path: PathBuf,
    pub(super) records: Records,
    pub(super) parse: Parse<T>,
    /// The position of every [`STRIDE`]th row.
    pub(super) marks: Vec<RecordMark>,
    /// The row that is read next. A user that draws rows in order never has to search.
    pub(super) next: u64,
}

impl<T> Cursor<T> {
    /// The row at this index. A failure is a fault of this machine, because the file was valid before the run.
    pub(super) fn row(&mut self, index: u64) -> Result<Row<T>> {
        self.find(index).map_err(|wrong| {
            // The position of the next row is lost.
            self.next = u64::MAX;
            Error::with_kind(
                FailureKind::LocalOther,
                format!("{} (it was right before the run: has the file changed?)", wrong.at(&self.path)),
            )
        })
    }

    fn find(&mut self, index: u64) -> Result<Row<T>, Wrong> {
        let mark = index / STRIDE;
        if self.next > index || self.next / STRIDE < mark {
            let Some(place) = self.marks.get(mark as usize) else {
                return Err(Wrong::file(format!("there is no row {index}")));
            };
            self.records.seek(place)?;
            self.next = mark * STRIDE;
        }
        while self.next <= index {
            if !self.records.advance()? {
                return Err(Wrong::file(format!("there is no row {index} any more")));
            }
            self.next += 1;
        }
        (self.parse)(&mut self.records).map(|row| Row::read(row, index))
    }
}
