//! The trace of a session for a person who watches the run: lines of the scenario's own, and whole exchanges.

use std::fmt;
use std::time::Duration;

use crate::run::{Iteration, UserId};

/// An item of the trace of a run. `at` is the time since the start of the run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trace {
    /// A text that a scenario or fixture passed to [`Session::log`](crate::Session::log).
    Logged(Logged),
    /// A request and its response, which `-vv` shows.
    Exchanged(Box<Exchange>),
    /// A think time that begins ([`Session::pause`](crate::Session::pause)), which `-vv` shows.
    Paused(Paused),
}

/// A text that a scenario or fixture passed to [`Session::log`](crate::Session::log).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logged {
    /// Since the start of the run.
    pub at: Duration,
    /// The user.
    pub user: UserId,
    /// The number of its iteration.
    pub iteration: Iteration,
    /// The text; at most 8 KiB of it.
    pub text: String,
}

/// A think time ([`Session::pause`](crate::Session::pause)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paused {
    /// The time at which it began, since the start of the run.
    pub at: Duration,
    /// The user.
    pub user: UserId,
    /// The number of its iteration.
    pub iteration: Iteration,
    /// The planned time. The end of the run may interrupt it.
    pub time: Duration,
    /// True where it is left out, because the scenario is executed once as a test.
    pub left_out: bool,
}

/// A request and its response; each hop of a redirect is one. Secrets are masked already, and long texts are cut; see
/// [`Message`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Exchange {
    /// The time at which it began, since the start of the run.
    pub at: Duration,
    /// From then to its end.
    pub elapsed: Duration,
    /// The user.
    pub user: UserId,
    /// The number of its iteration.
    pub iteration: Iteration,
    /// Method and route template.
    pub route: String,
    /// The request as it was to be sent; its first line is method and URL.
    pub request: Message,
    /// The number of bytes of it that were written to the connection.
    pub sent: u64,
    /// The response; its first line is the status.
    pub response: Option<Message>,
    /// The kind of failure and its words; or that it was cancelled.
    pub failure: Option<String>,
}

/// A request or a response as it is shown.
///
/// Masked as `***` are the values of `Authorization`, `Proxy-Authorization`, `Cookie`, `Set-Cookie`, `X-Api-Key` and of
/// all headers whose names are those of a token, a key, a password, a PIN or the like; such parameters in URLs and forms;
/// in bodies whatever stands under such a name, be it a string, a number, an array, an object, an element or a field of
/// HTML, a part of a form or the rest of a line; user-info in URLs; `Bearer` tokens and JSON web tokens. Everything else is
/// as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Method and URL, or the status.
    pub first: String,
    /// Names and values, in the order in which they were sent; of a response, in the order of its map. A value is cut
    /// after 1 KiB.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: TraceBody,
    /// Names and values of the fields behind a chunked body; only a response has any. A value is cut after 1 KiB.
    pub trailers: Vec<(String, String)>,
}

/// A body as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceBody {
    /// There is none.
    #[default]
    Nothing,
    /// Text, of which at most 4 KiB are shown.
    Text {
        /// Its beginning.
        text: String,
        /// The number of bytes of it that are not shown.
        cut: u64,
    },
    /// A body that does not belong on a terminal.
    Placeholder {
        /// The kind of body: binary, compressed, a file, …
        what: String,
        /// The number of bytes that it has.
        length: u64,
    },
}

impl TraceBody {
    /// Text, and how many bytes of it are not in it.
    pub fn text(text: impl Into<String>, cut: u64) -> Self {
        Self::Text { text: text.into(), cut }
    }

    /// A body that is not shown, by its kind and its length in bytes.
    pub fn placeholder(what: impl Into<String>, length: u64) -> Self {
        Self::Placeholder { what: what.into(), length }
    }
}

/// A receiver of the traces of a run. Its functions are called on the hot path, so they must never wait.
pub trait TraceSink: Send + Sync {
    /// Returns `true` if the next exchange is to be passed on. Where it is not, nothing is kept of the request, which
    /// costs nothing. Default: no.
    fn wants_exchange(&self) -> bool {
        false
    }

    /// Returns `true` if pauses are to be passed on. Default: no.
    fn wants_pauses(&self) -> bool {
        false
    }

    /// Takes a trace, or leaves it.
    fn emit(&self, trace: Trace);
}

impl fmt::Debug for dyn TraceSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TraceSink")
    }
}
