//! The trait of outputs, which receive a run in progress and its report.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use molotov_core::{Event, Record, Recorder, Result, SeriesId, Trace};

use crate::report::{Report, RunProgress, Snapshot};

/// A destination of a run: a file, a server, a page.
///
/// Each output has a thread of its own behind a bounded queue, so it may block, and never slows the load. Messages
/// without room in its queue are dropped and counted; dropped records make the run [suspect](crate::Verdict). An output
/// that fails or panics still receives the following messages; its failures are listed at the end with their count: on
/// the command line as an error (exit code 3), and for a run as a value in [`Report::listener_failures`]. The end of a
/// run waits for its outputs for ten seconds at most.
///
/// By default an output receives a [`Snapshot`] each second and the report; [`Output::interest`] requests more.
/// [`Plan::output`](crate::Plan::output) registers an output. The `Err` of a method is the reason why a part could not
/// be written.
///
/// ```
/// use molotov::output::{Output, RunFacts, Snapshot};
/// use molotov::{Plan, Report, Result};
///
/// struct Users(Vec<u32>);
///
/// impl Output for Users {
///     fn name(&self) -> &str {
///         "users"
///     }
///
///     fn tick(&mut self, snapshot: &Snapshot, _: &mut RunFacts) -> Result {
///         self.0.push(snapshot.progress.users);
///         Ok(())
///     }
///
///     fn finish(&mut self, report: &Report) -> Result {
///         std::fs::write("/dev/null", format!("{:?}: {} requests", self.0, report.requests.sent()))?;
///         Ok(())
///     }
/// }
///
/// let plan = Plan::users(20).output(|| Ok::<_, std::io::Error>(Users(Vec::new())));
/// ```
pub trait Output: Send + 'static {
    /// Returns the output's name in messages.
    fn name(&self) -> &str;

    /// Returns the data that the output needs. It is called once, before the run.
    fn interest(&self) -> Interest {
        Interest::ticks()
    }

    /// Receives a finished request, a finished iteration, or a measured value. Only with [`Interest::records`].
    ///
    /// # Errors
    ///
    /// Returns the reason why the data were not written; the output continues to receive data.
    fn record(&mut self, record: &Record, run: &mut RunFacts) -> Result {
        let _ = (record, run);
        Ok(())
    }

    /// Receives an event. Only with [`Interest::events`].
    ///
    /// # Errors
    ///
    /// Returns the reason why the data were not written; the output continues to receive data.
    fn event(&mut self, event: &Event, run: &mut RunFacts) -> Result {
        let _ = (event, run);
        Ok(())
    }

    /// Receives the number of active users. It is called ten times a second, before the records of that time, even if
    /// the number is unchanged; `at` is the time since the start of the run. Only with [`Interest::records`].
    ///
    /// # Errors
    ///
    /// Returns the reason why the data were not written; the output continues to receive data.
    fn users(&mut self, at: Duration, users: u32, run: &mut RunFacts) -> Result {
        let _ = (at, users, run);
        Ok(())
    }

    /// Receives the numbers of due, started and dropped iterations so far, if they have due times. It is called ten
    /// times a second, too. Only with [`Interest::records`].
    ///
    /// # Errors
    ///
    /// Returns the reason why the data were not written; the output continues to receive data.
    fn arrivals(&mut self, totals: ArrivalTotals) -> Result {
        let _ = totals;
        Ok(())
    }

    /// Receives a snapshot of the run, each second of the load, and once more for the rest of the last one. Not without
    /// [`Interest::ticks`].
    ///
    /// # Errors
    ///
    /// Returns the reason why the data were not written; the output continues to receive data.
    fn tick(&mut self, snapshot: &Snapshot, run: &mut RunFacts) -> Result {
        let _ = (snapshot, run);
        Ok(())
    }

    /// Receives the progress of the run while users are active, each `--console-update`, or each second in a run
    /// without a command line. If several wait, only the latest is delivered. Only with [`Interest::progress`].
    ///
    /// # Errors
    ///
    /// Returns the reason why the data were not written; the output continues to receive data.
    fn progress(&mut self, progress: &RunProgress) -> Result {
        let _ = progress;
        Ok(())
    }

    /// Receives traces of users, a few at a time. Only displays receive them.
    #[doc(hidden)]
    fn traces(&mut self, traces: &[Trace]) -> Result {
        let _ = traces;
        Ok(())
    }

    /// Receives a message to the user from the program itself or from another output. Only displays receive it.
    #[doc(hidden)]
    fn notice(&mut self, text: &str) -> Result {
        let _ = text;
        Ok(())
    }

    /// Writes buffered data: no further message waits for now.
    ///
    /// # Errors
    ///
    /// Returns the reason why the data were not written; the output continues to receive data.
    fn flush(&mut self) -> Result {
        Ok(())
    }

    /// Receives the report: the run is over. It is the last call except [`Output::warnings`]; if a run is dropped
    /// before its end, its outputs are dropped without it.
    ///
    /// # Errors
    ///
    /// Returns the reason why not everything was written.
    fn finish(&mut self, report: &Report) -> Result {
        let _ = report;
        Ok(())
    }

    /// Returns warnings for the user, after everything was written.
    fn warnings(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// The data of a run that an output requests. Other data are not copied for it.
///
/// ```
/// use molotov::output::{Interest, Record};
///
/// // The report at the end, and every request, iteration and timer until then.
/// let interest = Interest::report().records(|record| matches!(record, Record::Sample(_)));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Interest {
    pub(crate) records: Option<fn(&Record) -> bool>,
    pub(crate) iterations: bool,
    pub(crate) events: bool,
    pub(crate) ticks: bool,
    pub(crate) progress: bool,
    /// `true` if the end of a run waits for the output only as long as it makes progress.
    pub(crate) is_display: bool,
}

