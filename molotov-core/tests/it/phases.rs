//! The phases of a request: writing, waiting for the response, and receiving.
#![allow(clippy::unwrap_used)]

use super::support;

use std::sync::Arc;
use std::time::Duration;

use molotov_core::Sample;
use tokio::sync::Notify;

use support::{Lab, OK, Server, bounded};

const PAUSE: Duration = Duration::from_millis(20);

/// No time is in two phases, and none is missing.
fn add_up(sample: &Sample) {
    let (waiting, receiving) = (sample.waiting().unwrap(), sample.receiving().unwrap());
    assert_eq!(sample.written + waiting + receiving, sample.service, "{sample:?}");
}

#[tokio::test]
async fn a_server_that_thinks_is_waited_for_and_one_that_sends_slowly_is_received() {
    let has_head = Arc::new(Notify::new());
    let notified = Arc::clone(&has_head);
    let server = Server::start(move |mut peer| {
        let has_head = Arc::clone(&notified);
        async move {
            peer.request().await;
            tokio::time::sleep(PAUSE).await;
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab").await;
            has_head.notified().await;
            tokio::time::sleep(PAUSE).await;
            peer.send("cd").await;
        }
    })
    .await;
    let lab = Lab::of(&server);

    let mut stream = lab.session.get("/x").stream().await.unwrap();
    has_head.notify_one();
    while stream.chunk().await.unwrap().is_some() {}
    drop(stream);

    let sample = lab.sample();
    assert!(sample.waiting().unwrap() >= PAUSE && sample.receiving().unwrap() >= PAUSE, "{sample:?}");
    add_up(&sample);
}

#[tokio::test]
async fn connecting_is_in_neither_phase() {
    let server = Server::answering(|_| OK).await;
    let lab = Lab::of(&server);

    for _ in 0..2 {
        lab.session.get("/x").send().await.unwrap();
    }

    let (samples, connected) = (lab.samples(), lab.connected());
    assert!(samples[0].written >= connected[0].connect, "{samples:?}");
    assert_eq!(samples[1].written, Duration::ZERO, "it was written at once");
    samples.iter().for_each(add_up);
}

#[tokio::test]
async fn a_body_that_the_server_is_slow_to_read_is_still_being_written() {
    let server = Server::start(|mut peer| async move {
        tokio::time::sleep(PAUSE).await;
        peer.request().await;
        peer.send(OK).await;
    })
    .await;
    let lab = Lab::of(&server);
    // More than the buffers of both sides take.
    let body = vec![b'x'; 32 << 20];

    bounded("the upload", lab.session.post("/x").body(body).send()).await.unwrap();

    let sample = lab.sample();
    // hyper does not report when it has written a body from memory.
    assert!(sample.written >= PAUSE || super::ALWAYS_HYPER, "{sample:?}");
    add_up(&sample);
}

#[tokio::test]
async fn a_request_without_a_response_has_no_phases() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
    })
    .await;
    let lab = Lab::of(&server);

    lab.session.get("/x").send().await.unwrap_err();

    let sample = lab.sample();
    assert_eq!((sample.waiting(), sample.receiving()), (None, None));
}
