//! The reader of results files (`--results`): the report of a run, complete or up to the point where its file was cut.
//!
//! All of it is inlined, so that it is only compiled in programs that read files.

mod command;
mod input;
mod merged;
mod parts;
mod pending;
mod reader;
mod rebuild;
mod run_so_far;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub(crate) use self::command::publish_as;
#[doc(hidden)]
pub use self::command::{Announced, publish};
pub use self::merged::{MissingShards, merge, merge_repeats};
#[doc(hidden)]
pub use self::parts::read_all;
use crate::error::RunError;
use crate::output::results::RunLine;
use crate::report::Report;

/// The contents of a results file: the report of its run, and its completeness.
///
/// ```
/// # fn show() -> Result<(), molotov::error::RunError> {
/// use molotov::results::RunResults;
///
/// let results = RunResults::read("smoke.jsonl")?;
/// results.warnings.iter().for_each(|warning| eprintln!("{warning}"));
/// println!("{}", results.report);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunResults {
    /// The report; for a file that was cut, up to the last complete second, and it has ended as
    /// [killed](crate::Ended::Killed).
    pub report: Report,
    /// Sentences about missing or unreadable content; empty for a complete file.
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
    /// Returns an error if it cannot be read, is no results file, is of a newer version, or has no complete second.
    #[inline]
    pub fn read(path: impl AsRef<Path>) -> Result<Self, RunError> {
        let path = path.as_ref();
        let named = |why: String| RunError::new(format!("{}: {why}", path.display()));
        let file = open(path).map_err(named)?;
        reader::read(file).map_err(named)
    }

    /// Reads the content of a results file from any source.
    ///
    /// ```
    /// # fn read() -> Result<(), molotov::error::RunError> {
    /// let results = molotov::results::RunResults::from_reader(std::io::stdin())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The same as for [`RunResults::read`].
    #[inline]
    pub fn from_reader(bytes: impl Read) -> Result<Self, RunError> {
        reader::read(bytes).map_err(RunError::new)
    }

    /// The random number of the run.
    #[inline]
    pub fn id(&self) -> &str {
        &self.header.id
    }

    /// Returns `true` if the file is complete: the run was finished.
    #[inline]
    pub fn is_whole(&self) -> bool {
        self.warnings.is_empty()
    }
}

#[inline]
fn open(path: &Path) -> Result<File, String> {
    // Opening a pipe would wait for its writer.
    let found = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if found.is_dir() {
        return Err("this is a folder; name the results file in it".to_owned());
    }
    if !found.is_file() {
        return Err("this is a pipe or a device; name a file".to_owned());
    }
    File::open(path).map_err(|error| format!("cannot be read: {error}"))
}
