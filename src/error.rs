//! Kinds of failure, and the errors of a run and of texts.
//!
//! The error of scenarios and fixtures is [`Error`](crate::Error), at the root.

pub use molotov_core::{Cause, FailureKind, ParseError};
pub use molotov_runner::RunError;
