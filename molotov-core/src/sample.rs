//! Observations: one small record for each request, iteration or measurement.

use std::fmt;
use std::time::Duration;

use crate::failure::FailureKind;
use crate::run::{Iteration, UserId};

/// The number of a series within one run, and its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct SeriesId {
    /// Counted from 0 in each run.
    pub index: u32,
    /// The subject of its samples.
    pub kind: SeriesKind,
}

impl SeriesId {
    /// The series of this number and kind.
    pub const fn new(index: u32, kind: SeriesKind) -> Self {
        Self { index, kind }
    }
}

/// The subject of the samples of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SeriesKind {
    /// Iterations of one scenario.
    Scenario,
    /// Requests of one method and route template.
    Route,
    /// A future that `session.measure` timed under one name.
    Timer,
    /// Soft checks under one name.
    Check,
    /// A counter of the user's own.
    Counter,
    /// A gauge of the user's own.
    Gauge,
    /// A trend of the user's own.
    Trend,
}

impl SeriesKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: &'static [Self] =
        &[Self::Scenario, Self::Route, Self::Timer, Self::Check, Self::Counter, Self::Gauge, Self::Trend];
}

/// A series and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Series {
    /// Its number and kind.
    pub id: SeriesId,
    /// Its name: of the scenario, the route (`GET /items/{id}`), the metric.
    pub name: String,
}

/// The end of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// As it should.
    Ok,
    /// With a failure of this kind.
    Failed(FailureKind),
    /// It was cut by the end of the run, or dropped by the scenario: no error, and not in the latencies.
    Cancelled,
}

/// One finished attempt. Times are measured from the start of the run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Sample {
    /// The series that it belongs to.
    pub series: SeriesId,
    /// The last 16 bits of the number of the user that made it: enough to distinguish users.
    pub user: u16,
    /// The way in which it ended.
    pub outcome: Outcome,
    /// The time at which it was due, where there was a due time.
    pub due: Option<Duration>,
    /// The time at which it was started.
    pub start: Duration,
    /// The time from its start to its end: the service time.
    pub service: Duration,
    /// The time from its start until the request was written: the time that it took to open a connection, and that the
    /// server took to read a request which the system could not take at once, as a large body. Zero otherwise: writing
    /// begins at once then.
    pub written: Duration,
    /// The time from its start until the first byte of the response, for requests that got one.
    pub first_byte: Option<Duration>,
    /// Bytes that were written to the socket for it (with TLS: before encryption). Of an iteration: 1 where its session sent or
    /// measured anything, otherwise 0.
    pub sent: u64,
    /// Bytes that were read from the socket for it (with TLS: after decryption).
    pub received: u64,
    /// The status of the response; 0 without one.
    pub status: u16,
    /// True where the connection had served a request before.
    pub reused: bool,
    /// True where it was sent a second time because its bytes provably had not left the first time.
    pub resent: bool,
}

impl Sample {
    /// An attempt of the first user that sent and received nothing; a request sets its further fields.
    pub fn new(series: SeriesId, outcome: Outcome, start: Duration, service: Duration) -> Self {
        Self {
            series,
            user: 0,
            outcome,
            due: None,
            start,
            service,
            written: Duration::ZERO,
            first_byte: None,
            sent: 0,
            received: 0,
            status: 0,
            reused: false,
            resent: false,
        }
    }

    /// The time from when it was due, or else from its start, to its end.
    #[inline]
    pub fn latency(&self) -> Duration {
        match self.due {
            Some(due) => (self.start + self.service).saturating_sub(due),
            None => self.service,
        }
    }

    /// From the request being written to the first byte of the response, for requests that got one. The time for a
    /// connection is not in it; that for writing the request is, where the system took it at once.
    pub fn waiting(&self) -> Option<Duration> {
        self.first_byte.map(|first| first.saturating_sub(self.written))
    }

    /// From the first byte of the response to its last one, or to its failure; for requests that got one. Zero where all of it
    /// was read at once.
    pub fn receiving(&self) -> Option<Duration> {
        self.first_byte.map(|first| self.service.saturating_sub(first))
    }
}

