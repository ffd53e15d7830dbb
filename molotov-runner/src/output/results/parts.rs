//! A report in parts: one line for each field, and for each item of a list, so that no line is too long.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::lines::PartLine;
use super::sink::LineBuffer;
use crate::report::Report;

/// Fields that are derived from others, and are not read back.
const DERIVED: &[&str] =
    &["exit_code", "conclusion", "oddities", "findings", "marks", "verdict", "reasons", "model"];

/// Fields that the lines of windows contain, as long as there is no finished report.
const IN_WINDOWS: &[&str] =
    &["scenarios", "routes", "timers", "checks", "counters", "gauges", "trends", "failures", "windows"];

type Fields = BTreeMap<String, Box<RawValue>>;

fn fields(report: &Report) -> Fields {
    let text = serde_json::to_string(report).and_then(|text| serde_json::from_str::<Fields>(&text));
    let mut fields = text.unwrap_or_else(|error| unreachable!("the report is plain data: {error}"));
    fields.retain(|key, _| !DERIVED.contains(&key.as_str()));
    fields
}

/// The parts of a run in progress, of which only changed ones are written.
#[derive(Debug, Default)]
pub(super) struct PartsSoFar {
    written: BTreeMap<String, String>,
}

impl PartsSoFar {
    /// Writes the changed parts, without the content of windows.
    pub(super) fn write_changed(&mut self, report: &Report, lines: &mut LineBuffer) {
        for (key, value) in fields(&without_rows(report)) {
            if self.written.get(&key).is_none_or(|written| written != value.get()) {
                lines.push(&PartLine { key: key.as_str().into(), item: None, value: &value });
                self.written.insert(key, value.get().to_owned());
            }
        }
    }
}

/// The report without the content of windows: those lists are present, and empty.
fn without_rows(report: &Report) -> Report {
    let mut report = report.clone();
    report.scenarios.clear();
    report.routes.clear();
    report.timers.clear();
    report.soft_checks.clear();
    report.counters.clear();
    report.gauges.clear();
    report.trends.clear();
    report.failures.clear();
    report.windows.clear();
    report.latency.clear();
    report
}

/// Writes all parts of a finished report.
pub(super) fn write_all(report: &Report, lines: &mut LineBuffer) {
    for (key, value) in fields(report) {
        let items = serde_json::from_str::<Vec<Box<RawValue>>>(value.get());
        match items.ok().filter(|items| !items.is_empty() && IN_WINDOWS.contains(&key.as_str())) {
            Some(items) => {
                for (item, value) in (0..).zip(&items) {
                    lines.push(&PartLine { key: key.as_str().into(), item: Some(item), value });
                }
            }
            None => lines.push(&PartLine { key: key.as_str().into(), item: None, value: &value }),
        }
    }
}
