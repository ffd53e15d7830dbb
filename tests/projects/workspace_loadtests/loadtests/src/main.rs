//! `cargo run --release -p loadtests`, and `cargo test`

// What is not named is not linked.
use loadtests as _;
use molotov::prelude::*;

molotov::main!(Plan::users(2).max_runs(2));
