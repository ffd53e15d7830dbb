use molotov::{scenario, setup};

#[scenario(delay = "500")]
async fn no_unit() {}

#[scenario(delay = "5 parsecs")]
async fn wrong_unit() {}

#[scenario(delay = "")]
async fn empty() {}

#[scenario(delay = 500)]
async fn number() {}

#[setup(timeout = "2")]
async fn fixture() {}

fn main() {}
