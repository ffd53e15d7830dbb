//! A table that fits: one line per row if there is room, else with the latencies below the name.
//!
//! Eleven columns do not fit into 80, and names distinguish the rows. So in a narrow terminal the name keeps its place
//! beside the counts, and the latencies follow, indented; nothing is left out at any width.

use std::ops::Range;

use super::escape::{self, fit, left, right, width, wrap};
use super::text_style::TextStyle;

/// The gap between two columns.
const GAP: usize = 2;

/// The minimum width of a cut name in a row on one line.
const LEAST_NAME: usize = 24;

/// The maximum width of a cell: that of the greatest count. Only an invalid number would be wider.
const MOST_CELL: usize = 26;

/// The indent of lines that belong to the row above.
const INDENT: usize = 2;

/// Names, counts, and spreads such as latencies.
pub(super) struct Table {
    pub(super) title: &'static str,
    /// The columns that each row has once.
    pub(super) counts: &'static [&'static str],
    /// The columns that a row has once for successes, and once for failures.
    pub(super) spread: &'static [&'static str],
    pub(super) rows: Vec<TableRow>,
}

/// A row.
pub(super) struct TableRow {
    name: String,
    counts: Vec<String>,
    spreads: Vec<(&'static str, Vec<String>)>,
    below: Option<String>,
}

impl TableRow {
    /// Creates a row with its counts. The name may be external.
    pub(super) fn new(name: &str, counts: Vec<String>) -> Self {
        Self { name: escape::name(name).into_owned(), counts, spreads: Vec::new(), below: None }
    }

    /// Adds a spread under a label; the one called `ok` stands beside the name if there is room.
    pub(super) fn spread(mut self, label: &'static str, cells: Vec<String>) -> Self {
        self.spreads.push((label, cells));
        self
    }

    /// Adds a text of ours below the row.
    pub(super) fn below(mut self, text: Option<String>) -> Self {
        self.below = text;
        self
    }

    fn lines_below(&self, look: &TextStyle) -> Vec<String> {
        let text = self.below.as_deref().unwrap_or_default();
        wrap(text, look.wide() - INDENT).iter().map(|line| indented(line)).collect()
    }
}

/// The name of the spread beside the name.
pub(super) const BESIDE: &str = "ok";

/// The widths of all columns, and of the names in full.
struct Widths {
    name: usize,
    counts: Vec<usize>,
    spread: Vec<usize>,
    label: usize,
}

impl Table {
    /// The table without a trailing newline; empty without rows.
    pub(super) fn render(&self, look: &TextStyle) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let widths = self.widths();
        let cells = total(&widths.counts) + total(&widths.spread);
        if widths.name.min(LEAST_NAME) + cells <= look.wide() {
            let name = widths.name.min(look.wide() - cells);
            self.on_one_line(&widths, name, look)
        } else {
            self.stacked(&widths, look)
        }
    }

    fn widths(&self) -> Widths {
        let names = self.rows.iter().map(|row| width(&row.name));
        let label = self.spreads().map(|(label, _)| INDENT + label.len()).max().unwrap_or(0);
        let name = names.chain([width(self.title), label]).max().unwrap_or(0);
        let counts = column_widths(self.counts, self.rows.iter().map(|row| &row.counts));
        let spread = column_widths(self.spread, self.spreads().map(|(_, cells)| cells));
        Widths { name, counts, spread, label }
    }

    /// The spreads of all rows.
    fn spreads(&self) -> impl Iterator<Item = &(&'static str, Vec<String>)> {
        self.rows.iter().flat_map(|row| &row.spreads)
    }

