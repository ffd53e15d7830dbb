//! Ready-made listeners: pass a listener to [`Suite::events`](crate::Suite::events). Its summary is in the
//! report, and its figures can be read after the run.
//!
//! Listeners receive [events](crate::Event). Events that a slow listener misses are dropped and counted in
//! the report. The memory of these listeners does not grow with the run.
//!
//! ```
//! use molotov::Suite;
//! use molotov::listeners::{Concurrency, Slowest};
//!
//! let slowest = Slowest::new(10);
//! let suite = Suite::registered().events(&slowest).events(Concurrency::new());
//! // … after the run:
//! assert!(slowest.requests().is_empty());
//! ```

mod concurrency;
mod listener;
mod log;
mod slowest;

pub use self::concurrency::Concurrency;
pub use self::listener::Listener;
pub use self::log::EventLog;
pub use self::slowest::{SlowRequest, Slowest};
