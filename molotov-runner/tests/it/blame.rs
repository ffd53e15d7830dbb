//! Unrequested bytes, in a whole run: no request fails because of them, and the report lists the preceding responses.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use molotov_core::{ConnectionPolicy, Result, Scenario, Session, Suite};
use molotov_runner::{ExitCode, Plan, Report, RunExt};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The number of times that each request was read, by its method and path.
type Seen = Arc<Mutex<BTreeMap<String, u64>>>;

/// A server with kept-alive connections whose 204 has a body.
async fn serve(stream: TcpStream, seen: Seen) {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut first, mut line) = (String::new(), String::new());
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            if first.is_empty() {
                first = line.trim_end_matches(" HTTP/1.1\r\n").to_owned();
            }
        }
        let answer: &[u8] = match first.starts_with("DELETE") {
            true => b"HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\nnull",
            false => b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        };
        *seen.lock().unwrap().entry(first).or_default() += 1;
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

async fn started() -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let notes = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&notes)));
        }
    });
    (url, seen)
}

fn deleting() -> Suite {
    Suite::new().scenario(Scenario::builder("clean up", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            session.delete("/del").send().await?;
            session.get("/innocent").send().await?;
            Result::Ok(())
        })
    }))
}

/// The laws, and the visible part of the hundred oddities.
fn check(report: &Report, seen: &Seen) {
    let requests = &report.requests;
    assert_eq!((requests.attempted, requests.ok, requests.not_sent, requests.resent), (200, 200, 0, 0));
    assert_eq!((report.iterations.ok, report.exit_code()), (100, ExitCode::Ok));
    let expected = [("DELETE /del".to_owned(), 100), ("GET /innocent".to_owned(), 100)];
    assert_eq!(*seen.lock().unwrap(), BTreeMap::from(expected));
    assert_eq!((report.connections.stray_bytes, report.connections.broken_idle), (100, 0));
    let odd = &report.route("DELETE /del").unwrap().idle;
    assert_eq!((odd.stray_bytes, odd.first_bytes.as_deref()), (100, Some("null")));
    assert_eq!(report.route("GET /innocent").unwrap().idle.stray_bytes, 0);
    let text = report.to_string();
    assert!(text.contains("100 × DELETE /del: `null`"), "{text}");
    assert!(text.contains("100 closed for stray bytes"), "{text}");
}

#[tokio::test]
async fn bytes_behind_a_response_fail_no_innocent_request() {
    for policy in [ConnectionPolicy::User, ConnectionPolicy::Iteration, ConnectionPolicy::Request] {
        let (url, seen) = started().await;
        let plan = Plan::users(5).max_runs(20).host(url.as_str()).connections(policy);

        let report = deleting().run(plan).await.unwrap();

        check(&report, &seen);
        let opened = if policy == ConnectionPolicy::User { 105 } else { 200 };
        assert_eq!(report.connections.opened, opened, "{policy}");
    }
}

#[tokio::test]
async fn fresh_session_counts_its_closed_connections() {
    let (url, seen) = started().await;
    let plan = Plan::users(5).max_runs(20).host(url.as_str()).fresh_session();

    let report = deleting().run(plan).await.unwrap();

    check(&report, &seen);
}

#[tokio::test]
async fn oddities_of_two_runs_add_up_in_any_order() {
    let (url, _) = started().await;
    let report = async || deleting().run(Plan::users(1).max_runs(3).host(url.as_str())).await.unwrap();
    let (mut one, other) = (report().await, report().await);
    one.routes[0].idle.first_bytes = Some("other".into());

    let merged = [Report::merge(one.clone(), other.clone()), Report::merge(other, one)];

    for report in merged {
        let odd = &report.route("DELETE /del").unwrap().idle;
        assert_eq!((odd.stray_bytes, odd.first_bytes.as_deref()), (6, Some("null")));
        assert_eq!(report.connections.stray_bytes, 6);
    }
}
