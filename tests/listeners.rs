//! Ready-made listeners in a run as a value: their results are available after the run.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::time::Duration;

use molotov::listeners::{Concurrency, EventLog, Slowest};
use molotov::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// Responds to each request after the number of milliseconds in its path.
async fn server() -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::from(listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut bytes = [0; 4_096];
                while let Ok(length @ 1..) = stream.read(&mut bytes).await {
                    let head = String::from_utf8_lossy(&bytes[..length]);
                    let ms = head.split(['/', ' ']).find_map(|word| word.parse().ok()).unwrap();
                    sleep(Duration::from_millis(ms)).await;
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
                }
            });
        }
    });
    target
}

/// Requests of 100, 200 and 300 ms, so that noise does not change their order.
fn suite() -> Suite {
    Suite::new().scenario(Scenario::builder("three", |mut cx| {
        Box::pin(async move {
            let session: &mut Session = cx.arg();
            for ms in [200, 300, 100] {
                session.get("/{ms}").name(format!("/{ms}")).path("ms", ms).send().await?;
            }
            Ok(())
        })
    }))
}

#[tokio::test]
async fn the_slowest_requests_are_a_value_and_in_the_report() {
    let slowest = Slowest::new(2);
    let suite = suite().events(&slowest);

    let report = suite.run(Plan::users(1).max_runs(1).host(server().await)).await.unwrap();

    let routes: Vec<_> = slowest.requests().into_iter().map(|request| request.route).collect();
    assert_eq!(routes, ["GET /300", "GET /200"]);
    assert_eq!(report.listener_summaries[0].name, "Slowest requests");
    assert_eq!(report.listener_summaries[0].text.lines().count(), 2);
    assert!(report.to_string().contains("\nSlowest requests\n"), "{report}");
}

#[tokio::test]
async fn users_that_never_pause_are_as_many_iterations_at_the_same_time() {
    let concurrency = Concurrency::new();
    let suite = suite().events(&concurrency);

    let report = suite.run(Plan::users(3).max_runs(2).host(server().await)).await.unwrap();

    // Each user is busy from the start to the end, except for the moments between iterations.
    let (iterations, requests) = (concurrency.iterations(), concurrency.requests());
    assert!((1.5..3.01).contains(&iterations), "{iterations}");
    assert!(requests > 1.0 && requests <= iterations, "{requests} of {iterations}");
    assert!(report.listener_summaries[0].text.contains("iterations"));
}

#[tokio::test]
async fn a_log_of_events_is_a_file_with_a_line_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.ndjson");
    let log = EventLog::create(&file).unwrap();
    let suite = suite().events(&log);

    suite.run(Plan::users(1).max_runs(1).host(server().await)).await.unwrap();

    assert_eq!(log.outcome(), Ok(()));
    let text = fs::read_to_string(file).unwrap();
    assert_eq!(text.lines().count() as u64, log.written() + 1);
    assert_eq!(text.matches("\"response_received\"").count(), 3);
}

#[tokio::test]
async fn summary_of_a_listener_is_shown_and_its_panic_reported() {
    let says = molotov::listeners::Listener::new("mine", |_| {}).summing_up(|| "all is well".into());
    let panics = molotov::listeners::Listener::new("theirs", |_| {}).summing_up(|| panic!("no words"));
    let suite = Suite::new()
        .scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })))
        .events(panics)
        .events(says);

    let report = suite.run(Plan::users(1).max_runs(1)).await.unwrap();

    assert_eq!(report.listener_summaries.len(), 1);
    assert_eq!(report.listener_summaries[0].text, "all is well");
    assert!(report.listener_failures[0].contains("`theirs`"), "{:?}", report.listener_failures);
    assert!(report.listener_failures[0].contains("no words"), "{:?}", report.listener_failures);
}
