//! Results files (`--results FILE.jsonl`), read back and merged.
//!
//! `molotov report` and `molotov merge` do the same on the command line.
//!
//! ```no_run
//! use molotov::results::RunResults;
//!
//! let results = RunResults::read("yesterday.jsonl")?;
//! results.report.check("p99 < 200ms, errors < 1%")?;
//! # Ok::<(), molotov::error::RunError>(())
//! ```

pub use molotov_runner::results::{MissingShards, RunResults, merge, merge_repeats};
