//! From the read part of a run to its report.

use std::collections::BTreeMap;

use molotov_core::SeriesKind;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::RunResults;
use super::run_so_far::{KnownSeries, ReportPart, RunSoFar};
use crate::output::results::{RunCounts, RunLine};
use crate::report::{Ended, Rebuilt, Report, TrendRow};

impl RunSoFar {
    /// The sentence on a file that ends before its run.
    #[inline]
    pub(super) fn cut(&self) -> String {
        format!("the run was killed, or goes on; {}", self.complete())
    }

    #[inline]
    fn complete(&self) -> String {
        let seconds = self.rebuilt.windows.end.as_secs();
        format!("what is here is complete up to {}:{:02}", seconds / 60, seconds % 60)
    }

    /// The report, from its parts at the end or in the last windows.
    #[inline]
    pub(super) fn finish(
        mut self,
        written: Report,
        header: RunLine,
        warning: Option<String>,
    ) -> Result<RunResults, String> {
        let mut warnings: Vec<String> = warning.into_iter().collect();
        if self.unknown > 0 {
            warnings.push(format!("{} lines are of kinds that this version does not know", self.unknown));
        }
        let mut report = if self.is_ended { written } else { self.rebuild(written)? };
        if let Some(shard) = header.shard.filter(|_| report.shards.is_empty()) {
            report = report.of_shard(shard.to_string());
        }
        match report.false_count() {
            Some(why) => Err(format!("the file is damaged: {why}")),
            None => Ok(RunResults { report, warnings, header }),
        }
    }

    #[inline]
    fn rebuild(&mut self, mut report: Report) -> Result<Report, String> {
        let ended = Ended::Killed(self.complete());
        let mut rebuilt = std::mem::take(&mut self.rebuilt);
        for known in std::mem::take(&mut self.series).into_values() {
            known.put_into(&mut rebuilt)?;
        }
        rebuilt.failures = std::mem::take(&mut self.failures).into_values().collect();
        if let Some(counts) = self.so_far.take() {
            apply_counts(counts, &mut report);
        }
        Ok(report.with_rebuilt(rebuilt, ended))
    }
}

/// Replaces earlier counts by those of the last window.
#[inline]
fn apply_counts(counts: RunCounts, report: &mut Report) {
    (report.iterations, report.requests, report.warm_up) =
        (counts.iterations, counts.requests, counts.warm_up);
    (report.bytes_sent, report.bytes_received) = (counts.bytes_sent, counts.bytes_received);
    report.connections.opened = counts.connections_opened;
    report.connections.reused = counts.connections_reused;
    if let (Some(offered), Some(counts)) = (&mut report.offered, counts.offered) {
        (offered.scheduled, offered.dropped) = (counts.scheduled, counts.dropped);
        (offered.dropped_late, offered.waited) = (counts.late, counts.waited);
    }
}

impl KnownSeries {
    #[inline]
    fn put_into(self, rebuilt: &mut Rebuilt) -> Result<(), String> {
        match (self.kind, self.value) {
            (SeriesKind::Scenario | SeriesKind::Route | SeriesKind::Timer, _) => {
                rebuilt.rows.push((self.kind, self.row));
            }
            (SeriesKind::Check, Some(row)) => rebuilt.checks.push(parsed(&row)?),
            (SeriesKind::Counter, Some(row)) => rebuilt.counters.push(parsed(&row)?),
            (SeriesKind::Gauge, Some(row)) => rebuilt.gauges.push(parsed(&row)?),
            (SeriesKind::Trend, Some(row)) => {
                rebuilt.trends.push(TrendRow { values: self.values, ..parsed::<TrendRow>(&row)? });
            }
            _ => {}
        }
        Ok(())
    }
}

#[inline]
fn parsed<R: DeserializeOwned>(row: &RawValue) -> Result<R, String> {
    serde_json::from_str(row.get()).map_err(|error| format!("a row is damaged: {error}"))
}

/// The JSON report with these parts.
#[inline]
pub(super) fn document(parts: BTreeMap<String, ReportPart>) -> String {
    let fields = parts.into_iter().map(|(key, part)| {
        let value = match part {
            ReportPart::Value(value) => value.get().to_owned(),
            ReportPart::Items(items) => {
                format!("[{}]", items.iter().map(|item| item.get()).collect::<Vec<_>>().join(","))
            }
        };
        format!("{}:{value}", serde_json::Value::from(key))
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}
