//! The JSON report: everything that a run has shown, in a schema of its own (`docs/report.schema.json`).

use crate::report::Report;

/// The whole report as text.
pub(super) fn render(report: &Report) -> String {
    report.to_json() + "\n"
}

#[cfg(test)]
mod tests;
