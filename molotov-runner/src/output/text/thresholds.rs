//! The thresholds, each with its observed value.

use crate::output::escape::{escape, fit};
use crate::output::table::{Table, TableRow};
use crate::output::text_style::TextStyle;
use crate::report::{Finding, FindingKind, Report, ThresholdResult, is_unjudged, not_kept};
use crate::units::{NONE, count, elapsed, many};

/// The maximum number of broken thresholds in the headline, and the width of each.
const MOST: usize = 2;
const LONGEST: usize = 60;

/// All thresholds.
pub(super) fn render(report: &Report, look: &TextStyle) -> String {
    table(report.thresholds.iter(), report, look)
}

/// The broken thresholds.
pub(super) fn broken(report: &Report, look: &TextStyle) -> String {
    table(report.thresholds.iter().filter(|result| !result.passed()), report, look)
}

/// Renders the thresholds beside the counts; `None` without thresholds.
pub(super) fn in_short(report: &Report) -> Option<String> {
    match report.thresholds.len() as u64 {
        0 => None,
        all if !are_broken(report) => Some(format!("{} kept", many(all, "threshold", "thresholds"))),
        _ => Some(not_kept(&report.thresholds, &figures(&report.thresholds))),
    }
}

/// The first broken thresholds, each with its observed value, in brackets; empty without any.
fn figures(results: &[ThresholdResult]) -> String {
    let broken = results.iter().filter_map(|result| Some((result, result.broken_by()?)));
    let mut texts: Vec<_> = broken
        .map(|(result, figure)| format!("{}: {figure}", fit(&escape(&result.threshold), LONGEST)))
        .collect();
    let rest = texts.len().saturating_sub(MOST) as u64;
    texts.truncate(MOST);
    texts.extend((rest > 0).then(|| format!("{} more", count(rest))));
    if texts.is_empty() { String::new() } else { format!(" ({})", texts.join(", ")) }
}

/// Returns `true` if any threshold is broken.
pub(super) fn are_broken(report: &Report) -> bool {
    !report.thresholds.iter().all(ThresholdResult::passed)
}

/// Returns the notes on observations without room in a row.
pub(super) fn notes(report: &Report, findings: &[Finding]) -> Vec<String> {
    let mut notes = Vec::new();
    for result in &report.thresholds {
        notes.extend(notes_of_one(result, findings));
    }
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

/// Returns `true` if a finding contains the time at which this threshold broke.
fn tells(finding: &Finding, result: &ThresholdResult) -> bool {
    finding.kind == FindingKind::ThresholdBroken
        && finding.text.contains(&format!(" {} was", result.threshold))
}

/// `true` if the threshold was kept, or the reason why not.
pub(in crate::output) fn outcome(result: &ThresholdResult, report: &Report) -> String {
    let window_end =
        result.planned.window.map(|window| result.planned.start(report.settings.load.warm_up) + window);
    match result.broken_by_time() {
        Some(why) => format!("{}: {why}", result.outcome),
        None if is_unjudged(result) && window_end > Some(report.elapsed) => "FAIL: no whole window".into(),
        None => result.outcome.to_string(),
    }
}

fn table<'r>(
    results: impl Iterator<Item = &'r ThresholdResult>,
    report: &Report,
    look: &TextStyle,
) -> String {
    let rows = results.map(|result| row(result, report)).collect();
    Table { title: "Thresholds", counts: &["observed", "samples", "result"], spread: &[], rows }.render(look)
}

fn row(result: &ThresholdResult, report: &Report) -> TableRow {
    let observed = result.observed.map_or_else(|| NONE.into(), |observed| observed.to_string());
    let cells = vec![observed, count(result.samples), outcome(result, report)];
    TableRow::new(&result.threshold, cells)
}
