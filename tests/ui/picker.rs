use molotov::{events, scenario_picker};
use molotov_core::{Event, Iteration, UserId};

#[scenario_picker]
async fn awaited(_user: UserId, _iteration: Iteration) -> &'static str {
    "browse"
}

#[scenario_picker]
fn other_arguments(_user: u32) -> &'static str {
    "browse"
}

#[scenario_picker]
fn other_return(_user: UserId, _iteration: Iteration) -> String {
    "browse".into()
}

#[events]
async fn awaited_listener(_event: &Event) {}

#[events]
fn by_value(_event: Event) {}

fn main() {}
