//! The faults of idle connections: no request failed because of them, but they are worth a note.

use super::{MOST, bullet};
use crate::output::escape::escape;
use crate::output::text_style::TextStyle;
use crate::report::{IdleFaults, Report};
use crate::units::{count, many};

/// A note on stray bytes and one on broken connections, each with the routes of the preceding responses.
pub(super) fn notes(report: &Report, look: &TextStyle) -> Vec<String> {
    let mut lines = note(
        report,
        look,
        |idle| (idle.stray_bytes, &idle.first_bytes),
        |n| {
            format!(
                "{} behind a response bytes came that no request had asked for. Each time the connection was closed, and no \
             request failed for it. A usual cause is a content-length that is too short, or a body where none may be \
             (204, 304, HEAD). Routes, and the first bytes:",
                many(n, "time", "times")
            )
        },
    );
    lines.extend(note(report, look, |idle| (idle.broken, &idle.how), |n| {
        format!(
            "{} broke while no request was using it, and no request failed for it. Routes of the last responses:",
            many(n, "connection", "connections")
        )
    }));
    lines
}

fn note(
    report: &Report,
    look: &TextStyle,
    of: fn(&IdleFaults) -> (u64, &Option<String>),
    say: fn(u64) -> String,
) -> Vec<String> {
    let mut rows: Vec<_> = report.routes.iter().map(|row| (of(&row.idle), &row.name)).collect();
    rows.retain(|((n, _), _)| *n > 0);
    if rows.is_empty() {
        return Vec::new();
    }
    rows.sort_by(|((a, _), one), ((b, _), other)| b.cmp(a).then_with(|| one.cmp(other)));
    let mut lines = bullet(&say(rows.iter().map(|((n, _), _)| n).sum()), look);
    let shown = look.shown(rows.len(), MOST);
    for ((n, example), name) in &rows[..shown] {
        let example = example.as_deref().unwrap_or_default();
        let text = format!("{} × {}: `{}`", count(*n), escape(name), escape(example));
        let text = look.wrap(&text, look.wide() - 4, 2);
        lines.extend(text.iter().map(|line| format!("    {line}")));
    }
    if rows.len() > shown {
        lines.push(format!("    and {} more", many((rows.len() - shown) as u64, "route", "routes")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_reports;

    #[test]
    fn notes_name_the_routes_and_the_first_bytes() {
        let mut report = test_reports::rich();
        assert_eq!(notes(&report, &TextStyle::default()), [""; 0]);
        report.routes[0].idle.stray_bytes = 100;
        report.routes[0].idle.first_bytes = Some("null".into());
        report.routes[1].idle.stray_bytes = 1_900;
        report.routes[1].idle.first_bytes = Some("\u{1b}[31m".into());
        report.routes[1].idle.broken = 1;
        report.routes[1].idle.how = Some("Connection reset by peer (os error 104)".into());

        let text = notes(&report, &TextStyle::default()).join("\n");

        insta::assert_snapshot!(text);
    }
}
