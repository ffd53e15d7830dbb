//! Custom outputs: destinations for the data of a run, during the run and at its end.
//! [`Plan::output`](crate::Plan::output) registers an [`Output`]. Also the records for outputs, and the handles that
//! write custom metrics.

pub use molotov_core::{
    Connected, Counter, FailureNote, Gauge, IterationNote, Outcome, Record, Recorder, RunHandle, Sample,
    Series, SeriesId, SeriesKind, Trend, Value,
};
pub use molotov_runner::{
    ArrivalCounts, ArrivalTotals, Interest, Output, RunFacts, RunProgress, Snapshot, Stopping,
};
