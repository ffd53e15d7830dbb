//! The report as Markdown, for pull requests, chats and the summary of a CI job.

use std::cmp::Reverse;

use super::diagnostics::shortened;
use crate::output::escape::{self, escape};
use crate::output::text;
use crate::report::{FailureGroup, Report, SeriesRow, ThresholdResult};
use crate::units::{NONE, count, elapsed, latency_or_none, many, percentage};

/// The maximum number of rows of a table, and of groups of failures.
const MOST: usize = 50;

/// The maximum size of the whole text, in bytes, which a web page still shows.
const BYTES: usize = 256 * 1024;

/// The size of the sentence about omitted lines, in bytes.
const NOTE: usize = 80;

const COLUMNS: [&str; 7] = ["count", "failed", "rate", "p50", "p90", "p99", "max"];

pub(super) fn render(report: &Report) -> String {
    summary(report, BYTES)
}

/// The report, cut at the end of a line to this many bytes.
pub(in crate::output) fn summary(report: &Report, most: usize) -> String {
    let mut sections = vec![headline(report), findings(report), facts(report), verdict(report)];
    sections.push(thresholds(report));
    sections.push(gaps(report));
    sections.push(totals(report));
    sections.push(course(report));
    sections.push(rows("Scenario", &report.scenarios, report));
    sections.push(rows("Route", &report.routes, report));
    sections.push(rows("Timer", &report.timers, report));
    sections.push(failures(report));
    sections.push(unwritten(report));
    sections.retain(|section| !section.is_empty());
    cut(sections.join("\n"), most)
}

/// The text if it is short enough, or its first lines and the number of omitted ones.
fn cut(text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let room = &text.as_bytes()[..most.saturating_sub(NOTE)];
    let end = room.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let rest = text[end..].lines().skip(1).filter(|line| !line.is_empty()).count() as u64;
    format!("{}\n\n… (cut here: {} more)\n", &text[..end], many(rest, "line", "lines"))
}

fn headline(report: &Report) -> String {
    let sentences = text::headline(report).iter().map(|sentence| prose(sentence)).collect::<Vec<_>>();
    format!(
        "## Load test: {}\n\n{}\n",
        report.conclusion().as_str().replace('_', " "),
        sentences.join("\n\n")
    )
}

/// The findings: the places, times and ways in which the service broke, with a line for each.
fn findings(report: &Report) -> String {
    report.findings().iter().map(|finding| format!("- {}\n", prose(&escape(&finding.text)))).collect()
}

/// The load, in one line.
fn facts(report: &Report) -> String {
    let settings = &report.settings;
    let model = if settings.load.open { "open model" } else { "closed model" };
    let mut parts = vec![many(settings.users.into(), "user", "users"), model.to_owned()];
    parts.extend(settings.targets.iter().take(3).map(|target| code(&escape(target))));
    parts.push(format!("seed {}", settings.seed));
    parts.push(format!("started {}", humantime::format_rfc3339_seconds(report.started_at)));
    let labels = settings.labels.iter().map(|(name, value)| code(&escape(&format!("{name}={value}"))));
    parts.extend(labels);
    format!("{}\n", parts.join(", "))
}

/// A text as code.
fn code(text: &str) -> String {
    if text.contains('`') { prose(text) } else { format!("`{text}`") }
}

fn verdict(report: &Report) -> String {
    if report.iterations.started == 0 {
        return String::new();
    }
    let reasons = report.reasons();
    let reasons: String =
        reasons.iter().map(|reason| format!("- {}\n", prose(&escape(&reason.text)))).collect();
    let space = if reasons.is_empty() { "" } else { "\n" };
    format!("Load generator: {}\n{space}{reasons}", text::verdict_word(report.verdict()))
}

/// The longest gaps without a response.
fn gaps(report: &Report) -> String {
    list("Gaps", text::gap_sentences(report))
}

/// The totals, and the part of them in the warm-up.
fn totals(report: &Report) -> String {
    if report.iterations.started == 0 && report.offered.is_none() {
        return String::new();
    }
    let facts = text::counts(report).into_iter().map(|fact| format!("{}: {}", fact.label, fact.text));
    list("Totals", facts.collect())
}

