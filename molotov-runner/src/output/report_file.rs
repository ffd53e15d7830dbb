//! The report as a file (`--report`): the ending of its name says the format.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use molotov_core::Result;

use super::json;
use super::place::{self, PlaceKind};
use super::seam::{Interest, Output};
use crate::report::Report;

/// A format that a report is written in. A new one is a file and a row.
struct FileFormat {
    ending: &'static str,
    render: fn(&Report) -> String,
}

const JSON: FileFormat = FileFormat { ending: "json", render: json::render };

/// Every format. What has no ending, such as a pipe, is written to in the first one.
const FORMATS: &[FileFormat] = &[JSON];

/// A file that the report is written to in the end. Unlike other outputs it needs no thread: nothing goes on any more, and a
/// pipe has a patience of its own.
pub(crate) struct ReportFile {
    path: PathBuf,
    format: &'static FileFormat,
}

impl ReportFile {
    /// Looks whether the report can be written there; that it could not would otherwise be found out when all is over.
    ///
    /// # Errors
    ///
    /// Why it cannot, in words.
    pub(crate) fn check(path: &Path) -> std::result::Result<Self, String> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let ending = path.extension().unwrap_or_default();
        let format = match PlaceKind::from_path(path) {
            PlaceKind::Stdout | PlaceKind::Stderr | PlaceKind::Special => FORMATS.first(),
            PlaceKind::Folder => return Err(format!("{}: this is a folder", path.display())),
            PlaceKind::File => FORMATS.iter().find(|format| ending == format.ending),
        };
        let format = format.ok_or_else(|| {
            format!("{}: the ending says the format, and only {} is known", path.display(), endings(FORMATS))
        })?;
        if PlaceKind::from_path(path) == PlaceKind::File && !folder.is_dir() {
            return Err(format!("{}: the folder {} does not exist", path.display(), folder.display()));
        }
        Ok(Self { path: path.to_owned(), format })
    }
}

impl Output for ReportFile {
    fn name(&self) -> &str {
        "report"
    }

    fn interest(&self) -> Interest {
        Interest::report()
    }

    fn finish(&mut self, report: &Report) -> Result {
        let text = (self.format.render)(report);
        write_text(&self.path, text)
            .map_err(|error| format!("cannot write {}: {error}", self.path.display()).into())
    }
}

/// The endings that are known, in words.
fn endings(formats: &[FileFormat]) -> String {
    let names: Vec<_> = formats.iter().map(|format| format!(".{}", format.ending)).collect();
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => names.concat(),
    }
}

/// Writes the report to a file as JSON, whole or not at all.
///
/// # Errors
///
/// Where the folder does not exist or the file cannot be written; then the file is as it was before.
#[cfg(test)]
pub(crate) fn write_file(path: &Path, report: &Report) -> io::Result<()> {
    write_text(path, json::render(report))
}

/// Writes a text to a file, whole or not at all.
fn write_text(path: &Path, text: String) -> io::Result<()> {
    match PlaceKind::from_path(path) {
        PlaceKind::Stdout | PlaceKind::Stderr | PlaceKind::Special => {
            return place::write_special(path, text);
        }
        PlaceKind::File | PlaceKind::Folder => {}
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
mod tests {
    use super::*;

    #[test]
    fn the_message_of_an_unknown_ending_lists_the_table() {
        const HTML: FileFormat = FileFormat { ending: "html", render: json::render };
        const CSV: FileFormat = FileFormat { ending: "csv", render: json::render };

        let known = [endings(&[JSON]), endings(&[JSON, HTML]), endings(&[JSON, HTML, CSV])];
        let why = ReportFile::check(Path::new("report.pdf")).err().unwrap();

        assert_eq!(known, [".json", ".json or .html", ".json, .html or .csv"]);
        assert!(why.ends_with("the ending says the format, and only .json is known"), "{why}");
    }
}
