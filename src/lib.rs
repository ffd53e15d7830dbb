//! Simple load testing.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
