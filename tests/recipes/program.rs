//! The recipes of `docs/recipes`, of which `RECIPE` names the one that runs; an example only so that cargo builds it.

// `cargo test --all-targets` takes every example for a test.
#![cfg(not(test))]

use molotov::Suite;
use molotov::registry::{Origin, Registration};

/// The text of each file is that of a page. The `main` of a page is compiled, and that of this program runs.
#[allow(dead_code)]
mod code {
    mod accounts_from_csv;
    mod breakpoint;
    mod log_in;
    mod own_client;
    mod polling;
    mod private_ca;
    mod rate_search;
    mod shared_token;
    mod soak;
    mod spike;
    mod think_times;
    mod unique_data;
    mod uploads_and_downloads;
}

/// The suite of the recipe that `RECIPE` names.
fn suite() -> Suite {
    let recipe = std::env::var("RECIPE").expect("RECIPE names a module of `code`");
    let module = format!("::{recipe}");
    molotov_core::registered().into_iter().fold(Suite::new(), |suite, piece| add(suite, piece, &module))
}

/// Adds a piece that was registered in this module.
fn add(suite: Suite, piece: Registration, module: &str) -> Suite {
    match piece {
        Registration::Scenario(scenario) if is_in(scenario.origin(), module) => suite.scenario(scenario),
        Registration::GlobalSetup(setup) if is_in(setup.origin(), module) => suite.global_setup(setup),
        Registration::Setup(setup) if is_in(setup.origin(), module) => suite.setup(setup),
        Registration::SetupSession(hook) if is_in(hook.origin(), module) => suite.setup_session(hook),
        Registration::Data(data) if is_in(data.origin(), module) => suite.data(data),
        _ => suite,
    }
}

fn is_in(origin: Option<&Origin>, module: &str) -> bool {
    origin.is_some_and(|origin| origin.module.ends_with(module))
}

molotov::main!(molotov::Plan::default(), suite());
