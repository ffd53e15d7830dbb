use molotov::scenario;

#[scenario]
fn browse() {}

fn main() {}
