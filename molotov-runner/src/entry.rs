//! The program of a user, as it is handed to the runner.

use molotov_core::Suite;

use crate::plan::Plan;

/// The properties of the crate in which `molotov::main!()` stands.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// `true` if it was compiled as a test target (`cfg!(test)`).
    pub test: bool,
    /// `true` if a panic unwinds (`cfg!(panic = "unwind")`), so that it can be caught.
    pub unwinds: bool,
    /// The plan that the command line changes.
    pub plan: fn() -> Plan,
    /// The suite that is run: registered by attributes, or put together by hand.
    pub suite: fn() -> Suite,
}
