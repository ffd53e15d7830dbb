//! Headers of requests that are set more than once.
#![allow(clippy::unwrap_used)]

use super::support;

use support::raw::RawServer;
use support::{Lab, watched::Watched};

fn text(values: &[Vec<u8>]) -> Vec<&str> {
    values.iter().map(|value| std::str::from_utf8(value).unwrap()).collect()
}

#[tokio::test]
async fn two_headers_of_one_name_are_two_lines() {
    let server = RawServer::with_empty_responses().await;
    let watched = Watched::at(&server.url());

    let request = watched.session.get("/").header("X-Forwarded-For", "10.0.0.1");
    request.header("y", "1").header("x-forwarded-for", "10.0.0.2").send().await.unwrap();

    assert_eq!(text(&server.last("x-forwarded-for")), ["10.0.0.1", "10.0.0.2"]);
    let shown = &watched.exchanges()[0].request.headers;
    let lines = shown.iter().filter(|(name, _)| name == "x-forwarded-for");
    assert_eq!(lines.map(|(_, value)| &**value).collect::<Vec<_>>(), ["10.0.0.1", "10.0.0.2"]);
}

#[tokio::test]
async fn a_header_of_the_request_replaces_those_of_the_session() {
    let server = RawServer::with_empty_responses().await;
    let mut lab = Lab::new(&server.url(), |_| {});
    lab.session.set_header("accept", "a/session").unwrap();
    lab.session.set_header("accept", "b/session").unwrap();

    lab.session.get("/").send().await.unwrap();
    assert_eq!(text(&server.last("accept")), ["b/session"]);

    lab.session.get("/").header("accept", "a/own").header("accept", "b/own").send().await.unwrap();
    assert_eq!(text(&server.last("accept")), ["a/own", "b/own"]);

    let request = lab.session.get("/").header("accept", "a/own").header("accept", "b/own");
    request.replace_header("Accept", "c/own").header("accept", "d/own").send().await.unwrap();
    assert_eq!(text(&server.last("accept")), ["c/own", "d/own"]);
}

#[tokio::test]
async fn a_header_that_a_request_has_once_is_a_mistake_the_second_time() {
    let server = RawServer::with_empty_responses().await;
    let lab = Lab::new(&server.url(), |_| {});
    for name in ["authorization", "Content-Type", "cookie", "Host", "user-agent", "content-length", "referer"]
    {
        let request = lab.session.post("/").header(name, "secret1").header(name, "secret2");

        let error = request.send().await.unwrap_err().to_string();

        let name = name.to_ascii_lowercase();
        assert!(error.contains(&format!("the header `{name}` is set twice")), "{error}");
        assert!(error.contains(".replace_header()") && !error.contains("secret"), "{error}");
    }
    let error =
        lab.session.get("/").bearer_auth("secret").header("authorization", "x").send().await.unwrap_err();
    assert!(error.to_string().contains("is set twice"), "{error}");
    assert!(server.seen().is_empty());

    let request = lab.session.get("/").bearer_auth("1").replace_header("authorization", "2");
    request.header("user-agent", "own").send().await.unwrap();
    assert_eq!(text(&server.last("authorization")), ["2"]);
    assert_eq!(text(&server.last("user-agent")), ["own"]);
}

#[tokio::test]
async fn every_connection_line_is_looked_at_for_a_close() {
    let server = RawServer::with_empty_responses().await;
    let lab = Lab::new(&server.url(), |_| {});
    lab.session.get("/").header("connection", "te").header("connection", "x, Close").send().await.unwrap();
    lab.session.get("/").send().await.unwrap();

    assert_eq!(text(&server.last("connection")), [""; 0]);
    assert_eq!(lab.samples().iter().map(|sample| sample.reused).collect::<Vec<_>>(), [false, false]);
}

#[tokio::test]
async fn accept_compressed_extends_accept_encoding() {
    let server = RawServer::with_empty_responses().await;
    let lab = Lab::new(&server.url(), |_| {});

    let request = lab.session.get("/").header("accept-encoding", "br").accept_compressed();
    request.accept_compressed().send().await.unwrap();

    assert_eq!(text(&server.last("accept-encoding")), ["br", "gzip, deflate"]);
}

#[tokio::test]
async fn a_parameter_that_is_filled_in_twice_is_a_mistake() {
    let server = RawServer::with_empty_responses().await;
    let lab = Lab::new(&server.url(), |_| {});

    let error = lab.session.get("/{id}").path("id", 1).path("id", 2).send().await.unwrap_err();

    assert!(error.to_string().contains("`.path(\"id\", …)` is there twice"), "{error}");
    assert!(server.seen().is_empty());
}
