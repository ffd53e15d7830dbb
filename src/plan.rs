//! Parts of a [`Plan`](crate::Plan) that are read from text: thresholds, the objectives of a sizing, and stages.
//!
//! Each has `FromStr`, so that a program which reads them from somewhere else gets an error and no panic:
//!
//! ```
//! use molotov::plan::Threshold;
//!
//! assert!("p99 < 200ms".parse::<Threshold>().is_ok());
//! assert!("p99 < 200".parse::<Threshold>().is_err());
//! ```

pub use molotov_runner::{Objectives, Stages, Threshold, Thresholds};
