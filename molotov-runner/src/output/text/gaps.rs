//! The intervals in which the service did not respond although requests were waiting.

use crate::output::escape::wrap;
use crate::output::text_style::TextStyle;
use crate::report::{Gap, GapEnd, Report};
use crate::units::{many, moment};

/// The maximum number of listed gaps; the rest is counted.
const MOST: usize = 5;

/// The longest gaps with a line each, in order of time; empty without gaps.
pub(super) fn render(report: &Report, look: &TextStyle) -> String {
    let gaps = sentences(report);
    if gaps.is_empty() {
        return String::new();
    }
    let mut lines = vec![look.bold("Gaps")];
    for gap in &gaps {
        lines.extend(indented(gap, look));
    }
    lines.join("\n")
}

/// The longest gaps in words, in order of time, and the number of the others.
pub(in crate::output) fn sentences(report: &Report) -> Vec<String> {
    let mut longest = report.gaps.longest.clone();
    longest.sort_by(Gap::longest_first);
    longest.truncate(MOST);
    longest.sort_by(Gap::in_order_of_time);
    let mut sentences: Vec<_> = longest.iter().map(|gap| sentence(gap, report)).collect();
    let rest = report.gaps.longest.len().saturating_sub(MOST) as u64;
    if rest > 0 {
        sentences.push(format!("and {}", many(rest, "shorter one", "shorter ones")));
    }
    sentences
}

/// A gap in words, without a full stop.
pub(in crate::output) fn sentence(gap: &Gap, report: &Report) -> String {
    let (one, more) = if report.requests.attempted > 0 {
        ("request", "requests")
    } else {
        ("measured call", "measured calls")
    };
    let waited = format!("{} waited", many(gap.waiting, one, more));
    let end = match gap.ended_by {
        GapEnd::Response => "",
        GapEnd::Failure => "; a failure ended it",
        GapEnd::Cut => "; they were cut",
    };
    format!("nothing ended from {} to {} while {waited}{end}", moment(gap.from), moment(gap.to))
}

fn indented(text: &str, look: &TextStyle) -> Vec<String> {
    wrap(text, look.narrow().saturating_sub(2)).into_iter().map(|line| format!("  {line}")).collect()
}
