//! Events as lines of JSON. The schema is in `docs/events-schema.md`.

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::listener::Listener;
use crate::event::Event;
use crate::failure::FailureKind;
use crate::lock::lock;
use crate::run::{Iteration, UserId};
use crate::trace::Logged;

/// The version of the schema: it increases when a field is removed or changes its meaning.
const SCHEMA: u32 = 1;

/// The log is flushed after this much time of the run, so that a reader that follows the file sees its lines.
const FLUSHED_EACH: Duration = Duration::from_secs(1);

/// Writes every event as a line of JSON, as `--events-out FILE` does.
///
/// The first line describes the log itself. Nothing is kept in memory, and after an error nothing more is written.
///
/// ```
/// use molotov::listeners::EventLog;
///
/// let suite = molotov::Suite::registered().events(EventLog::new(std::io::sink()));
/// ```
#[derive(Clone)]
pub struct EventLog(Arc<Mutex<LogState>>);

struct LogState {
    out: Box<dyn Write + Send>,
    /// The start of the run, once the first event has come.
    epoch: Option<SystemTime>,
    flushed: Duration,
    line: Vec<u8>,
    written: u64,
    ended: bool,
    error: Option<io::Error>,
}

impl EventLog {
    /// A log to this stream. Each line is one call of `write`, so the stream should be buffered.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(LogState {
            out: Box::new(out),
            epoch: None,
            flushed: Duration::ZERO,
            line: Vec::new(),
            written: 0,
            ended: false,
            error: None,
        })))
    }

    /// A log to this file; an existing file is replaced.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// use molotov::listeners::EventLog;
    ///
    /// let log = EventLog::create("events.jsonl")?;
    /// let suite = Suite::registered().events(&log);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the file cannot be created.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        File::create(path).map(|file| Self::new(BufWriter::new(file)))
    }

    /// Writes an event, for a listener of your own that passes events on.
    pub fn on_event(&self, event: &Event) {
        lock(&self.0).on_event(event);
    }

    /// The number of events that were written.
    pub fn written(&self) -> u64 {
        lock(&self.0).written
    }

    /// The error after which nothing more is written, if there was one. It waits while a line is being written.
    pub fn error(&self) -> Option<String> {
        lock(&self.0).error.as_ref().map(io::Error::to_string)
    }

    /// The result of the log: an error unless everything up to the end of the run was written.
    ///
    /// ```
    /// use molotov::listeners::EventLog;
    ///
    /// let log = EventLog::new(Vec::new());
    /// assert_eq!(log.outcome().unwrap_err(), "it is not complete");
    /// ```
    ///
    /// # Errors
    ///
    /// When a line could not be written, or the end of the run did not come; with the message.
    pub fn outcome(&self) -> Result<(), String> {
        // A blocked writer holds the lock, for instance on a pipe without a reader.
        let Ok(state) = self.0.try_lock() else { return Err("it is still being written".into()) };
        match &state.error {
            Some(error) => Err(error.to_string()),
            None if !state.ended => Err("it is not complete".into()),
            None => Ok(()),
        }
    }
}

impl LogState {
    fn on_event(&mut self, event: &Event) {
        if self.error.is_some() {
            return;
        }
        if let Err(error) = self.write(event) {
            self.error = Some(error);
        }
    }

    fn write(&mut self, event: &Event) -> io::Result<()> {
        let mut line = LogLine::from_event(event);
        let at = line.at;
        let epoch = match self.epoch {
            Some(epoch) => epoch,
            None => {
                let epoch = SystemTime::now() - at;
                self.epoch = Some(epoch);
                let (started, molotov) = (seconds(epoch), env!("CARGO_PKG_VERSION"));
                self.line(&Head { event: "log", schema: SCHEMA, molotov, ts: started })?;
                epoch
            }
        };
        line.ts = seconds(epoch + at);
        self.line(&line)?;
        self.written += 1;
        self.ended = matches!(event, Event::RunEnded { .. });
        if self.ended || at.saturating_sub(self.flushed) >= FLUSHED_EACH {
            self.flushed = at;
            self.out.flush()?;
        }
        Ok(())
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }
}

/// The first line.
#[derive(Serialize)]
struct Head {
    event: &'static str,
    schema: u32,
    molotov: &'static str,
    ts: f64,
}

