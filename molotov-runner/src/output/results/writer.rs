//! The output that writes a results file, a piece each second.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use molotov_core::Result;

use super::header::RunLine;
use super::lines::EndLine;
use super::parts;
use super::sink::{LineBuffer, ResultsSink};
use super::window::WindowLines;
use crate::output::seam::{Output, RunFacts};
use crate::report::{Report, Snapshot};

/// The number of pieces, one a second, between two synchronisations with the disk.
const SYNC: u32 = 10;

/// The requested results file.
#[derive(Clone, Debug)]
pub(crate) struct ResultsOptions {
    pub(crate) path: PathBuf,
    /// The time between two histograms of one series.
    pub(crate) every: Duration,
    pub(crate) header: RunLine,
}

impl ResultsOptions {
    /// The path of the file: in a folder, it has the name of its shard. The folder is created.
    fn file(&self) -> io::Result<PathBuf> {
        let is_folder = self.path.as_os_str().to_string_lossy().ends_with('/') || self.path.is_dir();
        if !is_folder {
            return Ok(self.path.clone());
        }
        let file = self.path.join(self.header.file_name());
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        Ok(file)
    }
}

/// Writes a results file during a run.
pub(crate) struct ResultsWriter {
    path: PathBuf,
    sink: ResultsSink,
    /// The first line, until it is written.
    header: Option<RunLine>,
    windows: WindowLines,
    lines: LineBuffer,
    pieces: u32,
    /// The error that ended the file, which was returned.
    lost: Option<String>,
}

impl ResultsWriter {
    /// Opens the file.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be created.
    pub(crate) fn open(options: ResultsOptions) -> io::Result<Self> {
        let path = options.file()?;
        let sink = ResultsSink::open(&path)?;
        Ok(Self {
            path,
            sink,
            header: Some(options.header),
            windows: WindowLines::new(options.every),
            lines: LineBuffer::default(),
            pieces: 0,
            lost: None,
        })
    }

    fn begin(&mut self, report: &Report) {
        if let Some(mut header) = self.header.take() {
            header.started_at = report.started_at;
            self.lines.push(&header);
            // It belongs to no window.
            self.lines.take_count();
        }
    }

    /// Writes the pending lines, unless an error has ended the file.
    fn write(&mut self, is_last: IsLast) -> Result {
        let text = self.lines.take_text();
        if self.lost.is_some() {
            return Ok(());
        }
        self.pieces += 1;
        let is_due = is_last == IsLast::Yes || self.pieces.is_multiple_of(SYNC);
        let written = self.sink.write(&text).and_then(|()| if is_due { self.sink.sync() } else { Ok(()) });
        written.map_err(|error| {
            let why =
                format!("cannot write the results to {}: {error}; the file ends here", self.path.display());
            self.lost = Some(why.clone());
            why.into()
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IsLast {
    Yes,
    No,
}

impl Output for ResultsWriter {
    fn name(&self) -> &str {
        "results"
    }

    fn tick(&mut self, snapshot: &Snapshot, _: &mut RunFacts) -> Result {
        self.begin(&snapshot.report);
        self.windows.write(snapshot, &mut self.lines);
        self.write(IsLast::No)
    }

    fn finish(&mut self, report: &Report) -> Result {
        self.begin(report);
        end(report, self.windows.count(), &mut self.lines);
        self.write(IsLast::Yes)
    }
}

/// Adds the parts of the finished report, and the last line.
pub(super) fn end(report: &Report, windows: u64, lines: &mut LineBuffer) {
    parts::write_all(report, lines);
    let exit_code = report.exit_code().code();
    let count = lines.take_count();
    lines.push(&EndLine { windows, exit_code, lines: count });
}

/// Writes a results file of several runs: their merged report, without the windows of each.
///
/// # Errors
///
/// Returns an error if the file cannot be written.
pub(crate) fn write_merged(path: &Path, header: &RunLine, report: &Report) -> io::Result<()> {
    let (mut sink, mut lines) = (ResultsSink::open(path)?, LineBuffer::default());
    lines.push(header);
    lines.take_count();
    end(report, 0, &mut lines);
    sink.write(&lines.take_text())?;
    sink.sync()
}
