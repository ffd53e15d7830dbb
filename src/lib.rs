//! Simple load testing.

#[cfg(feature = "macros")]
pub use molotov_macros::{
    events, global_setup, global_teardown, scenario, scenario_picker, setup, setup_session, teardown,
    teardown_session,
};

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
