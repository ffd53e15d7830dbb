//! Invisible columns over a chart, each with its values in words: a pointer shows them without a script.

use std::time::Duration;

use super::line::{Line, WIDTH, short};
use super::time_axis::TimeAxis;
use super::unit::Unit;
use crate::output::formats::html::writer::Html;
use crate::units::clock;

/// The maximum number of columns.
const MOST: usize = 60;

/// Writes the columns of these lines.
pub(super) fn write(html: &mut Html, lines: &[Line], unit: Unit, axis: TimeAxis, height: &str) {
    let Some(longest) = lines.iter().max_by_key(|line| line.steps.len()) else { return };
    html.open("g", &[("class", "hits"), ("fill", "none"), ("pointer-events", "all")]);
    for steps in longest.steps.chunks(longest.steps.len().div_ceil(MOST)) {
        let (from, to) = (steps[0].from, steps[steps.len() - 1].to);
        let x = axis.share(from) * WIDTH;
        let width = short(axis.share(to) * WIDTH - x);
        html.open("rect", &[("x", &short(x)), ("width", &width), ("height", height)]);
        html.element("title", &[], &words(lines, unit, from, to));
        html.close();
    }
    html.close();
}

/// The values of all lines in an interval.
fn words(lines: &[Line], unit: Unit, from: Duration, to: Duration) -> String {
    let values = lines.iter().rev().filter_map(|line| {
        let steps = line.steps.iter().filter(|step| step.from < to && step.to > from);
        let values = steps.filter_map(|step| step.value);
        let (least, greatest) = values.fold(None, |range: Option<(f64, f64)>, value| {
            let (least, greatest) = range.unwrap_or((value, value));
            Some((least.min(value), greatest.max(value)))
        })?;
        let (least, greatest) = (unit.text(least), unit.text(greatest));
        Some(if least == greatest {
            format!("{} {least}", line.name)
        } else {
            format!("{} {least} to {greatest}", line.name)
        })
    });
    format!("{}: {}", clock(from), values.collect::<Vec<_>>().join(", "))
}
