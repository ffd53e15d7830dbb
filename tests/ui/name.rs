use molotov::scenario;

#[scenario(name = "")]
async fn empty() {}

#[scenario(name = " buy")]
async fn space() {}

#[scenario(name = "buy\n")]
async fn control() {}

#[scenario(name = "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890")]
async fn long() {}

#[scenario(name = buy)]
async fn word() {}

fn main() {}
