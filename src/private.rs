//! Every name in generated code. Not part of the API: it changes without notice.

pub use std::boxed::Box;

pub use molotov_core::inventory;
pub use molotov_core::{
    Data, Entry, Event, GlobalSetup, Hook, Iteration, Listener, Origin, Picker, Probe, ProbeArg, ProbeOther,
    Raised, RaisedBoxed, RaisedChain, RaisedOther, RaisedText, Rate, Registration, Returned, Scenario, Setup,
    UserId, argument, into_result, into_state,
};

pub use molotov_runner::{Program, main, smoke_test};
