//! Listeners that are ready to be used: hand one to [`Suite::events`](crate::Suite::events), and what it has found out
//! is in the report, or read it yourself when the run is over.
//!
//! They hear [events](crate::Event), which are dropped where a listener is too slow; the report says how many. What they
//! remember does not grow with the run.
//!
//! ```
//! use molotov_core::Suite;
//! use molotov_core::listeners::{Concurrency, Slowest};
//!
//! let slowest = Slowest::new(10);
//! let suite = Suite::registered().events(&slowest).events(Concurrency::new());
//! // … after the run:
//! assert!(slowest.requests().is_empty());
//! ```

mod concurrency;
mod log;
mod slowest;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use self::concurrency::Concurrency;
pub use self::log::EventLog;
pub use self::slowest::{SlowRequest, Slowest};

/// A panic of somebody else does not make what is behind the lock wrong: it is always whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
