//! Custom outputs: destinations for the data of a run, during the run and at its end.
//! [`Plan::output`](crate::Plan::output) registers an [`Output`]. Also the records for outputs, and the handles that
//! write custom metrics.
//!
//! An output names the data that it needs in its [`Interest`]: a [`Snapshot`] each second, the [`RunProgress`], each
//! [`Record`], each event, or the [report](crate::Report) alone.
//!
//! ```
//! use molotov::output::{Interest, Output};
//! use molotov::{Plan, Report, Result};
//!
//! struct Summary;
//!
//! impl Output for Summary {
//!     fn name(&self) -> &str {
//!         "summary"
//!     }
//!
//!     fn interest(&self) -> Interest {
//!         Interest::report()
//!     }
//!
//!     fn finish(&mut self, report: &Report) -> Result {
//!         Ok(std::fs::write("summary.txt", report.to_string())?)
//!     }
//! }
//!
//! let plan = Plan::users(20).output(|| Ok::<_, std::io::Error>(Summary));
//! ```

pub use molotov_core::{
    Connected, Counter, FailureNote, Gauge, IterationNote, Outcome, Record, Recorder, RunHandle, Sample,
    Series, SeriesId, SeriesKind, Trend, Value,
};
pub use molotov_runner::{
    ArrivalCounts, ArrivalTotals, Interest, Output, RunFacts, RunProgress, Snapshot, Stopping,
};
