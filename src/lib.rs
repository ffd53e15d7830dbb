#![doc = include_str!("../README.md")]

#[cfg(doctest)]
mod book;
pub mod data;
pub mod error;
pub mod events;
pub mod http;
pub mod output;
pub mod plan;
pub mod prelude;
pub mod registry;
pub mod report;
pub mod results;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

use std::time::Duration;

#[doc(no_inline)]
pub use bytes;
pub use molotov_core::listeners;
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

/// This many seconds.
///
/// ```
/// use molotov::{Plan, secs};
///
/// let plan = Plan::users(20).duration(secs(60)).ramp_up(secs(5));
/// ```
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// This many milliseconds.
///
/// ```
/// use molotov::{Plan, millis};
///
/// let plan = Plan::users(20).pacing(millis(500));
/// ```
pub const fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The `main` function of a load test.
///
/// In a test target (`cargo test`) it implements libtest's protocol, with one test for each scenario and one iteration
/// in each; set `harness = false` for that target in `Cargo.toml`. A test that sends a request to a relative route
/// without a host is ignored; `MOLOTOV_REQUIRE_HOST=1` makes it fail. Otherwise it is the command line; `--help` lists
/// the options. The first argument is the plan with the defaults of the command line; without it the default is one
/// user for 10 s. The second argument is a suite that was assembled by hand; without it the suite consists of the
/// registrations by attributes.
///
/// ```
/// use molotov::prelude::*;
///
/// #[scenario]
/// async fn idle() {}
///
/// molotov::main!(Plan::users(20).max_runs(3));
/// ```
#[macro_export]
macro_rules! main {
    () => {
        $crate::main!($crate::Plan::default());
    };
    ($plan:expr $(,)?) => {
        $crate::main!($plan, $crate::Suite::registered());
    };
    ($plan:expr, $suite:expr $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            $crate::__private::main($crate::__private::Program {
                test: ::core::cfg!(test),
                unwinds: ::core::cfg!(panic = "unwind"),
                plan: || $plan,
                suite: || $suite,
            })
        }
    };
}
