//! The figures of the load generator, settings and totals of the run, notes, and the summaries of listeners.

use super::table;
use super::writer::Html;
use crate::output::escape::{escape, fit, name};
use crate::output::text;
use crate::report::{Finding, Limited, Report, SeriesRow};
use crate::units::{count, latency_or_none, many, share};

/// The maximum number of shown lines of a listener, and of failure messages.
const MOST: usize = 50;

/// The maximum width of a name, in columns.
const LONGEST_NAME: usize = 160;

/// The result of a search for the greatest load, if the run was one.
pub(super) fn searches(html: &mut Html, report: &Report) {
    let answer = text::searches(report);
    if answer.is_empty() {
        return;
    }
    html.open_section("search", "The greatest load");
    lines(html, answer.lines());
    html.close();
}

/// The observations of the load generator.
pub(super) fn generator(html: &mut Html, report: &Report) {
    let generator = &report.generator;
    let mut facts = Vec::new();
    if let Some(used) = generator.processor.share() {
        facts.push(("Processor", format!("{} of what it may use", share(used))));
    }
    let late: u64 = generator.heartbeats.iter().map(|heartbeat| heartbeat.late).sum();
    let beats: u64 = generator.heartbeats.iter().map(|heartbeat| heartbeat.delays.count()).sum();
    let worst = generator.heartbeats.iter().filter_map(|heartbeat| heartbeat.delays.percentile(99.0)).max();
    if beats > 0 {
        let text =
            format!("{} of {} later than 20 ms; p99 {}", count(late), count(beats), latency_or_none(worst));
        facts.push(("Wake-ups of threads", text));
    }
    if generator.starts.lag.count() > 0 {
        let p99 = latency_or_none(generator.starts.lag.percentile(99.0));
        facts.push((
            "Delay of starts",
            format!("p99 {p99}, at most {}", latency_or_none(generator.starts.lag.max())),
        ));
    }
    facts.extend(limited("File descriptors", generator.descriptors));
    facts.extend(limited("Ports", generator.ports));
    if !generator.same_machine.is_empty() {
        facts.push(("On the same machine", generator.same_machine.join(", ")));
    }
    if facts.is_empty() {
        return;
    }
    html.open_section("generator", "Load generator");
    table::facts(html, "facts", facts.iter().map(|(label, text)| (*label, text.as_str())));
    html.close();
}

fn limited(label: &'static str, limited: Limited) -> Option<(&'static str, String)> {
    let (used, limit) = limited.used.zip(limited.limit)?;
    Some((label, format!("{} of {}", count(used), count(limit))))
}

/// Settings, totals and notes.
pub(super) fn write(html: &mut Html, report: &Report, findings: &[Finding]) {
    html.open_section("ran", "What ran");
    let facts: Vec<_> = text::settings(report).into_iter().chain(text::counts(report)).collect();
    table::facts(html, "facts", facts.iter().map(|fact| (fact.label, fact.text.as_str())));
    html.close();
    notes(html, report, findings);
    listeners(html, report);
}

fn notes(html: &mut Html, report: &Report, findings: &[Finding]) {
    let mut notes = text::notes_in_sentences(report, findings);
    for row in &report.routes {
        notes.extend(idle_faults(row));
    }
    notes.extend(failed("A tear-down failed", &report.teardown_failures));
    let untold =
        report.teardown_failure_count.saturating_sub(report.teardown_failures.len().min(MOST) as u64);
    if untold > 0 {
        notes.push(format!("{} failed.", many(untold, "more tear-down", "more tear-downs")));
    }
    notes.extend(failed("A listener panicked", &report.listener_failures));
    notes.extend(failed("Not written", &report.unwritten));
    if notes.is_empty() {
        return;
    }
    html.open_section("notes", "Notes");
    table::list(html, "ul", "notes", notes);
    html.close();
}

fn failed<'m>(what: &'m str, messages: &'m [String]) -> impl Iterator<Item = String> + 'm {
    messages.iter().take(MOST).map(move |message| format!("{what}: {}", escape(message)))
}

/// The faults of idle connections after the responses of a route.
fn idle_faults(row: &SeriesRow) -> impl Iterator<Item = String> {
    let (name, idle) = (fit(&name(&row.name), LONGEST_NAME).into_owned(), &row.idle);
    let stray = (idle.stray_bytes > 0).then(|| {
        let times = many(idle.stray_bytes, "time", "times");
        let first = escape(idle.first_bytes.as_deref().unwrap_or_default());
        format!("{name}: {times} bytes came behind a response that no request had asked for: {first}")
    });
    let broken = (idle.broken > 0).then(|| {
        let connections = many(idle.broken, "connection", "connections");
        let how = escape(idle.how.as_deref().unwrap_or_default());
        format!("{name}: {connections} broke while no request was using them: {how}")
    });
    stray.into_iter().chain(broken)
}

fn listeners(html: &mut Html, report: &Report) {
    if report.listener_summaries.is_empty() {
        return;
    }
    html.open_section("listeners", "Listeners");
    for summary in &report.listener_summaries {
        html.element("h3", &[], &name(&summary.name));
        lines(html, summary.text.lines().take(MOST));
    }
    html.close();
}

/// Writes lines unchanged.
fn lines<'l>(html: &mut Html, lines: impl Iterator<Item = &'l str>) {
    html.open("pre", &[("tabindex", "0")]);
    for line in lines {
        html.text(line);
        html.line_break();
    }
    html.close();
}
