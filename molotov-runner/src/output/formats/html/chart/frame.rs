//! The frame of a chart: its title and legend, the axes, and the drawing area.

use super::line::{LineForm, Look, WIDTH, short};
use super::scale::ValueScale;
use super::unit::Unit;
use crate::output::formats::html::writer::Html;

/// The width without a style sheet, in pixels.
const PLAIN_WIDTH: &str = "900";

/// The width of the labels at the left, in pixels.
const LABELS: f64 = 62.0;

/// The height of the labels of time, in pixels.
const FOOT: f64 = 22.0;

/// The room above the highest value, in pixels.
const HEAD: f64 = 16.0;

/// A figure with values at its left, and with ticks along its foot.
pub(in super::super) struct Frame<'c> {
    pub(in super::super) id: &'c str,
    pub(in super::super) title: &'c str,
    /// Details of the values, after the title; empty if the title suffices.
    pub(in super::super) note: &'c str,
    /// The chart in words, for screen readers.
    pub(in super::super) words: &'c str,
    pub(in super::super) height: f64,
    pub(in super::super) scale: &'c ValueScale,
    pub(in super::super) unit: Unit,
}

impl Frame<'_> {
    /// Opens the figure, with a legend, and with ticks from 0 to 1 along its foot. The following content overlays its
    /// grid, with positions as shares of its width.
    pub(in super::super) fn open<'n>(
        &self,
        html: &mut Html,
        legend: impl Iterator<Item = (&'n str, Look)>,
        ticks: impl Iterator<Item = (f64, String)>,
    ) {
        html.open("figure", &[("class", "chart"), ("id", self.id)]);
        html.open("figcaption", &[]);
        html.element("h3", &[], self.title);
        if !self.note.is_empty() {
            html.element("span", &[("class", "note")], self.note);
        }
        write_legend(html, legend);
        html.close();
        html.open("div", &[("class", "frame")]);
        self.values(html);
        html.open(
            "svg",
            &[
                ("class", "plot"),
                ("width", PLAIN_WIDTH),
                ("height", &self.whole_height()),
                ("role", "img"),
                ("aria-label", self.words),
            ],
        );
        self.grid(html);
        self.foot(html, ticks);
    }

    /// Closes the figure.
    pub(in super::super) fn close(html: &mut Html) {
        html.close();
        html.close();
        html.close();
    }

    /// Opens the drawing, which is stretched to the available width: [`WIDTH`] units wide, and as high as the frame.
    pub(in super::super) fn open_body(&self, html: &mut Html) {
        let height = short(self.height);
        let view = format!("0 0 {} {height}", short(WIDTH));
        html.open(
            "svg",
            &[
                ("class", "body"),
                ("y", &short(HEAD)),
                ("width", "100%"),
                ("height", &height),
                ("viewBox", &view),
                ("preserveAspectRatio", "none"),
            ],
        );
    }

    /// The distance of a value from the top of the figure, in pixels.
    pub(in super::super) fn y(&self, value: f64) -> f64 {
        HEAD + self.height * (1.0 - self.scale.share(value))
    }

    fn whole_height(&self) -> String {
        short(HEAD + self.height + FOOT)
    }

    /// The values at the left.
    fn values(&self, html: &mut Html) {
        html.open(
            "svg",
            &[
                ("class", "labels"),
                ("width", &short(LABELS)),
                ("height", &self.whole_height()),
                ("font-size", "12"),
                ("text-anchor", "end"),
                ("aria-hidden", "true"),
            ],
        );
        for tick in self.scale.ticks() {
            let y = short(self.y(*tick) + 4.0);
            html.element("text", &[("x", &short(LABELS - 6.0)), ("y", &y)], &self.unit.tick(*tick));
        }
        html.close();
    }

    fn grid(&self, html: &mut Html) {
        html.open("g", &[("class", "grid"), ("stroke", "#ddd")]);
        for tick in self.scale.ticks() {
            let y = short(self.y(*tick));
            html.shape("line", &[("x2", "100%"), ("y1", &y), ("y2", &y)]);
        }
        html.close();
    }

    fn foot(&self, html: &mut Html, ticks: impl Iterator<Item = (f64, String)>) {
        html.open("g", &[("class", "times"), ("font-size", "12"), ("text-anchor", "middle")]);
        let bottom = short(HEAD + self.height + FOOT - 6.0);
        for (share, text) in ticks {
            let x = percent(share);
            html.element("text", &[("x", &x), ("y", &bottom), ("text-anchor", anchor(share))], &text);
        }
        html.close();
    }
}

/// The alignment of a text at its place, so that no text is cut at the sides.
fn anchor(share: f64) -> &'static str {
    match share {
        ..0.02 => "start",
        0.97.. => "end",
        _ => "middle",
    }
}

fn write_legend<'n>(html: &mut Html, lines: impl Iterator<Item = (&'n str, Look)>) {
    html.open("ul", &[("class", "legend")]);
    for (name, look) in lines {
        html.open("li", &[]);
        html.open("svg", &[("width", "26"), ("height", "10"), ("aria-hidden", "true")]);
        path(html, &look, if matches!(look.form, LineForm::Filled) { "M0 2H26V9H0Z" } else { "M0 5H26" });
        html.close();
        html.text(name);
        html.element("b", &[], "");
        html.close();
    }
    html.close();
}

/// Writes a path of this look.
pub(in super::super) fn path(html: &mut Html, look: &Look, d: &str) {
    let attributes = match look.form {
        LineForm::Filled => vec![("fill", look.color)],
        LineForm::Stroke { width, dashes: "" } => {
            vec![("fill", "none"), ("stroke", look.color), ("stroke-width", width)]
        }
        LineForm::Stroke { width, dashes } => vec![
            ("fill", "none"),
            ("stroke", look.color),
            ("stroke-width", width),
            ("stroke-dasharray", dashes),
        ],
    };
    html.shape("path", &[vec![("class", look.class)], attributes, vec![("d", d)]].concat());
}

/// A share as a length.
pub(super) fn percent(share: f64) -> String {
    format!("{}%", (share * 1e4).round() / 1e2)
}
