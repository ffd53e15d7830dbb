//! Notes on the figures: each in a sentence, and only if it applies.

mod due;
mod idle;
mod routes;

use std::iter;

use super::headline::capital;
use crate::output::escape::{escape, wrap};
use crate::output::text_style::TextStyle;
use crate::report::{Finding, Report, SeriesRow};
use crate::units::{count, elapsed, many, moment, rate};

/// The maximum number of rows of a long table. The JSON report has all.
pub(super) const MOST_ROWS: usize = 50;

/// The maximum number of failure messages without `-v`.
const MOST: usize = 5;

/// All notes.
pub(super) fn render(report: &Report, findings: &[Finding], look: &TextStyle) -> String {
    let mut lines = bullets(&sentences(report, findings), look);
    lines.extend(idle::notes(report, look));
    lines.extend(in_words(report, look));
    heading("Notes", lines, look)
}

/// The notes of a sentence or two each, escaped; the content of findings is not repeated.
pub(in crate::output) fn sentences(report: &Report, findings: &[Finding]) -> Vec<String> {
    let mut notes = super::headline::notes(report);
    notes.extend(about_requests(report));
    notes.extend(about_the_run(report));
    notes.extend(about_rates(report));
    if report.routes.len() <= MOST_ROWS {
        notes.extend(routes::notes(report));
    }
    notes.extend(super::thresholds::notes(report, findings));
    if report.settings.picker_unasked {
        notes.push(
            "The scenario picker was not asked: --scenario, --tag and --single-run say without it what is run.".into(),
        );
    }
    if report.settings.insecure {
        notes.push("Certificates were not checked (--insecure).".into());
    }
    notes.extend(report.settings.notes.iter().map(|note| format!("{}.", escape(note))));
    notes.extend(due::notes(report));
    notes
}

/// Renders the notes on too many routes, before those on the others.
pub(super) fn of_routes(report: &Report, look: &TextStyle) -> Vec<String> {
    bullets(&routes::notes(report), look)
}

fn bullets(notes: &[String], look: &TextStyle) -> Vec<String> {
    let mut lines = Vec::new();
    for note in notes {
        lines.extend(bullet(note, look));
    }
    lines
}

/// The notes that are errors.
pub(super) fn errors(report: &Report, look: &TextStyle) -> String {
    heading("Also", in_words(report, look), look)
}

fn heading(title: &str, lines: Vec<String>, look: &TextStyle) -> String {
    if lines.is_empty() {
        return String::new();
    }
    [vec![look.bold(title)], lines].concat().join("\n")
}

fn about_requests(report: &Report) -> Vec<String> {
    let requests = &report.requests;
    let mut notes = Vec::new();
    let mut note = |n: u64, one: &str, more: &str, text: &str| {
        if n > 0 {
            notes.push(format!("{} {text}", many(n, one, more)));
        }
    };
    note(
        requests.local,
        "request failed",
        "requests failed",
        "for a fault of this machine (descriptors, ports, memory): the load generator was at its limit, and the \
         server is not to blame.",
    );
    note(requests.not_sent, "request was", "requests were", "never sent: not a byte reached the server.");
    note(
        requests.resent,
        "request was",
        "requests were",
        "sent again on another connection, because the server had closed the first one before a byte left.",
    );
    note(
        requests.cancelled,
        "request was",
        "requests were",
        &format!(
            "cut by the end of the run or dropped by a scenario{}: counted as cancelled, not as failed, not in the \
             latencies.",
            longest(requests.cancelled, &report.routes)
        ),
    );
    notes
}

/// Returns the longest time after which one was cancelled, after a comma; empty if unknown.
fn longest(many: u64, rows: &[SeriesRow]) -> String {
    let waited = rows.iter().filter_map(|row| row.cut.max()).max();
    let which = if many == 1 { "" } else { "the longest " };
    waited.map(|waited| format!(", {which}after {}", elapsed(waited))).unwrap_or_default()
}

fn about_the_run(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |n: u64, one: &str, more: &str, text: &str| {
        if n > 0 {
            notes.push(format!("{}{text}", many(n, one, more)));
        }
    };
    let clamped = report.routes.iter().chain(&report.scenarios).chain(&report.timers);
    let clamped = clamped.map(|row| row.ok.clamped() + row.failed.clamped()).sum();
    note(
        clamped,
        "time was",
        "times were",
        " longer than an hour: percentiles count an hour, maxima all of it.",
    );
    note(
        report.iterations.cancelled,
        "iteration was",
        "iterations were",
        &format!(
            " cut by the end of the run{}: counted as cancelled, not as failed, not in the latencies.",
            longest(report.iterations.cancelled, &report.scenarios)
        ),
    );
    note(
        report.braked,
        "time",
        "times",
        " a user waited for up to 100 ms, because several iterations in a row had failed within 10 ms: it sent less than \
         planned.",
    );
    note(
        report.refused_series,
        "time",
        "times",
        " a name was counted as `(other)`: there were over 1,000 names. Use route templates (`.path(…)`, `.name(…)`).",
    );
    note(report.dropped_events, "event was", "events were", " dropped: a listener was too slow.");
    notes
}

