use molotov::{events, scenario, setup};

#[scenario(wieght = 40)]
async fn misspelt() {}

#[scenario(threads = 40)]
async fn unknown() {}

#[setup(weight = 1)]
async fn other_attribute() {}

#[events(timeout = "1s")]
fn listener(_event: &molotov_core::Event) {}

fn main() {}
