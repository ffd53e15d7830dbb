//! The live display of a run, on standard error.

use std::io;
use std::time::Duration;

use molotov_core::{Result, Trace};

use super::escape::{escape, width};
use super::frame;
use super::seam::{Interest, Output};
use super::writer::Sink;
use super::{log_lines, terminal};
use crate::report::{Report, RunProgress};

/// The assumed size of a terminal that does not report its own.
const DEFAULT_SIZE: Size = Size { columns: 80, rows: 24 };

/// The time between two lines that stay above the block.
const KEPT_EACH: Duration = Duration::from_secs(5);

/// The style of the display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A small block that is rewritten in place.
    Live,
    /// One line an interval (`--console`, or no terminal).
    Plain,
    /// Only errors (`--quiet`).
    Quiet,
}

impl Style {
    /// `Live` if standard error is a terminal that can move its cursor, else `Plain`.
    pub(crate) fn for_stderr() -> Self {
        if terminal::can_rewrite_stderr() { Self::Live } else { Self::Plain }
    }
}

/// The size of a terminal.
#[derive(Clone, Copy, Debug)]
struct Size {
    columns: usize,
    rows: usize,
}

/// The live display of a run.
#[derive(Debug)]
pub(crate) struct Display {
    style: Style,
    sink: Sink,
    size: fn() -> Size,
    /// The lines on the terminal that will be rewritten.
    block: Vec<String>,
    /// The run's time at the latest lines that stay above the block.
    kept: Duration,
    /// `true` if plain lines have given the reason why the end of the run waits.
    has_printed_stopping: bool,
}

impl Display {
    /// A display on standard error.
    pub(crate) fn new(style: Style) -> Self {
        let sink = if style == Style::Live { Sink::raw_stderr() } else { Sink::stderr() };
        Self::to(style, sink)
    }

    pub(super) fn to(style: Style, sink: Sink) -> Self {
        Self {
            style,
            sink,
            size: size_of_stderr,
            block: Vec::new(),
            kept: Duration::ZERO,
            has_printed_stopping: false,
        }
    }

    /// Shows the progress of the run.
    pub(crate) fn update(&mut self, snapshot: &RunProgress) {
        match self.style {
            Style::Live => {
                let Size { columns, rows } = (self.size)();
                // A full last column wraps in some terminals, and a block as high as the terminal scrolls it.
                let mut block = frame::live(snapshot, columns.saturating_sub(1));
                block.truncate(rows.saturating_sub(1).max(1));
                let text = self.erasing() + &lines(&self.kept_lines(snapshot, columns)) + &lines(&block);
                self.block = block;
                self.sink.write(&text);
            }
            Style::Plain => {
                self.sink.line(&frame::plain(snapshot));
                self.print_stopping(snapshot);
            }
            Style::Quiet => {}
        }
    }

    /// Returns the lines that stay above the block, if they are due.
    fn kept_lines(&mut self, snapshot: &RunProgress, columns: usize) -> Vec<String> {
        if snapshot.elapsed < self.kept + KEPT_EACH {
            return Vec::new();
        }
        self.kept = snapshot.elapsed;
        frame::course(snapshot, columns.saturating_sub(1))
    }

    /// Prints once why the end of an interrupted run waits.
    fn print_stopping(&mut self, snapshot: &RunProgress) {
        let Some(stopping) = snapshot.stopping.filter(|stopping| stopping.by_signal) else { return };
        if !std::mem::replace(&mut self.has_printed_stopping, true) {
            self.sink.line(&frame::stop(&stopping, snapshot.users.into()));
        }
    }

    /// Writes a line that stays; the next update redraws the block below it.
    fn say(&mut self, text: &str) {
        self.clear();
        self.sink.line(&escape(text));
    }

    /// Removes the block, so that later output starts on a line of its own.
    pub(crate) fn clear(&mut self) {
        let text = self.erasing();
        self.block.clear();
        if !text.is_empty() {
            self.sink.write(&text);
        }
    }

    /// Moves to the start of the block and erases the rest of the screen.
    fn erasing(&self) -> String {
        if self.block.is_empty() {
            return String::new();
        }
        // In a terminal that has become narrower, a line takes several rows.
        let columns = (self.size)().columns.max(1);
        let rows: usize = self.block.iter().map(|line| width(line).div_ceil(columns).max(1)).sum();
        format!("\r\u{1b}[{rows}A\u{1b}[J")
    }
}

impl Output for Display {
    fn name(&self) -> &str {
        "display"
    }

    fn interest(&self) -> Interest {
        Interest::display()
    }

    fn progress(&mut self, progress: &RunProgress) -> Result {
        self.update(progress);
        Ok(())
    }

    /// Shows the traces above the block, which is redrawn in the same write to avoid flicker.
    fn traces(&mut self, traces: &[Trace]) -> Result {
        let text: String = traces.iter().map(log_lines::render).collect();
        let text = self.erasing() + &text + &lines(&self.block);
        self.sink.write(&text);
        // After the reader has closed the stream, nothing is shown.
        if self.sink.is_open() { Ok(()) } else { Err("nobody reads it any more".into()) }
    }

