//! One form of each URL: the sent form is also the shown form, and the form for selecting cookies.
#![allow(clippy::unwrap_used)]

use super::support;

use molotov_core::FailureKind;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::Lab;
use support::raw::RawServer;
use support::watched::Watched;

/// Sends to this route, below the base and as an absolute URL, and returns the path that was sent.
async fn sent(server: &RawServer, route: &str) -> String {
    let watched = Watched::at(&server.url());
    watched.session.get(route.to_owned()).name("x").send().await.unwrap();
    let line = server.lines().pop().unwrap();
    let path = line.strip_prefix("GET ").unwrap().to_owned();
    assert_eq!(watched.lines(), [format!("GET {}{path}", server.url())], "{route}");
    path
}

#[tokio::test]
async fn shown_url_equals_the_sent_url() {
    let server = RawServer::with_empty_responses().await;
    for (route, path) in [
        ("/a/../b", "/a/../b"),
        ("/./a/.", "/./a/."),
        ("//x", "//x"),
        ("//h.example/x", "//h.example/x"),
        ("/a//b", "/a//b"),
        ("/a%2Fb", "/a%2Fb"),
        ("/a%2fb/%2e%2e/c", "/a%2fb/%2e%2e/c"),
        ("/%zz%", "/%zz%"),
        ("/a\\..\\b", "/a\\..\\b"),
        ("/a|b^c[d]", "/a|b^c[d]"),
        ("/a\"b", "/a\"b"),
        ("/s?q='a'|[c]`d`%7B^", "/s?q='a'|[c]`d`%7B^"),
        ("/caf\u{e9}?q=\u{fc}", "/caf%C3%A9?q=%C3%BC"),
        ("/\u{1f600}", "/%F0%9F%98%80"),
        ("", "/"),
        ("?", "/?"),
        ("?q=1", "/?q=1"),
        ("/x?", "/x?"),
        ("/x?a?b", "/x?a?b"),
        ("/x?a/../b", "/x?a/../b"),
        ("#frag", "/"),
        ("/x#frag", "/x"),
        ("/x?q=1#frag?b", "/x?q=1"),
        ("/x#frag?q=1", "/x"),
        ("/x;v=1/y,z:1", "/x;v=1/y,z:1"),
        ("/@a/b@c", "/@a/b@c"),
        ("/http://h/x", "/http://h/x"),
    ] {
        assert_eq!(sent(&server, route).await, path, "{route}");
        assert_eq!(sent(&server, &format!("{}{route}", server.url())).await, path, "{route} as a whole URL");
    }
    // Only a path may be without its slash.
    assert_eq!(sent(&server, "x/y").await, "/x/y");
}

#[tokio::test]
async fn a_fragment_is_left_out_before_a_query_is_added() {
    let server = RawServer::with_empty_responses().await;
    let lab = Lab::new(&server.url(), |_| {});
    let session = &lab.session;

    for (route, line) in [
        ("/x#frag", "GET /x?a=1"),
        ("/x?b#frag", "GET /x?b&a=1"),
        ("/x#f?b", "GET /x?a=1"),
        ("#", "GET /?a=1"),
        ("/x?#", "GET /x?a=1"),
        ("/x??", "GET /x??&a=1"),
    ] {
        session.get(route).query("a", 1).send().await.unwrap();
        assert_eq!(server.lines().pop().unwrap(), line);
        session.get(format!("{}{route}", server.url())).query("a", 1).send().await.unwrap();
        assert_eq!(server.lines().pop().unwrap(), line);
    }
    let error = session.get("/x#{id}").path("id", 1).send().await.unwrap_err().to_string();
    assert!(error.contains("the route `/x` has no `{id}`"), "{error}");
}

#[tokio::test]
async fn schemes_and_hosts_are_read_in_either_case() {
    let server = RawServer::with_empty_responses().await;
    let port = server.address.port();
    for (url, shown) in [
        (format!("HTTP://127.0.0.1:{port}/up"), format!("http://127.0.0.1:{port}/up")),
        (format!("Http://LOCALHOST:{port}/Up"), format!("http://localhost:{port}/Up")),
        (format!("hTTp://127.1:{port}?Q=1"), format!("http://127.0.0.1:{port}/?Q=1")),
        (format!("HTTP://me:pw@127.0.0.1:{port}/x"), format!("http://127.0.0.1:{port}/x")),
    ] {
        let watched = Watched::at(&server.url());

        watched.session.get(url.clone()).send().await.unwrap();

        assert_eq!(watched.lines(), [format!("GET {shown}")], "{url}");
        let path = &shown[shown.find(&port.to_string()).unwrap() + port.to_string().len()..];
        assert_eq!(server.lines().pop().unwrap(), format!("GET {path}"));
    }
}

