//! Outputs of your own: what a run is written to while it goes on, and in the end. An [`Output`] is registered by
//! [`Plan::output`](crate::Plan::output). Also the records that it gets, and the handles that write metrics of your own.

pub use molotov_core::{
    Connected, Counter, FailureNote, Gauge, IterationNote, Outcome, Record, Recorder, RunHandle, Sample,
    Series, SeriesId, SeriesKind, Trend, Value,
};
pub use molotov_runner::{
    ArrivalCounts, ArrivalTotals, Interest, Output, RunFacts, RunProgress, Snapshot, Stopping,
};
