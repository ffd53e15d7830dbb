//! The display on a thread of its own: a terminal that was stopped (Ctrl-S) blocks whoever writes to it, and that must
//! not be the control of the run.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use molotov_core::TraceSink;

use super::console::{Display, Style};
use super::display_queue::{Count, DisplayQueue};
use super::log_lines;
use crate::report::RunProgress;

/// How long the end of a run waits for the display to get on.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the end of a run waits so long for a display that does get on.
const TIMES: u32 = 10;

/// A display on a thread of its own. A snapshot that comes while the one before still waits takes its place.
pub(crate) struct DisplayThread {
    outbox: Arc<DisplayQueue>,
    gone: Receiver<()>,
}

impl DisplayThread {
    /// A display on standard error, which shows requests and responses too where they are wanted (`-vv`).
    pub(crate) fn start(style: Style, exchanges: bool) -> Self {
        Self::showing(Display::new(style), exchanges)
    }

    fn showing(mut display: Display, exchanges: bool) -> Self {
        let outbox = Arc::new(DisplayQueue::new(exchanges));
        let (alive, gone) = sync_channel(0);
        let source = Arc::clone(&outbox);
        let show = move || {
            while let Some(batch) = source.next() {
                if !display.show(&batch, &source) {
                    break;
                }
            }
            display.finish();
            drop(alive);
        };
        // Where the system has no thread left there is no display, and a run all the same.
        drop(thread::Builder::new().name("molotov-display".into()).spawn(show));
        Self { outbox, gone }
    }

    /// Says something beside the display, in a line of its own. At most 100 lines wait.
    pub(crate) fn teller(&self) -> impl Fn(&str) + Send + Sync + use<> {
        let outbox = Arc::clone(&self.outbox);
        move |text| outbox.say(text)
    }

    /// Shows how the run stands, when the display is ready for it.
    pub(crate) fn looker(&self) -> impl FnMut(&RunProgress) + Send + use<> {
        let outbox = Arc::clone(&self.outbox);
        move |snapshot| outbox.look(snapshot.clone())
    }

    /// Shows what users have to say.
    pub(crate) fn trace_sink(&self) -> Arc<dyn TraceSink> {
        Arc::clone(&self.outbox) as _
    }

    /// Shows what is still to be shown, and clears the display away, so that what comes next starts on a line of its
    /// own. Gives a note about what could not be shown, where there is any.
    pub(crate) fn end(self) -> Option<String> {
        log_lines::missed(self.finish())
    }

    fn finish(self) -> Count {
        self.outbox.end();
        let mut written = self.outbox.written();
        for _ in 0..TIMES {
            // The other end says nothing; it is dropped when the thread is done.
            let ended = self.gone.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout);
            let before = std::mem::replace(&mut written, self.outbox.written());
            if ended || before == written {
                break;
            }
        }
        self.outbox.abandon()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read, Write};
    use std::sync::mpsc::SyncSender;

    use molotov_core::{Logged, Trace};

    use super::*;
    use crate::output::writer::Sink;

    /// Blocks until somebody reads, as a terminal does that was stopped.
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
    fn a_terminal_that_is_stopped_stops_nobody_else() {
        let (sender, _nobody_reads) = sync_channel(0);
        let screen = DisplayThread::showing(Display::to(Style::Plain, Sink::to(Stopped(sender))), true);
        let mut look = screen.looker();

        let trace_sink = screen.trace_sink();
        (0..100).for_each(|_| look(&RunProgress::default()));
        (0..3000).for_each(|_| trace_sink.emit(Trace::Logged(Logged::default())));

        let missed = screen.finish();

        assert_eq!((missed.lines, missed.exchanges), (3000, 0));
    }

    #[test]
    fn what_was_shown_is_there_when_the_display_has_ended() {
        let (mut reader, writer) = io::pipe().unwrap();
        let screen = DisplayThread::showing(Display::to(Style::Plain, Sink::to(writer)), true);
        let mut look = screen.looker();

        look(&RunProgress::default());
        (0..100).for_each(|_| screen.trace_sink().emit(Trace::Logged(Logged::default())));
        let missed = screen.finish();

        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!((text.lines().count(), missed), (101, Count::default()));
    }

    /// A run that is abandoned may still have users, who hold on to the trace_sink.
    #[test]
    fn who_still_has_something_to_say_does_not_keep_the_display_from_its_end() {
        let (reader, writer) = io::pipe().unwrap();
        let screen = DisplayThread::showing(Display::to(Style::Plain, Sink::to(writer)), true);
        let trace_sink = screen.trace_sink();

        screen.end();
        trace_sink.emit(Trace::Logged(Logged::default()));

        assert_eq!(io::read_to_string(reader).unwrap(), "");
    }

    #[test]
    fn what_is_said_has_a_line_of_its_own_also_when_nothing_is_shown() {
        for style in [Style::Plain, Style::Quiet] {
            let (mut reader, writer) = io::pipe().unwrap();
            let screen = DisplayThread::showing(Display::to(style, Sink::to(writer)), false);

            screen.teller()("the server is \u{1b}[31mgone");
            screen.end();

            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            assert_eq!(text, "the server is \\u{1b}[31mgone\n");
        }
    }
}