/// The course of the run, in the rows of the text report.
fn course(report: &Report) -> String {
    let header: Vec<_> =
        std::iter::once("Course").chain(text::course_columns(report).iter().copied()).collect();
    table(&header, text::course_rows(report))
}

/// A list with a heading; empty without items.
fn list(title: &str, items: Vec<String>) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items = items.iter().map(|item| format!("- {}\n", prose(&item.replace('\u{a0}', " "))));
    format!("### {title}\n\n{}", items.collect::<String>())
}

fn thresholds(report: &Report) -> String {
    let shown = most_telling(&report.thresholds, |result| u8::from(!result.passed()));
    let rows = shown.map(threshold).collect();
    let header = ["Threshold", "observed", "samples", "result"];
    let hints = report.thresholds.iter().filter_map(|result| {
        Some(format!("- {}: {}\n", prose(&escape(&result.threshold)), prose(&escape(result.hint.as_ref()?))))
    });
    let hints: String = hints.take(MOST).collect();
    let space = if hints.is_empty() { "" } else { "\n" };
    format!("{}{}{space}{hints}", table(&header, rows), left_out(report.thresholds.len()))
}

/// The rows that fit into a table: those with the greatest weights, in their original order.
fn most_telling<T, W: Ord>(all: &[T], weight: impl Fn(&T) -> W) -> impl Iterator<Item = &T> {
    let mut indices: Vec<_> = (0..all.len()).collect();
    indices.sort_by_key(|index| Reverse(weight(&all[*index])));
    indices.truncate(MOST);
    indices.sort_unstable();
    indices.into_iter().map(|index| &all[index])
}

/// The number of rows that do not fit into a table, in words.
fn left_out(rows: usize) -> String {
    match rows.saturating_sub(MOST) as u64 {
        0 => String::new(),
        more => format!("\nand {} more, which are left out here\n", count(more)),
    }
}

fn threshold(result: &ThresholdResult) -> Vec<String> {
    let observed = result.observed.map_or_else(|| NONE.into(), |observed| observed.to_string());
    let mark = if result.passed() { "✓" } else { "✗" };
    vec![
        escape(&result.threshold).into_owned(),
        observed,
        count(result.samples),
        format!("{mark} {}", result.outcome),
    ]
}

fn rows(title: &str, all: &[SeriesRow], report: &Report) -> String {
    let header: Vec<_> = std::iter::once(title).chain(COLUMNS).collect();
    let shown = most_telling(all, |row| (row.failed.count(), row.count()));
    let cells = shown.map(|row| cells(row, report)).collect();
    format!("{}{}", table(&header, cells), left_out(all.len()))
}

fn cells(row: &SeriesRow, report: &Report) -> Vec<String> {
    let failed = row.failed.count();
    let failed = match failed {
        0 => "0".into(),
        _ => format!("{} ({})", count(failed), percentage(failed, row.count())),
    };
    let mut cells = vec![escape::name(&row.name).into_owned(), count(row.count()), failed];
    cells.push(text::rate_cell(row, report));
    for percent in [50.0, 90.0, 99.0] {
        cells.push(latency_or_none(row.ok.percentile(percent)));
    }
    cells.push(latency_or_none(row.ok.max()));
    cells
}

fn failures(report: &Report) -> String {
    if report.failures.is_empty() {
        return String::new();
    }
    let groups = report.failures.iter().take(MOST).map(|group| failure(group, report));
    let more = report.failures.len().saturating_sub(MOST) as u64;
    let note = if more > 0 { format!("- and {} more kinds\n", count(more)) } else { String::new() };
    format!("### Failures\n\n{}{note}", groups.collect::<String>())
}

fn failure(group: &FailureGroup, report: &Report) -> String {
    let what = format!("{} × {} in {}", count(group.count), group.kind, escape::name(&group.place));
    let (first, last) = (elapsed(group.seen.0), elapsed(group.seen.1));
    let (message, replay) = (prose(&shortened(&group.message)), code(&report.replay_of(group)));
    format!("- {}: {message} (from {first} to {last}; {replay})\n", prose(&what))
}

