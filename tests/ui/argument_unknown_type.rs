use molotov::scenario;

#[scenario]
async fn browse(_pool: &Pool) {}

fn main() {}
