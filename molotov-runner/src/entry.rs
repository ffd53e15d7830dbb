//! What a user's program hands to the runner.

use molotov_core::Suite;

use crate::plan::Plan;

/// What `molotov::main!()` knows of the crate that it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Whether it was compiled as a test target (`cfg!(test)`).
    pub test: bool,
    /// Whether a panic unwinds (`cfg!(panic = "unwind")`), so that it can be caught.
    pub unwinds: bool,
    /// The plan that the command line changes.
    pub plan: fn() -> Plan,
    /// What is run: what the attributes registered, or what was put together by hand.
    pub suite: fn() -> Suite,
}
