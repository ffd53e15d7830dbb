//! Files of runs, for tests of both sides.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use super::header::RunLine;
use super::sink::LineBuffer;
use super::window::WindowLines;
use crate::report::{Report, Snapshot};

/// The file of a run that these snapshots were taken of, and that ended with this report.
pub(crate) fn file_of(snapshots: &[Snapshot], report: &Report) -> String {
    let (mut windows, mut lines) = (WindowLines::new(Duration::from_secs(1)), LineBuffer::default());
    let mut header = RunLine::new(7, Vec::new(), Vec::new(), "");
    header.started_at = SystemTime::UNIX_EPOCH;
    let mut text = String::new();
    lines.push(&header);
    write!(text, "{}", lines.take_text()).unwrap();
    for snapshot in snapshots {
        windows.write(snapshot, &mut lines);
        text.push_str(&lines.take_text());
    }
    super::writer::end(report, windows.count(), &mut lines);
    text + &lines.take_text()
}
