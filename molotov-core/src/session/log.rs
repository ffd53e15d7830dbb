//! Log texts of a scenario for the person who watches the run.

use std::fmt::{Display, Write};

use tokio::time::Instant;

use super::{Session, dump};
use crate::event::Event;
use crate::trace::{Logged, Trace};

/// The size limit of a text.
const MOST: usize = 8 * 1024;

impl Session {
    /// Shows a text without breaking the display: on the command line it is a line on standard error, with time, user
    /// and iteration; `--quiet` leaves it out. In `cargo test` it is part of the message of a failed test. A run as a
    /// value has no display: listeners receive it as [`Event::Logged`], as everywhere else.
    ///
    /// It never waits. Without a display or a listener the text is not even formatted. Lines that are too frequent for
    /// the display are dropped, and counted at the end. A text is cut after 8 KiB.
    ///
    /// ```
    /// # let session = molotov::Session::detached();
    /// session.log("the basket is full");
    /// session.log(format_args!("{} items left", 7));
    /// ```
    pub fn log(&self, text: impl Display) {
        if !self.run_handle.is_followed() {
            return;
        }
        let logged = Logged {
            at: self.run_handle.since_start(Instant::now()),
            user: self.user,
            iteration: self.iteration,
            text: written(&text),
        };
        self.run_handle.emit(|| Event::Logged(logged.clone()));
        if let Some(trace_sink) = self.run_handle.trace_sink() {
            trace_sink.emit(Trace::Logged(logged));
        }
    }
}

fn written(text: &impl Display) -> String {
    let mut written = String::new();
    // A formatting error is the fault of the text's own `Display`, and no reason to fail.
    let _ = write!(written, "{text}");
    dump::cut(written, MOST)
}
