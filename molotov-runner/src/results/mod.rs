//! Results files (`--results`), read back: the report of a run, whole or up to where its file was cut.
//!
//! All of it is inlined, so that it is compiled where files are read, and not for those who only run.

mod command;
mod input;
mod merged;
mod pending;
mod reader;
mod rebuild;
mod run_so_far;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Read;
use std::path::Path;

#[doc(hidden)]
pub use self::command::{Announced, publish};
pub use self::merged::{MissingShards, merge, merge_repeats};
use crate::error::RunError;
use crate::output::results::RunLine;
use crate::report::Report;

/// The contents of a results file: the report of its run, and the limits of what is known of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunResults {
    /// The report; of a file that was cut up to the last whole second, and then it has ended as
    /// [killed](crate::Ended::Killed).
    pub report: Report,
    /// Sentences on what the file lacks or could not be read; none for a whole file.
    pub warnings: Vec<String>,
    pub(crate) header: RunLine,
}

impl RunResults {
    /// Reads a results file, plain or compressed by gzip.
    ///
    /// ```no_run
    /// use molotov::results::RunResults;
    ///
    /// let results = RunResults::read("smoke.jsonl")?;
    ///
    /// println!("{} requests", results.report.requests.attempted);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Where it cannot be read, is no results file, is of a newer version, or has no whole second.
    #[inline]
    pub fn read(path: impl AsRef<Path>) -> Result<Self, RunError> {
        let path = path.as_ref();
        let named = |why: String| RunError::new(format!("{}: {why}", path.display()));
        let file = open(path).map_err(named)?;
        reader::read(file).map_err(named)
    }

    /// Reads what a results file has, from anywhere.
    ///
    /// # Errors
    ///
    /// As [`RunResults::read`].
    #[inline]
    pub fn from_reader(bytes: impl Read) -> Result<Self, RunError> {
        reader::read(bytes).map_err(RunError::new)
    }

    /// The random number of the run.
    #[inline]
    pub fn id(&self) -> &str {
        &self.header.id
    }

    /// Returns `true` if the file is whole: the run came to its end.
    #[inline]
    pub fn is_whole(&self) -> bool {
        self.warnings.is_empty()
    }
}

#[inline]
fn open(path: &Path) -> Result<File, String> {
    // Opening a pipe would wait for who writes.
    let found = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if found.is_dir() {
        return Err("this is a folder; name the results file in it".to_owned());
    }
    if !found.is_file() {
        return Err("this is a pipe or a device; name a file".to_owned());
    }
    File::open(path).map_err(|error| format!("cannot be read: {error}"))
}
