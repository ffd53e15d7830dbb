//! The thread of the display: a stopped terminal (Ctrl-S) blocks every writer, and must not block the supervisor of the
//! run.

use std::sync::Arc;

use molotov_core::TraceSink;

use super::console::{Display, Style};
use super::log_lines;
use super::output_thread::OutputThread;
use super::queue::OutputQueue;
use super::trace_queue::TraceQueue;
use super::traces::{TraceCount, TraceLevel};

/// A display on a thread of its own, behind an output queue.
pub(crate) struct DisplayThread {
    thread: OutputThread,
    trace_sink: Arc<dyn TraceSink>,
}

impl DisplayThread {
    /// Starts a display on standard error.
    pub(crate) fn start(style: Style, level: TraceLevel) -> Self {
        Self::showing(Display::new(style), level)
    }

    fn showing(display: Display, level: TraceLevel) -> Self {
        // If the system has no thread left, the run continues without a display.
        let thread = OutputThread::start(Box::new(display), None);
        let trace_sink = TraceQueue::sink(thread.queue(), level);
        Self { thread, trace_sink }
    }

    /// The queue for the supervisor, and for notices of other outputs.
    pub(crate) fn queue(&self) -> OutputQueue {
        self.thread.queue()
    }

    /// Returns a sink that shows the users' traces.
    pub(crate) fn trace_sink(&self) -> Arc<dyn TraceSink> {
        Arc::clone(&self.trace_sink)
    }

    /// Shows the remaining messages and clears the display, so that later output starts on a line of its own. Returns a
    /// note about output that could not be shown, if any.
    pub(crate) fn finish(self) -> Option<String> {
        log_lines::missed(self.close())
    }

    fn close(self) -> TraceCount {
        self.thread.close()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read, Write};
    use std::sync::mpsc::{SyncSender, sync_channel};
    use std::time::Duration;

    use molotov_core::{Logged, Trace};

    use super::*;
    use crate::output::output_thread::Patience;
    use crate::output::writer::Sink;
    use crate::report::RunProgress;

    /// Starts a display with unlimited patience at the end.
    fn start(display: Display, level: TraceLevel) -> DisplayThread {
        let mut screen = DisplayThread::showing(display, level);
        screen.thread.patience = Patience { step: Duration::MAX, steps: 1 };
        screen
    }

    /// Blocks until its reader reads, like a stopped terminal.
    struct Stopped(SyncSender<Vec<u8>>);

    impl Write for Stopped {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn stopped_terminal_stops_nothing_else() {
        let (sender, _nobody_reads) = sync_channel(0);
        let mut screen = DisplayThread::showing(
            Display::to(Style::Plain, Sink::to(Stopped(sender))),
            TraceLevel::Exchanges,
        );
        screen.thread.patience = Patience { step: Duration::ZERO, steps: 1 };
        let queue = screen.queue();

        let trace_sink = screen.trace_sink();
        (0..100).for_each(|_| queue.progress(&RunProgress::default()));
        (0..3000).for_each(|_| trace_sink.emit(Trace::Logged(Logged::default())));

        let missed = screen.close();

        assert_eq!((missed.lines, missed.exchanges), (3000, 0));
    }

    #[test]
    fn shown_lines_are_written_before_the_display_ends() {
        let (mut reader, writer) = io::pipe().unwrap();
        let screen = start(Display::to(Style::Plain, Sink::to(writer)), TraceLevel::Exchanges);
        let queue = screen.queue();

        queue.progress(&RunProgress::default());
        (0..100).for_each(|_| screen.trace_sink().emit(Trace::Logged(Logged::default())));
        let missed = screen.close();

        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!((text.lines().count(), missed), (101, TraceCount::default()));
    }

    /// An abandoned run may still have users with a reference to the trace sink.
    #[test]
    fn open_trace_queue_does_not_delay_the_display_end() {
        let (reader, writer) = io::pipe().unwrap();
        let screen = start(Display::to(Style::Plain, Sink::to(writer)), TraceLevel::Exchanges);
        let trace_sink = screen.trace_sink();

        screen.finish();
        trace_sink.emit(Trace::Logged(Logged::default()));

        assert_eq!(io::read_to_string(reader).unwrap(), "");
    }

    #[test]
    fn message_has_its_own_line_also_without_a_display() {
        for style in [Style::Plain, Style::Quiet] {
            let (mut reader, writer) = io::pipe().unwrap();
            let screen = start(Display::to(style, Sink::to(writer)), TraceLevel::Lines);

            screen.queue().notice("the server is \u{1b}[31mgone");
            screen.finish();

            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            assert_eq!(text, "the server is \\u{1b}[31mgone\n");
        }
    }
}
