//! Whether the numbers are the target's, and why not.

use super::notes::bullet;
use crate::output::escape::escape;
use crate::output::look::Look;
use crate::report::{Report, Verdict};

/// A run may have failed, and its numbers be all right.
const TITLE: &str = "Verdict on the numbers";

/// The verdict and its reasons. Nothing where nothing was run.
pub(super) fn render(report: &Report, look: &Look) -> String {
    let mut lines = vec![short(report, look)];
    if lines[0].is_empty() {
        return String::new();
    }
    for reason in report.reasons() {
        lines.extend(bullet(&sentence(&escape(&reason.text)), look));
    }
    lines.join("\n")
}

/// The verdict alone.
pub(super) fn short(report: &Report, look: &Look) -> String {
    if report.iterations.started == 0 {
        return String::new();
    }
    match report.verdict() {
        Verdict::Valid => format!("{TITLE}: {}", look.good("VALID")),
        Verdict::Suspect => format!("{TITLE}: {}", look.warn("SUSPECT")),
        Verdict::Invalid => format!("{TITLE}: {}", look.bad("INVALID")),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['?', '.']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
