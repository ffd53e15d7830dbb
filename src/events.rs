//! Events of a run, and the traces that displays and listeners receive.
//!
//! The attribute of the same name is [`#[events]`](macro@crate::events).

pub use molotov_core::{Event, Exchange, Logged, Message, Paused, Trace, TraceBody, TraceSink};
