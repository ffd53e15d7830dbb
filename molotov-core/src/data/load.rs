//! Loading a feed: every row is checked before the run, and kept if that takes little memory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fs};

use super::cursor::{Cursor, STRIDE};
use super::feeder::RowStore;
use super::parse::Parse;
use super::records::{Records, RowFormat};
use super::row::{Row, Rows};
use crate::error::Result;

/// The number of wrong rows that are reported individually; further ones are counted.
const MAX_WRONG: usize = 10;

/// The rows, and their number.
pub(super) type Loaded = (Box<dyn RowStore>, u64);

/// Rows from code.
pub(super) fn rows<T: Send + Sync + 'static>(rows: Vec<T>) -> std::result::Result<Loaded, Vec<String>> {
    if rows.is_empty() {
        return Err(vec!["has no rows; it needs at least one".into()]);
    }
    let count = rows.len() as u64;
    Ok((Box::new(Kept(Arc::new(rows))), count))
}

/// Rows of a file; they are kept if the file has at most `keep` bytes.
pub(super) fn file<T: Send + Sync + 'static>(
    path: &Path,
    format: RowFormat,
    parse: Parse<T>,
    keep: u64,
) -> std::result::Result<Loaded, Vec<String>> {
    let path = &found(path);
    let mut records = Records::open(path, format).map_err(|wrong| vec![wrong.at(path)])?;
    let keeps = fs::metadata(path).is_ok_and(|file| file.len() <= keep);
    let (mut rows, mut marks, mut count) = (Vec::new(), Vec::new(), 0);
    let mut wrong = RowMistakes::default();
    loop {
        let mark = records.mark();
        match records.advance().and_then(|more| more.then(|| parse(&mut records)).transpose()) {
            Ok(None) => break,
            Ok(Some(row)) if keeps => rows.push(row),
            Ok(Some(_)) if count % STRIDE == 0 => marks.push(mark),
            Ok(Some(_)) => {}
            Err(found) => {
                wrong.add(|| found.at(path));
                if found.is_last {
                    break;
                }
            }
        }
        count += 1;
    }
    wrong.add_of_whole(&mut records, path);
    wrong.or_else_none(path)?;
    if count == 0 {
        return Err(vec![format!("{}: has no rows; it needs at least one", path.display())]);
    }
    if keeps {
        return Ok((Box::new(Kept(Arc::new(rows))), count));
    }
    let cursor = Cursor { path: path.clone(), records, parse, marks, next: u64::MAX };
    Ok((Box::new(Streamed(Mutex::new(cursor))), count))
}

/// Searches for a file below the current folder, and then below the folder of the package that cargo runs. Tests start
/// in the latter, programs in any folder.
fn found(path: &Path) -> PathBuf {
    match env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) if path.is_relative() && !path.exists() => {
            let there = Path::new(&package).join(path);
            if there.exists() { there } else { path.to_owned() }
        }
        _ => path.to_owned(),
    }
}

#[derive(Default)]
struct RowMistakes {
    told: Vec<String>,
    more: u64,
}

impl RowMistakes {
    /// Adds the mistake of the file as a whole, if each row is valid.
    fn add_of_whole(&mut self, records: &mut Records, path: &Path) {
        if self.told.is_empty()
            && let Err(found) = records.check_whole()
        {
            self.add(|| found.at(path));
        }
    }

    fn add(&mut self, text: impl FnOnce() -> String) {
        if self.told.len() < MAX_WRONG {
            self.told.push(text());
        } else {
            self.more += 1;
        }
    }

    fn or_else_none(mut self, path: &Path) -> std::result::Result<(), Vec<String>> {
        if self.more > 0 {
            self.told.push(format!("{}: {} more rows are wrong", path.display(), self.more));
        }
        if self.told.is_empty() { Ok(()) } else { Err(self.told) }
    }
}

struct Kept<T>(Arc<Vec<T>>);

impl<T: Send + Sync + 'static> RowStore for Kept<T> {
    fn push(&self, index: u64, rows: &mut Rows) -> Result {
        // The index is less than the number of rows, which are in memory.
        rows.push(Row::kept(&self.0, index as usize));
        Ok(())
    }
}

struct Streamed<T>(Mutex<Cursor<T>>);

impl<T: Send + Sync + 'static> RowStore for Streamed<T> {
    fn push(&self, index: u64, rows: &mut Rows) -> Result {
        let row = self.0.lock().unwrap_or_else(PoisonError::into_inner).row(index)?;
        rows.push(row);
        Ok(())
    }
}
