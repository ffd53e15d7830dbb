//! The lines that Taurus's molotov executor reads (`MOLOTOV_TAURUS_REPORT`), in the format of its own extension for
//! Python Molotov: <https://github.com/Blazemeter/taurus/blob/master/bzt/resources/molotov_ext.py>.
//!
//! One difference: a request without a response also has a line here, with the kind of failure as its code.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use http::StatusCode;
use molotov_core::{Error, IterationNote, Outcome, Record, Result, Sample, SeriesKind};
use serde::Serialize;

use super::place;
use super::seam::{Interest, Output, RunFacts};
use crate::report::Report;

/// The interval of the number of users.
const WORKERS_EACH: Duration = Duration::from_secs(1);

/// Writes Taurus's lines.
pub(crate) struct Taurus {
    path: PathBuf,
    out: Box<dyn Write + Send>,
    users: Option<(Duration, u32)>,
    /// `true` after an error, which was returned and ended the lines.
    is_lost: bool,
}

impl Taurus {
    /// Creates the file and replaces an existing one.
    ///
    /// # Errors
    /// Returns an error if the file cannot be created.
    pub(crate) fn create(path: PathBuf) -> io::Result<Self> {
        let out = place::open(&path)?;
        Ok(Self::new(path, BufWriter::new(out)))
    }

    fn new(path: PathBuf, out: impl Write + Send + 'static) -> Self {
        Self { path, out: Box::new(out), users: None, is_lost: false }
    }

    /// Writes a line.
    fn line(&mut self, line: &TaurusLine<'_>) -> Result {
        self.attempt(|out| {
            serde_json::to_writer(&mut *out, line)?;
            out.write_all(b"\n")
        })
    }

    /// Runs a write. After an error, which is returned once, nothing is written any more.
    fn attempt(&mut self, write: impl FnOnce(&mut Box<dyn Write + Send>) -> io::Result<()>) -> Result {
        if self.is_lost {
            return Ok(());
        }
        let written = write(&mut self.out);
        self.is_lost = written.is_err();
        written.map_err(|error| Error::from(format!("cannot write {}: {error}", self.path.display())))
    }

    fn request(&mut self, sample: &Sample, run: &mut RunFacts) -> Result {
        let ts = epoch(run, sample.start);
        let (code, message) = match (sample.status, sample.outcome) {
            (_, Outcome::Cancelled) => return Ok(()),
            (0, Outcome::Failed(kind)) => (kind.as_str().to_owned(), kind.as_str()),
            (status, _) => (status.to_string(), reason(status)),
        };
        let elapsed = seconds(sample.service);
        let label = run.name(sample.series);
        self.line(&TaurusLine::Request {
            ts,
            kind: "request",
            label,
            elapsed,
            response_code: &code,
            response_message: message,
        })
    }

    fn iteration(&mut self, note: &IterationNote, run: &mut RunFacts) -> Result {
        let (ts, wid, duration) =
            (epoch(run, note.start), format!("worker-{}", note.user), seconds(note.service));
        let name = run.name(note.series);
        let (wid, kind) = (&*wid, "scenario_success");
        match &note.failure {
            None => self.line(&TaurusLine::Success { ts, wid, kind, name, duration }),
            Some((exception, message)) => self.line(&TaurusLine::Failure {
                ts,
                wid,
                kind: "scenario_failure",
                name,
                duration,
                exception: exception.as_str(),
                error_message: message,
            }),
        }
    }
}

impl Output for Taurus {
    fn name(&self) -> &str {
        "taurus"
    }

    fn interest(&self) -> Interest {
        let records =
            Interest::report().records(|record| matches!(record, Record::Sample(_) | Record::Iteration(_)));
        records.iterations()
    }

    fn record(&mut self, record: &Record, run: &mut RunFacts) -> Result {
        match record {
            Record::Sample(sample) if sample.series.kind == SeriesKind::Route => self.request(sample, run),
            Record::Iteration(note) => self.iteration(note, run),
            _ => Ok(()),
        }
    }

    fn users(&mut self, at: Duration, users: u32, run: &mut RunFacts) -> Result {
        let is_known = self
            .users
            .is_some_and(|(last, before)| before == users && at.saturating_sub(last) < WORKERS_EACH);
        if is_known {
            return Ok(());
        }
        self.users = Some((at, users));
        self.line(&TaurusLine::Workers { ts: epoch(run, at), kind: "workers", value: users })
    }

    fn flush(&mut self) -> Result {
        // Taurus reads the file during the run.
        self.attempt(|out| out.flush())
    }

    fn finish(&mut self, _: &Report) -> Result {
        self.flush()
    }
}

