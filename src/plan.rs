//! Parts of a [`Plan`](crate::Plan) that can be parsed from text: thresholds, the objectives of a sizing, stages, and shards.
//!
//! Each type has `FromStr`, so that a program can parse text from other sources and gets an error instead of a panic:
//!
//! ```
//! use molotov::plan::Threshold;
//!
//! assert!("p99 < 200ms".parse::<Threshold>().is_ok());
//! assert!("p99 < 200".parse::<Threshold>().is_err());
//! ```

pub use molotov_core::Shard;
pub use molotov_runner::{Objectives, Stages, Threshold, Thresholds};
