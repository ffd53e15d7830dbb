use molotov::{scenario, setup};

#[scenario]
async fn browse<T>(_state: &mut T) {}

#[setup]
async fn fill<const N: usize>() -> [u8; N] {
    [0; N]
}

#[scenario]
async fn buy(_what: impl Send) {}

fn main() {}
