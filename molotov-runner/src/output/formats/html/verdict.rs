//! The head of the page: the conclusion of the run, its thresholds, and the verdict on the load generator.

use super::table;
use super::writer::Html;
use crate::output::escape::escape;
use crate::output::text;
use crate::report::{Conclusion, Report, ThresholdResult, Verdict};
use crate::units::{NONE, count, elapsed, moment};

/// The maximum number of thresholds at the head of the page; their table has all of them.
const MOST: usize = 8;

/// The maximum length of the conclusion, in characters.
const MOST_CHARACTERS: usize = 400;

/// The conclusion, the thresholds, and the verdict on the load generator.
pub(super) fn write(html: &mut Html, report: &Report) {
    html.open("header", &[]);
    if report.settings.debug_build {
        let warning = "This is a debug build. Its numbers are worthless: it measures the load generator, not the server. Build with --release.";
        html.element("p", &[("class", "warning")], warning);
    }
    headline(html, report);
    thresholds(html, report);
    generator(html, report);
    html.close();
}

/// The title of the page: its conclusion, its target, its date.
pub(super) fn title(report: &Report) -> String {
    let started = humantime::format_rfc3339_seconds(report.started_at).to_string();
    let target = report.settings.targets.first().map(|target| escape(target).into_owned());
    let conclusion = report.conclusion().as_str().replace('_', " ");
    let parts = [Some(format!("Load test {conclusion}")), target, Some(started)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The conclusion with its first reason as the title, and the other reasons below it.
fn headline(html: &mut Html, report: &Report) {
    let sentences = text::headline(report);
    let (first, others) =
        sentences.split_first().map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
    let (word, reasons) = match first.split_once(": ") {
        Some((word, reasons)) if word.chars().all(|c| c.is_uppercase() || c == ' ') => (word, reasons),
        _ => ("", first),
    };
    let (reason, more) = reasons.split_once("; ").unwrap_or((reasons, ""));
    html.open("h1", &[]);
    if !word.is_empty() {
        html.element("strong", &[("class", class(report.conclusion()))], word);
        html.text(" ");
    }
    html.text(&table::shortened(reason, MOST_CHARACTERS));
    html.close();
    html.line_break();
    let more = [more].into_iter().filter(|more| !more.is_empty());
    let more: Vec<_> = more.chain(others.iter().map(String::as_str)).map(text::sentence).collect();
    table::paragraph(html, "ended", &more.join(" "));
    facts(html, report);
}

/// The target, the start, the length and the exit code.
fn facts(html: &mut Html, report: &Report) {
    let targets = report.settings.targets.iter().take(3).map(|target| escape(target).into_owned());
    let started = format!("started {}", humantime::format_rfc3339_seconds(report.started_at));
    let code = format!("exit code {}", report.exit_code().code());
    let facts: Vec<_> = targets.chain([started, elapsed(report.elapsed), code]).collect();
    table::paragraph(html, "meta", &facts.join(" · "));
}

fn class(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Passed => "good",
        Conclusion::Counted => "plain",
        Conclusion::Warning => "warn",
        _ => "bad",
    }
}

/// The thresholds in short, broken ones first.
fn thresholds(html: &mut Html, report: &Report) {
    if report.thresholds.is_empty() {
        return;
    }
    let (passed, mut results): (Vec<_>, Vec<_>) =
        report.thresholds.iter().partition(|result| result.passed());
    results.extend(passed);
    html.open("ul", &[("class", "chips"), ("aria-label", "Thresholds")]);
    for result in results.iter().take(MOST) {
        html.open("li", &[("class", if result.passed() { "good" } else { "bad" })]);
        html.text(if result.passed() { "✓ " } else { "✗ " });
        html.element("code", &[], &result.threshold);
        html.text(&format!(" {}", in_short(result)));
        html.close();
    }
    let rest = results.len().saturating_sub(MOST) as u64;
    if rest > 0 {
        html.open("li", &[]);
        html.element("a", &[("href", "#thresholds")], &format!("and {} more", count(rest)));
        html.close();
    }
    html.close();
}

fn in_short(result: &ThresholdResult) -> String {
    let observed = result.observed.map_or_else(|| NONE.into(), |observed| observed.to_string());
    match result.broken_at {
        Some(at) if !result.passed() => format!("{observed}, from {}", moment(at)),
        _ => observed,
    }
}

fn generator(html: &mut Html, report: &Report) {
    if report.iterations.started == 0 {
        return;
    }
    let verdict = report.verdict();
    let class = match verdict {
        Verdict::Valid => "plain",
        Verdict::Suspect => "warn",
        Verdict::Invalid => "bad",
    };
    html.open("p", &[]);
    html.text("Load generator: ");
    html.element("strong", &[("class", class)], text::verdict_word(verdict));
    html.close();
    let reasons = report.reasons();
    table::list(html, "ul", "reasons", reasons.iter().map(|reason| text::sentence(&escape(&reason.text))));
}

/// The table of all thresholds.
pub(super) fn all_thresholds(html: &mut Html, report: &Report) {
    let rows = report.thresholds.iter().map(|result| {
        let since = result.broken_at.map_or_else(|| NONE.into(), moment);
        let cells = vec![
            result.observed.map_or_else(|| NONE.into(), |observed| observed.to_string()),
            count(result.samples),
            text::threshold_outcome(result, report),
            since,
        ];
        (escape(&result.threshold).into_owned(), cells)
    });
    let columns = ["threshold", "observed", "samples", "result", "broken at"];
    table::section(html, "thresholds", "Thresholds", &columns, &rows.collect::<Vec<_>>());
}
