//! The trait of outputs: everything that a run is written to while it goes on, and in the end.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use molotov_core::{Event, Record, Recorder, Result, SeriesId, Trace};

use crate::report::{Report, RunProgress, Snapshot};

/// Something that a run is written to: a file, a server, a page.
///
/// Each output has a thread of its own behind a bounded queue, so it may block, and never slows the load. What does not fit
/// into its queue is dropped and counted; dropped records make the run [suspect](crate::Verdict). An output that fails or
/// panics is named in the end with how often it did, and gets what comes next as if nothing had been: on the command line as
/// an error (exit code 3), and of a run as a value in [`Report::listener_failures`]. The end of a run waits for its outputs for
/// ten seconds at most.
///
/// By default an output gets a [`Snapshot`] each second and the report; [`Output::interest`] asks for more.
/// [`Plan::output`](crate::Plan::output) registers one. An `Err` of any method is why something could not be written.
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
    /// Returns its name in messages.
    fn name(&self) -> &str;

    /// Returns the data that it wants. It is called once, before the run.
    fn interest(&self) -> Interest {
        Interest::ticks()
    }

    /// Takes what has ended or was measured: a request, an iteration, a value. Only with [`Interest::records`].
    fn record(&mut self, record: &Record, run: &mut RunFacts) -> Result {
        let _ = (record, run);
        Ok(())
    }

    /// Takes what has happened. Only with [`Interest::events`].
    fn event(&mut self, event: &Event, run: &mut RunFacts) -> Result {
        let _ = (event, run);
        Ok(())
    }

    /// Takes how many users are active. It is told ten times a second, before the records of that time, whether it has
    /// changed or not; `at` is the time since the start of the run. Only with [`Interest::records`].
    fn users(&mut self, at: Duration, users: u32, run: &mut RunFacts) -> Result {
        let _ = (at, users, run);
        Ok(())
    }

    /// Takes how many iterations were due, started and dropped so far, where they have due times. It is told ten times a
    /// second, too. Only with [`Interest::records`].
    fn arrivals(&mut self, totals: ArrivalTotals) -> Result {
        let _ = totals;
        Ok(())
    }

    /// Takes how the run stands, each second of the load, and once more for what is left of the last one. Not without
    /// [`Interest::ticks`].
    fn tick(&mut self, snapshot: &Snapshot, run: &mut RunFacts) -> Result {
        let _ = (snapshot, run);
        Ok(())
    }

    /// Takes the progress of the run while users are active, each `--console-update`, or each second of a run without a command
    /// line. Where several wait, only the latest comes. Only with [`Interest::progress`].
    fn progress(&mut self, progress: &RunProgress) -> Result {
        let _ = progress;
        Ok(())
    }

    /// Takes traces of users, a few at a time. Only displays get them.
    #[doc(hidden)]
    fn traces(&mut self, traces: &[Trace]) -> Result {
        let _ = traces;
        Ok(())
    }

    /// Takes a line that the program itself or another output has for the user. Only displays get it.
    #[doc(hidden)]
    fn notice(&mut self, text: &str) -> Result {
        let _ = text;
        Ok(())
    }

    /// Writes what was held back: nothing more waits for now.
    fn flush(&mut self) -> Result {
        Ok(())
    }

    /// Takes the report: the run is over. It is the last call but for [`Output::warnings`]; an output of a run that was
    /// dropped before its end is dropped without it.
    ///
    /// # Errors
    ///
    /// Why not everything was written, in words.
    fn finish(&mut self, report: &Report) -> Result {
        let _ = report;
        Ok(())
    }

    /// Says what the user should know, after everything was written.
    fn warnings(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// The data of a run that an output wants. Other data are not copied for it.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Interest {
    pub(crate) records: Option<fn(&Record) -> bool>,
    pub(crate) iterations: bool,
    pub(crate) events: bool,
    pub(crate) ticks: bool,
    pub(crate) progress: bool,
    /// The end of a run waits for it only as long as it gets on.
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

    /// Everything that is shown while a run goes on.
    pub(crate) const fn display() -> Self {
        Self { is_display: true, ..Self::report().progress() }
    }

    /// The progress of the run, too.
    pub const fn progress(self) -> Self {
        Self { progress: true, ..self }
    }

    /// Each record for which this says yes, too, and with them the numbers of users and arrivals.
    pub const fn records(self, wanted: fn(&Record) -> bool) -> Self {
        Self { records: Some(wanted), ..self }
    }

    /// A [`Record::Iteration`] for each iteration, too. They are made only for who asks for them.
    pub const fn iterations(self) -> Self {
        Self { iterations: true, ..self }
    }

    /// Events, too.
    pub const fn events(self) -> Self {
        Self { events: true, ..self }
    }
}

/// The fate of iterations that were due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArrivalTotals {
    /// Those that were due.
    pub due: u64,
    /// Those that were started.
    pub started: u64,
    /// Those that never began.
    pub dropped: u64,
}

/// The facts of a run that an output needs to understand its records.
#[derive(Debug)]
pub struct RunFacts {
    recorder: Arc<Recorder>,
    names: Vec<String>,
    started_at: SystemTime,
    target: Option<String>,
}

impl RunFacts {
    /// Of a run that records here and started at this time, and whose plan names this base URL.
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

    /// The base URL of the requests: of the plan, or else the first one that a session was given.
    pub fn target(&self) -> Option<String> {
        self.target.clone().or_else(|| self.recorder.targets().into_iter().next())
    }
}
