use molotov::{scenario, teardown};

#[scenario(timeout = "0s")]
async fn browse() {}

#[teardown(timeout = "0ms")]
async fn clean() {}

fn main() {}