    fn on_one_line(&self, widths: &Widths, name: usize, look: &TextStyle) -> String {
        let columns: Vec<_> = widths.counts.iter().chain(&widths.spread).copied().collect();
        let titles: Vec<_> = self.counts.iter().chain(self.spread).copied().collect();
        let mut lines = vec![look.bold(&line(self.title, name, &titles, &columns))];
        for row in &self.rows {
            let beside = row.spreads.iter().find(|(label, _)| *label == BESIDE);
            let beside = beside.map(|(_, cells)| cells.as_slice()).unwrap_or_default();
            let cells: Vec<_> = row.counts.iter().chain(beside).map(String::as_str).collect();
            lines.push(line(&row.name, name, &cells, &columns));
            for (label, cells) in row.spreads.iter().filter(|(label, _)| *label != BESIDE) {
                let blank = row.counts.iter().map(|_| "");
                let cells: Vec<_> = blank.chain(cells.iter().map(String::as_str)).collect();
                lines.push(line(&indented(label), name, &cells, &columns));
            }
            lines.extend(row.lines_below(look));
        }
        lines.join("\n")
    }

    fn stacked(&self, widths: &Widths, look: &TextStyle) -> String {
        let most = look.wide();
        // The right edges of counts and latencies are aligned if possible.
        let edge = (widths.label + total(&widths.spread)).min(most);
        let least = widths.name.min(LEAST_NAME);
        let beside = edge.saturating_sub(total(&widths.counts));
        let name = widths.name.min(most.saturating_sub(total(&widths.counts))).max(least).max(beside);
        // Even a single cell of the greatest width must fit beside the name.
        let name = name.min(most.saturating_sub(GAP + widths.counts.iter().max().unwrap_or(&0)));
        let counts = chunks(&widths.counts, name, most);
        let spreads = chunks(&widths.spread, widths.label, most);

        let titles: Vec<_> = self.counts.iter().map(ToString::to_string).collect();
        let spread_titles: Vec<_> = self.spread.iter().map(ToString::to_string).collect();
        let mut head = block(self.title, name, &titles, &widths.counts, &counts);
        head.extend(block("", widths.label, &spread_titles, &widths.spread, &spreads));
        let mut lines: Vec<_> = head.iter().map(|line| look.bold(line)).collect();
        for row in &self.rows {
            lines.extend(block(&row.name, name, &row.counts, &widths.counts, &counts));
            for (label, cells) in &row.spreads {
                lines.extend(block(&indented(label), widths.label, cells, &widths.spread, &spreads));
            }
            lines.extend(row.lines_below(look));
        }
        lines.join("\n")
    }
}

/// The widths of columns: of their titles or of the widest of their cells.
fn column_widths<'r>(titles: &[&str], rows: impl Iterator<Item = &'r Vec<String>>) -> Vec<usize> {
    let mut widths: Vec<_> = titles.iter().map(|title| width(title)).collect();
    for cells in rows {
        for (most, cell) in widths.iter_mut().zip(cells) {
            *most = (*most).max(width(cell).min(MOST_CELL));
        }
    }
    widths
}

fn indented(label: &str) -> String {
    format!("{:INDENT$}{label}", "")
}

fn total(widths: &[usize]) -> usize {
    widths.iter().map(|width| GAP + width).sum()
}

/// Returns the columns of each line, after a name of this width.
fn chunks(widths: &[usize], name: usize, most: usize) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let (mut start, mut used) = (0, name);
    for (index, width) in widths.iter().enumerate() {
        if used + GAP + width > most && index > start {
            chunks.push(start..index);
            (start, used) = (index, name);
        }
        used += GAP + width;
    }
    if start < widths.len() {
        chunks.push(start..widths.len());
    }
    chunks
}

/// A row on one line per chunk.
fn block(
    name: &str,
    room: usize,
    cells: &[String],
    widths: &[usize],
    chunks: &[Range<usize>],
) -> Vec<String> {
    let lines = chunks.iter().enumerate().map(|(index, chunk)| {
        let cells: Vec<_> = cells.get(chunk.clone()).unwrap_or_default().iter().map(String::as_str).collect();
        line(if index == 0 { name } else { "" }, room, &cells, &widths[chunk.clone()])
    });
    lines.collect()
}

fn line(name: &str, room: usize, cells: &[&str], widths: &[usize]) -> String {
    let mut line = left(&fit(name, room), room);
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(&right(cell, GAP + width));
    }
    line.truncate(line.trim_end().len());
    line
}
