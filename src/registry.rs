//! Scenarios, fixtures and their arguments by hand; the attributes expand to these.

pub use molotov_core::{
    Arg, BoxFuture, Context, Deck, Dependency, FixtureBuilder, GlobalSetup, Hook, Origin, Picker, Problem,
    Registration, Scenario, ScenarioBuilder, Scope, Setup, Shared, States, Suite,
};
