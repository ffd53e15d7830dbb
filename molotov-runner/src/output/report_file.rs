//! The report as a file (`--report`): the extension of its name determines the format, or a word before it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::formats::{FORMATS, FileFormat};
use super::place::{self, PlaceKind};
use super::seam::{Interest, Output};
use crate::report::Report;

/// A requested report: `FILE`, or `FORMAT=FILE` if the extension does not determine the format.
#[derive(Clone, Debug)]
pub(crate) struct ReportRequest {
    format: Option<String>,
    path: PathBuf,
}

impl From<PathBuf> for ReportRequest {
    fn from(typed: PathBuf) -> Self {
        let named = typed.to_str().and_then(|text| text.split_once('=')).filter(|(name, _)| is_word(name));
        match named {
            Some((name, path)) => Self { format: Some(name.to_owned()), path: path.into() },
            None => Self { format: None, path: typed },
        }
    }
}

/// Returns `true` if the text can be the name of a format. A file's name has a dot or a folder.
fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

impl ReportRequest {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn format(&self) -> Result<&'static FileFormat, String> {
        let Some(name) = &self.format else { return self.format_by_ending() };
        if self.path.as_os_str().is_empty() {
            return Err(format!("{name}= names no file; write {name}=FILE"));
        }
        let format =
            FORMATS.iter().find(|format| format.name == name || format.ending == Some(name.as_str()));
        format.ok_or_else(|| unknown_format(name, &self.path))
    }

    fn format_by_ending(&self) -> Result<&'static FileFormat, String> {
        let ending = self.path.extension().unwrap_or_default();
        let format = match PlaceKind::from_path(&self.path) {
            PlaceKind::File => {
                FORMATS.iter().find(|format| format.ending.is_some_and(|known| ending == known))
            }
            _ => FORMATS.first(),
        };
        format.ok_or_else(|| unknown_ending(&self.path))
    }
}

fn unknown_format(name: &str, path: &Path) -> String {
    let path = path.display();
    format!(
        "{name}={path}: there is no format `{name}`, only {}; a file of this name is written with its folder: `./{name}={path}`",
        names()
    )
}

fn unknown_ending(path: &Path) -> String {
    let endings = FORMATS.iter().filter_map(|format| format.ending).map(|ending| format!(".{ending}"));
    format!(
        "{}: the ending says the format, and only {} are known; or write FORMAT=FILE, for example `csv={0}`; formats are {}",
        path.display(),
        listed(endings),
        names()
    )
}

fn names() -> String {
    listed(FORMATS.iter().map(|format| format.name.to_owned()))
}

/// The words, separated by commas and a final "and".
fn listed(words: impl Iterator<Item = String>) -> String {
    let words: Vec<_> = words.collect();
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}

/// A report file, written at the end of the run. Unlike other outputs it needs no thread: the run is over, and a pipe
/// has its own time limit.
pub(crate) struct ReportFile {
    path: PathBuf,
    format: &'static FileFormat,
}

impl ReportFile {
    /// Checks that the report can be written there; otherwise the mistake would only be found at the end of the run.
    ///
    /// # Errors
    ///
    /// Returns the reason why it cannot.
    pub(crate) fn check(request: &ReportRequest) -> Result<Self, String> {
        let path = request.path();
        let format = request.format()?;
        match PlaceKind::from_path(path) {
            PlaceKind::Folder => {
                return Err(format!("{}: this is a folder; name a file in it", path.display()));
            }
            PlaceKind::File => check_file(path)?,
            PlaceKind::Stdout | PlaceKind::Stderr | PlaceKind::Special => {}
        }
        Ok(Self { path: path.to_owned(), format })
    }

    /// Returns the kind of place of the file.
    pub(super) fn place(&self) -> PlaceKind {
        PlaceKind::from_path(&self.path)
    }
}

impl Output for ReportFile {
    fn name(&self) -> &str {
        "report"
    }

    fn interest(&self) -> Interest {
        Interest::report()
    }

