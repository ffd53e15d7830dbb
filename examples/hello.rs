//! The smallest load test: one scenario, one route.
//!
//! `cargo run --release --example hello -- --host http://localhost:8080 --users 10`

use molotov::prelude::*;

#[scenario]
async fn hello(session: &mut Session) -> Result {
    session.get("/").send().await?;
    Ok(())
}

molotov::main!();
