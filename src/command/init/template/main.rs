//! The load test. `cargo test` executes each scenario once; `cargo run --release` executes them many times, in parallel.

mod stand_in;

use molotov::prelude::*;

/// The target, unless `--host` or `MOLOTOV_HOST` names a service. To load a service of your own, remove this function
/// and `stand_in.rs`.
#[global_setup]
async fn service() -> std::io::Result<Target> {
    Ok(stand_in::start()?.into())
}

/// Three of four iterations look at the front page.
#[scenario(weight = 3)]
async fn browse(session: &mut Session) -> Result {
    session.get("/").send().await?;
    Ok(())
}

/// One of four orders something.
#[scenario(weight = 1)]
async fn order(session: &mut Session) -> Result {
    session.post("/orders").json(&["tea", "biscuits"]).expect_status(201).send().await?;
    Ok(())
}

molotov::main!();
