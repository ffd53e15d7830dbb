//! The run as far as its results file has been read.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use molotov_core::{Latencies, SeriesKind};
use serde_json::value::RawValue;

use super::pending::{PendingLine, ResultsLine};
use crate::output::results::{
    CountsLine, EndLine, HistogramKind, RunCounts, SeriesLine, WindowLine, window_seconds,
};
use crate::report::{FailureGroup, Rebuilt, RowPart, SeriesRow};

/// The maximum number of windows of a file.
const MAX_WINDOWS: u64 = 1_000_000;

/// The maximum number of seconds of a run: three years.
const MAX_SECONDS: u64 = 100_000_000;

/// The maximum number of series of a run; a run has no more of each kind.
const MAX_SERIES: u32 = 7_000;

/// The maximum number of pending lines of one window, and of their bytes.
const MAX_PENDING: usize = 4_000_000;

/// The maximum of any count, so that sums do not overflow.
const MAX_COUNT: u64 = 1 << 40;

/// A part of the report, in its written form.
#[derive(Debug)]
pub(super) enum ReportPart {
    Value(Box<RawValue>),
    Items(Vec<Box<RawValue>>),
}

/// A series, with its known properties.
#[derive(Debug)]
pub(super) struct KnownSeries {
    pub(super) kind: SeriesKind,
    pub(super) row: SeriesRow,
    pub(super) values: Latencies,
    /// The row of a check, counter, gauge or trend.
    pub(super) value: Option<Box<RawValue>>,
}

/// The run so far.
#[derive(Debug, Default)]
pub(super) struct RunSoFar {
    pub(super) series: BTreeMap<u32, KnownSeries>,
    pub(super) failures: HashMap<u32, FailureGroup>,
    pub(super) parts: BTreeMap<String, ReportPart>,
    pub(super) so_far: Option<RunCounts>,
    pub(super) rebuilt: Rebuilt,
    pub(super) windows: u64,
    /// The minimum number of the next window.
    next: u64,
    pub(super) unknown: u64,
    pub(super) is_ended: bool,
}

/// The reason to stop reading.
pub(super) enum ReadEnd {
    /// A damaged line; the lines before it are valid.
    Damaged(String),
    Useless(String),
}

impl From<String> for ReadEnd {
    #[inline]
    fn from(why: String) -> Self {
        Self::Damaged(why)
    }
}

impl RunSoFar {
    #[inline]
    pub(super) fn add_line(&mut self, line: &str, pending: &mut Vec<PendingLine>) -> Result<(), ReadEnd> {
        let line = ResultsLine::parse(line)?;
        if let ResultsLine::Run = line {
            let why = "there are two runs in it; `molotov merge` takes a file for each";
            return Err(ReadEnd::Useless(why.to_owned()));
        }
        if self.is_ended {
            return Err("it follows the end of the run".to_owned().into());
        }
        match line {
            ResultsLine::Pending(line) if pending.len() < MAX_PENDING => {
                self.look_up(&line)?;
                pending.push(line);
            }
            ResultsLine::Pending(_) => return Err("its window has too many lines".to_owned().into()),
            ResultsLine::Window(window) => self.close(*window, pending)?,
            ResultsLine::End(end) => self.end(&end, pending)?,
            ResultsLine::Run => {}
        }
        Ok(())
    }

    #[inline]
    fn close(&mut self, line: WindowLine, pending: &mut Vec<PendingLine>) -> Result<(), String> {
        check_count(line.lines, pending)?;
        if line.w < self.next {
            return Err(format!("the window {} is there twice, or after a later one", line.w));
        }
        let window = &line.window;
        let most = Duration::from_secs(window_seconds(line.w.min(MAX_SECONDS)));
        if line.w >= MAX_SECONDS || self.windows >= MAX_WINDOWS || window.length > most {
            return Err("there are more windows than there can be".to_owned());
        }
        let is_of_second = window.start == Duration::from_secs(line.w);
        let counts = [
            window.scheduled,
            window.started,
            window.dropped,
            window.iterations,
            window.requests,
            window.connections,
        ];
        let mut counts = counts.iter().chain(window.kinds.values());
        if !is_of_second || counts.any(|count| *count > MAX_COUNT) {
            return Err(
                "the window has another time than its number, or counts more than there can be".to_owned()
            );
        }
        let seconds = window.length.as_secs();
        let latencies = line.latency.as_ref().map_or(Ok(Latencies::default()), Latencies::try_from)?;
        for line in pending.drain(..) {
            self.apply(line)?;
        }
        self.rebuilt.windows.add(line.window, &latencies);
        self.so_far = line.so_far.or(self.so_far.take());
        (self.windows, self.next) = (self.windows + 1, line.w + seconds.max(1));
        Ok(())
    }

    #[inline]
    fn end(&mut self, end: &EndLine, pending: &mut Vec<PendingLine>) -> Result<(), String> {
        check_count(end.lines, pending)?;
        for line in pending.drain(..) {
            self.apply(line)?;
        }
        self.is_ended = true;
        Ok(())
    }