/// The order of the fields is that of Taurus's own extension.
#[derive(Serialize)]
#[serde(untagged)]
enum TaurusLine<'l> {
    Workers {
        ts: f64,
        #[serde(rename = "type")]
        kind: &'static str,
        value: u32,
    },
    Request {
        ts: f64,
        #[serde(rename = "type")]
        kind: &'static str,
        label: &'l str,
        elapsed: f64,
        #[serde(rename = "responseCode")]
        response_code: &'l str,
        #[serde(rename = "responseMessage")]
        response_message: &'l str,
    },
    Success {
        ts: f64,
        wid: &'l str,
        #[serde(rename = "type")]
        kind: &'static str,
        name: &'l str,
        duration: f64,
    },
    Failure {
        ts: f64,
        wid: &'l str,
        #[serde(rename = "type")]
        kind: &'static str,
        name: &'l str,
        duration: f64,
        exception: &'l str,
        #[serde(rename = "errorMessage")]
        error_message: &'l str,
    },
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default()
}

/// Seconds since 1970, with a precision of a microsecond.
fn epoch(run: &RunFacts, at: Duration) -> f64 {
    seconds(run.time_of_day(at).duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn seconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;
    use std::time::SystemTime;

    use molotov_core::{FailureKind, Iteration, Recorder, UserId};

    use super::*;
    use crate::report::test_reports::empty;

    fn facts(recorder: &Arc<Recorder>) -> RunFacts {
        let started = SystemTime::UNIX_EPOCH + Duration::from_millis(1_764_000_000_250);
        RunFacts::new(Arc::clone(recorder), started, None)
    }

    #[test]
    fn the_lines_are_exactly_those_that_taurus_reads() {
        let recorder = Arc::new(Recorder::new(1, |_| {}));
        let mut run = facts(&recorder);
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut taurus = Taurus::create(file.path().to_owned()).unwrap();
        let scenario = recorder.series(SeriesKind::Scenario, "buy");
        let route = recorder.series(SeriesKind::Route, "GET /items/{id}");
        let (start, service) = (Duration::from_secs(2), Duration::from_micros(12_345));
        let request = |outcome, status| {
            let mut sample = Sample::new(route, outcome, start, service);
            sample.status = status;
            Record::Sample(sample)
        };
        let iteration = |user, failure| {
            let mut note = IterationNote::new(scenario, start, service);
            (note.user, note.iteration, note.failure) = (UserId(user), Iteration(4), failure);
            Record::Iteration(Box::new(note))
        };

        for (ms, users) in [(1_000, 2), (1_100, 2), (2_000, 2)] {
            taurus.users(Duration::from_millis(ms), users, &mut run).unwrap();
        }
        for record in [
            request(Outcome::Ok, 200),
            request(Outcome::Failed(FailureKind::Http4xx), 404),
            request(Outcome::Failed(FailureKind::TimeoutHead), 0),
            request(Outcome::Cancelled, 0),
            Record::Sample(Sample::new(scenario, Outcome::Ok, start, service)),
            iteration(0, None),
            iteration(1, Some((FailureKind::UserError, "sold \"out\"".to_owned()))),
        ] {
            taurus.record(&record, &mut run).unwrap();
        }
        taurus.finish(&empty()).unwrap();

        let text = fs::read_to_string(file.path()).unwrap();
        let expected = concat!(
            r#"{"ts":1764000001.25,"type":"workers","value":2}"#,
            "\n",
            r#"{"ts":1764000002.25,"type":"workers","value":2}"#,
            "\n",
            r#"{"ts":1764000002.25,"type":"request","label":"GET /items/{id}","elapsed":0.012345,"responseCode":"200","responseMessage":"OK"}"#,
            "\n",
            r#"{"ts":1764000002.25,"type":"request","label":"GET /items/{id}","elapsed":0.012345,"responseCode":"404","responseMessage":"Not Found"}"#,
            "\n",
            r#"{"ts":1764000002.25,"type":"request","label":"GET /items/{id}","elapsed":0.012345,"responseCode":"timeout.head","responseMessage":"timeout.head"}"#,
            "\n",
            r#"{"ts":1764000002.25,"wid":"worker-0","type":"scenario_success","name":"buy","duration":0.012345}"#,
            "\n",
            r#"{"ts":1764000002.25,"wid":"worker-1","type":"scenario_failure","name":"buy","duration":0.012345,"exception":"user.error","errorMessage":"sold \"out\""}"#,
            "\n",
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn write_error_is_reported_once_and_at_once() {
        let recorder = Arc::new(Recorder::new(1, |_| {}));
        let mut taurus = Taurus::new(PathBuf::from("x.ldjson"), <&mut [u8]>::default());

        let why = taurus.users(Duration::ZERO, 1, &mut facts(&recorder)).unwrap_err().to_string();

        assert!(why.starts_with("cannot write x.ldjson: "), "{why}");
        taurus.users(Duration::ZERO, 2, &mut facts(&recorder)).unwrap();
        taurus.finish(&empty()).unwrap();
    }
}
