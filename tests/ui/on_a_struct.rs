use molotov::{events, scenario, setup};

#[scenario]
struct Browse;

#[setup]
impl Browse {}

#[events]
const WATCH: u8 = 1;

#[scenario]
unsafe extern "C" {}

#[scenario]
unsafe impl Send for Browse {}

fn main() {}
