//! Results files (`--results FILE.jsonl`), read back and merged.
//!
//! `molotov report` and `molotov merge` do the same on the command line.

pub use molotov_runner::results::{MissingShards, RunResults, merge, merge_repeats};
