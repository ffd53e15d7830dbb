use molotov::{scenario, setup};

#[scenario]
async fn browse() -> Nothing {}

#[setup]
async fn pool() -> Pool {}

#[setup]
async fn pool_result() -> Result<Pool, String> {}

fn main() {}
