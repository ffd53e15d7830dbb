//! A load test by hand: plain values in place of the attributes.
//!
//! `cargo run --example no_macros`

use axum::Router;
use axum::routing::get;
use molotov::registry::{GlobalSetup, Hook, Setup};
use molotov::{Plan, Result, Scenario, Session, Suite, Target};
use tokio::net::TcpListener;

/// The number of pages that one user has seen.
struct Seen(u32);

async fn server() -> Result<Target> {
    let app = Router::new().route("/page/{n}", get(|| async { "a page" }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let target = Target::from(listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(target)
}

async fn introduce(session: &mut Session) -> Result {
    session.set_header("accept-language", "en")
}

async fn read_on(session: &mut Session, seen: &mut Seen) -> Result {
    session.get("/page/{n}").path("n", seen.0).send().await?;
    seen.0 += 1;
    Ok(())
}

fn suite() -> Suite {
    // `needs` declares what attributes infer: with it, a missing fixture is reported before the run; without it, during
    // the run.
    Suite::new()
        .global_setup(GlobalSetup::builder("server", |_| Box::pin(server())))
        .setup(Setup::builder("seen", |_| Box::pin(async { Ok(Seen(0)) })))
        .setup_session(
            Hook::builder("introduce", |mut cx| Box::pin(introduce(cx.arg()))).needs::<&mut Session>(),
        )
        .scenario(
            Scenario::builder("read_on", |mut cx| Box::pin(async move { read_on(cx.arg(), cx.arg()).await }))
                .weight(3)
                .needs::<&mut Session>()
                .needs::<&mut Seen>(),
        )
}

molotov::main!(Plan::users(5).max_runs(100), suite());
