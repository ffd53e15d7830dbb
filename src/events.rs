//! Events of a run, and the traces that displays and listeners receive.
//!
//! [`Suite::events`](crate::Suite::events) adds a listener, which receives each [`Event`];
//! [`molotov::listeners`](crate::listeners) has ready-made ones.
//!
//! ```
//! use molotov::events::Event;
//!
//! fn print(event: &Event) {
//!     if let Event::ScenarioFailed { scenario, kind, message, .. } = event {
//!         eprintln!("{scenario} failed ({kind}): {message}");
//!     }
//! }
//! # let suite = molotov::Suite::new().events(molotov::listeners::Listener::new("print", print));
//! ```
//!
//! The attribute of the same name is [`#[events]`](macro@crate::events).

pub use molotov_core::{Event, Exchange, Logged, Message, Paused, Trace, TraceBody, TraceSink};
