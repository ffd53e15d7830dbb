//! The lines of a window: the additions of a snapshot to the previous one.

use std::collections::HashMap;
use std::time::Duration;

use molotov_core::{CompressedLatencies, FailureKind, Latencies, SeriesKind, SparseLatencies};
use serde::Serialize;
use serde_json::value::to_raw_value;

use super::joined::JoinedWindows;
use super::lines::{
    CountsLine, FailureLine, HistogramKind, HistogramLine, LostLine, MarkLine, MoreLine, OfferedCounts,
    RunCounts, SeriesLine, ValueLine, WindowLine,
};
use super::parts::PartsSoFar;
use super::sink::LineBuffer;
use crate::report::{FailureGroup, Mark, Report, SeriesRow, Snapshot, TrendRow, Window};

/// The number of windows between two writes of the report's changed parts.
const PARTS: u64 = 10;

/// The lines of windows, each created from the snapshot and from the previously written values.
#[derive(Debug)]
pub(super) struct WindowLines {
    /// The interval of the histograms of single series in seconds, and the end of the last interval.
    every: u64,
    rows_until: u64,
    joined: JoinedWindows,
    /// The number of windows so far, the next second, and the number of missing seconds since the last window.
    count: u64,
    next: u64,
    lost: u64,
    series: HashMap<(SeriesKind, String), u32>,
    rows: HashMap<u32, SeriesRow>,
    trends: HashMap<u32, Latencies>,
    values: HashMap<u32, String>,
    failures: HashMap<(String, FailureKind, String), (u32, FailureGroup)>,
    parts: PartsSoFar,
    marked: Vec<Mark>,
}

