//! `cargo run --release --example loadtest`, and `cargo test`

use molotov::prelude::*;
use tokio::net::TcpListener;

#[global_setup]
async fn start() -> std::io::Result<Target> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let target = Target::from(listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app_example::app()).await });
    Ok(target)
}

#[scenario(weight = 3)]
async fn list(session: &mut Session) -> Result {
    session.get("/items").send().await?;
    Ok(())
}

#[scenario(name = "one item")]
async fn item(session: &mut Session) -> Result {
    session.get("/items/{id}").path("id", 2).send().await?;
    Ok(())
}

molotov::main!(Plan::users(2).max_runs(2));
