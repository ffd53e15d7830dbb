//! The final summaries of listeners: a section for each.

use crate::output::escape::{escape, name};
use crate::output::text_style::TextStyle;
use crate::report::{ListenerSummary, Report};

/// The maximum number of lines of one listener; the JSON report has all of them.
const MOST: usize = 50;

/// One section for each listener with a summary.
pub(super) fn render(report: &Report, look: &TextStyle) -> Vec<String> {
    report.listener_summaries.iter().map(|summary| section(summary, look)).collect()
}

fn section(summary: &ListenerSummary, look: &TextStyle) -> String {
    let shown = summary.text.lines().take(MOST);
    let mut lines = vec![look.bold(&name(&summary.name))];
    for line in shown {
        lines.extend(look.wrap(&escape(line), look.wide() - 2, 3).iter().map(|line| format!("  {line}")));
    }
    let hidden = summary.text.lines().count().saturating_sub(MOST);
    if hidden > 0 {
        lines.push(format!("  and {hidden} lines more"));
    }
    lines.join("\n")
}