impl Interest {
    /// A snapshot each second, and the report: the default.
    pub const fn ticks() -> Self {
        Self { ticks: true, ..Self::report() }
    }

    /// The report alone.
    pub const fn report() -> Self {
        Self {
            records: None,
            iterations: false,
            events: false,
            ticks: false,
            progress: false,
            is_display: false,
        }
    }

    /// The data of a live display.
    pub(crate) const fn display() -> Self {
        Self { is_display: true, ..Self::report().progress() }
    }

    /// Adds the progress of the run.
    pub const fn progress(self) -> Self {
        Self { progress: true, ..self }
    }

    /// Adds each record for which this function returns `true`, and the numbers of users and arrivals.
    pub const fn records(self, wanted: fn(&Record) -> bool) -> Self {
        Self { records: Some(wanted), ..self }
    }

    /// Adds a [`Record::Iteration`] for each iteration. They are only created if an output requests them.
    pub const fn iterations(self) -> Self {
        Self { iterations: true, ..self }
    }

    /// Adds events.
    pub const fn events(self) -> Self {
        Self { events: true, ..self }
    }
}

/// The numbers of due iterations by their fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArrivalTotals {
    /// Due iterations.
    pub due: u64,
    /// Started iterations.
    pub started: u64,
    /// Dropped iterations, which never start.
    pub dropped: u64,
}

/// The data of a run that an output needs to interpret its records.
///
/// ```
/// use molotov::output::{Output, Record, RunFacts};
///
/// struct Samples(Vec<String>);
///
/// impl Output for Samples {
///     fn name(&self) -> &str {
///         "samples"
///     }
///
///     fn record(&mut self, record: &Record, run: &mut RunFacts) -> molotov::Result {
///         if let Record::Sample(sample) = record {
///             self.0.push(run.name(sample.series).to_owned());
///         }
///         Ok(())
///     }
/// }
/// ```
#[derive(Debug)]
pub struct RunFacts {
    recorder: Arc<Recorder>,
    names: Vec<String>,
    started_at: SystemTime,
    target: Option<String>,
}

impl RunFacts {
    /// Creates the facts of a run with this recorder, start time, and base URL of the plan.
    pub(crate) fn new(recorder: Arc<Recorder>, started_at: SystemTime, target: Option<String>) -> Self {
        Self { recorder, names: Vec::new(), started_at, target }
    }

    /// The name of a series.
    pub fn name(&mut self, series: SeriesId) -> &str {
        let index = series.index as usize;
        if index >= self.names.len() {
            let new = self.recorder.series_since(self.names.len());
            self.names.extend(new.into_iter().map(|series| series.name));
        }
        self.names.get(index).map_or("?", String::as_str)
    }

    /// The time of day at this time since the start of the run.
    pub fn time_of_day(&self, at: Duration) -> SystemTime {
        self.started_at + at
    }

    /// The base URL of the requests: that of the plan, or else the first one of a session.
    pub fn target(&self) -> Option<String> {
        self.target.clone().or_else(|| self.recorder.targets().into_iter().next())
    }
}
