use molotov::{scenario, teardown};

struct Wrong;

#[scenario]
async fn number() -> u8 {
    1
}

#[scenario]
async fn state() -> Result<Vec<u8>, String> {
    Ok(Vec::new())
}

#[teardown]
async fn unprintable() -> Result<(), Wrong> {
    Ok(())
}

fn main() {}
