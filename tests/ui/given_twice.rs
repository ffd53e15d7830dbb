use molotov::scenario;

#[scenario(weight = 1, name = "buy", weight = 2)]
async fn browse() {}

fn main() {}
