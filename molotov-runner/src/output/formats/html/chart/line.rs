//! Step lines: a value for each interval, and a gap for an interval without a value.

use std::fmt::Write;
use std::time::Duration;

use super::scale::ValueScale;
use super::time_axis::TimeAxis;

/// The width of the drawing, in its own units.
pub(in super::super) const WIDTH: f64 = 1_000.0;

/// The appearance of a line without a style sheet, and its class with one.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Look {
    pub(in super::super) class: &'static str,
    pub(in super::super) color: &'static str,
    pub(in super::super) form: LineForm,
}

/// The form of a line.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum LineForm {
    /// The area between it and 0 is filled.
    Filled,
    /// A stroke of this width, without dashes if their lengths are empty.
    Stroke { width: &'static str, dashes: &'static str },
}

impl Look {
    /// A line of this colour and width; with dashes unless these are empty.
    pub(in super::super) const fn stroke(
        class: &'static str,
        color: &'static str,
        width: &'static str,
        dashes: &'static str,
    ) -> Self {
        Self { class, color, form: LineForm::Stroke { width, dashes } }
    }
}

/// A value that holds for an interval.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct LineStep {
    pub(in super::super) from: Duration,
    pub(in super::super) to: Duration,
    pub(in super::super) value: Option<f64>,
}

/// A line, with its name in the legend.
#[derive(Clone, Debug)]
pub(in super::super) struct Line {
    pub(in super::super) name: String,
    pub(in super::super) look: Look,
    pub(in super::super) steps: Vec<LineStep>,
}

impl Line {
    /// The values, without gaps.
    pub(in super::super) fn values(&self) -> impl Iterator<Item = f64> {
        self.steps.iter().filter_map(|step| step.value)
    }

    /// The line as the commands of a path.
    pub(super) fn path(&self, axis: TimeAxis, scale: &ValueScale, height: f64) -> String {
        let places = self.steps.iter().map(|step| {
            let y = step.value.map(|value| height * (1.0 - scale.share(value)));
            (axis.share(step.from) * WIDTH, axis.share(step.to) * WIDTH, y)
        });
        let base = matches!(self.look.form, LineForm::Filled).then_some(height);
        outline(places, base)
    }
}

/// The commands of a path through steps, each from one x to another at its y. With a base it is the outline of the area
/// between them and the base.
pub(in super::super) fn outline(
    steps: impl Iterator<Item = (f64, f64, Option<f64>)>,
    base: Option<f64>,
) -> String {
    let mut pen = Pen { path: String::new(), base: base.map(tenths), line: None };
    for (from, to, y) in steps {
        match y {
            Some(y) => pen.step(tenths(from), tenths(to), tenths(y)),
            None => pen.lift(),
        }
    }
    pen.lift();
    pen.path
}

/// A path that is drawn step by step, in tenths of a unit. Its commands are relative, because these are shorter.
struct Pen {
    path: String,
    base: Option<i64>,
    line: Option<PenLine>,
}

/// The steps drawn without a gap: the current place of the path, and the end and the height of the last step.
struct PenLine {
    drawn: i64,
    end: i64,
    y: i64,
}

impl Pen {
    fn step(&mut self, from: i64, to: i64, y: i64) {
        if let Some(line) = self.line.as_mut().filter(|line| line.end == from) {
            if line.y != y {
                let _ = write!(self.path, "h{}v{}", number(from - line.drawn), number(y - line.y));
                (line.drawn, line.y) = (from, y);
            }
            line.end = to;
            return;
        }
        self.lift();
        let _ = write!(self.path, "M{} {}", number(from), number(self.base.unwrap_or(y)));
        if let Some(base) = self.base.filter(|base| *base != y) {
            let _ = write!(self.path, "v{}", number(y - base));
        }
        self.line = Some(PenLine { drawn: from, end: to, y });
    }

    /// Ends the steps drawn without a gap.
    fn lift(&mut self) {
        let Some(line) = self.line.take() else { return };
        let _ = write!(self.path, "h{}", number(line.end - line.drawn));
        if let Some(base) = self.base {
            let _ = write!(self.path, "V{}Z", number(base));
        }
    }
}

/// The commands of a path from point to point.
pub(in super::super) fn curve(points: impl Iterator<Item = (f64, f64)>) -> String {
    let points = points.map(|(x, y)| format!("{} {}", short(x), short(y)));
    let points = points.collect::<Vec<_>>().join("L");
    if points.is_empty() { points } else { format!("M{points}") }
}

/// A coordinate with at most one decimal.
pub(super) fn short(value: f64) -> String {
    number(tenths(value))
}

fn tenths(value: f64) -> i64 {
    (value * 10.0).round() as i64
}

/// A number of tenths, without a zero in front.
fn number(tenths: i64) -> String {
    let (sign, whole, decimal) = (if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10);
    match (whole, decimal) {
        (_, 0) => format!("{sign}{whole}"),
        (0, _) => format!("{sign}.{decimal}"),
        _ => format!("{sign}{whole}.{decimal}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_has_a_step_for_each_change_and_a_gap_for_no_value() {
        let values = [Some(1.0), Some(1.0), Some(4.0), None, Some(2.0)];
        let steps = values.iter().zip(0u64..).map(|(value, second)| LineStep {
            from: Duration::from_secs(second),
            to: Duration::from_secs(second + 1),
            value: *value,
        });
        let stroke = Look { class: "", color: "", form: LineForm::Stroke { width: "1", dashes: "" } };
        let line = Line { name: String::new(), look: stroke, steps: steps.collect() };
        let area = Line { look: Look { form: LineForm::Filled, ..stroke }, ..line.clone() };

        let [path, area] = [line, area]
            .map(|line| line.path(TimeAxis::until(Duration::from_secs(5)), &ValueScale::linear(4.0), 100.0));

        assert_eq!(path, "M0 75h400v-75h200M800 50h200");
        assert_eq!(area, "M0 100v-25h400v-75h200V100ZM800 100v-50h200V100Z");
    }

    #[test]
    fn coordinates_are_short() {
        let short = [0.0, 0.26, -0.26, 12.04, 12.05, 99.96, 1_000.0].map(short);
        assert_eq!(short, ["0", ".3", "-.3", "12", "12.1", "100", "1000"]);
    }
}
