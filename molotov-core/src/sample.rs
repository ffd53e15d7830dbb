//! Observations: one small record for each request, iteration or measurement.

use std::fmt;
use std::time::Duration;

use crate::failure::FailureKind;
use crate::run::{Iteration, UserId};

/// The number of a series within one run, and the kind of its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct SeriesId {
    /// Counted from 0 in each run.
    pub index: u32,
    /// The kind of its samples.
    pub kind: SeriesKind,
}

impl SeriesId {
    /// The series of this number and kind.
    pub const fn new(index: u32, kind: SeriesKind) -> Self {
        Self { index, kind }
    }
}

/// The kind of the samples of a series.
///
/// ```
/// use molotov::output::SeriesKind;
///
/// assert_eq!(SeriesKind::Route.to_string(), "route");
/// ```
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
///
/// ```
/// use molotov::output::{Series, SeriesKind};
///
/// fn print_routes(series: &[Series]) {
///     for route in series.iter().filter(|series| series.id.kind == SeriesKind::Route) {
///         println!("{}", route.name);
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Series {
    /// Its number and kind.
    pub id: SeriesId,
    /// Its name: of the scenario, the route (`GET /items/{id}`), the metric.
    pub name: String,
}

/// The outcome of an attempt.
///
/// ```
/// use molotov::output::{Outcome, Sample};
///
/// fn print(sample: &Sample) {
///     match sample.outcome {
///         Outcome::Failed(kind) => println!("{kind} after {:?}", sample.service),
///         _ => println!("{:?}", sample.latency()),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Success.
    Ok,
    /// A failure of this kind.
    Failed(FailureKind),
    /// Cut by the end of the run, or dropped by the scenario: not an error, and not in the latencies.
    Cancelled,
}

/// One finished attempt. Times are measured from the start of the run.
///
/// ```
/// use std::time::Duration;
///
/// use molotov::output::{Outcome, Sample, SeriesId, SeriesKind};
///
/// let (start, service) = (Duration::from_secs(3), Duration::from_millis(40));
/// let mut sample = Sample::new(SeriesId::new(0, SeriesKind::Route), Outcome::Ok, start, service);
/// sample.due = Some(Duration::from_millis(2_990));
/// assert_eq!(sample.latency(), Duration::from_millis(50));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Sample {
    /// The series of the attempt.
    pub series: SeriesId,
    /// The last 16 bits of the number of its user: enough to distinguish users.
    pub user: u16,
    /// The outcome.
    pub outcome: Outcome,
    /// The due time, if there is one.
    pub due: Option<Duration>,
    /// The start.
    pub start: Duration,
    /// The time from its start to its end: the service time.
    pub service: Duration,
    /// The time from its start until the request was written: the time to open a connection, and the time of
    /// the server to read a request that the system could not take at once, such as a large body. Zero
    /// otherwise, because writing then starts at once.
    pub written: Duration,
    /// The time from its start until the first byte of the response, for requests with a response.
    pub first_byte: Option<Duration>,
    /// Bytes written to the socket for it (with TLS: before encryption). For an iteration: 1 if its session
    /// sent or measured anything, otherwise 0.
    pub sent: u64,
    /// Bytes read from the socket for it (with TLS: after decryption).
    pub received: u64,
    /// The status of the response; 0 without one.
    pub status: u16,
    /// True if the connection had served a request before.
    pub reused: bool,
    /// True if it was sent a second time because its bytes provably had not left the first time.
    pub resent: bool,
}

impl Sample {
    /// An attempt of the first user without bytes; a request sets the other fields.
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

    /// The time from its due time, or from its start if there is none, to its end.
    #[inline]
    pub fn latency(&self) -> Duration {
        match self.due {
            Some(due) => (self.start + self.service).saturating_sub(due),
            None => self.service,
        }
    }

    /// The time from the written request to the first byte of the response, for requests with a response. It
    /// does not include the time for a connection; it includes the time of writing if the system took the
    /// request at once.
    pub fn waiting(&self) -> Option<Duration> {
        self.first_byte.map(|first| first.saturating_sub(self.written))
    }

    /// The time from the first byte of the response to its last byte or its failure, for requests with a
    /// response. Zero if all of it was read at once.
    pub fn receiving(&self) -> Option<Duration> {
        self.first_byte.map(|first| self.service.saturating_sub(first))
    }
}

