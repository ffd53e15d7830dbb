//! The thresholds, each with what was observed of it.

use crate::output::escape::escape;
use crate::output::table::{Table, TableRow};
use crate::output::text_style::TextStyle;
use crate::report::{Finding, FindingKind, Report, ThresholdResult, not_kept};
use crate::units::{NONE, count, elapsed, many};

/// All of them.
pub(super) fn render(report: &Report, look: &TextStyle) -> String {
    table(report.thresholds.iter(), look)
}

/// Those that were not kept.
pub(super) fn broken(report: &Report, look: &TextStyle) -> String {
    table(report.thresholds.iter().filter(|result| !result.passed()), look)
}

/// Renders the thresholds beside the counts; `None` where there are none.
pub(super) fn in_short(report: &Report) -> Option<String> {
    match report.thresholds.len() as u64 {
        0 => None,
        all if !are_broken(report) => Some(format!("{} kept", many(all, "threshold", "thresholds"))),
        _ => Some(not_kept(&report.thresholds)),
    }
}

/// Returns `true` if any was not kept.
pub(super) fn are_broken(report: &Report) -> bool {
    !report.thresholds.iter().all(ThresholdResult::passed)
}

/// Returns the notes on observations for which a row has no room.
pub(super) fn notes(report: &Report) -> Vec<String> {
    let findings = report.findings();
    let mut notes: Vec<_> =
        report.thresholds.iter().flat_map(|result| notes_of_one(result, &findings)).collect();
    let unjudged = report.settings.unjudged_thresholds as u64;
    if unjudged > 0 {
        let what = many(unjudged, "threshold was", "thresholds were");
        let why = match report.settings.replay {
            Some(_) => "one iteration was executed once more",
            None if report.is_sizing() => "a sizing has its objectives",
            None => "each scenario was executed once",
        };
        notes.push(format!("{what} not judged, because {why}."));
    }
    notes
}

fn notes_of_one(result: &ThresholdResult, findings: &[Finding]) -> Vec<String> {
    let mut notes = Vec::new();
    let name = escape(&result.threshold);
    if let Some(hint) = &result.hint {
        notes.push(format!("{name}: {}", escape(hint)));
    }
    if let Some(at) = result.broken_at.filter(|_| !findings.iter().any(|finding| tells(finding, result))) {
        notes.push(format!("{name} was broken first after {}.", elapsed(at)));
    }
    if let (Some(origin), false) = (&result.origin, result.passed()) {
        notes.push(format!("{name} is written at {}.", escape(origin)));
    }
    notes
}

/// Returns `true` if a finding says when this one was broken.
fn tells(finding: &Finding, result: &ThresholdResult) -> bool {
    finding.kind == FindingKind::ThresholdBroken
        && finding.text.contains(&format!(" {} was", result.threshold))
}

fn table<'r>(results: impl Iterator<Item = &'r ThresholdResult>, look: &TextStyle) -> String {
    let rows = results.map(row).collect();
    Table { title: "Thresholds", counts: &["observed", "samples", "result"], spread: &[], rows }.render(look)
}

fn row(result: &ThresholdResult) -> TableRow {
    let observed = result.observed.map_or_else(|| NONE.into(), |observed| observed.to_string());
    let outcome = match (result.gaps, result.time_share) {
        (Some(share), _) if !result.passed() => format!("{}: gaps of {share}", result.outcome),
        (_, Some(share)) if !result.passed() => {
            let time = if result.windows.is_some() { "a window" } else { "the time" };
            format!("{}: in {share} of {time}", result.outcome)
        }
        _ => result.outcome.to_string(),
    };
    TableRow::new(&result.threshold, vec![observed, count(result.samples), outcome])
}
