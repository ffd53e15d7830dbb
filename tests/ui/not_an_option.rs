use molotov::{scenario, setup};

#[scenario("browse")]
async fn browse() {}

#[scenario(weight = 3 delay = "5s")]
async fn comma() {}

#[setup(10, timeout: "1s")]
async fn fixture() {}

fn main() {}
