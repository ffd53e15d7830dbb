//! A chart over the time of the run: lines, cells, and marks.

use std::time::Duration;

use super::frame::{Frame, path, percent};
use super::heat::{Heat, ROWS, SHADES};
use super::hits;
use super::line::{Line, LineStep, Look, WIDTH, short};
use super::scale::ValueScale;
use super::time_axis::TimeAxis;
use super::unit::Unit;
use crate::output::formats::html::writer::{Attribute, Html};
use crate::units::elapsed;

/// An interval that is shaded in all charts, with its description.
#[derive(Clone, Debug)]
pub(in super::super) struct Band {
    pub(in super::super) from: Duration,
    pub(in super::super) to: Duration,
    pub(in super::super) class: &'static str,
    pub(in super::super) color: &'static str,
    pub(in super::super) text: String,
}

/// A time that is marked in all charts: its sign, and its description.
#[derive(Clone, Debug)]
pub(in super::super) struct ChartMark {
    pub(in super::super) at: Duration,
    pub(in super::super) kind: ChartMarkKind,
    pub(in super::super) sign: String,
    pub(in super::super) text: String,
}

/// The kind of a time that is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum ChartMarkKind {
    /// A planned change.
    Planned,
    /// A breach.
    Broken,
}

/// A value that is marked in one chart.
#[derive(Clone, Debug)]
pub(in super::super) struct BoundLine {
    pub(in super::super) value: f64,
    pub(in super::super) text: String,
}

/// A chart over the time of the run.
#[derive(Clone, Debug)]
pub(in super::super) struct Chart {
    pub(in super::super) id: &'static str,
    pub(in super::super) title: &'static str,
    /// Details of the values, after the title; empty if the title suffices.
    pub(in super::super) note: String,
    pub(in super::super) height: f64,
    pub(in super::super) axis: TimeAxis,
    pub(in super::super) scale: ValueScale,
    pub(in super::super) unit: Unit,
    pub(in super::super) heat: Option<Heat>,
    /// Lines, from the lowest layer to the highest; the filled area of a line starts at 0.
    pub(in super::super) lines: Vec<Line>,
    /// The lines as they are drawn: in a stack each on top of those after it.
    pub(in super::super) drawn: Vec<Line>,
    pub(in super::super) bounds: Vec<BoundLine>,
}

impl Chart {
    /// A chart of lines from 0 to their greatest value.
    pub(in super::super) fn from_zero(
        id: &'static str,
        title: &'static str,
        height: f64,
        axis: TimeAxis,
        unit: Unit,
        lines: Vec<Line>,
    ) -> Self {
        let scale = ValueScale::linear(lines.iter().flat_map(Line::values).fold(0.0, f64::max));
        let (note, heat, bounds, drawn) = (String::new(), None, Vec::new(), lines.clone());
        Self { id, title, note, height, axis, scale, unit, heat, lines, drawn, bounds }
    }

    /// A chart of filled lines, each on top of those after it. They share their intervals.
    pub(in super::super) fn stacked(
        id: &'static str,
        title: &'static str,
        height: f64,
        axis: TimeAxis,
        unit: Unit,
        lines: Vec<Line>,
    ) -> Self {
        let drawn = (0..lines.len()).map(|place| sum(&lines[place..])).collect();
        let chart = Self::from_zero(id, title, height, axis, unit, drawn);
        Self { lines, ..chart }
    }

