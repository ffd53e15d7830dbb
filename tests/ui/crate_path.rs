use molotov::scenario;

#[scenario(crate = "molotov")]
async fn string() {}

#[scenario(crate = nowhere::molotov)]
async fn nowhere() {}

fn main() {}