/// The outputs that could not be written.
fn unwritten(report: &Report) -> String {
    list("Not written", report.unwritten.iter().take(MOST).map(|why| shortened(why)).collect())
}

/// A table of texts; empty without rows.
fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let numbers = vec!["--:"; header.len() - 1];
    let mut text = format!("| {} |\n| :-- | {} |\n", header.join(" | "), numbers.join(" | "));
    for row in rows {
        let cells: Vec<_> = row.iter().map(|cell| prose(cell)).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

/// A text without special meaning in Markdown and HTML: no table, no emphasis, no link, no image. On one line.
fn prose(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (index, c) in text.char_indices() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '|' => safe.push_str("&#124;"),
            '@' => safe.push_str("&#64;"),
            ':' if text[index..].starts_with("://") => safe.push_str("&#58;"),
            '.' if is_after_www(&text[..index]) => safe.push_str("&#46;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '$' => safe.extend(['\\', c]),
            '\n' => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

fn is_after_www(text: &str) -> bool {
    text.len()
        .checked_sub(3)
        .and_then(|start| text.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use molotov_core::Latencies;

    use crate::plan::threshold::Threshold;
    use crate::report::test_reports;

    #[test]
    fn text_from_outside_means_nothing() {
        for (text, written) in [
            ("a|b", "a&#124;b"),
            ("![x](http://e.vil)", "!\\[x\\](http&#58;//e.vil)"),
            ("</script><b>", "&lt;/script&gt;&lt;b&gt;"),
            ("`x` *y* _z_", "\\`x\\` \\*y\\* \\_z\\_"),
            ("WWW.e.vil @you", "WWW&#46;e.vil &#64;you"),
            ("GET /items/{id}", "GET /items/{id}"),
        ] {
            assert_eq!(prose(text), written);
        }
    }

    #[test]
    fn course_totals_and_warm_up_are_in_it() {
        let mut report = test_reports::due();
        report.warm_up = Some(crate::report::WarmUp::default());
        report.elapsed = std::time::Duration::from_secs(3);

        let text = render(&report);

        for part in [
            "| Course | users | due/s | it/s |",
            "### Totals\n\n- Due: 1,040 iterations",
            "- Warm-up: of these, ",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_long_report_is_cut_between_lines() {
        let report = test_reports::rich();
        let (whole, cut) = (render(&report), summary(&report, 700));

        let (start, note) = cut.split_once("\n\n… (cut here: ").unwrap();
        assert!(cut.len() <= 700 && whole.starts_with(start), "{cut}");
        let lines = whole[start.len()..].lines().filter(|line| !line.is_empty()).count();
        assert_eq!(note, format!("{lines} lines more)\n"));
        assert_eq!(summary(&report, 64 * 1024), whole);
    }

    #[test]
    fn many_rows_are_left_out_and_those_that_failed_are_not() {
        let mut report = test_reports::named(&["GET /"]);
        report.routes = vec![report.routes.remove(0); 1_000];
        for (n, row) in report.routes.iter_mut().enumerate() {
            row.name = format!("GET /{n:03}/{}", "x".repeat(200));
            row.failed = Latencies::default();
        }
        report.routes[777].failed = report.routes[777].ok.clone();
        let judged = |text: &str| report.judged(&Threshold::parse_all(text).unwrap(), None).remove(0);
        let (kept, broken) = (judged("p99 < 1h"), judged("p99 < 1ns"));
        report.thresholds = vec![kept; 1_000];
        report.thresholds[888] = broken;

        let text = render(&report);

        assert!(text.len() <= BYTES, "{}", text.len());
        assert_eq!(text.matches("\nand 950 more, which are left out here\n").count(), 2, "{text}");
        assert!(text.contains("| GET /777/") && text.contains("✗"), "{text}");
        assert!(summary(&report, 16 * 1024).len() <= 16 * 1024);
        assert!(summary(&report, 16 * 1024).ends_with(" lines more)\n"));
    }
}
