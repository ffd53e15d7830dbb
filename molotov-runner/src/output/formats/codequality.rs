//! The report for GitLab's Code Quality, whose entries appear at their lines in a merge request.

use serde_json::{Value, json};

use super::diagnostics::{Diagnostic, Severity, of_report};
use crate::report::Report;

/// The file for problems without a scenario: every entry must name a file, and every load test has this one.
const NOWHERE: (&str, u32) = ("Cargo.toml", 1);

pub(super) fn render(report: &Report) -> String {
    let entries: Vec<_> = of_report(report).iter().map(entry).collect();
    format!("{:#}\n", Value::Array(entries))
}

fn entry(diagnostic: &Diagnostic<'_>) -> Value {
    let (path, line) = diagnostic.declared.map_or(NOWHERE, |declared| (&*declared.file, declared.line));
    let severity = match diagnostic.severity {
        Severity::Run => "blocker",
        Severity::Failed => "critical",
        Severity::Tolerated => "minor",
    };
    json!({
        "description": diagnostic.sentence(),
        "check_name": format!("molotov.{}", diagnostic.rule),
        "fingerprint": fingerprint(diagnostic),
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line}},
    })
}

/// A hash that is equal for the same problem in two runs, independent of observed values: FNV-1a, in 64 bits.
fn fingerprint(diagnostic: &Diagnostic<'_>) -> String {
    let bytes = diagnostic.rule.bytes().chain([0]).chain(diagnostic.subject.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
