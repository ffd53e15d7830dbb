//! The findings: the places, times and ways in which the service broke.

use super::notes::{bullet, sentence};
use crate::output::escape::escape;
use crate::output::text_style::TextStyle;
use crate::report::Finding;

/// One line for each finding; empty without findings.
pub(super) fn render(findings: &[Finding], look: &TextStyle) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut lines = vec![look.bold("What happened")];
    for finding in findings {
        lines.extend(bullet(&sentence(&escape(&finding.text)), look));
    }
    lines.join("\n")
}
