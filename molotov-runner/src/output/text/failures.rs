//! Failures, grouped by kind, place and words.

use crate::output::escape::{escape, fit, wrap, wrap_at_most};
use crate::output::look::{Detail, Look};
use crate::output::units::{count, many};
use crate::report::{FailureGroup, Report};

/// Groups that are shown without `-v`.
const MOST: usize = 15;

/// Lines of a message without `-v`.
const LINES: usize = 2;

const INDENT: &str = "    ";

/// The most frequent failures, each with its first example.
pub(super) fn render(report: &Report, look: &Look) -> String {
    if report.failures.is_empty() {
        return String::new();
    }
    let shown = match look.detail {
        Detail::Short => report.failures.len().min(MOST),
        Detail::Whole => report.failures.len(),
    };
    let (shown, hidden) = report.failures.split_at(shown);
    let mut lines = vec![look.bold("Failures")];
    lines.extend(shown.iter().flat_map(|failure| group(failure, look)));
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

fn group(group: &FailureGroup, look: &Look) -> Vec<String> {
    let head = format!("  {} × {}  {}", count(group.count), group.kind, escape(&group.place));
    let mut lines = vec![fit(&head, look.wide()).into_owned()];
    let (message, room) = (escape(&group.message), look.wide() - INDENT.len());
    let message = match look.detail {
        Detail::Short => wrap_at_most(&message, room, LINES),
        Detail::Whole => wrap(&message, room),
    };
    lines.extend(message.iter().map(|line| format!("{INDENT}{line}")));
    let (iteration, user) = group.first;
    let first = format!("first: user {user}, iteration {iteration}");
    lines.extend(wrap(&first, room).iter().map(|line| format!("{INDENT}{line}")));
    lines
}
