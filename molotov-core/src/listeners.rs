//! Listeners that are ready to be used: hand one to [`Suite::events`](crate::Suite::events), and its summary is in the
//! report, or read its figures yourself when the run is over.
//!
//! They get [events](crate::Event), which are dropped where a listener is too slow, and counted in the report. Their
//! memory does not grow with the run.
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
