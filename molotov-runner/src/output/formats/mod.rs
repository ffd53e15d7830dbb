//! The formats of report files, each a pure function from a finished report to text. A new format is a file and a row
//! of the table.

mod codequality;
mod csv;
mod csv_windows;
mod diagnostics;
mod hlog;
mod html;
mod junit;
mod k6;
mod markdown;
mod openmetrics;
#[cfg(test)]
mod tests;
mod xml;

use std::time::Duration;

pub(super) use self::diagnostics::{Diagnostic, Severity, of_report};
pub(super) use self::markdown::summary;
use super::{json, text};
use crate::output::text_style::TextStyle;
use crate::report::{Report, SeriesRow};

/// A format of reports.
#[derive(Debug)]
pub(super) struct FileFormat {
    /// The name before the `=` of `FORMAT=FILE`.
    pub(super) name: &'static str,
    /// The file extension that selects the format.
    pub(super) ending: Option<&'static str>,
    pub(super) render: fn(&Report) -> String,
}

/// Every format. A pipe, a device or standard output gets the first one by default.
pub(super) const FORMATS: &[FileFormat] = &[
    FileFormat { name: "json", ending: Some("json"), render: json::render },
    FileFormat { name: "text", ending: Some("txt"), render: render_text },
    FileFormat { name: "markdown", ending: Some("md"), render: markdown::render },
    FileFormat { name: "csv", ending: Some("csv"), render: csv::render },
    FileFormat { name: "junit", ending: Some("xml"), render: junit::render },
    FileFormat { name: "hlog", ending: Some("hlog"), render: hlog::render },
    FileFormat { name: "html", ending: Some("html"), render: html::render },
    FileFormat { name: "csv-windows", ending: None, render: csv_windows::render },
    FileFormat { name: "codequality", ending: None, render: codequality::render },
    FileFormat { name: "openmetrics", ending: None, render: openmetrics::render },
    FileFormat { name: "k6", ending: None, render: k6::render },
];

fn render_text(report: &Report) -> String {
    text::render(report, &TextStyle::default())
}

/// The rows with latencies, each with the name of its kind.
fn series(report: &Report) -> impl Iterator<Item = (&'static str, &SeriesRow)> {
    let kinds =
        [("scenario", &report.scenarios), ("route", &report.routes), ("timer", &report.timers)].into_iter();
    kinds.flat_map(|(kind, rows)| rows.iter().map(move |row| (kind, row)))
}

/// A time in seconds, with a precision of a microsecond.
fn seconds(time: Duration) -> String {
    format!("{:.6}", time.as_secs_f64())
}
