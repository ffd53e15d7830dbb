//! Findings of a review of the core: each test failed before its fix.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use molotov_core::{Latencies, Session};

#[tokio::test]
async fn secrets_in_urls_are_in_no_message() {
    let mut session = Session::detached();
    let relative = session.get("/pay?token=s3cret").send().await.unwrap_err();
    session.set_base("http://127.0.0.1:9").unwrap();

    let no_path = session.get("/a b?token=s3cret").send().await.unwrap_err();
    let no_url = session.get("http://me:s3cret@host:99999/").send().await.unwrap_err();
    let no_value = session.get("/a/{id}?token=s3cret").send().await.unwrap_err();

    for error in [relative, no_path, no_url, no_value] {
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

#[test]
fn latencies_that_are_too_long_to_be_added_do_not_panic() {
    let mut latencies = Latencies::default();
    latencies.record(Duration::MAX);
    latencies.record(Duration::MAX);
    let mut both = latencies.clone();
    both.add(&latencies);

    assert_eq!(both.count(), 4);
    assert_eq!(both.mean(), Some(Duration::from_secs(1 << 62)));
}
