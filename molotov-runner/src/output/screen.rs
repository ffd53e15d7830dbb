//! The display on a thread of its own: a terminal that was stopped (Ctrl-S) blocks whoever writes to it, and that must
//! not be the control of the run.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{mem, thread};

use super::console::{Display, Style};
use crate::report::Snapshot;

/// How long the end of a run waits for the display to be cleared away.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lines that wait to be said.
const MAX_WORDS: usize = 100;

/// A display on a thread of its own. A snapshot that comes while the one before is still being written is left out.
pub(crate) struct Screen {
    snapshots: SyncSender<Snapshot>,
    words: Words,
    gone: Receiver<()>,
}

/// What is to be said beside the display, in lines.
type Words = Arc<Mutex<Vec<String>>>;

impl Screen {
    /// A display on standard error.
    pub(crate) fn start(style: Style) -> Self {
        Self::showing(Display::new(style))
    }

    fn showing(mut display: Display) -> Self {
        let (snapshots, received) = sync_channel::<Snapshot>(1);
        let (alive, gone) = sync_channel(0);
        let words = Words::default();
        let said = Arc::clone(&words);
        let show = move || {
            let say = |display: &mut Display| take(&said).iter().for_each(|line| display.say(line));
            for snapshot in &received {
                say(&mut display);
                display.update(&snapshot);
            }
            say(&mut display);
            display.finish();
            drop(alive);
        };
        // Where the system has no thread left there is no display, and a run all the same.
        drop(thread::Builder::new().name("molotov-display".into()).spawn(show));
        Self { snapshots, words, gone }
    }

    /// Says something beside the display, when it is shown the next time, or else when it goes away. At most 100 lines
    /// wait.
    pub(crate) fn teller(&self) -> impl Fn(&str) + Send + Sync + use<> {
        let words = Arc::clone(&self.words);
        move |text| {
            let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
            if words.len() < MAX_WORDS {
                words.push(text.to_owned());
            }
        }
    }

    /// Shows how the run stands, if the display is ready for it.
    pub(crate) fn looker(&self) -> impl FnMut(&Snapshot) + Send + use<> {
        let snapshots = self.snapshots.clone();
        move |snapshot| drop(snapshots.try_send(snapshot.clone()))
    }

    /// Clears the display away, so that what comes next starts on a line of its own.
    pub(crate) fn end(self) {
        drop(self.snapshots);
        // The other end says nothing; it is dropped when the thread is done.
        let _ = self.gone.recv_timeout(PATIENCE);
    }
}

fn take(words: &Words) -> Vec<String> {
    mem::take(&mut *words.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read, Write};

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
        let screen = Screen::showing(Display::to(Style::Plain, Sink::to(Stopped(sender))));
        let mut look = screen.looker();

        (0..100).for_each(|_| look(&Snapshot::default()));
        drop(look);

        screen.end();
    }

    #[test]
    fn what_was_shown_is_there_when_the_display_has_ended() {
        let (mut reader, writer) = io::pipe().unwrap();
        let screen = Screen::showing(Display::to(Style::Plain, Sink::to(writer)));
        let mut look = screen.looker();

        look(&Snapshot::default());
        drop(look);
        screen.end();

        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn what_is_said_has_a_line_of_its_own_also_when_nothing_is_shown() {
        for style in [Style::Plain, Style::Quiet] {
            let (mut reader, writer) = io::pipe().unwrap();
            let screen = Screen::showing(Display::to(style, Sink::to(writer)));

            screen.teller()("the server is \u{1b}[31mgone");
            screen.end();

            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            assert_eq!(text, "the server is \\u{1b}[31mgone\n");
        }
    }
}
