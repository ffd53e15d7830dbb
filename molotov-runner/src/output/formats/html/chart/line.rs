//! Lines of steps: a value for each stretch of time, and a gap where there is none.

use std::fmt::Write;
use std::time::Duration;

use super::scale::ValueScale;
use super::time_axis::TimeAxis;

/// The width of the drawing, in its own units.
pub(in super::super) const WIDTH: f64 = 1_000.0;

/// The appearance of a line where no style sheet is read, and its class where one is.
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
    /// It is so wide, and has no dashes where their lengths are empty.
    Stroke { width: &'static str, dashes: &'static str },
}

impl Look {
    /// A line of this colour and width; with dashes where these are not empty.
    pub(in super::super) const fn stroke(
        class: &'static str,
        color: &'static str,
        width: &'static str,
        dashes: &'static str,
    ) -> Self {
        Self { class, color, form: LineForm::Stroke { width, dashes } }
    }
}

/// A value that holds from a time until another.
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
    let base = base.map(short);
    let mut path = String::new();
    let mut last: Option<(String, String)> = None;
    for (from, to, y) in steps {
        let Some(y) = y else {
            end(&mut path, last.take(), base.as_deref());
            continue;
        };
        let (from, to, y) = (short(from), short(to), short(y));
        match &mut last {
            Some((x, before)) if *x == from => {
                if *before != y {
                    let _ = write!(path, "H{x}V{y}");
                }
                (*x, *before) = (to, y);
            }
            _ => {
                end(&mut path, last.take(), base.as_deref());
                let _ = match &base {
                    Some(base) => write!(path, "M{from} {base}V{y}"),
                    None => write!(path, "M{from} {y}"),
                };
                last = Some((to, y));
            }
        }
    }
    end(&mut path, last, base.as_deref());
    path
}

/// The commands of a path from point to point.
pub(in super::super) fn curve(points: impl Iterator<Item = (f64, f64)>) -> String {
    let points = points.map(|(x, y)| format!("{} {}", short(x), short(y)));
    let points = points.collect::<Vec<_>>().join("L");
    if points.is_empty() { points } else { format!("M{points}") }
}

fn end(path: &mut String, last: Option<(String, String)>, base: Option<&str>) {
    let Some((x, _)) = last else { return };
    let _ = write!(path, "H{x}");
    if let Some(base) = base {
        let _ = write!(path, "V{base}Z");
    }
}

/// A coordinate with at most one decimal.
pub(super) fn short(value: f64) -> String {
    let tenths = (value * 10.0).round();
    if tenths % 10.0 == 0.0 { format!("{:.0}", tenths / 10.0) } else { format!("{:.1}", tenths / 10.0) }
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

        assert_eq!(path, "M0 75H400V0H600M800 50H1000");
        assert_eq!(area, "M0 100V75H400V0H600V100ZM800 100V50H1000V100Z");
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!([0.0, 12.04, 12.05, 99.96, 1_000.0].map(short), ["0", "12", "12.1", "100", "1000"]);
    }
}
