//! The display on a thread of its own: a terminal that was stopped (Ctrl-S) blocks whoever writes to it, and that must
//! not be the control of the run.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::console::{Display, Style};
use crate::report::Snapshot;

/// How long the end of a run waits for the display to be cleared away.
const PATIENCE: Duration = Duration::from_secs(1);

/// A display on a thread of its own. A snapshot that comes while the one before is still being written is left out.
pub(crate) struct Screen {
    snapshots: SyncSender<Snapshot>,
    gone: Receiver<()>,
}

impl Screen {
    /// A display on standard error.
    pub(crate) fn start(style: Style) -> Self {
        Self::showing(Display::new(style))
    }

    fn showing(mut display: Display) -> Self {
        let (snapshots, received) = sync_channel::<Snapshot>(1);
        let (alive, gone) = sync_channel(0);
        let show = move || {
            received.iter().for_each(|snapshot| display.update(&snapshot));
            display.finish();
            drop(alive);
        };
        // Where the system has no thread left there is no display, and a run all the same.
        drop(thread::Builder::new().name("molotov-display".into()).spawn(show));
        Self { snapshots, gone }
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
}
