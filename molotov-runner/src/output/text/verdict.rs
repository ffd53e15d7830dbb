//! The verdict on the load generator, and its reasons. It does not judge the service.

use super::notes::{bullet, sentence};
use crate::output::escape::escape;
use crate::output::text_style::TextStyle;
use crate::report::{Report, Verdict};

/// The title of the verdict.
const TITLE: &str = "Load generator";

/// The verdict and its reasons. Empty if nothing ran.
pub(super) fn render(report: &Report, look: &TextStyle) -> String {
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
pub(super) fn short(report: &Report, look: &TextStyle) -> String {
    if report.iterations.started == 0 {
        return String::new();
    }
    // `fine` has no colour: a green word beside a failed service would be mistaken for the service's result.
    let verdict = report.verdict();
    match verdict {
        Verdict::Valid => format!("{TITLE}: {}", word(verdict)),
        Verdict::Suspect => format!("{TITLE}: {}", look.warn(word(verdict))),
        Verdict::Invalid => format!("{TITLE}: {}", look.bad(word(verdict))),
    }
}

/// The word for a verdict.
pub(in crate::output) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "fine",
        Verdict::Suspect => "doubtful",
        Verdict::Invalid => "at fault",
    }
}
