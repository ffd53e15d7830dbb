//! `--results`: the course of a run as lines of JSON, from which its report can be rebuilt, from the whole file or from
//! one cut off at any byte.
//!
//! `lines` has the kinds of lines, `window` creates those of a second from two snapshots, `parts` those of a finished
//! report, and `writer` is the output that writes them.

mod header;
mod joined;
mod lines;
mod parts;
mod sink;
#[cfg(test)]
mod tests;
mod window;
mod writer;

pub(crate) use self::header::{PlannedScenario, RunLine};
pub(crate) use self::joined::window_seconds;
pub(crate) use self::lines::{
    CountsLine, EndLine, FailureLine, HistogramKind, HistogramLine, MoreLine, PartLine, RunCounts, SCHEMA,
    SeriesLine, ValueLine, WindowLine,
};
#[cfg(test)]
pub(crate) use self::tests::{TestFile, file_of};
pub(crate) use self::writer::{ResultsOptions, ResultsWriter, write_merged};
