//! The output of `molotov report` and `molotov merge`.

use std::path::{Path, PathBuf};

use super::RunResults;
use crate::error::RunError;
use crate::output::results::write_merged;
use crate::output::{self, Detail, PlaceKind, ReportFiles, ReportRequest, Sink, TextStyle};
use crate::report::Report;

/// The requested reports.
#[derive(Debug, Default)]
pub struct Announced {
    /// `FILE` or `FORMAT=FILE`, as for `--report`.
    pub reports: Vec<PathBuf>,
    /// The files that were read, which must not be overwritten.
    pub sources: Vec<PathBuf>,
    /// The results file to write.
    pub results: Option<PathBuf>,
    /// `true` to print nothing.
    pub quiet: bool,
    /// `true` to show messages in full.
    pub verbose: bool,
}

/// Prints a report in the same form as its run, and writes it to files. Returns the write errors.
///
/// # Errors
///
/// Returns an error if a file cannot be written or has an unknown format, before anything is written.
#[inline]
pub fn publish(results: &RunResults, announced: &Announced) -> Result<Vec<String>, RunError> {
    let requests: Vec<_> = announced.reports.iter().cloned().map(ReportRequest::from).collect();
    publish_as(results, &requests, announced)
}

/// Prints a report and writes it in the requested formats. Returns the write errors.
///
/// # Errors
///
/// The same as for [`publish`].
#[inline]
pub(crate) fn publish_as(
    results: &RunResults,
    requests: &[ReportRequest],
    announced: &Announced,
) -> Result<Vec<String>, RunError> {
    let places = || {
        let reports = requests.iter().map(|request| ("--report", request.path()));
        reports.chain(announced.results.iter().map(|path| ("--results", path.as_path())))
    };
    let (mut files, mut problems) = ReportFiles::check(requests);
    problems.extend(output::clashes(places()));
    for source in &announced.sources {
        let source = ("the file", source.as_path());
        problems.extend(places().flat_map(|place| output::clashes([source, place].into_iter())));
    }
    RunError::unless_empty(problems)?;
    let is_taken = places().any(|(_, path)| PlaceKind::from_path(path) == PlaceKind::Stdout);
    let mut unwritten = print(&results.report, announced, is_taken);
    unwritten.extend(files.write(&results.report));
    let failed = announced.results.as_deref().and_then(|path| write(results, path));
    unwritten.extend(failed);
    Ok(unwritten)
}

/// Prints the text of the report, to standard error if a file uses standard output.
#[inline]
fn print(report: &Report, announced: &Announced, is_taken: bool) -> Vec<String> {
    if announced.quiet {
        return Vec::new();
    }
    let detail = if announced.verbose { Detail::Whole } else { Detail::Short };
    let (mut out, style) = match is_taken {
        true => (Sink::stderr(), TextStyle::of_stderr(detail)),
        false => (Sink::stdout(), TextStyle::of_stdout(detail)),
    };
    out.write(&output::render(report, &style));
    out.lost().map(|error| format!("cannot write to standard output: {error}")).into_iter().collect()
}

#[inline]
fn write(results: &RunResults, path: &Path) -> Option<String> {
    let written = write_merged(path, &results.header, &results.report);
    written.err().map(|error| format!("cannot write {}: {error}", path.display()))
}