/// The difference between the rates of the steady part and of the whole load from which on it is noted.
const APART: f64 = 0.1;

/// A note that the shown rates are not those of the whole load.
fn about_rates(report: &Report) -> Option<String> {
    let steady = report.steady.as_ref()?;
    let (what, shown, whole) = match report.requests.in_load {
        0 => ("iterations", report.steady_iteration_rate(), report.iteration_rate()),
        _ => ("requests", report.steady_request_rate(), report.request_rate()),
    };
    let (shown, whole) = (shown.in_second(), whole.in_second());
    if (shown - whole).abs() <= whole * APART {
        return None;
    }
    let end = moment(steady.from + steady.time);
    Some(format!(
        "Rates are those of the steady part of the load, from {} to {end}: {} for {what}. Over the whole load, with its \
         beginning and its end, it is {}.",
        moment(steady.from),
        rate(shown),
        rate(whole)
    ))
}

/// The failures of tear-downs, listeners and outputs.
fn in_words(report: &Report, look: &TextStyle) -> Vec<String> {
    let teardowns = report.teardown_failure_count.max(report.teardown_failures.len() as u64);
    let listeners = report.listener_failures.len() as u64;
    let mut lines = Vec::new();
    lines.extend(list(&report.teardown_failures, teardowns, "tear-down failed", "tear-downs failed", look));
    lines.extend(list(&report.listener_failures, listeners, "listener panicked", "listeners panicked", look));
    let outputs = report.unwritten.len() as u64;
    lines.extend(list(
        &report.unwritten,
        outputs,
        "output was not written",
        "outputs were not written",
        look,
    ));
    lines
}

fn list(messages: &[String], all: u64, one: &str, more: &str, look: &TextStyle) -> Vec<String> {
    if all == 0 {
        return Vec::new();
    }
    let shown = look.shown(messages.len(), MOST);
    let mut lines = bullet(&format!("{}:", many(all, one, more)), look);
    for message in &messages[..shown] {
        let message = look.wrap(&escape(message), look.wide() - 4, 2);
        lines.extend(message.iter().map(|line| format!("    {line}")));
    }
    let hidden = all - shown as u64;
    if hidden > 0 {
        lines.push(format!("    and {} more", count(hidden)));
    }
    lines
}

/// A sentence, indented, without external text.
pub(super) fn bullet(text: &str, look: &TextStyle) -> Vec<String> {
    let lines = wrap(text, look.narrow() - 4);
    let marks = iter::once("  - ").chain(iter::repeat("    "));
    marks.zip(&lines).map(|(mark, line)| format!("{mark}{line}")).collect()
}

/// A clause as a sentence.
pub(in crate::output) fn sentence(text: &str) -> String {
    let end = if text.ends_with(['?', '.']) { "" } else { "." };
    format!("{}{end}", capital(text))
}

#[cfg(test)]
mod tests {
    use molotov_core::{Outcome, SeriesKind};

    use super::*;
    use crate::report::Ended;
    use crate::report::test_reports::TestRun;

    /// The note on requests of two routes that were cancelled after these milliseconds.
    fn of_cut(waits: &[u64]) -> String {
        let mut run = TestRun::new();
        for (index, wait) in waits.iter().enumerate() {
            let route = run.series(SeriesKind::Route, ["GET /", "GET /slow"][index % 2]);
            run.sample(route, Outcome::Cancelled, wait * 1_000);
        }
        about_requests(&run.finish(Ended::Duration)).into_iter().find(|note| note.contains(" cut ")).unwrap()
    }

    #[test]
    fn cut_requests_are_reported_with_the_longest_wait() {
        let note = of_cut(&[20, 4_800, 30]);
        assert!(
            note.starts_with("3 requests were cut by the end of the run or dropped by a scenario, "),
            "{note}"
        );
        assert!(note.contains(", the longest after 4.80 s: counted as cancelled"), "{note}");

        let note = of_cut(&[20]);
        assert!(note.contains("by a scenario, after 20.0 ms: counted"), "{note}");
    }
}
