//! Limits of a response: each failure names the limit and its value. And header fields with several lines.
#![allow(clippy::unwrap_used)]

use super::support;

use molotov_core::{FailureKind, Outcome};

use support::{Lab, Server, assert_no_stutter, bounded};

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

async fn fails(bytes: String, kind: FailureKind, words: &str) {
    let server = Server::once(bytes).await;
    let lab = Lab::of(&server);

    let error = bounded("the response", lab.session.get("/x").send()).await.unwrap_err();

    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(words), "{error}");
    assert_no_stutter(&error.to_string());
    let sample = lab.failed(kind, words);
    assert_eq!((server.requests(), sample.sent), (1, server.read()));
}

#[tokio::test]
async fn each_limit_of_a_head_is_named() {
    let head = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
    let kind = FailureKind::ProtocolHeadTooLarge;
    fails(head(&"a: b\r\n".repeat(101)), kind, "more than 100 header fields").await;
    fails(head(&format!("a: {}", "b".repeat(500_000))), kind, "longer than 400 KiB").await;
    fails(format!("HTTP/1.1 200 {}", "K".repeat(500_000)), kind, "longer than 400 KiB").await;
    fails(
        head(&format!("{}: b\r\n", "a".repeat(65_536))),
        kind,
        "header field of the response is longer than 65535",
    )
    .await;
    fails(head(&format!("a: b\r\n{}", " c\r\n".repeat(200_000))), kind, "longer than 400 KiB").await;
    let early = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(17);
    fails(early, FailureKind::ProtocolTooMany1xx, "more than 16 informational responses").await;
}

#[tokio::test]
async fn each_limit_of_a_chunked_body_is_named() {
    let kind = FailureKind::BodyFraming;
    let long = "x".repeat(17 * 1024);
    fails(format!("{CHUNKED}1;{long}"), kind, "chunk extensions of the body are longer than 16 KiB").await;
    fails(format!("{CHUNKED}0\r\na: {long}\r\n\r\n"), kind, "trailers of the body are longer than 16 KiB")
        .await;
    let many = "x: y\r\n".repeat(101);
    fails(format!("{CHUNKED}0\r\n{many}\r\n"), kind, "the body has more than 100 trailer fields").await;
    fails(format!("{CHUNKED}11111111111111111\r\n"), kind, "a chunk of the body is to be longer than 2^64")
        .await;
    if !super::ALWAYS_HYPER {
        let zeros = "0".repeat(17 * 1024);
        fails(format!("{CHUNKED}{zeros}1\r\n"), kind, "a chunk-size line of the body is longer than 16 KiB")
            .await;
    }
    fails(format!("{CHUNKED}xyz\r\n"), kind, "the body is malformed: ").await;
}

#[tokio::test]
async fn too_large_body_names_the_limit() {
    let server = Server::answering(|_| "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret").await;
    let lab = Lab::of(&server);

    let error = lab.session.get("/x").max_body(5).send().await.unwrap_err();

    assert!(error.to_string().contains("larger than the 5 bytes that are kept"), "{error}");
}

#[tokio::test]
async fn a_header_field_on_several_lines_is_one() {
    let server = Server::answering(|seen| match seen.path.as_str() {
        "/hints" => "HTTP/1.1 103 Early\r\nlink: </a>,\r\n </b>\r\n\r\nHTTP/1.1 200 OK\r\nx: a\r\n\tb\r\ncontent-length: 0\r\n\r\n",
        "/chunked" => "HTTP/1.1 200 OK\r\ntransfer-encoding:\r\n chunked\r\nx:\r\n a\r\n  b\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        _ => "HTTP/1.1 200 OK\r\nx: a \r\n \t b\r\nset-cookie: id=7;\r\n Path=/\r\ncontent-length: 2\r\n\r\nok",
    })
    .await;
    let lab = Lab::of(&server);

    for path in ["/x", "/hints", "/chunked", "/x"] {
        let response = lab.session.get(path).send().await.unwrap();
        assert_eq!(response.header("x"), Some("a b"), "{path}");
    }

    assert_eq!(lab.outcomes(), [Outcome::Ok; 4]);
    assert_eq!(server.connections(), 1);
    assert_eq!(server.seen()[1].header("cookie"), Some("id=7"));
}

#[tokio::test]
async fn a_first_line_that_is_folded_belongs_to_nothing() {
    let bytes = "HTTP/1.1 200 OK\r\n x: y\r\ncontent-length: 0\r\n\r\n";
    fails(bytes.into(), FailureKind::ProtocolParse, "not HTTP/1.1").await;
}
