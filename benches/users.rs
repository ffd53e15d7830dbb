//! What users cost without a service: a program whose scenarios send nothing.
//!
//! ```text
//! cargo build --release -p molotov-benches --example users
//! target/release/examples/users -r 100000                 # the cost of an iteration (under callgrind, in instructions)
//! target/release/examples/users -s idle -u 20000 -d 1s    # the cost of a user, and of starting and stopping it
//! ```

use std::future::pending;

use molotov::prelude::*;

#[scenario(weight = 40)]
async fn one() {}

#[scenario(weight = 60)]
async fn two() {}

/// Takes what most scenarios take, and waits for ever.
#[scenario(weight = 0)]
async fn idle(_session: &mut Session) {
    pending().await
}

molotov::main!(Plan::users(1).threads(1));
