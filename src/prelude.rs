//! The imports of a load test: `use molotov::prelude::*;`.

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
