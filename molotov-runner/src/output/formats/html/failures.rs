//! Failures by kind, place and message, each with its first and last time and the options that replay its first
//! example.

use super::chart::TimeAxis;
use super::table::shortened;
use super::writer::Html;
use crate::output::escape::{escape, name};
use crate::report::{FailureGroup, Report};
use crate::units::{clock, count, many};

/// The maximum number of groups.
const MOST: usize = 50;

/// The maximum length of a message and of an excerpt of a body, in characters.
const LONGEST: usize = 400;

/// The width of the bar of time, in pixels.
const WIDTH: f64 = 240.0;

/// Writes the most frequent failures; writes nothing without failures.
pub(super) fn write(html: &mut Html, report: &Report) {
    if report.failures.is_empty() {
        return;
    }
    html.open_section("failures", "Failures");
    let axis = TimeAxis::until(report.elapsed);
    html.open("ol", &[("class", "failures")]);
    report.failures.iter().take(MOST).for_each(|failure| group(html, report, failure, axis));
    html.close();
    let hidden = report.failures.get(MOST..).unwrap_or_default();
    if !hidden.is_empty() {
        let failures = hidden.iter().map(|group| group.count).sum();
        let kinds = many(hidden.len() as u64, "group", "groups");
        let text = format!(
            "And {} in {kinds} more; --report FILE.json has all of them.",
            many(failures, "failure", "failures")
        );
        html.element("p", &[], &text);
    }
    html.close();
}

fn group(html: &mut Html, report: &Report, group: &FailureGroup, axis: TimeAxis) {
    html.open("li", &[]);
    html.open("p", &[]);
    html.element("b", &[], &format!("{} × {}", count(group.count), group.kind));
    html.text(" in ");
    html.element("b", &[], &shortened(&name(&group.place), LONGEST));
    html.close();
    html.element("p", &[("class", "message")], &shortened(&escape(&group.message), LONGEST));
    if let Some(excerpt) = &group.excerpt {
        html.element(
            "p",
            &[("class", "message")],
            &format!("body: {}", shortened(&escape(excerpt), LONGEST)),
        );
    }
    seen(html, group, axis);
    let (iteration, user) = group.first;
    html.open("p", &[]);
    html.text(&format!("First: user {user}, iteration {iteration}. Once more: "));
    html.element("code", &[("class", "copy")], &report.replay_of(group));
    if !group.is_repeatable() {
        html.text(" (may pass: time or the state of the server decided)");
    }
    html.close();
    html.close();
}

/// The interval of the run with these failures, as a bar and in words.
fn seen(html: &mut Html, group: &FailureGroup, axis: TimeAxis) {
    let (first, last) = group.seen;
    let left = axis.share(first) * WIDTH;
    let width = ((axis.share(last) * WIDTH) - left).max(3.0);
    let (x, width) = (format!("{:.0}", left.min(WIDTH - 3.0)), format!("{width:.0}"));
    html.open("p", &[("class", "seen")]);
    html.open("svg", &[("class", "seen"), ("width", "240"), ("height", "8"), ("aria-hidden", "true")]);
    html.shape("rect", &[("class", "run"), ("fill", "#ddd"), ("width", "240"), ("height", "8")]);
    html.shape(
        "rect",
        &[("class", "failed"), ("fill", "#d55e00"), ("x", &x), ("width", &width), ("height", "8")],
    );
    html.close();
    let (first, last) = (clock(first), clock(last));
    html.text(&if first == last {
        format!("seen at {first}")
    } else {
        format!("seen from {first} to {last}")
    });
    html.close();
}