/// An opened connection, and the durations of its phases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connected {
    /// Resolving the name; zero for a known address.
    pub dns: Duration,
    /// Opening the TCP connection.
    pub connect: Duration,
    /// The TLS handshake; zero without TLS.
    pub tls: Duration,
}

impl Connected {
    /// A connection with these durations of its phases.
    pub const fn new(dns: Duration, connect: Duration, tls: Duration) -> Self {
        Self { dns, connect, tls }
    }
}

/// A fault of a connection while no request used it. It is charged to no request: the next request uses a
/// fresh connection.
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
    /// The server sent bytes behind the response that no request asked for (RFC 9112, section 6.3). Here are
    /// the first of them as text of at most 41 characters, escaped, with secrets masked as far as their names
    /// reveal them. Examples: a body where none is allowed (204, 304, `HEAD`), a `Content-Length` that is too
    /// short, a 408 on an idle connection.
    StrayBytes(String),
    /// The connection broke; the text has the reason. Examples: a reset, a TLS alert.
    Broken(String),
}

/// The message of a failure, and the first place where it occurred.
///
/// ```
/// use molotov::output::{Record, RunFacts};
///
/// fn print(record: &Record, run: &mut RunFacts) {
///     if let Record::Failure(failure) = record {
///         println!("{} of user {}: {}", run.name(failure.series), failure.user, failure.message);
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FailureNote {
    /// Its series.
    pub series: SeriesId,
    /// Its kind.
    pub kind: FailureKind,
    /// The message.
    pub message: String,
    /// The first 200 bytes of the body of the response, if there was one and it is text: on one line, without
    /// secrets. Only for the first failures of a session on each route.
    pub excerpt: Option<String>,
    /// The time of the failure, since the start of the run.
    pub at: Duration,
    /// The user.
    pub user: UserId,
    /// The iteration.
    pub iteration: Iteration,
}

impl FailureNote {
    /// A failure of the first user's first iteration, without an excerpt; the other fields can be set.
    pub fn new(series: SeriesId, kind: FailureKind, message: String, at: Duration) -> Self {
        Self { series, kind, message, excerpt: None, at, user: UserId(0), iteration: Iteration(0) }
    }
}

/// An iteration that has ended: its user and its failure.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IterationNote {
    /// Its scenario.
    pub series: SeriesId,
    /// The user.
    pub user: UserId,
    /// The number of the user's iteration.
    pub iteration: Iteration,
    /// The start.
    pub start: Duration,
    /// The duration.
    pub service: Duration,
    /// The kind and the message of the failure; `None` for a success.
    pub failure: Option<(FailureKind, String)>,
}

impl IterationNote {
    /// A successful iteration of the first user; the other fields can be set.
    pub fn new(series: SeriesId, start: Duration, service: Duration) -> Self {
        Self { series, user: UserId(0), iteration: Iteration(0), start, service, failure: None }
    }
}

/// A value of a custom metric.
///
/// ```
/// use molotov::output::{Record, RunFacts, Value};
///
/// fn print(record: &Record, run: &mut RunFacts) {
///     if let Record::Value(series, Value::Observe(value)) = record {
///         println!("{}: {value}", run.name(*series));
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Add to a counter.
    Add(f64),
    /// Set a gauge.
    Set(f64),
    /// A value of a trend.
    Observe(f64),
    /// The result of a soft check: passed or failed.
    Check(bool),
}

/// One entry of the recorder's buffers.
///
/// ```
/// use molotov::output::{Record, SeriesKind};
///
/// fn is_request(record: &Record) -> bool {
///     matches!(record, Record::Sample(sample) if sample.series.kind == SeriesKind::Route)
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Record {
    /// This many iterations of the scenario were started.
    Started(SeriesId, u64),
    /// An attempt has ended.
    Sample(Sample),
    /// The message of a failure. The sample counts the attempt itself.
    Failure(Box<FailureNote>),
    /// Details of an iteration that has ended, for an output that requests them. The sample counts the
    /// iteration itself.
    Iteration(Box<IterationNote>),
    /// A connection was opened.
    Connected(Connected),
    /// A fault of a connection while no request used it.
    Idle(Box<IdleFault>),
    /// A user of the run waited, because several of its iterations in a row failed at once.
    Braked,
    /// A value of a custom metric.
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
