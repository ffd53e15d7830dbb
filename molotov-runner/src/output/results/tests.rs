//! Files of runs, for tests of both sides.

use std::time::{Duration, SystemTime};

use super::header::RunLine;
use super::sink::LineBuffer;
use super::window::WindowLines;
use crate::report::{Report, Snapshot};

/// The file of a run with these snapshots, and with this final report.
pub(crate) fn file_of(snapshots: &[Snapshot], report: &Report) -> String {
    let mut file = TestFile::new();
    snapshots.iter().for_each(|snapshot| file.add(snapshot));
    file.end(report)
}

/// The file of a run in progress.
pub(crate) struct TestFile {
    pub(crate) text: String,
    windows: WindowLines,
    lines: LineBuffer,
}

impl TestFile {
    pub(crate) fn new() -> Self {
        let mut lines = LineBuffer::default();
        let mut header = RunLine::new(7, Vec::new(), Vec::new(), "");
        header.started_at = SystemTime::UNIX_EPOCH;
        lines.push(&header);
        let text = lines.take_text();
        Self { text, windows: WindowLines::new(Duration::from_secs(1)), lines }
    }

    pub(crate) fn add(&mut self, snapshot: &Snapshot) {
        self.windows.write(snapshot, &mut self.lines);
        self.text.push_str(&self.lines.take_text());
    }

    fn end(mut self, report: &Report) -> String {
        super::writer::end(report, self.windows.count(), &mut self.lines);
        self.text + &self.lines.take_text()
    }
}
