//! A load test by hand: everything that the attributes do, written as plain values.
//!
//! `cargo run --example no_macros`

#![allow(clippy::print_stdout)]

use axum::Router;
use axum::routing::get;
use molotov::{GlobalSetup, Hook, Plan, Result, RunExt, Scenario, Session, Setup, Suite, secs};
use tokio::net::TcpListener;

struct Server(String);

/// How many pages one user has seen.
struct Seen(u32);

async fn server() -> Result<Server> {
    let app = Router::new().route("/page/{n}", get(|| async { "a page" }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(Server(url))
}

async fn base(session: &mut Session, server: &Server) -> Result {
    session.set_base(&server.0)
}

async fn read_on(session: &mut Session, seen: &mut Seen) -> Result {
    session.get("/page/{n}").path("n", seen.0).send().await?;
    seen.0 += 1;
    Ok(())
}

fn suite() -> Suite {
    // `needs` is what the attributes find out by themselves: with it, a fixture that is missing is reported before
    // anything runs; without it, in the middle of the run.
    Suite::new()
        .global_setup(GlobalSetup::new("server", |_| Box::pin(server())))
        .setup(Setup::new("seen", |_| Box::pin(async { Ok(Seen(0)) })))
        .setup_session(
            Hook::new("base", |mut cx| Box::pin(async move { base(cx.take(), cx.take()).await }))
                .needs::<&mut Session>()
                .needs::<&Server>(),
        )
        .scenario(
            Scenario::new("read_on", |mut cx| Box::pin(async move { read_on(cx.take(), cx.take()).await }))
                .weight(3)
                .needs::<&mut Session>()
                .needs::<&mut Seen>(),
        )
}

#[tokio::main]
async fn main() -> Result<(), molotov::RunError> {
    let report = suite().run(Plan::users(5).for_(secs(1))).await?;
    println!("{} iterations, {} of them failed", report.iterations.started, report.iterations.failures());
    Ok(())
}