/// An event for serde. The names of the fields are the schema.
#[derive(Serialize, Default)]
struct LogLine<'e> {
    ts: f64,
    at_ms: f64,
    event: &'static str,
    #[serde(skip)]
    at: Duration,
    #[serde(skip_serializing_if = "Option::is_none")]
    users: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iteration: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scenario: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'e str>,
}

impl<'e> LogLine<'e> {
    fn from_event(event: &'e Event) -> Self {
        match event {
            Event::RunStarted { at, users } => Self::at_time("run_started", *at).with_users(*users),
            Event::UserCount { at, users } => Self::at_time("user_count", *at).with_users(*users),
            Event::ScenarioStarted { at, user, iteration, scenario } => {
                Self::at_time("scenario_started", *at).for_iteration(*user, *iteration, scenario)
            }
            Event::ScenarioSucceeded { at, user, iteration, scenario, elapsed } => {
                let line = Self::at_time("scenario_succeeded", *at).took(*elapsed);
                line.for_iteration(*user, *iteration, scenario)
            }
            Event::ScenarioFailed { at, user, iteration, scenario, elapsed, kind, message } => {
                let line = Self::at_time("scenario_failed", *at).took(*elapsed).with_kind(*kind);
                Self { message: Some(message), ..line.for_iteration(*user, *iteration, scenario) }
            }
            Event::ScenarioCancelled { at, user, iteration, scenario, elapsed } => {
                let line = Self::at_time("scenario_cancelled", *at).took(*elapsed);
                line.for_iteration(*user, *iteration, scenario)
            }
            Event::RequestSent { at, user, route } => {
                Self::at_time("request_sent", *at).for_request(*user, route)
            }
            Event::ResponseReceived { at, user, route, status, elapsed } => {
                let line = Self::at_time("response_received", *at).took(*elapsed);
                Self { status: Some(*status), ..line.for_request(*user, route) }
            }
            Event::RequestFailed { at, user, route, kind, elapsed } => {
                let line = Self::at_time("request_failed", *at).took(*elapsed).with_kind(*kind);
                line.for_request(*user, route)
            }
            Event::RequestCancelled { at, user, route, elapsed } => {
                Self::at_time("request_cancelled", *at).took(*elapsed).for_request(*user, route)
            }
            Event::Logged(logged) => Self::from_logged(logged),
            Event::RunEnded { at } => Self::at_time("run_ended", *at),
        }
    }

    fn from_logged(logged: &'e Logged) -> Self {
        Self {
            user: Some(logged.user.0),
            iteration: Some(logged.iteration.0),
            message: Some(&logged.text),
            ..Self::at_time("logged", logged.at)
        }
    }

    fn at_time(event: &'static str, at: Duration) -> Self {
        Self { at_ms: ms(at), event, at, ..Self::default() }
    }

    fn with_users(self, users: u32) -> Self {
        Self { users: Some(users), ..self }
    }

    fn with_kind(self, kind: FailureKind) -> Self {
        Self { kind: Some(kind.as_str()), ..self }
    }

    fn took(self, elapsed: Duration) -> Self {
        Self { elapsed_ms: Some(ms(elapsed)), ..self }
    }

    fn for_iteration(self, user: UserId, iteration: Iteration, scenario: &'e str) -> Self {
        Self { user: Some(user.0), iteration: Some(iteration.0), scenario: Some(scenario), ..self }
    }

    fn for_request(self, user: UserId, route: &'e str) -> Self {
        Self { user: Some(user.0), route: Some(route), ..self }
    }
}

/// Milliseconds, exact to the microsecond.
fn ms(time: Duration) -> f64 {
    time.as_micros() as f64 / 1_000.0
}

/// Seconds since 1970, exact to the microsecond.
fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as f64 / 1e6
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLog").finish_non_exhaustive()
    }
}

impl From<&EventLog> for Listener {
    fn from(log: &EventLog) -> Self {
        let log = log.clone();
        Self::new("Event log", move |event| log.on_event(event))
    }
}

impl From<EventLog> for Listener {
    fn from(log: EventLog) -> Self {
        Self::from(&log)
    }
}

#[cfg(test)]
mod tests;
