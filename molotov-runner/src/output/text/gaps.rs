//! Where the service did not answer although requests were waiting.

use std::time::Duration;

use crate::output::escape::wrap;
use crate::output::look::Look;
use crate::output::units::{elapsed, many};
use crate::report::{Gap, GapEnd, Report};

const HOUR: Duration = Duration::from_secs(3_600);

/// Gaps that are named; the rest is counted.
const MOST: usize = 5;

/// The longest gaps in a line each, in order of time; nothing where there are none.
pub(super) fn render(report: &Report, look: &Look) -> String {
    let gaps = &report.gaps.longest;
    if gaps.is_empty() {
        return String::new();
    }
    let mut longest: Vec<&Gap> = gaps.iter().collect();
    longest.sort_by_key(|gap| std::cmp::Reverse(gap.length()));
    longest.truncate(MOST);
    longest.sort_by_key(|gap| gap.from);
    let mut lines = vec![look.bold("Gaps")];
    lines.extend(longest.into_iter().flat_map(|gap| indented(&sentence(gap), look)));
    let rest = gaps.len().saturating_sub(MOST) as u64;
    if rest > 0 {
        lines.extend(indented(&format!("and {}", many(rest, "shorter one", "shorter ones")), look));
    }
    lines.join("\n")
}

/// A gap in words.
pub(super) fn sentence(gap: &Gap) -> String {
    let waited = many(gap.waiting, "request waited", "requests waited");
    let end = match gap.ended_by {
        GapEnd::Response => "",
        GapEnd::Failure => "; a failure ended it",
        GapEnd::Cut => "; they were cut",
    };
    format!("nothing ended from {} to {} while {waited}{end}", time(gap.from), time(gap.to))
}

/// To a tenth of a second.
fn time(time: Duration) -> String {
    if time < HOUR { format!("{:.1} s", time.as_secs_f64()) } else { elapsed(time) }
}

fn indented(text: &str, look: &Look) -> Vec<String> {
    wrap(text, look.narrow().saturating_sub(2)).into_iter().map(|line| format!("  {line}")).collect()
}
