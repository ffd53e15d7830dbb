//! Ready-made listeners: the slowest requests and the average concurrency are in the report, with a line of code each.
//!
//! `cargo run --example listeners -- --users 5 --max-runs 20`
//!
//! `--events-out events.ndjson` writes every event as a line of JSON, without any code.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use molotov::listeners::{Concurrency, Slowest};
use molotov::prelude::*;
use tokio::net::TcpListener;

#[scenario]
async fn buy(session: &mut Session, iteration: Iteration) -> Result {
    session.get("/items/{id}").path("id", iteration.0 % 10).send().await?;
    session.counter("items bought").add(1);
    Ok(())
}

/// A shop in which each item takes one millisecond longer than the one before.
#[global_setup]
async fn shop() -> std::io::Result<Target> {
    let item = async |Path(id): Path<u64>| tokio::time::sleep(millis(id)).await;
    let app = Router::new().route("/items/{id}", get(item));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let target = Target::from(listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(target)
}

molotov::main!(Plan::default(), Suite::registered().events(Slowest::new(3)).events(Concurrency::new()));