    fn notice(&mut self, text: &str) -> Result {
        self.say(text);
        Ok(())
    }

    fn finish(&mut self, _: &Report) -> Result {
        self.clear();
        Ok(())
    }
}

/// A display that is dropped because of an error leaves no partial block behind.
impl Drop for Display {
    fn drop(&mut self) {
        self.clear();
    }
}

fn lines(block: &[String]) -> String {
    block.iter().map(|line| format!("{line}\n")).collect()
}

fn size_of_stderr() -> Size {
    match terminal_size::terminal_size_of(io::stderr()) {
        Some((columns, rows)) if columns.0 > 0 => Size { columns: columns.0.into(), rows: rows.0.into() },
        _ => DEFAULT_SIZE,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use molotov_core::Logged;

    use super::*;

    #[derive(Clone, Default)]
    struct DisplayThread(Arc<Mutex<Vec<u8>>>);

    impl Write for DisplayThread {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl DisplayThread {
        fn display(&self, style: Style) -> Display {
            let size = || Size { columns: 60, rows: 24 };
            Display {
                style,
                sink: Sink::to(self.clone()),
                size,
                block: Vec::new(),
                kept: Duration::ZERO,
                has_printed_stopping: false,
            }
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }

        /// Returns the final rows of a terminal, for the sequences in use.
        fn shown(&self) -> Vec<String> {
            let mut rows: Vec<String> = Vec::new();
            for piece in self.text().split_inclusive('\n') {
                let mut line = piece.trim_end_matches('\n');
                if let Some((up, rest)) = line.strip_prefix("\r\u{1b}[").and_then(|rest| rest.split_once('A'))
                {
                    rows.truncate(rows.len() - up.parse::<usize>().unwrap());
                    line = rest.strip_prefix("\u{1b}[J").unwrap();
                }
                if piece.ends_with('\n') {
                    rows.push(line.to_owned());
                }
            }
            rows
        }
    }

    #[test]
    fn the_block_is_rewritten_in_place_and_goes_away_at_the_end() {
        let screen = DisplayThread::default();
        let mut display = screen.display(Style::Live);

        display.update(&RunProgress::default());
        display.update(&RunProgress { users: 3, wanted_users: 3, ..RunProgress::default() });
        assert_eq!(screen.shown().len(), 3);
        assert!(screen.shown()[0].ends_with("3 users"), "{:?}", screen.shown());
        display.clear();
        drop(display);

        assert!(screen.shown().is_empty());
    }

    #[test]
    fn every_few_seconds_a_line_stays_above_the_block() {
        let screen = DisplayThread::default();
        let mut display = screen.display(Style::Live);

        for seconds in 0..12 {
            display.update(&RunProgress { elapsed: Duration::from_secs(seconds), ..RunProgress::default() });
        }
        drop(display);

        let shown = screen.shown();
        let starts: Vec<_> = shown.iter().map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(starts, ["5 s", "10 s"]);
    }

    fn logged(text: &str) -> Trace {
        let mut logged = Logged::default();
        logged.text = text.to_owned();
        Trace::Logged(logged)
    }

    #[test]
    fn remarks_stand_above_the_block_which_stays_whole() {
        let screen = DisplayThread::default();
        let mut display = screen.display(Style::Live);

        for (text, has_frame) in [
            ("before the first frame", false),
            ("one", true),
            ("two\n\u{1b}[9Athree", false),
            (&*"x".repeat(100), true),
        ] {
            display.traces(&[logged(text)]).unwrap();
            if has_frame {
                display.progress(&RunProgress::default()).unwrap();
            }
        }

        let shown = screen.shown();
        let start = |line: &String| line.chars().take(35).collect::<String>();
        assert_eq!(
            shown.iter().map(start).collect::<Vec<_>>(),
            [
                "0.000s user 0 iteration 0: before t",
                "0.000s user 0 iteration 0: one",
                "0.000s user 0 iteration 0: two",
                "    \\u{1b}[9Athree",
                "0.000s user 0 iteration 0: xxxxxxxx",
                "0 s  0 users",
                "iterations  0/s  0 failed so far",
                "requests    0/s  0 failed so far  p",
            ]
        );
    }

    #[test]
    fn to_a_reader_that_went_away_nothing_more_is_shown() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut display = Display::to(Style::Plain, Sink::to(writer));

        assert!(display.traces(&[logged("")]).is_err());
    }

    #[test]
    fn plain_lines_have_no_sequences() {
        let screen = DisplayThread::default();
        let mut display = screen.display(Style::Plain);

        display.update(&RunProgress::default());
        display.update(&RunProgress::default());
        display.clear();

        assert_eq!(screen.text().lines().count(), 2);
        assert!(!screen.text().contains('\u{1b}'));
    }

    #[test]
    fn quiet_display_prints_nothing() {
        let screen = DisplayThread::default();
        let mut display = screen.display(Style::Quiet);

        display.update(&RunProgress::default());
        display.clear();

        assert_eq!(screen.text(), "");
    }
}
