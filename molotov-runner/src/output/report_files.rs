//! All places that the report of a run is written to: each names what could not be written to the others.

use super::place::PlaceKind;
use super::report_file::{ReportFile, ReportRequest};
use crate::report::Report;
use crate::typed;

/// The places that the report is written to when a run has ended.
pub(crate) struct ReportFiles(Vec<ReportFile>);

impl ReportFiles {
    /// Looks whether the report can be written to each. Returns the places, and messages about those that it cannot be written to.
    pub(crate) fn check(requests: &[ReportRequest]) -> (Self, Vec<String>) {
        let (mut files, mut problems) = (Vec::new(), Vec::new());
        for request in requests {
            match ReportFile::check(request) {
                Ok(file) => files.push(file),
                Err(why) => problems.push(format!("--report {why}")),
            }
        }
        // Files can be written once more when something else has failed, so they come first; a full disk is known before
        // anything goes to a pipe or a stream, of which nothing can be taken back.
        files.sort_by_key(|file| match file.place() {
            PlaceKind::File | PlaceKind::Folder => 0,
            PlaceKind::Special => 1,
            PlaceKind::Stdout | PlaceKind::Stderr => 2,
        });
        (Self(files), problems)
    }

    /// Writes the report of a run, and adds to it what could not be written. What the files say of that, and their exit code, is
    /// what the process ends with.
    pub(crate) fn write_run(&self, report: &mut Report) {
        let mut outdated = Vec::new();
        for file in &self.0 {
            match file.write(report) {
                Ok(()) if file.place() == PlaceKind::File => outdated.push((file, report.unwritten.len())),
                Ok(()) => {}
                Err(why) => report.unwritten.push(typed::masked(&why)),
            }
        }
        let failures = report.unwritten.len();
        outdated.retain(|(_, known)| *known < failures);
        for (file, _) in outdated {
            report.unwritten.extend(file.write(report).err().map(|why| typed::masked(&why)));
        }
    }

    /// Writes a report as it is. Returns what could not be written.
    pub(crate) fn write(&self, report: &Report) -> Vec<String> {
        self.0.iter().filter_map(|file| file.write(report).err()).collect()
    }
}
