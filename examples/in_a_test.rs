//! A run as a value: an ordinary test loads the service and asserts on the report.
//!
//! `cargo test --example in_a_test`

#![allow(clippy::print_stdout)]

use axum::Router;
use axum::routing::get;
use molotov::{Plan, Report, RunExt, Scenario, Session, Suite, Target};
use tokio::net::TcpListener;

type AnyResult<T> = Result<T, Box<dyn std::error::Error>>;

async fn visit(session: &mut Session) -> molotov::Result {
    session.get("/").send().await?;
    session.get("/missing").expect_status(404).send().await?;
    Ok(())
}

/// Ten users visit the service, each 20 times.
async fn load() -> AnyResult<Report> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let target = Target::from(listener.local_addr()?);
    let app = Router::new().route("/", get(|| async { "hello" }));
    tokio::spawn(async { axum::serve(listener, app).await });

    let suite = Suite::new().scenario(Scenario::builder("visit", |mut cx| Box::pin(visit(cx.arg()))));
    Ok(suite.run(Plan::users(10).max_runs(20).host(target)).await?)
}

#[tokio::test]
async fn service_holds_ten_users() -> AnyResult<()> {
    let report = load().await?;

    assert_eq!(report.iterations.ok, 200);
    assert_eq!(report.requests.failures(), 0, "{:?}", report.failures);
    let home = report.route("GET /").expect("it was visited");
    assert_eq!(home.statuses[&200], 200);
    // Far above the real time, so that the test depends on the service and not on the machine.
    assert!(home.ok.percentile(99.0).expect("of 200 samples") < molotov::secs(5));
    // The same in one line, with all figures in the message of a failure.
    report.assert("errors <= 0%, p99{route=GET /} < 5s, max < 10s");
    Ok(())
}

/// The same works in a program of your own.
#[tokio::main]
async fn main() -> AnyResult<()> {
    let report = load().await?;
    println!("{report}");
    Ok(())
}
