//! The picker and the listeners by their attributes, as in Python Molotov.
#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use axum::Router;
use axum::routing::get;
use molotov::prelude::*;
use tokio::net::TcpListener;

/// The actions of the second user. The tests of the scenarios have one user each, so they do not appear here.
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[global_setup]
async fn server() -> std::io::Result<Target> {
    let app = Router::new().route("/", get(|| async { "welcome" }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let target = Target::from(listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(target)
}

#[scenario(weight = 1000)]
async fn x(session: &mut Session) -> Result {
    session.get("/").send().await?;
    Ok(())
}

#[scenario]
async fn y(session: &mut Session) -> Result {
    x(session).await
}

#[scenario_picker]
fn pick(_: UserId, iteration: Iteration) -> &'static str {
    ["x", "y", "y", "x"][iteration.0 as usize % 4]
}

#[events]
fn broken(_: &Event) {
    panic!("cannot bear it");
}

#[events]
fn note(event: &Event) {
    let line = match event {
        Event::ScenarioStarted { user: UserId(1), scenario, .. } => format!("start {scenario}"),
        Event::RequestSent { user: UserId(1), route, .. } => format!("send {route}"),
        Event::ResponseReceived { user: UserId(1), status, .. } => format!("receive {status}"),
        Event::ScenarioSucceeded { user: UserId(1), scenario, .. } => format!("ok {scenario}"),
        _ => return,
    };
    HEARD.lock().unwrap().push(line);
}

#[tokio::test]
async fn picker_chooses_the_order_and_listeners_receive_it_beside_a_panic() {
    let report = Suite::registered().run(Plan::users(2).max_runs(4)).await.unwrap();

    let expected: Vec<_> = ["x", "y", "y", "x"]
        .iter()
        .flat_map(|name| {
            [format!("start {name}"), "send GET /".into(), "receive 200".into(), format!("ok {name}")]
        })
        .collect();
    assert_eq!(*HEARD.lock().unwrap(), expected);
    assert_eq!((report.iterations.ok, report.dropped_events), (8, 0));
    assert_eq!(report.listener_failures.len(), 1, "{:?}", report.listener_failures);
    assert!(report.listener_failures[0].starts_with("listener `broken` panicked at"));
}