#[tokio::test]
async fn invalid_url_is_a_mistake_with_its_cure() {
    let server = RawServer::with_empty_responses().await;
    let lab = Lab::new(&server.url(), |_| {});
    for (route, words) in [
        ("ftp://h/x?secret", "the scheme `ftp` is not known; use http:// or https://"),
        ("ws://h/x", "the scheme `ws` is not known"),
        ("file:///etc/x", "the scheme `file` is not known"),
        ("http:/x?secret", "write http://host:port/path"),
        ("HTTPS:x", "write https://host:port/path"),
        ("http:", "write http://host:port/path"),
        ("http:///x", "write http://host:port/path"),
        ("http:\\\\h\\x", "write http://host:port/path"),
        ("http://h\\x", "write `/`"),
        ("http://", "is not a URL"),
        ("http://h:99999/?secret", "is not a URL"),
        ("http://h:0/?secret", "port 0"),
        ("http://a b/", "is not a URL"),
        ("http://h\t/x", "control character"),
        ("http://me:secret@h:x/", "http://user:password@host:port"),
        ("me:secret@h/x", "http://user:password@host:port"),
        ("localhost:8080/x", "write `/localhost:…` for a path, or `http://localhost:…` for a host"),
        ("127.0.0.1:8080", "`http://127.0.0.1:…` for a host"),
        ("unix:///run/app.sock:/x", "name it with --host or `set_base`"),
        ("javascript:secret", "neither a path nor a URL"),
        ("mailto:x", "neither a path nor a URL"),
        (" http://h/", "begins with white space; leave it out"),
        ("/s?q={\"secret\":1}", "write a brace as %7B, or use `.query()`"),
        ("/s?q=%7B\"secret\"%7D", "the query of `/s` has a `\"` in it; write it as %22"),
    ] {
        let error = lab.session.get(route).query("a", 1).send().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::UserError, "{route}");
        assert!(error.to_string().contains(words), "{route}: {error}");
        assert!(!error.to_string().contains("secret"), "{route}: {error}");
    }
    assert!(lab.records().is_empty() && server.seen().is_empty());
    // A colon in a parameter, or behind the first slash, belongs to a path.
    lab.session.get("{urn}").path("urn", "urn:1").send().await.unwrap();
    lab.session.get("/items:batch").send().await.unwrap();
    lab.session.get("v1/items:batch").send().await.unwrap();
    assert_eq!(server.lines(), ["GET /urn:1", "GET /items:batch", "GET /v1/items:batch"]);
}

#[tokio::test]
async fn a_base_path_is_sent_as_it_is_written() {
    let server = RawServer::with_empty_responses().await;
    for (base, route, path) in [
        ("/api/", "/x", "/api/x"),
        ("/a/../b", "/x", "/a/../b/x"),
        ("//a", "x", "//a/x"),
        ("/a%2Fb\\c", "/../x", "/a%2Fb\\c/../x"),
        ("/caf\u{e9} 1", "?q", "/caf%C3%A9%201/?q"),
        ("/", "//x", "//x"),
        ("///", "/x", "/x"),
    ] {
        let watched = Watched::at(&format!("{}{base}", server.url()));

        watched.session.get(route).send().await.unwrap();

        assert_eq!(server.lines().pop().unwrap(), format!("GET {path}"), "{base}");
        assert_eq!(watched.lines(), [format!("GET {}{path}", server.url())], "{base}");
    }
}

#[tokio::test]
async fn each_hop_of_a_redirect_is_shown_as_it_was_sent() {
    let server = RawServer::answering(|request| {
        let to = |place: &str| {
            format!("HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: {place}\r\n\r\n").into()
        };
        match &*support::raw::first_line(request) {
            "GET /a/../1" => to("2?q={\"a\":1}"),
            "GET /2?q={%22a%22:1}" => to("//x/../3"),
            _ => b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec(),
        }
    })
    .await;
    let watched = Watched::at(&server.url());

    // The last one leads to the host `x`, which does not exist.
    let error = watched.session.get("/a/../1").send().await.unwrap_err();

    assert_eq!(server.lines(), ["GET /a/../1", "GET /2?q={%22a%22:1}"]);
    let url = server.url();
    assert_eq!(
        watched.lines(),
        [format!("GET {url}/a/../1"), format!("GET {url}/2?q={{%22a%22:1}}"), "GET http://x/3".to_owned()]
    );
    assert!(error.to_string().contains("host x"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_request_to_a_socket_is_shown_with_its_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let watched = Watched::at(&format!("unix://{}:/v1", path.display()));

    // No process listens there.
    watched.session.get("/a/../b?q=1").send().await.unwrap_err();

    assert_eq!(watched.lines(), [format!("GET unix://{}:/v1/a/../b?q=1", path.display())]);
}

/// The shown URL, read again, leads to the same path.
#[test]
fn any_route_is_shown_as_it_was_sent() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(RawServer::with_empty_responses());
    let route = prop_oneof!["/[a-z./\\\\%?#:\u{e9}'|\\[\\]^~;,+=&!$*()-]{0,16}", "[?#/][?#/.%2Fa]{0,8}"];
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&route, |route| {
            // Nothing in it looks like a secret, which would be masked.
            prop_assume!(!route.contains('='));
            runtime.block_on(async {
                let below = sent(&server, &route).await;
                let whole = sent(&server, &format!("{}{route}", server.url())).await;
                let again = sent(&server, &format!("{}{below}", server.url())).await;
                prop_assert_eq!((&whole, &again), (&below, &below));
                Ok(())
            })
        })
        .unwrap();
}
