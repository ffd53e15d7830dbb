//! The code of `docs/recipes/service-in-a-test.md`.

use axum::{Router, routing::get};
use molotov::prelude::*;

/// The service. In your project it is a function of your library.
fn app() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

async fn visit(session: &mut Session) -> Result {
    session.get("/").send().await?;
    Ok(())
}

#[tokio::test]
async fn ten_users_are_served_without_an_error() -> Result {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let target = Target::from(listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app()).await });

    let suite = Suite::new().scenario(Scenario::builder("visit", |mut cx| Box::pin(visit(cx.arg()))));
    let report = suite.run(Plan::users(10).max_runs(20).host(target)).await.or_fail()?;

    report.assert("errors <= 0%, p99{route=GET /} < 5s");
    assert_eq!(report.requests.ok, 200);
    Ok(())
}
