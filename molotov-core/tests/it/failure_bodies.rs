//! The part of the response's body in a failure.
#![allow(clippy::unwrap_used)]

use super::support;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use molotov_core::FailureKind;
use support::{Lab, OK, Server};

/// A response with this status, these further header lines, and this body.
fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The excerpt of the failure of the only request, which gets this response.
async fn excerpt_of(answer: Vec<u8>) -> Option<String> {
    let server = Server::answering(move |_| answer.clone()).await;
    let lab = Lab::of(&server);
    lab.session.get("/").send().await.unwrap_err();
    let notes = lab.notes();
    assert_eq!(notes.len(), 1);
    notes[0].excerpt.clone()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_wrong_status_shows_its_body_masked_and_on_one_line() {
    let json = b"{\n  \"error\": \"pool exhausted\",\n  \"token\": \"s3cret\"\n}";
    let answer = response("503 Service Unavailable", "content-type: application/json\r\n", json);
    assert_eq!(excerpt_of(answer).await.unwrap(), r#"{ "error": "pool exhausted", "token": "***" }"#);

    let html = b"<h1>Not Found</h1>\r\n<p>no such item</p>";
    let answer = response("404 Not Found", "content-type: text/html\r\n", html);
    assert_eq!(excerpt_of(answer).await.unwrap(), "<h1>Not Found</h1> <p>no such item</p>");

    assert_eq!(excerpt_of(response("500 Internal Server Error", "", b"oops")).await.unwrap(), "oops");
}

#[tokio::test]
async fn a_long_body_shows_its_first_200_bytes() {
    let long = "word ".repeat(20_000);
    let whole = excerpt_of(response("500 Internal Server Error", "", long.as_bytes())).await.unwrap();
    let mut chunked = b"HTTP/1.1 500 Internal Server Error\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    (0..100).for_each(|_| chunked.extend_from_slice(format!("64\r\n{}\r\n", "word ".repeat(20)).as_bytes()));
    chunked.extend_from_slice(b"0\r\n\r\n");
    let chunked = excerpt_of(chunked).await.unwrap();

    for excerpt in [whole, chunked] {
        assert!(excerpt.starts_with("word word") && excerpt.ends_with('…'), "{excerpt}");
        assert!((190..=200).contains(&excerpt.len()), "{} bytes", excerpt.len());
    }
}

#[tokio::test]
async fn compressed_body_is_decoded_or_shows_nothing() {
    let gzipped = |body: &[u8]| response("502 Bad Gateway", "content-encoding: gzip\r\n", body);
    assert_eq!(excerpt_of(gzipped(&gzip("no upstream"))).await.unwrap(), "no upstream");
    let long = excerpt_of(gzipped(&gzip(&"x y ".repeat(100_000)))).await.unwrap();
    assert!(long.starts_with("x y x y"), "{long}");
    assert_eq!(excerpt_of(gzipped(b"no gzip")).await, None);
    let unknown = response("502 Bad Gateway", "content-encoding: br\r\n", b"no upstream");
    assert_eq!(excerpt_of(unknown).await, None);
    let identity = response("502 Bad Gateway", "content-encoding: identity\r\n", b"no upstream");
    assert_eq!(excerpt_of(identity).await.unwrap(), "no upstream");
}

#[tokio::test]
async fn binary_or_missing_value_shows_nothing() {
    assert_eq!(excerpt_of(response("500 Internal Server Error", "", b"")).await, None);
    assert_eq!(excerpt_of(response("500 Internal Server Error", "", b"\x00\x01\x02")).await, None);
    assert_eq!(excerpt_of(response("500 Internal Server Error", "", &[0xff, 0xfe, b'a'])).await, None);
    let image = response("500 Internal Server Error", "content-type: image/png\r\n", b"text");
    assert_eq!(excerpt_of(image).await, None);
}

#[tokio::test]
async fn a_body_that_breaks_off_shows_what_came() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of").await;
    })
    .await;
    let lab = Lab::of(&server);

    let error = lab.session.get("/").send().await.unwrap_err();

    assert_eq!(error.kind(), FailureKind::BodyTruncated);
    assert_eq!(lab.notes()[0].excerpt.as_deref(), Some("half of"));
}

#[tokio::test]
async fn bodies_that_are_discarded_or_streamed_show_theirs_too() {
    let server = Server::answering(|_| response("503 Service Unavailable", "", b"busy")).await;
    for streamed in [false, true] {
        let lab = Lab::of(&server);
        let request = lab.session.get("/");
        match streamed {
            false => drop(request.discard().await.unwrap_err()),
            true => drop(request.stream().await.unwrap_err()),
        }
        assert_eq!(lab.notes()[0].excerpt.as_deref(), Some("busy"), "streamed: {streamed}");
    }
}

#[tokio::test]
async fn a_body_of_another_type_than_was_asked_for_shows_itself() {
    let server =
        Server::answering(|_| response("200 OK", "content-type: text/html\r\n", b"<h1>Log in</h1>")).await;
    let lab = Lab::of(&server);

    let error = lab.session.get("/").send().await.unwrap().json::<u32>().unwrap_err();

    assert_eq!(error.excerpt(), Some("<h1>Log in</h1>"));
}

#[tokio::test]
async fn only_the_first_failure_of_a_route_and_status_has_an_excerpt() {
    let server = Server::answering(|seen| match &*seen.path {
        "/missing" => response("404 Not Found", "", b"missing"),
        _ => response("503 Service Unavailable", "", b"busy"),
    })
    .await;
    let lab = Lab::of(&server);
    for path in ["/", "/", "/missing", "/other", "/other"] {
        lab.session.get(path).send().await.unwrap_err();
    }

    let excerpts: Vec<_> = lab.notes().into_iter().map(|note| note.excerpt.unwrap_or_default()).collect();

    assert_eq!(excerpts, ["busy", "", "missing", "busy", ""]);
}

#[tokio::test]
async fn an_expected_status_has_no_note_and_its_body_is_whole() {
    let server = Server::answering(|seen| match &*seen.path {
        "/missing" => response("404 Not Found", "", b"missing"),
        _ => OK.as_bytes().to_vec(),
    })
    .await;
    let lab = Lab::of(&server);

    let missing = lab.session.get("/missing").expect_status(404).send().await.unwrap();

    assert_eq!(missing.text().unwrap(), "missing");
    assert!(lab.notes().is_empty());
}

#[tokio::test]
async fn a_body_that_is_only_a_secret_is_masked_by_its_route_or_its_form() {
    let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    for (route, status, body, shown) in [
        ("/token", "403 Forbidden", "\"hunter2\"", "\"***\""),
        ("/token", "403 Forbidden", "\"no such user\"", "\"no such user\""),
        ("/items", "403 Forbidden", "\"hunter2\"", "\"hunter2\""),
        ("/items", "403 Forbidden", &format!("\"{token}\""), "\"***\""),
        ("/token", "200 OK", "\"hunter two\"", "\"***\""),
    ] {
        let answer = response(status, "content-type: application/json\r\n", body.as_bytes());
        let server = Server::answering(move |_| answer.clone()).await;
        let lab = Lab::of(&server);

        let sent = lab.session.get(route).send().await;
        let error = sent.and_then(|response| response.json::<u32>()).unwrap_err();

        let excerpt = error.excerpt().map(str::to_owned);
        assert_eq!(excerpt.as_deref(), Some(shown), "{route} {body}");
        assert!(!format!("{error:#}").contains("hunter"), "{error:#}");
    }
}