impl WindowLines {
    /// Creates the lines, with this interval for the histograms of single series.
    pub(super) fn new(every: Duration) -> Self {
        Self {
            every: every.as_secs().max(1),
            rows_until: 0,
            joined: JoinedWindows::default(),
            count: 0,
            next: 0,
            lost: 0,
            series: HashMap::new(),
            rows: HashMap::new(),
            trends: HashMap::new(),
            values: HashMap::new(),
            failures: HashMap::new(),
            parts: PartsSoFar::default(),
            marked: Vec::new(),
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Adds the lines of the windows that are over. Changes since the last snapshot belong to the last of them.
    pub(super) fn write(&mut self, snapshot: &Snapshot, lines: &mut LineBuffer) {
        let mut complete: Vec<Window> =
            snapshot.windows.iter().flat_map(|second| self.add_second(second)).collect();
        // The report also contains the seconds of an open window.
        let last = if self.joined.is_complete() { complete.pop() } else { None };
        complete.iter().for_each(|window| self.close(window, None, lines));
        if let Some(last) = last {
            self.write_last(&last, &snapshot.report, lines);
        }
    }

    fn add_second(&mut self, second: &Window) -> Vec<Window> {
        let start = second.start.as_secs();
        self.lost += start.saturating_sub(self.next);
        self.next = start + 1;
        self.joined.add(second)
    }

    fn write_last(&mut self, last: &Window, report: &Report, lines: &mut LineBuffer) {
        let w = last.start.as_secs();
        if self.count.is_multiple_of(PARTS) {
            self.parts.write_changed(report, lines);
        }
        if self.next / self.every > self.rows_until / self.every {
            self.rows_until = self.next;
            self.write_rows(report, w, lines);
        }
        self.write_values(report, w, lines);
        self.write_failures(&report.failures, w, lines);
        self.write_marks(report, w, lines);
        self.close(last, Some(counts(report)), lines);
    }

    /// Adds the line that ends a window.
    fn close(&mut self, window: &Window, so_far: Option<RunCounts>, lines: &mut LineBuffer) {
        let w = window.start.as_secs();
        let lost = std::mem::take(&mut self.lost);
        if lost > 0 {
            lines.push(&LostLine { w, windows: lost });
        }
        self.count += 1;
        let latencies = window.latency.to_latencies();
        let latency = (latencies.count() > 0).then(|| CompressedLatencies::from(&latencies));
        let window = Window { latency: SparseLatencies::default(), ..window.clone() };
        let count = lines.take_count();
        lines.push(&WindowLine { w, window, latency, so_far, lines: count });
        lines.take_count();
    }

    fn write_rows(&mut self, report: &Report, w: u64, lines: &mut LineBuffer) {
        let kinds = [
            (SeriesKind::Scenario, &report.scenarios),
            (SeriesKind::Route, &report.routes),
            (SeriesKind::Timer, &report.timers),
        ];
        for (kind, rows) in kinds {
            for row in rows {
                let i = self.number(kind, &row.name, lines);
                self.write_row(i, row, w, lines);
            }
        }
    }

    fn write_row(&mut self, i: u32, row: &SeriesRow, w: u64, lines: &mut LineBuffer) {
        let earlier = self.rows.remove(&i).unwrap_or_default();
        for (of, now, before) in histograms(row, &earlier) {
            write_difference((w, i, of), now, before, lines);
        }
        let counts = counts_of(row, w, i);
        if counts != counts_of(&earlier, w, i) {
            lines.push(&counts);
        }
        self.rows.insert(i, SeriesRow { course: earlier.course, ..row.clone() });
    }

    fn write_values(&mut self, report: &Report, w: u64, lines: &mut LineBuffer) {
        for row in &report.soft_checks {
            self.write_value((SeriesKind::Check, &row.name), row, w, lines);
        }
        for row in &report.counters {
            self.write_value((SeriesKind::Counter, &row.name), row, w, lines);
        }
        for row in &report.gauges {
            self.write_value((SeriesKind::Gauge, &row.name), row, w, lines);
        }
        for row in &report.trends {
            let i = self.number(SeriesKind::Trend, &row.name, lines);
            let before = self.trends.remove(&i).unwrap_or_default();
            write_difference((w, i, HistogramKind::Values), &row.values, &before, lines);
            let without_values = TrendRow { values: Latencies::default(), ..row.clone() };
            self.write_value((SeriesKind::Trend, &row.name), &without_values, w, lines);
            self.trends.insert(i, row.values.clone());
        }
    }

    fn write_value(&mut self, of: (SeriesKind, &str), row: &impl Serialize, w: u64, lines: &mut LineBuffer) {
        let i = self.number(of.0, of.1, lines);
        // Plain values with text keys.
        let row = to_raw_value(row).unwrap_or_else(|error| unreachable!("a row is plain data: {error}"));
        if self.values.get(&i).is_none_or(|written| written != row.get()) {
            lines.push(&ValueLine { w, i, row: &row });
            self.values.insert(i, row.get().to_owned());
        }
    }

    fn write_failures(&mut self, groups: &[FailureGroup], w: u64, lines: &mut LineBuffer) {
        for group in groups {
            let key = (group.place.clone(), group.kind, group.message.clone());
            let new = self.failures.len() as u32;
            let g = match self.failures.get(&key) {
                Some((_, written)) if written == group => continue,
                Some((g, written)) if is_same_but_more(written, group) => {
                    lines.push(&MoreLine { w, g: *g, count: group.count, last: group.seen.1 });
                    *g
                }
                known => {
                    let g = known.map_or(new, |(g, _)| *g);
                    lines.push(&FailureLine { w, g, group: group.clone() });
                    g
                }
            };
            self.failures.insert(key, (g, group.clone()));
        }
    }

    /// Adds the new moments of the run.
    fn write_marks(&mut self, report: &Report, w: u64, lines: &mut LineBuffer) {
        for mark in report.marks_so_far() {
            if mark.at < Duration::from_secs(self.next) && !self.marked.contains(&mark) {
                lines.push(&MarkLine { w, kind: mark.kind.as_str().into(), text: mark.text.clone() });
                self.marked.push(mark);
            }
        }
    }

    /// The number of a series, which a line defines at its first use.
    fn number(&mut self, kind: SeriesKind, name: &str, lines: &mut LineBuffer) -> u32 {
        let key = (kind, name.to_owned());
        if let Some(i) = self.series.get(&key) {
            return *i;
        }
        let i = self.series.len() as u32;
        lines.push(&SeriesLine { i, kind: kind.to_string(), name: name.to_owned() });
        self.series.insert(key, i);
        i
    }
}

/// Adds the difference between a histogram's current and previous values, unless it is empty.
fn write_difference(
    (w, i, of): (u64, u32, HistogramKind),
    now: &Latencies,
    before: &Latencies,
    lines: &mut LineBuffer,
) {
    let since = now.since(before);
    if since.count() > 0 {
        lines.push(&HistogramLine { w, i, of, latencies: CompressedLatencies::from(&since) });
    }
}

/// The histograms of a row, with those of the same row before.
fn histograms<'r>(
    row: &'r SeriesRow,
    earlier: &'r SeriesRow,
) -> Vec<(HistogramKind, &'r Latencies, &'r Latencies)> {
    static NONE: std::sync::LazyLock<Latencies> = std::sync::LazyLock::new(Latencies::default);
    let mut all = vec![
        (HistogramKind::Ok, &row.ok, &earlier.ok),
        (HistogramKind::Failed, &row.failed, &earlier.failed),
        (HistogramKind::Cut, &row.cut, &earlier.cut),
    ];
    if let Some(service) = &row.service {
        let [ok, failed] = earlier.service.as_ref().map_or([&*NONE; 2], |it| [&it.ok, &it.failed]);
        all.push((HistogramKind::OkService, &service.ok, ok));
        all.push((HistogramKind::FailedService, &service.failed, failed));
    }
    if let Some(phases) = &row.phases {
        let before = earlier.phases.as_ref();
        let [waiting, receiving, unanswered] =
            before.map_or([&*NONE; 3], |it| [&it.waiting, &it.receiving, &it.unanswered]);
        all.push((HistogramKind::Waiting, &phases.waiting, waiting));
        all.push((HistogramKind::Receiving, &phases.receiving, receiving));
        all.push((HistogramKind::Unanswered, &phases.unanswered, unanswered));
    }
    all
}

/// Returns `true` if only the count and the last time differ.
fn is_same_but_more(written: &FailureGroup, group: &FailureGroup) -> bool {
    let seen = (written.seen.0, group.seen.1);
    FailureGroup { count: group.count, seen, ..written.clone() } == *group
}

fn counts_of(row: &SeriesRow, w: u64, i: u32) -> CountsLine {
    CountsLine {
        w,
        i,
        kinds: row.kinds.clone(),
        statuses: row.statuses.clone(),
        cancelled: row.cancelled,
        in_load: row.in_load,
        in_steady: row.steady,
        warm_up_count: row.warm_up,
        warm_up_failed: row.warm_up_failed,
        busy: row.busy,
        idle: row.idle.clone(),
    }
}

fn counts(report: &Report) -> RunCounts {
    let generator = &report.generator;
    RunCounts {
        iterations: report.iterations,
        requests: report.requests,
        warm_up: report.warm_up.clone(),
        offered: report.offered.as_ref().map(|offered| OfferedCounts {
            scheduled: offered.scheduled,
            dropped: offered.dropped,
            late: offered.dropped_late,
            waited: offered.waited,
        }),
        connections_opened: report.connections.opened,
        connections_reused: report.connections.reused,
        bytes_sent: report.bytes_sent,
        bytes_received: report.bytes_received,
        cpu_used_ms: generator.processor.used,
        fds: generator.descriptors.used,
        ports: generator.ports.used,
        late: generator.heartbeats.iter().map(|heartbeat| heartbeat.late).sum(),
        stopped: generator.heartbeats.iter().map(|heartbeat| heartbeat.stopped).sum(),
    }
}
