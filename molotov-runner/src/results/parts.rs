//! The results files of a run in several processes, in files and folders.

use std::fs;
use std::path::{Path, PathBuf};

use super::RunResults;
use crate::error::RunError;

/// Reads results files, and all those in folders, in the order of their names.
///
/// # Errors
///
/// Returns an error for each file that cannot be read, and for each folder without results files.
#[doc(hidden)]
#[inline]
pub fn read_all(paths: &[PathBuf]) -> Result<Vec<(String, RunResults)>, RunError> {
    let (mut runs, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match files(path) {
            Ok(files) => {
                for file in files {
                    match RunResults::read(&file) {
                        Ok(run) => runs.push((file.display().to_string(), run)),
                        Err(why) => problems.push(why.to_string()),
                    }
                }
            }
            Err(why) => problems.push(why),
        }
    }
    RunError::unless_empty(problems)?;
    Ok(runs)
}

/// The results files at this path: itself, or those in the folder.
#[inline]
fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error| format!("{}: the folder cannot be read: {error}", path.display());
    let (mut files, mut folder) = (Vec::new(), None);
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?.path();
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if entry.is_dir() {
            folder = Some(entry);
        } else if name.ends_with(".jsonl") || name.ends_with(".jsonl.gz") {
            files.push(entry);
        }
    }
    files.sort();
    match (files.is_empty(), folder) {
        (false, _) => Ok(files),
        (true, Some(inner)) => Err(format!(
            "{}: there are no results files (.jsonl) in it; name the folder of one run: {}",
            path.display(),
            inner.display()
        )),
        (true, None) => Err(format!(
            "{}: there are no results files (.jsonl) in it; --results {} of a load test writes them",
            path.display(),
            path.join("").display()
        )),
    }
}
