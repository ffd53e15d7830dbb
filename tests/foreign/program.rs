//! The program that engines start in the scripts of this folder; an example only so that cargo builds it.

#![cfg(not(test))]

use molotov::prelude::*;

/// Numbers of which each is drawn once, by all shards together.
#[data]
fn numbers() -> Feed<u32> {
    Feed::rows(0..1000).unique()
}

/// Sends its user, its iteration and its row, which the server writes down.
#[scenario]
async fn order(session: &mut Session, user: UserId, iteration: Iteration, number: Row<u32>) -> Result {
    session
        .get("/orders/{user}/{iteration}/{number}")
        .path("user", user)
        .path("iteration", iteration)
        .path("number", *number)
        .send()
        .await?;
    session.pause(millis(200)).await
}

molotov::main!();
