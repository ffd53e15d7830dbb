//! Failures, grouped by kind, place and message.

use crate::output::escape::{self, escape, fit, wrap};
use crate::output::text_style::TextStyle;
use crate::report::{FailureGroup, Report};
use crate::units::{clock, count, many};

/// The maximum number of groups without `-v`.
const MOST: usize = 15;

/// The maximum number of lines of a message without `-v`.
const LINES: usize = 4;

/// Follows a replay that need not fail again.
const CHANCE: &str = " (may pass: time or the state of the server decided)";

const INDENT: &str = "    ";

/// The most frequent failures, each with its first example.
pub(super) fn render(report: &Report, look: &TextStyle) -> String {
    if report.failures.is_empty() {
        return String::new();
    }
    let (shown, hidden) = report.failures.split_at(look.shown(report.failures.len(), MOST));
    let mut lines = vec![look.bold("Failures")];
    for failure in shown {
        lines.extend(group(failure, report, look));
    }
    if !hidden.is_empty() {
        let failures = hidden.iter().map(|group| group.count).sum();
        let text = format!(
            "and {} of {} more (-v shows them)",
            many(failures, "failure", "failures"),
            many(hidden.len() as u64, "kind", "kinds")
        );
        lines.extend(wrap(&text, look.narrow() - 2).iter().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

fn group(group: &FailureGroup, report: &Report, look: &TextStyle) -> Vec<String> {
    let head = format!("  {} × {}  {}", count(group.count), group.kind, escape::name(&group.place));
    let mut lines = vec![fit(&head, look.wide()).into_owned()];
    let (message, room) = (escape(&group.message), look.wide() - INDENT.len());
    lines.extend(look.wrap(&message, room, LINES).iter().map(|line| format!("{INDENT}{line}")));
    if let Some(excerpt) = &group.excerpt {
        let body = format!("body: {}", escape(excerpt));
        lines.extend(look.wrap(&body, room, LINES).iter().map(|line| format!("{INDENT}{line}")));
    }
    let (iteration, user) = group.first;
    let first = format!("first: user {user}, iteration {iteration}; {}", seen(group));
    let chance = if group.is_repeatable() { "" } else { CHANCE };
    let replay = format!("replay: {}{chance}", report.replay_of(group));
    for text in [first, replay] {
        lines.extend(wrap(&text, room).iter().map(|line| format!("{INDENT}{line}")));
    }
    lines
}

/// The times of the first and last occurrence, to the second.
fn seen(group: &FailureGroup) -> String {
    let (first, last) = (clock(group.seen.0), clock(group.seen.1));
    if first == last { format!("seen at {first}") } else { format!("seen from {first} to {last}") }
}
