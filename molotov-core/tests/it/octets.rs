//! Header values are octets: non-ASCII values arrive unchanged.
#![allow(clippy::unwrap_used)]

use super::support;

use molotov_core::{FailureKind, Outcome};
use support::Lab;
use support::raw::{RawServer, first_line};
use support::watched::Watched;

fn ok(lines: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n", lines, b"\r\nok"].concat()
}

/// Responds on `/` with these lines, and on other paths without them.
async fn server(lines: &'static [u8]) -> RawServer {
    RawServer::answering(move |request| ok(if first_line(request) == "GET /" { lines } else { b"" })).await
}

fn lab(server: &RawServer) -> Lab {
    Lab::new(&server.url(), |_| {})
}

#[tokio::test]
async fn cookies_of_any_octets_go_back_as_they_came() {
    for (lines, sent) in [
        (
            &b"set-cookie: city=Z\xc3\xbcrich; Path=/\r\nset-cookie: sid=new; Path=/; Comment=\xc3\xbc\r\n"[..],
            &b"city=Z\xc3\xbcrich; sid=new"[..],
        ),
        (b"set-cookie: n=J\xfcrgen\r\n", b"n=J\xfcrgen"),
        (b"set-cookie: n\xc3\xbc=1\r\n", b"n\xc3\xbc=1"),
        (b"set-cookie: \xff\xfe=\x80\r\n", b"\xff\xfe=\x80"),
        (b"set-cookie: n=\"a, \xe2\x82\xac\"; SameSite=\xff\r\n", b"n=\"a, \xe2\x82\xac\""),
        (b"set-cookie: n=1; Expires=\xfc; Max-Age=\xfc\r\n", b"n=1"),
    ] {
        let server = server(lines).await;
        let lab = lab(&server);

        lab.session.get("/").send().await.unwrap();
        lab.session.get("/x").send().await.unwrap();

        assert_eq!(server.last("cookie"), [sent.to_vec()]);
    }
}

#[tokio::test]
async fn a_location_of_any_octets_is_followed_percent_encoded() {
    for (location, path) in [
        (&b"/caf\xc3\xa9"[..], "/caf%C3%A9"),
        (b"/caf\xe9", "/caf%E9"),
        (b"?q=\xff\xfe", "/?q=%FF%FE"),
        (b"\xe2\x82\xac/x#\xff", "/%E2%82%AC/x"),
        (b"/a%20b/\xf0\x9f\x98\x80", "/a%20b/%F0%9F%98%80"),
    ] {
        let server = RawServer::answering(move |request| match &*first_line(request) {
            "GET /" => {
                [b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: ", location, b"\r\n\r\n"].concat()
            }
            _ => ok(b""),
        })
        .await;

        lab(&server).session.get("/").send().await.unwrap();

        assert_eq!(server.lines(), ["GET /".to_owned(), format!("GET {path}")]);
    }
}

#[tokio::test]
async fn a_header_of_utf8_is_text_and_any_other_is_octets() {
    let server = server(
        b"x-city: Z\xc3\xbcrich\r\nx-old: Z\xfcrich\r\ncontent-disposition: x; filename=\"\xc3\xbc\"\r\n",
    )
    .await;
    let lab = lab(&server);

    let response = lab.session.get("/").send().await.unwrap();

    assert_eq!(response.header("x-city"), Some("Z\u{fc}rich"));
    assert_eq!(response.header("content-disposition"), Some("x; filename=\"\u{fc}\""));
    assert_eq!(response.header("x-old"), None);
    assert_eq!(response.headers()["x-old"].as_bytes(), b"Z\xfcrich");
}

#[tokio::test]
async fn utf8_in_a_request_is_sent_unchanged() {
    let server = server(b"").await;
    let mut lab = lab(&server);
    lab.session.set_header("x-default", "Z\u{fc}rich").unwrap();

    lab.session.get("/").header("x-own", "\u{20ac}").send().await.unwrap();

    assert_eq!(server.last("x-default"), ["Z\u{fc}rich".as_bytes()]);
    assert_eq!(server.last("x-own"), ["\u{20ac}".as_bytes()]);
}

#[tokio::test]
async fn odd_octets_in_other_headers_are_harmless() {
    let lines =
        &b"content-encoding: \xff\r\ncontent-type: text/plain; charset=\xfc\r\nretry-after: \xff\r\nserver: \x80\r\n"[..];
    let server = server(lines).await;
    let lab = lab(&server);

    let response = lab.session.get("/").send().await.unwrap();
    let error = response.json::<u8>().unwrap_err();

    assert_eq!(lab.outcomes(), [Outcome::Ok]);
    assert_eq!(response.text().unwrap(), "ok");
    assert_eq!(error.kind(), FailureKind::BodyDecode);
    assert!(error.to_string().contains("it is coded as `\\xff`"), "{error}");
}

#[tokio::test]
async fn a_known_coding_beside_odd_octets_is_decoded_where_all_are_known() {
    let server = server(b"content-encoding: identity\r\nx: \xff\r\n").await;

    assert_eq!(lab(&server).session.get("/").send().await.unwrap().text().unwrap(), "ok");
}

#[tokio::test]
async fn a_dump_shows_octets_that_are_no_text_as_numbers() {
    let server =
        server(b"x-old: Z\xfcrich\r\nx-new: Z\xc3\xbcrich\r\nset-cookie: n\xfc=secret\xfc; Path=/\r\n").await;
    let watched = Watched::at(&server.url());

    for _ in 0..2 {
        watched.session.get("/").send().await.unwrap();
    }

    let heard = watched.exchanges();
    let header = |headers: &[(String, String)], name: &str| {
        headers.iter().find(|(known, _)| known == name).unwrap().1.clone()
    };
    let response = &heard[1].response.as_ref().unwrap().headers;
    assert_eq!(header(response, "x-old"), "Z\\xfcrich");
    assert_eq!(header(response, "x-new"), "Z\u{fc}rich");
    assert_eq!(header(response, "set-cookie"), "n\\xfc=***; Path=/");
    assert_eq!(header(&heard[1].request.headers, "cookie"), "n\\xfc=***");
}

#[tokio::test]
async fn a_reason_of_any_octets_is_passed_over() {
    for reason in [&b"d\xc3\xa9j\xc3\xa0 vu"[..], b"\xff", b""] {
        let server = RawServer::answering(move |_| {
            [b"HTTP/1.1 200 ", reason, b"\r\ncontent-length: 2\r\n\r\nok"].concat()
        })
        .await;

        assert_eq!(lab(&server).session.get("/").send().await.unwrap().text().unwrap(), "ok");
    }
}
