//! The JSON report as a file: everything that a run has shown, in a schema of its own (`docs/report.schema.json`).

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::place::{self, Kind};
use crate::report::Report;

/// Writes the report to a file, whole or not at all.
///
/// # Errors
/// Where the folder does not exist or the file cannot be written; then the file is as it was before.
pub(crate) fn write_file(path: &Path, report: &Report) -> io::Result<()> {
    let text = report.to_json() + "\n";
    match Kind::of(path) {
        Kind::Stdout | Kind::Stderr | Kind::Special => return place::write_special(path, text),
        Kind::File | Kind::Folder => {}
    }
    // A symbolic link stays one: what it leads to is replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let temporary = beside(path)?;
    let written = write_and_sync(&temporary, &text).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // It may not even exist; the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A name in the same folder, because renaming works within a file system only.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name =
        path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a file name"))?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    Ok(path.with_file_name(temporary))
}

fn write_and_sync(path: &Path, text: &str) -> io::Result<()> {
    // One that is there is of a process that died. Never through a link that somebody has put there.
    let _ = fs::remove_file(path);
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests;
