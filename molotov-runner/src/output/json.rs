//! The JSON report: all results of a run, in its own schema (`docs/report.schema.json`).

use crate::report::Report;

/// The whole report as text.
pub(super) fn render(report: &Report) -> String {
    report.to_json() + "\n"
}

#[cfg(test)]
mod tests;
