use molotov::{scenario, setup};
use molotov_core::Session;

struct Pool;

#[scenario]
async fn by_value(_session: &mut Session, _pool: Pool) {}

#[scenario]
async fn text(_text: &str) {}

#[setup]
async fn fixture(_session: Session) -> u8 {
    1
}

fn main() {}
