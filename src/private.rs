//! Every name that generated code may use. Not part of the API: it changes without notice.

pub use molotov_core::inventory;
pub use molotov_core::{
    BoxFuture, Ctx, Entry, Error, Event, GlobalSetup, Hook, IntoResult, Iteration, Listener, Origin, Picker,
    Piece, Raised, RaisedChain, RaisedText, ResultState, Scenario, Setup, UserId, take,
};
