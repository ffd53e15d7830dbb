//! Records of a run, the types that outputs are made of, and the handles that write custom metrics.

pub use molotov_core::{
    Connected, Counter, FailureNote, Gauge, IterationNote, Outcome, Record, Recorder, RunHandle, Sample,
    Series, SeriesId, SeriesKind, Trend, Value,
};