    #[inline]
    fn apply(&mut self, line: PendingLine) -> Result<(), String> {
        match line {
            // It was added when it was read.
            PendingLine::Series(_) | PendingLine::Remark => {}
            PendingLine::Histogram(w, i, of, latencies) => self.add_latencies((w, i, of), &latencies)?,
            PendingLine::Counts(line) => self.set_counts(line)?,
            PendingLine::Failure(line) => drop(self.failures.insert(line.g, line.group)),
            PendingLine::More(line) => {
                if let Some(group) = self.failures.get_mut(&line.g) {
                    (group.count, group.seen.1) = (line.count, line.last);
                }
            }
            PendingLine::Value(i, row) => self.known(i)?.value = Some(row),
            PendingLine::Part(key, item, value) => self.apply_part(key, item, value)?,
            PendingLine::Unknown => self.unknown += 1,
        }
        Ok(())
    }

    /// Checks that a line can be applied at the end of its window, so that no window is applied in part.
    #[inline]
    fn look_up(&mut self, line: &PendingLine) -> Result<(), String> {
        match line {
            PendingLine::Series(series) => self.add_series(series)?,
            PendingLine::Histogram(_, i, ..) | PendingLine::Value(i, _) => drop(self.known(*i)?),
            PendingLine::Counts(line) => {
                self.known(line.i)?;
                check_counts(line)?;
            }
            PendingLine::Failure(line) if line.group.count > MAX_COUNT || line.g >= MAX_SERIES => {
                return Err("there are more failures than there can be".to_owned());
            }
            PendingLine::More(line) if line.count > MAX_COUNT => {
                return Err("there are more failures than there can be".to_owned());
            }
            _ => {}
        }
        Ok(())
    }

    #[inline]
    fn add_series(&mut self, series: &SeriesLine) -> Result<(), String> {
        let kind = SeriesKind::ALL.iter().copied().find(|kind| kind.to_string() == series.kind);
        let kind = kind.ok_or_else(|| format!("there is no kind of series called {}", series.kind))?;
        if series.i >= MAX_SERIES {
            return Err("there are more series than there can be".to_owned());
        }
        let row = SeriesRow { name: series.name.clone(), ..SeriesRow::default() };
        let known = KnownSeries { kind, row, values: Latencies::default(), value: None };
        self.series.insert(series.i, known);
        Ok(())
    }

    #[inline]
    fn known(&mut self, i: u32) -> Result<&mut KnownSeries, String> {
        self.series.get_mut(&i).ok_or_else(|| format!("there is no series of the number {i}"))
    }

    #[inline]
    fn add_latencies(
        &mut self,
        (w, i, of): (u64, u32, HistogramKind),
        latencies: &Latencies,
    ) -> Result<(), String> {
        let known = self.known(i)?;
        let row = &mut known.row;
        match of {
            HistogramKind::Ok => row.add_to_course(w.min(MAX_SECONDS), latencies, RowPart::Ok),
            HistogramKind::Failed => row.add_to_course(w.min(MAX_SECONDS), latencies, RowPart::Failed),
            _ => {}
        }
        let histogram = match of {
            HistogramKind::Ok => &mut row.ok,
            HistogramKind::Failed => &mut row.failed,
            HistogramKind::OkService => &mut row.service.get_or_insert_default().ok,
            HistogramKind::FailedService => &mut row.service.get_or_insert_default().failed,
            HistogramKind::Cut => &mut row.cut,
            HistogramKind::Waiting => &mut row.phases.get_or_insert_default().waiting,
            HistogramKind::Receiving => &mut row.phases.get_or_insert_default().receiving,
            HistogramKind::Unanswered => &mut row.phases.get_or_insert_default().unanswered,
            HistogramKind::Values => &mut known.values,
        };
        histogram.add(latencies);
        Ok(())
    }

    #[inline]
    fn set_counts(&mut self, line: CountsLine) -> Result<(), String> {
        let row = &mut self.known(line.i)?.row;
        (row.kinds, row.statuses, row.idle) = (line.kinds, line.statuses, line.idle);
        (row.cancelled, row.in_load, row.steady) = (line.cancelled, line.in_load, line.in_steady);
        (row.warm_up, row.warm_up_failed, row.busy) = (line.warm_up_count, line.warm_up_failed, line.busy);
        Ok(())
    }

    #[inline]
    fn apply_part(&mut self, key: String, item: Option<u64>, value: Box<RawValue>) -> Result<(), String> {
        match (item, self.parts.get_mut(&key)) {
            (None, _) => drop(self.parts.insert(key, ReportPart::Value(value))),
            (Some(0), _) => drop(self.parts.insert(key, ReportPart::Items(vec![value]))),
            (Some(item), Some(ReportPart::Items(items))) if item == items.len() as u64 => items.push(value),
            _ => return Err(format!("the items of {key} are in no order")),
        }
        Ok(())
    }
}

#[inline]
fn check_count(lines: u64, pending: &[PendingLine]) -> Result<(), String> {
    match lines == pending.len() as u64 {
        true => Ok(()),
        false => Err(format!("its window has {lines} lines, and {} of them are there", pending.len())),
    }
}

#[inline]
fn check_counts(line: &CountsLine) -> Result<(), String> {
    let counts = [
        line.cancelled,
        line.in_load,
        line.in_steady,
        line.warm_up_count,
        line.warm_up_failed,
        line.busy,
        line.idle.stray_bytes,
        line.idle.broken,
    ];
    let mut all = counts.iter().chain(line.kinds.values()).chain(line.statuses.values());
    match all.any(|count| *count > MAX_COUNT) {
        true => Err("a series counts more than there can be".to_owned()),
        false => Ok(()),
    }
}
