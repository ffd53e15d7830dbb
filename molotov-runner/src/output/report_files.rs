//! All destinations of a run's report: each contains the write errors of the others.

use super::place::PlaceKind;
use super::report_file::{ReportFile, ReportRequest};
use super::seam::Output;
use crate::report::Report;
use crate::typed;

/// The destinations of the report at the end of a run.
pub(crate) struct ReportFiles(Vec<ReportFile>);

impl ReportFiles {
    /// Checks each destination. Returns the destinations, and messages about those that cannot be written.
    pub(crate) fn check(requests: &[ReportRequest]) -> (Self, Vec<String>) {
        let (mut files, mut problems) = (Vec::new(), Vec::new());
        for request in requests {
            match ReportFile::check(request) {
                Ok(file) => files.push(file),
                Err(why) => problems.push(format!("--report {why}")),
            }
        }
        // Files can be rewritten after another destination failed, so they come first; a full disk is detected before
        // anything goes to a pipe or a stream, where nothing can be undone.
        files.sort_by_key(|file| match file.place() {
            PlaceKind::File | PlaceKind::Folder => 0,
            PlaceKind::Special => 1,
            PlaceKind::Stdout | PlaceKind::Stderr => 2,
        });
        (Self(files), problems)
    }

    /// Writes the report of a run, and adds the write errors to it. The final exit code of the process is that of the
    /// files' content.
    pub(crate) fn write_run(&mut self, report: &mut Report) {
        let mut outdated = Vec::new();
        for file in &mut self.0 {
            match file.finish(report) {
                Ok(()) if file.place() == PlaceKind::File => outdated.push((file, report.unwritten.len())),
                Ok(()) => {}
                Err(why) => report.unwritten.push(typed::masked(&why.to_string())),
            }
        }
        let failures = report.unwritten.len();
        outdated.retain(|(_, known)| *known < failures);
        for (file, _) in outdated {
            report.unwritten.extend(file.finish(report).err().map(|why| typed::masked(&why.to_string())));
        }
    }

    /// Writes a report unchanged. Returns the write errors.
    pub(crate) fn write(&mut self, report: &Report) -> Vec<String> {
        self.0.iter_mut().filter_map(|file| file.finish(report).err()).map(|why| why.to_string()).collect()
    }
}
