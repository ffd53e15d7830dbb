//! The cost of users: a program with minimal scenarios.
//!
//! ```text
//! cargo build --release -p molotov-benches --example users
//! target/release/examples/users -r 100000                 # the cost of an iteration (under callgrind, in instructions)
//! target/release/examples/users -s idle -u 20000 -d 1s    # the cost of a user, and of starting and stopping it
//! target/release/examples/users -s connected -u 20000 -d 2s --grace 0s --host http://127.0.0.1:8080   # or PORT=8080 instead of --host
//! ```

use std::future::pending;

use molotov::prelude::*;

/// Many users of one address would wait for the kernel's search for a free port, so `PORT` spreads them over eight
/// addresses.
#[setup_session]
async fn spread(session: &mut Session) -> Result {
    if let Ok(port) = std::env::var("PORT") {
        session.set_base(format!("http://127.0.0.{}:{port}", 1 + session.user_id().0 % 8))?;
    }
    Ok(())
}

#[scenario(weight = 40)]
async fn one() {}

#[scenario(weight = 60)]
async fn two() {}

/// Takes the usual argument of a scenario, and waits for ever.
#[scenario(weight = 0)]
async fn idle(_session: &mut Session) {
    pending().await
}

/// The same with a connection.
#[scenario(weight = 0)]
async fn connected(session: &mut Session) -> Result {
    session.get("/").send().await?;
    pending().await
}

/// Sends requests only.
#[scenario(weight = 0)]
async fn get(session: &mut Session) -> Result {
    session.get("/").send().await?;
    Ok(())
}

/// Requests of twenty routes, one after the other.
#[scenario(weight = 0)]
async fn routes(session: &mut Session, iteration: Iteration) -> Result {
    session.get(format!("/{}", iteration.0 % 20)).send().await?;
    Ok(())
}

molotov::main!(Plan::users(1).threads(1));
