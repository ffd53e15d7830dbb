use molotov::scenario;

#[scenario(weight = "1", dealy = "1s", delay = "500", 3, name = "")]
fn browse<T>(_what: impl Send) {}

fn main() {}
