//! The program that the black-box tests run; an example only so that cargo builds it. Read the other examples first.

// `cargo test --all-targets` takes every example for a test; these scenarios fail, and hang, on purpose.
#![cfg(not(test))]

use std::future::pending;
use std::time::Duration;

use molotov::prelude::*;

#[global_setup]
async fn prepare() -> Result {
    match std::env::var("SET_UP").as_deref() {
        Ok("fails") => Err(Error::msg("the database is not there")),
        Ok("panics") => panic!("nobody expected this"),
        _ => Ok(()),
    }
}

#[scenario(tags("good"))]
async fn visit(session: &mut Session) -> Result {
    session.get("/").send().await?;
    Ok(())
}

#[scenario(weight = 0)]
async fn fail() -> Result {
    Err(Error::msg("it is always like that"))
}

/// Says something, and sends a secret.
#[scenario(weight = 0)]
async fn talk(session: &mut Session, user: UserId) -> Result {
    session.log(format_args!("user {user} is here\u{1b}[2J"));
    session.post("/talk").query("token", "hidden").header("x-api-key", "hidden").json(&[1, 2]).send().await?;
    Ok(())
}

#[scenario(weight = 0)]
async fn panic() {
    panic!("out of luck");
}

/// Visits, and then waits for ever.
#[scenario(weight = 0)]
async fn hang(session: &mut Session) -> Result {
    session.get("/").send().await?;
    pending().await
}

/// Visits, and then keeps its thread, which nothing can end.
#[scenario(weight = 0)]
async fn block(session: &mut Session) -> Result {
    session.get("/").send().await?;
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// The first user blocks its thread for ever, the others visit.
#[scenario(weight = 0)]
async fn block_one(session: &mut Session, user: UserId) -> Result {
    if user == UserId(0) {
        block(session).await?;
    }
    visit(session).await
}

molotov::main!(Plan::users(1).max_runs(2));
