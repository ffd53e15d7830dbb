//! The trace of a session for a person who watches the run: log lines of the scenario, and whole exchanges.

use std::fmt;
use std::time::Duration;

use crate::run::{Iteration, UserId};

/// An item of the trace of a run. `at` is the time since the start of the run.
///
/// ```
/// use molotov::events::Trace;
///
/// fn print(trace: &Trace) {
///     match trace {
///         Trace::Logged(logged) => println!("user {}: {}", logged.user, logged.text),
///         Trace::Paused(paused) => println!("user {} pauses for {:?}", paused.user, paused.time),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trace {
    /// A text that a scenario or fixture passed to [`Session::log`](crate::Session::log).
    Logged(Logged),
    /// A request and its response, which `-vv` shows.
    Exchanged(Box<Exchange>),
    /// The start of a think time ([`Session::pause`](crate::Session::pause)), which `-vv` shows.
    Paused(Paused),
}

/// A text that a scenario or fixture passed to [`Session::log`](crate::Session::log).
///
/// ```
/// use molotov::Event;
///
/// fn print(event: &Event) {
///     if let Event::Logged(logged) = event {
///         println!("{:?} user {}: {}", logged.at, logged.user, logged.text);
///     }
/// }
/// ```
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
    /// The start, since the start of the run.
    pub at: Duration,
    /// The user.
    pub user: UserId,
    /// The number of its iteration.
    pub iteration: Iteration,
    /// The planned time. The end of the run may interrupt it.
    pub time: Duration,
    /// True if the pause is skipped, because the scenario is executed once as a test.
    pub left_out: bool,
}

/// A request and its response; each hop of a redirect is an exchange of its own. Secrets are masked already,
/// and long texts are cut; see [`Message`].
///
/// ```
/// use molotov::events::Exchange;
///
/// fn print(exchange: &Exchange) {
///     println!("> {}", exchange.request.first);
///     match (&exchange.response, &exchange.failure) {
///         (Some(response), _) => println!("< {}", response.first),
///         (None, failure) => println!("< {}", failure.as_deref().unwrap_or("nothing")),
///     }
/// }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Exchange {
    /// The start, since the start of the run.
    pub at: Duration,
    /// The time from its start to its end.
    pub elapsed: Duration,
    /// The user.
    pub user: UserId,
    /// The number of its iteration.
    pub iteration: Iteration,
    /// Method and route template.
    pub route: String,
    /// The request as prepared for sending; its first line is method and URL.
    pub request: Message,
    /// The number of its bytes that were written to the connection.
    pub sent: u64,
    /// The response; its first line is the status.
    pub response: Option<Message>,
    /// The kind and the message of the failure, or the fact that it was cancelled.
    pub failure: Option<String>,
}

/// A request or a response, prepared for display.
///
/// Masked as `***` are the values of `Authorization`, `Proxy-Authorization`, `Cookie`, `Set-Cookie`,
/// `X-Api-Key` and of all headers whose names contain a word for a token, a key, a password, a PIN or the
/// like; such parameters in URLs and forms; in bodies, every value under such a name: a string, a number, an
/// array, an object, an element or a field of HTML, a part of a form or the rest of a line; user-info in
/// URLs; `Bearer` tokens and JSON web tokens. Everything else is unchanged.
///
/// ```
/// use molotov::events::Message;
///
/// fn print(message: &Message) {
///     println!("{}", message.first);
///     message.headers.iter().for_each(|(name, value)| println!("{name}: {value}"));
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Method and URL, or the status.
    pub first: String,
    /// Names and values in the order of sending; for a response, in the order of its map. A value is cut
    /// after 1 KiB.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: TraceBody,
    /// Names and values of the trailer fields of a chunked body; only a response has them. A value is cut
    /// after 1 KiB.
    pub trailers: Vec<(String, String)>,
}

/// A body, prepared for display.
///
/// ```
/// use molotov::events::TraceBody;
///
/// fn print(body: &TraceBody) {
///     match body {
///         TraceBody::Text { text, cut } => println!("{text} … {cut} more bytes"),
///         TraceBody::Placeholder { what, length } => println!("({what}, {length} bytes)"),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceBody {
    /// No body.
    #[default]
    Nothing,
    /// Text, of which at most 4 KiB are shown.
    Text {
        /// The start of the text.
        text: String,
        /// The number of bytes that are not shown.
        cut: u64,
    },
    /// A body that does not belong on a terminal.
    Placeholder {
        /// The kind of body: binary, compressed, a file, …
        what: String,
        /// Its length in bytes.
        length: u64,
    },
}

impl TraceBody {
    /// Text, and the number of bytes that are missing from it.
    pub fn text(text: impl Into<String>, cut: u64) -> Self {
        Self::Text { text: text.into(), cut }
    }

    /// A body that is not shown, with its kind and its length in bytes.
    pub fn placeholder(what: impl Into<String>, length: u64) -> Self {
        Self::Placeholder { what: what.into(), length }
    }
}

/// A receiver of the traces of a run. Its functions are called on the hot path, so they must never wait.
///
/// ```
/// use molotov::events::{Trace, TraceSink};
///
/// struct Lines;
///
/// impl TraceSink for Lines {
///     fn wants_exchange(&self) -> bool {
///         true
///     }
///
///     fn emit(&self, trace: Trace) {
///         if let Trace::Exchanged(exchange) = trace {
///             println!("{} in {:?}", exchange.request.first, exchange.elapsed);
///         }
///     }
/// }
/// ```
pub trait TraceSink: Send + Sync {
    /// Returns `true` if the next exchange is to be traced. Otherwise nothing of the request is kept, which
    /// costs nothing. Default: no.
    fn wants_exchange(&self) -> bool {
        false
    }

    /// Returns `true` if pauses are to be traced. Default: no.
    fn wants_pauses(&self) -> bool {
        false
    }

    /// Receives a trace; it may drop it.
    fn emit(&self, trace: Trace);
}

impl fmt::Debug for dyn TraceSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TraceSink")
    }
}
