//! Cookies on the wire: their dates, their order, their hosts (RFC 6265, section 5).
#![allow(clippy::unwrap_used)]

use super::support;

use molotov_core::Iteration;
use support::raw::{RawServer, first_line};
use support::{Lab, OK, Server};

fn setting(cookies: &[&str]) -> String {
    let lines: String = cookies.iter().map(|cookie| format!("set-cookie: {cookie}\r\n")).collect();
    format!("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n{lines}\r\n")
}

async fn cookie_of(lab: &Lab, server: &Server, path: &str) -> String {
    lab.session.get(path.to_owned()).name("x").send().await.unwrap();
    server.seen().pop().unwrap().header("cookie").unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_date_of_any_sender_deletes_a_cookie() {
    for date in [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 UTC",
        "Thu, 1 Jan 1970 00:00:00 GMT",
        "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)",
        "Thu, 01-Jan-70 00:00:00 GMT",
        "Thursday, 01-Jan-1970 00:00:01 GMT",
        "Thu Jan  1 00:00:00 1970",
        "Fri, 31-Dec-1999 23:59:59 +0200",
        "1 jan 2000 0:0:0",
    ] {
        let server = Server::answering(move |seen| match &*seen.path {
            "/in" => setting(&["sid=abc; Path=/"]),
            "/out" => setting(&[&format!("sid=; Path=/; Expires={date}")]),
            _ => OK.to_owned(),
        })
        .await;
        let lab = Lab::of(&server);

        lab.session.get("/in").send().await.unwrap();
        assert_eq!(cookie_of(&lab, &server, "/x").await, "sid=abc", "{date}");
        lab.session.get("/out").send().await.unwrap();

        assert_eq!(cookie_of(&lab, &server, "/x").await, "", "{date}");
    }
}

#[tokio::test]
async fn longer_paths_are_sent_first_and_then_earlier_creation() {
    let server = Server::answering(|seen| match &*seen.path {
        "/app/in" => {
            setting(&["sid=root; Path=/", "b=1; Path=/", "sid=app; Path=/app", "a=1; Path=/app", "c=1"])
        }
        _ => OK.to_owned(),
    })
    .await;
    for _ in 0..5 {
        let mut lab = Lab::of(&server);
        lab.session.get("/app/in").send().await.unwrap();
        for iteration in 1..3 {
            lab.session.start_iteration(Iteration(iteration));

            assert_eq!(cookie_of(&lab, &server, "/app/me").await, "sid=app; a=1; c=1; sid=root; b=1");
            assert_eq!(cookie_of(&lab, &server, "/application").await, "sid=root; b=1");
        }
    }
}

#[tokio::test]
async fn addresses_of_every_kind_have_cookies() {
    for (bind, host) in [
        ("[::1]:0", "[::1]"),
        ("[::1]:0", "[0:0:0:0:0:0:0:1]"),
        ("127.0.0.1:0", "[::ffff:127.0.0.1]"),
        ("127.0.0.1:0", "[::ffff:7f00:1]"),
        ("127.0.0.1:0", "127.1"),
        ("127.0.0.1:0", "LOCALHOST"),
    ] {
        let answer = |request: &[u8]| match &*first_line(request) {
            "GET /in" => setting(&["a=1; Path=/", "b=2; Path=/; Secure"]).into_bytes(),
            _ => OK.into(),
        };
        // Some machines have no IPv6.
        let Ok(server) = RawServer::at(bind, answer).await else { continue };
        let lab = Lab::new(&format!("http://{host}:{}", server.address.port()), |_| {});

        lab.session.get("/in").send().await.unwrap();
        lab.session.get("/x").send().await.unwrap();

        assert_eq!(server.last("cookie"), [b"a=1; b=2"], "{host}");
        assert_eq!(lab.session.cookie("b", "/").as_deref(), Some("2"));
    }
}

#[tokio::test]
async fn cookies_are_chosen_for_the_path_that_is_sent() {
    let server = Server::answering(|seen| match &*seen.path {
        "/in" => setting(&[
            "a=1; Path=/a",
            "b=1; Path=/b",
            "s=1; Path=//x",
            "e=1; Path=/caf\u{e9}",
            "q=1; Path=/a%2Fb",
        ]),
        _ => OK.to_owned(),
    })
    .await;
    let lab = Lab::of(&server);
    lab.session.get("/in").send().await.unwrap();

    for (path, cookies) in [
        ("/a/../b", "a=1"),
        ("/b/../a", "b=1"),
        ("//x/y", "s=1"),
        ("/a%2Fb", "q=1"),
        ("/a/b", "a=1"),
        ("/a\\b", ""),
        ("/caf\u{e9}/x", "e=1"),
        ("/caf%C3%A9/x", "e=1"),
        ("/a?x=/b", "a=1"),
        ("/b#/a", "b=1"),
        ("/%61", ""),
        ("/A", ""),
        ("", ""),
    ] {
        assert_eq!(cookie_of(&lab, &server, path).await, cookies, "{path}");
        let absolute = format!("{}{path}", server.url());
        assert_eq!(cookie_of(&lab, &server, &absolute).await, cookies, "{absolute}");
        if let Some((name, value)) = cookies.split_once('=') {
            assert_eq!(lab.session.cookie(name, path).as_deref(), Some(value), "{path}");
            assert_eq!(lab.session.cookie(name, &absolute).as_deref(), Some(value), "{path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_cookie_ends_when_its_time_is_over() {
    let server = Server::answering(|seen| match &*seen.path {
        "/in" => setting(&["a=1; Path=/; Max-Age=60", "b=1; Path=/"]),
        _ => OK.to_owned(),
    })
    .await;
    let lab = Lab::of(&server);
    lab.session.get("/in").send().await.unwrap();

    assert_eq!(cookie_of(&lab, &server, "/x").await, "a=1; b=1");
    tokio::time::advance(std::time::Duration::from_secs(61)).await;

    assert_eq!(cookie_of(&lab, &server, "/x").await, "b=1");
}
