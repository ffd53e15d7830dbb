//! Every name that generated code may use. Not part of the API: it changes without notice.

pub use std::boxed::Box;

pub use molotov_core::inventory;
pub use molotov_core::{
    Entry, Event, GlobalSetup, Hook, Iteration, Listener, Origin, Picker, Piece, Probe, ProbeArg, ProbeOther,
    Raised, RaisedChain, RaisedOther, RaisedText, Returned, Scenario, Setup, UserId, into_result, into_state,
    take,
};

/// PLACEHOLDER, to be replaced by `pub use molotov_runner::smoke_test;`: it looks the scenario up, and no more.
#[track_caller]
pub fn smoke_test(name: &'static str) {
    let suite = molotov_core::Suite::registered();
    assert!(suite.scenarios().iter().any(|scenario| scenario.name() == name), "`{name}` is not registered");
}
