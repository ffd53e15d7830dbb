//! Kinds of failure, and the errors of a run and of texts.
//!
//! The error of scenarios and fixtures is [`Error`](crate::Error), at the root; its [`FailureKind`] is its name in the
//! report. [`RunError`] has the mistakes of a suite or a plan, [`ParseError`] the mistake of a text such as a rate.
//!
//! ```
//! use molotov::error::FailureKind;
//! use molotov::{Error, Rate};
//!
//! assert_eq!(Error::msg("the basket is empty").kind(), FailureKind::UserError);
//! assert!("5".parse::<Rate>().is_err());
//! ```

pub use molotov_core::{Cause, FailureKind, ParseError};
pub use molotov_runner::RunError;
