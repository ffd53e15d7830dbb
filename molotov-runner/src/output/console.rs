//! The display while a run goes on, on standard error.

use std::io;

use super::display_queue::{Batch, DisplayQueue};
use super::escape::{escape, width};
use super::frame;
use super::writer::Sink;
use super::{log_lines, terminal};
use crate::report::RunProgress;

/// Where the terminal does not tell its size.
const DEFAULT_SIZE: Size = Size { columns: 80, rows: 24 };

/// How much text is written at once. A display that nobody waits for any more ends between two pieces.
const PIECE: usize = 64 * 1024;

/// How the display looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A small block that is rewritten in place.
    Live,
    /// One line an interval (`--console`, or no terminal).
    Plain,
    /// Nothing but errors (`--quiet`).
    Quiet,
}

impl Style {
    /// Live where standard error is a terminal that can move its cursor, else plain.
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

/// The display while a run goes on.
#[derive(Debug)]
pub(crate) struct Display {
    style: Style,
    sink: Sink,
    size: fn() -> Size,
    /// What is shown on the terminal and is to be rewritten.
    block: Vec<String>,
    /// Whether plain lines have said what the end of the run waits for.
    told_of_end: bool,
}

impl Display {
    /// A display on standard error.
    pub(crate) fn new(style: Style) -> Self {
        let sink = if style == Style::Live { Sink::raw_stderr() } else { Sink::stderr() };
        Self::to(style, sink)
    }

    pub(super) fn to(style: Style, sink: Sink) -> Self {
        Self { style, sink, size: size_of_stderr, block: Vec::new(), told_of_end: false }
    }

    /// Shows how the run stands.
    pub(crate) fn update(&mut self, snapshot: &RunProgress) {
        match self.style {
            Style::Live => {
                let Size { columns, rows } = (self.size)();
                // A full last column wraps in some terminals, and a block as high as the terminal scrolls it.
                let mut block = frame::live(snapshot, columns.saturating_sub(1));
                block.truncate(rows.saturating_sub(1).max(1));
                let text = self.erasing() + &lines(&block);
                self.block = block;
                self.sink.write(&text);
            }
            Style::Plain => {
                self.sink.line(&frame::plain(snapshot));
                self.tell_of_end(snapshot);
            }
            Style::Quiet => {}
        }
    }

    /// Says once what a run that a signal has ended waits for.
    fn tell_of_end(&mut self, snapshot: &RunProgress) {
        let Some(stopping) = snapshot.stopping.filter(|stopping| stopping.by_signal) else { return };
        if !std::mem::replace(&mut self.told_of_end, true) {
            self.sink.line(&frame::stop(&stopping, snapshot.users.into()));
        }
    }

    /// Shows what users have to say, above the block, and then how the run stands. False when nobody waits for
    /// it or reads it any more.
    pub(super) fn show(&mut self, batch: &Batch, outbox: &DisplayQueue) -> bool {
        batch.lines.iter().for_each(|line| self.say(line));
        let mut remarks = batch.remarks.iter().peekable();
        while remarks.peek().is_some() {
            let (mut text, mut piece) = (String::new(), Vec::new());
            while let Some(trace) = remarks.next_if(|_| text.len() < PIECE) {
                text.push_str(&log_lines::render(trace));
                piece.push(trace);
            }
            // The block is there again in the same write, so that it does not flicker.
            let text = self.erasing() + &text + &lines(&self.block);
            self.sink.write(&text);
            // To a reader that went away nothing was shown.
            if !self.sink.is_open() || !outbox.wrote(piece) {
                return false;
            }
        }
        if let Some(snapshot) = &batch.snapshot {
            self.update(snapshot);
        }
        true
    }

    /// Writes a line that stays; the block stands below it again with the next update.
    fn say(&mut self, text: &str) {
        self.finish();
        self.sink.line(&escape(text));
    }

    /// Takes the block away, so that what comes next starts on a line of its own.
    pub(crate) fn finish(&mut self) {
        let text = self.erasing();
        self.block.clear();
        if !text.is_empty() {
            self.sink.write(&text);
        }
    }

    /// Moves to the start of the block and erases from there on.
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

/// A display that is dropped in an error's way leaves no half block behind.
impl Drop for Display {
    fn drop(&mut self) {
        self.finish();
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

    use molotov_core::{Logged, Trace, TraceSink};

    use super::*;
    use crate::output::display_queue::Count;

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
            Display { style, sink: Sink::to(self.clone()), size, block: Vec::new(), told_of_end: false }
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }

        /// What a terminal shows in the end, for the sequences that are in use.
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
        display.finish();
        drop(display);

        assert!(screen.shown().is_empty());
    }

    fn logged(text: String) -> Trace {
        let mut logged = Logged::default();
        logged.text = text;
        Trace::Logged(logged)
    }

    #[test]
    fn remarks_stand_above_the_block_which_stays_whole() {
        let (screen, outbox) = (DisplayThread::default(), DisplayQueue::new(true));
        let mut display = screen.display(Style::Live);
        let mut say = |text: &str, snapshot: Option<RunProgress>| {
            let text = text.to_owned();
            outbox.emit(logged(text));
            let remarks = outbox.next().unwrap().remarks;
            assert!(display.show(&Batch { remarks, lines: Vec::new(), snapshot }, &outbox));
        };

        say("before the first frame", None);
        say("one", Some(RunProgress::default()));
        say("two\n\u{1b}[9Athree", None);
        say(&"x".repeat(100), Some(RunProgress::default()));

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
        assert_eq!(outbox.abandon(), Count::default());
    }

    #[test]
    fn many_remarks_are_written_in_pieces_and_not_after_everybody_left() {
        let (screen, outbox) = (DisplayThread::default(), DisplayQueue::new(true));
        let mut display = screen.display(Style::Plain);
        let text = "x".repeat(8 * 1024);
        (0..20).for_each(|_| outbox.emit(logged(text.clone())));
        let batch = outbox.next().unwrap();
        outbox.abandon();

        assert!(!display.show(&batch, &outbox));

        assert_eq!(screen.text().lines().count(), PIECE / text.len());
    }

    #[test]
    fn to_a_reader_that_went_away_nothing_more_is_shown() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let (mut display, outbox) = (Display::to(Style::Plain, Sink::to(writer)), DisplayQueue::new(true));
        outbox.emit(Trace::Logged(Logged::default()));
        let batch = outbox.next().unwrap();

        assert!(!display.show(&batch, &outbox));

        assert_eq!(outbox.abandon(), Count { lines: 1, ..Count::default() });
    }

    #[test]
    fn plain_lines_have_no_sequences() {
        let screen = DisplayThread::default();
        let mut display = screen.display(Style::Plain);

        display.update(&RunProgress::default());
        display.update(&RunProgress::default());
        display.finish();

        assert_eq!(screen.text().lines().count(), 2);
        assert!(!screen.text().contains('\u{1b}'));
    }

    #[test]
    fn a_quiet_display_says_nothing() {
        let screen = DisplayThread::default();
        let mut display = screen.display(Style::Quiet);

        display.update(&RunProgress::default());
        display.finish();

        assert_eq!(screen.text(), "");
    }
}
