//! The imports of a load test: `use molotov::prelude::*;`.
//!
//! They are the attributes, and the types that scenarios, fixtures, plans and reports name. `Result` and `Error` are
//! those of the crate.
//!
//! ```
//! use molotov::prelude::*;
//!
//! async fn browse(session: &mut Session) -> Result {
//!     session.get("/items/{id}").path("id", 7).timeout(secs(5)).send().await?;
//!     session.pause("1s..3s").await?;
//!     Ok(())
//! }
//! ```

pub use molotov_core::{
    Error, Event, Feed, Iteration, Multipart, OrFail, Part, Rate, Request, Response, Result, Row, Run,
    Scenario, Secret, Session, Suite, Target, UserId,
};
#[cfg(feature = "macros")]
pub use molotov_macros::{
    data, events, global_setup, global_teardown, scenario, scenario_picker, setup, setup_session, teardown,
    teardown_session,
};
pub use molotov_runner::{Plan, Report, RunExt};

pub use crate::{millis, secs};