/// A connection that was opened, and how long its phases took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connected {
    /// Resolving the name; zero when the address was known.
    pub dns: Duration,
    /// Opening the TCP connection.
    pub connect: Duration,
    /// The TLS handshake; zero without TLS.
    pub tls: Duration,
}

impl Connected {
    /// A connection whose phases took this long.
    pub const fn new(dns: Duration, connect: Duration, tls: Duration) -> Self {
        Self { dns, connect, tls }
    }
}

/// A fault of a connection while no request was using it. No request is charged with it: the next one goes on a fresh
/// connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdleFault {
    /// The route of the last response on the connection.
    pub series: SeriesId,
    /// The kind of fault.
    pub kind: IdleFaultKind,
}

/// The faults of an idle connection, besides its proper end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdleFaultKind {
    /// Bytes came behind the response that no request asked for (RFC 9112, section 6.3): the first of them as text of at
    /// most 41 characters, escaped, with secrets masked as far as they are known by their names. Examples: a body where
    /// none may be (204, 304, `HEAD`), a `Content-Length` that is too short, a 408 to an idle connection.
    StrayBytes(String),
    /// It broke; how, in words. Examples: a reset, a TLS alert.
    Broken(String),
}

/// A failure in words, with where it was first seen.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FailureNote {
    /// The series that it happened in.
    pub series: SeriesId,
    /// Its kind.
    pub kind: FailureKind,
    /// The failure in words.
    pub message: String,
    /// The first 200 bytes of the body of the response, where one came and is text: on one line, without secrets. Of the first
    /// failures of a session on each route only.
    pub excerpt: Option<String>,
    /// The time at which it happened, since the start of the run.
    pub at: Duration,
    /// The user that met it.
    pub user: UserId,
    /// The iteration in which.
    pub iteration: Iteration,
}

impl FailureNote {
    /// A failure of the first user's first iteration, without an excerpt; further fields are set.
    pub fn new(series: SeriesId, kind: FailureKind, message: String, at: Duration) -> Self {
        Self { series, kind, message, excerpt: None, at, user: UserId(0), iteration: Iteration(0) }
    }
}

/// An iteration that has ended: its user, and its failure.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IterationNote {
    /// Its scenario.
    pub series: SeriesId,
    /// The user.
    pub user: UserId,
    /// The number of the user's iteration.
    pub iteration: Iteration,
    /// The time at which it started.
    pub start: Duration,
    /// The time that it took.
    pub service: Duration,
    /// The failure, its kind and its words; none where it ended well.
    pub failure: Option<(FailureKind, String)>,
}

impl IterationNote {
    /// An iteration of the first user that ended well; further fields are set.
    pub fn new(series: SeriesId, start: Duration, service: Duration) -> Self {
        Self { series, user: UserId(0), iteration: Iteration(0), start, service, failure: None }
    }
}

/// A value of one of the user's own metrics.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Add to a counter.
    Add(f64),
    /// Set a gauge.
    Set(f64),
    /// A value of a trend.
    Observe(f64),
    /// A soft check passed or did not.
    Check(bool),
}

/// One entry of the recorder's buffers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Record {
    /// Iterations of this scenario were started, this many.
    Started(SeriesId, u64),
    /// An attempt has ended.
    Sample(Sample),
    /// A failure in words. The attempt itself is counted by its sample.
    Failure(Box<FailureNote>),
    /// More about an iteration that has ended, for an output that asked for it. The iteration itself is counted by its
    /// sample.
    Iteration(Box<IterationNote>),
    /// A connection was opened.
    Connected(Connected),
    /// Something came of a connection while no request was using it.
    Idle(Box<IdleFault>),
    /// A user of the run waited, because several of its iterations in a row had failed in no time.
    Braked,
    /// A value of the user's own.
    Value(SeriesId, Value),
}

impl fmt::Display for SeriesKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Scenario => "scenario",
            Self::Route => "route",
            Self::Timer => "timer",
            Self::Check => "check",
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Trend => "trend",
        })
    }
}
