//! The style of a text: its width, its colours, and its detail.

use std::io::{self, IsTerminal};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};

use super::escape::{wrap, wrap_at_most};
use super::terminal;

/// The width without a terminal.
const DEFAULT_WIDTH: usize = 80;

/// The minimum width of the output, even in narrower terminals: a table needs some room.
const MIN_WIDTH: usize = 40;

/// The maximum width of running text, for readability.
const TEXT_WIDTH: usize = 100;

/// The style of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextStyle {
    /// The width of the terminal, in columns. No line is longer.
    pub(crate) width: usize,
    pub(crate) colors: Colors,
    pub(crate) detail: Detail,
}

/// The use of colours. The words alone contain all information, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colors {
    On,
    Off,
}

/// The detail of parts that can be long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The most frequent failures, two lines of each.
    Short,
    /// All stored failures, in full (`-v`).
    Whole,
}

impl Default for TextStyle {
    fn default() -> Self {
        Self { width: DEFAULT_WIDTH, colors: Colors::Off, detail: Detail::Short }
    }
}

impl TextStyle {
    /// Returns the style for standard output: the width of its terminal, and colours unless `NO_COLOR` or a pipe
    /// forbids them.
    pub(crate) fn of_stdout(detail: Detail) -> Self {
        let stdout = io::stdout();
        let width = terminal_size::terminal_size_of(&stdout).map(|(width, _)| usize::from(width.0));
        Self { detail, colors: Colors::for_stream(&stdout), ..Self::default() }.with_width(width)
    }

    /// Returns the style for standard error.
    pub(crate) fn of_stderr(detail: Detail) -> Self {
        let stderr = io::stderr();
        let width = terminal_size::terminal_size_of(&stderr).map(|(width, _)| usize::from(width.0));
        Self { detail, colors: Colors::for_stream(&stderr), ..Self::default() }.with_width(width)
    }

    fn with_width(self, width: Option<usize>) -> Self {
        // Some terminals report 0 for an unknown width.
        Self { width: width.filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH), ..self }
    }

    /// The width of tables.
    pub(super) fn wide(&self) -> usize {
        self.width.max(MIN_WIDTH)
    }

    /// The width of running text.
    pub(super) fn narrow(&self) -> usize {
        self.wide().min(TEXT_WIDTH)
    }

    /// The text in lines of this width; at most this number of them in short detail.
    pub(super) fn wrap(&self, text: &str, width: usize, most: usize) -> Vec<String> {
        match self.detail {
            Detail::Short => wrap_at_most(text, width, most),
            Detail::Whole => wrap(text, width),
        }
    }

    /// Returns the number of shown items, at most `most` in short detail.
    pub(super) fn shown(&self, count: usize, most: usize) -> usize {
        match self.detail {
            Detail::Short => count.min(most),
            Detail::Whole => count,
        }
    }

    pub(super) fn bold(&self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    pub(super) fn good(&self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default().bold(), text)
    }

    pub(super) fn bad(&self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    pub(super) fn warn(&self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default().bold(), text)
    }

    fn paint(&self, style: Style, text: &str) -> String {
        match self.colors {
            Colors::On => format!("{style}{text}{style:#}"),
            Colors::Off => text.to_owned(),
        }
    }
}

impl Colors {
    fn for_stream(stream: &(impl anstream::stream::RawStream + IsTerminal)) -> Self {
        match terminal::colors(stream) {
            ColorChoice::Never => Self::Off,
            _ => Self::On,
        }
    }
}