    /// The chart in words, for screen readers: the range of each line, and its end.
    fn in_words(&self) -> String {
        let ends = self.lines.iter().filter_map(|line| line.steps.last()).map(|step| step.to);
        let parts = self.lines.iter().rev().filter_map(|line| {
            let values = || line.steps.iter().filter_map(|step| self.value_of(step));
            let range = values().map(|value| (value, value));
            let (least, greatest) = range.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))?;
            let (least, greatest) = (self.unit.text(least), self.unit.text(greatest));
            let last = self.unit.text(values().next_back()?);
            Some(format!("{}: {least} to {greatest}, {last} at the end", line.name))
        });
        let parts = parts.collect::<Vec<_>>().join("; ");
        format!("{}. Over {}: {parts}.", self.title, elapsed(ends.max().unwrap_or_default()))
    }

    /// The value of a step in words: a gap in a rate counts as zero.
    fn value_of(&self, step: &LineStep) -> Option<f64> {
        step.value.or((self.unit == Unit::Rate).then_some(0.0))
    }

    /// Writes the chart, with the spans and marks of the run.
    pub(in super::super) fn write(&self, html: &mut Html, spans: &[Band], marks: &[ChartMark]) {
        let frame = Frame {
            id: self.id,
            title: self.title,
            note: &self.note,
            words: &self.in_words(),
            height: self.height,
            scale: &self.scale,
            unit: self.unit,
        };
        let legend = self.lines.iter().rev().map(|line| (line.name.as_str(), line.look));
        let times = self.axis.ticks().into_iter().map(|(at, text)| (self.axis.share(at), text));
        frame.open(html, legend, times);
        self.body(html, &frame, spans, marks);
        self.bounds(html, &frame);
        write_marks(html, marks, self.axis);
        Frame::close(html);
    }

    /// The drawing, which uses the available width.
    fn body(&self, html: &mut Html, frame: &Frame<'_>, spans: &[Band], marks: &[ChartMark]) {
        let height = short(self.height);
        frame.open_body(html);
        for span in spans {
            let (from, to) = (self.axis.share(span.from) * WIDTH, self.axis.share(span.to) * WIDTH);
            let width = short((to - from).max(1.0));
            html.open(
                "rect",
                &[
                    ("class", span.class),
                    ("fill", span.color),
                    ("x", &short(from)),
                    ("width", &width),
                    ("height", &height),
                ],
            );
            html.element("title", &[], &span.text);
            html.close();
        }
        self.cells(html);
        for line in &self.drawn {
            path(html, &line.look, &line.path(self.axis, &self.scale, self.height));
        }
        for (kind, look) in [(ChartMarkKind::Planned, &PLANNED), (ChartMarkKind::Broken, &BROKEN)] {
            let marks = marks.iter().filter(|mark| mark.kind == kind);
            let lines = marks.map(|mark| short(self.axis.share(mark.at) * WIDTH));
            let d: String = lines.map(|x| format!("M{x} 0V{height}")).collect();
            if !d.is_empty() {
                path(html, look, &d);
            }
        }
        hits::write(html, &self.lines, self.unit, self.axis, &height);
        html.close();
    }

    fn cells(&self, html: &mut Html) {
        let Some(heat) = &self.heat else { return };
        let stretch = format!("scale(1 {})", self.height / ROWS as f64);
        html.open("g", &[("class", "heat"), ("transform", &stretch), ("shape-rendering", "crispEdges")]);
        for ((d, color), class) in heat.paths().iter().zip(SHADES).zip(["h0", "h1", "h2", "h3", "h4", "h5"]) {
            html.shape("path", &[("class", class), ("fill", color), ("d", d)]);
        }
        html.close();
    }

    /// The bounds of thresholds, with their texts unless they overlap.
    fn bounds(&self, html: &mut Html, frame: &Frame<'_>) {
        let mut last = f64::MIN;
        let mut bounds: Vec<_> =
            self.bounds.iter().map(|bound| (frame.y(bound.value), &bound.text)).collect();
        bounds.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (y, text) in bounds {
            let at = short(y);
            let attributes: [Attribute<'_>; 6] = [
                ("class", "bound"),
                ("stroke", "#b00020"),
                ("stroke-dasharray", "8 4"),
                ("x2", "100%"),
                ("y1", &at),
                ("y2", &at),
            ];
            html.shape("line", &attributes);
            if y - last >= 15.0 {
                let above = short(y - 4.0);
                let attributes: [Attribute<'_>; 6] = [
                    ("class", "bound"),
                    ("fill", "#b00020"),
                    ("font-size", "12"),
                    ("text-anchor", "end"),
                    ("x", "99.5%"),
                    ("y", &above),
                ];
                html.element("text", &attributes, text);
                last = y;
            }
        }
    }
}

/// The first of these lines with the sums of all, in the intervals in which it has a value.
fn sum(lines: &[Line]) -> Line {
    let mut sum = lines[0].clone();
    for (place, step) in sum.steps.iter_mut().enumerate() {
        let all = lines.iter().filter_map(|line| line.steps.get(place)?.value).sum();
        step.value = step.value.map(|_| all);
    }
    sum
}

/// The lines at times that are marked.
const PLANNED: Look = Look::stroke("mark plan", "#595959", "1", "1 3");
const BROKEN: Look = Look::stroke("mark", "#b00020", "1", "2 3");

/// The signs above the marks; those of close marks are joined.
fn write_marks(html: &mut Html, marks: &[ChartMark], axis: TimeAxis) {
    let mut marks: Vec<_> = marks.iter().map(|mark| (axis.share(mark.at), mark)).collect();
    marks.sort_by(|one, other| one.0.total_cmp(&other.0));
    for near in marks.chunk_by(|one, other| other.0 - one.0 < 0.03) {
        let signs: Vec<_> = near.iter().map(|(_, mark)| mark.sign.as_str()).collect();
        let texts: Vec<_> = near.iter().map(|(_, mark)| mark.text.as_str()).collect();
        let anchor = if near[0].0 > 0.9 { "end" } else { "start" };
        let is_planned = near.iter().all(|(_, mark)| mark.kind == ChartMarkKind::Planned);
        let (class, color) = if is_planned { ("sign plan", "#595959") } else { ("sign", "#b00020") };
        let attributes: [Attribute<'_>; 6] = [
            ("class", class),
            ("fill", color),
            ("font-size", "12"),
            ("text-anchor", anchor),
            ("x", &percent(near[0].0)),
            ("y", "12"),
        ];
        html.open("text", &attributes);
        html.element("title", &[], &texts.join("; "));
        html.text(&signs.join(" "));
        html.close();
    }
}
