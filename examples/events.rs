//! Events: a listener receives them on a thread of its own, and never slows the load.
//!
//! `cargo run --example events -- --users 2 --max-runs 5`

#![allow(clippy::print_stderr)]

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use molotov::prelude::*;
use tokio::net::TcpListener;

/// Prints each failure as soon as it happens.
#[events]
fn complain(event: &Event) {
    match event {
        Event::RunStarted { users, .. } => eprintln!("{users} users are about to start"),
        Event::ResponseReceived { at, user, route, status, elapsed } if *status >= 400 => {
            eprintln!("{at:.1?} user {user}: {route} was answered with {status} after {elapsed:.1?}");
        }
        Event::RequestFailed { at, user, route, kind, .. } => {
            eprintln!("{at:.1?} user {user}: {route}: {kind}")
        }
        Event::ScenarioFailed { at, user, scenario, message, .. } => {
            eprintln!("{at:.1?} user {user}: {scenario} failed: {message}");
        }
        Event::RunEnded { at } => eprintln!("ended after {at:.1?}"),
        _ => {} // there will be further events
    }
}

#[scenario]
async fn visit(session: &mut Session) -> Result {
    session.get("/").send().await?;
    session.get("/old").expect_status([200, 410]).send().await?;
    Ok(())
}

#[global_setup]
async fn server() -> std::io::Result<Target> {
    let app = Router::new()
        .route("/", get(|| async { "welcome" }))
        .route("/old", get(|| async { (StatusCode::GONE, "it was here once") }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let target = Target::from(listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(target)
}

molotov::main!();