    fn finish(&mut self, report: &Report) -> molotov_core::Result {
        let text = (self.format.render)(report);
        write_text(&self.path, text)
            .map_err(|error| format!("cannot write {}: {error}", self.path.display()).into())
    }
}

/// Checks that a file can be created beside this one.
fn check_file(path: &Path) -> Result<(), String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(format!("{}: the folder {} does not exist", path.display(), folder.display()));
    }
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let made = beside(&target).and_then(|temporary| {
        write_and_sync(&temporary, "")?;
        fs::remove_file(temporary)
    });
    made.map_err(|error| {
        format!("{}: the file cannot be written: {error}; name one in a folder that is yours", path.display())
    })
}

/// Writes the report to a file as JSON, atomically.
///
/// # Errors
///
/// Returns an error if the folder does not exist or the file cannot be written; then the file is unchanged.
#[cfg(test)]
pub(crate) fn write_file(path: &Path, report: &Report) -> io::Result<()> {
    write_text(path, super::json::render(report))
}

/// Writes a text to a file, atomically.
fn write_text(path: &Path, text: String) -> io::Result<()> {
    match PlaceKind::from_path(path) {
        PlaceKind::Stdout | PlaceKind::Stderr | PlaceKind::Special => {
            return place::write_special(path, text);
        }
        PlaceKind::File | PlaceKind::Folder => {}
    }
    // A symbolic link is kept: its target is replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let temporary = beside(path)?;
    let written = write_and_sync(&temporary, &text).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // It may not even exist; the first error is the relevant one.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A name in the same folder, because renaming only works within a file system.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name =
        path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a file name"))?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    Ok(path.with_file_name(temporary))
}

fn write_and_sync(path: &Path, text: &str) -> io::Result<()> {
    // An existing file belongs to a process that died. It is never written through a foreign link.
    let _ = fs::remove_file(path);
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format_of(typed: &str) -> Result<&'static str, String> {
        ReportRequest::from(PathBuf::from(typed)).format().map(|format| format.name)
    }

    #[test]
    fn the_ending_or_the_word_before_the_file_is_the_format() {
        for (typed, format) in [
            ("out.json", "json"),
            ("a/out.txt", "text"),
            ("out.md", "markdown"),
            ("out.csv", "csv"),
            ("out.xml", "junit"),
            ("out.hlog", "hlog"),
            ("-", "json"),
            ("md=-", "markdown"),
            ("markdown=out.txt", "markdown"),
            ("csv-windows=out.csv", "csv-windows"),
            ("codequality=gl.json", "codequality"),
            ("openmetrics=metrics.txt", "openmetrics"),
            ("k6=load.json", "k6"),
            ("junit=a=b", "junit"),
            ("./a=b.json", "json"),
            ("a.b=c.json", "json"),
        ] {
            assert_eq!(format_of(typed), Ok(format), "{typed}");
        }
    }

    #[test]
    fn an_unknown_ending_and_an_unknown_format_name_the_known_ones() {
        let (ending, none) = (format_of("report.pdf").unwrap_err(), format_of("report").unwrap_err());
        let format = format_of("html5=out.html").unwrap_err();

        assert!(
            ending.starts_with(
                "report.pdf: the ending says the format, and only .json, .txt, .md, .csv, .xml, .hlog and .html are known"
            ),
            "{ending}"
        );
        assert!(none.contains("`csv=report`"), "{none}");
        assert!(format.contains("no format `html5`, only json, text, markdown"), "{format}");
        assert!(format.ends_with("`./html5=out.html`"), "{format}");
    }

    #[test]
    fn a_file_is_looked_for_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| ReportFile::check(&folder.path().join(name).into());

        assert!(at("a.json").is_ok() && at("b.hlog").is_ok());
        let (long, nowhere) = (at(&format!("{}.json", "x".repeat(300))), at("none/a.json"));

        assert!(long.err().unwrap().contains("cannot be written"));
        assert!(nowhere.err().unwrap().contains("does not exist"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
