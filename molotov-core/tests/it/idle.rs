//! Faults of an idle connection: they are charged to no request, the next request uses a fresh connection, and they are
//! counted at the route of the last response.
#![allow(clippy::unwrap_used)]

use super::support;

use std::time::Duration;

use http::Method;
use molotov_core::{ConnectionPolicy, FailureKind, IdleFaultKind, Iteration, Outcome};

use support::{Lab, OK, Peer, Server, bounded, eventually};

/// A server that sends this response to the first request of each connection, and two bytes to all others.
async fn first_answered_by(bytes: impl Into<Vec<u8>>) -> Server {
    let bytes = bytes.into();
    Server::answering(move |seen| if seen.path == "/odd" { bytes.clone() } else { OK.into() }).await
}

/// Laws A1 and A2: all requests were sent and ended well, and the server read each of them once.
fn all_well(lab: &Lab, server: &Server, requests: usize) {
    let samples = lab.samples();
    assert_eq!(lab.outcomes(), vec![Outcome::Ok; requests], "{:?}", lab.notes());
    assert_eq!(server.requests(), requests);
    assert_eq!(samples.iter().map(|sample| sample.sent).sum::<u64>(), server.read());
    assert!(samples.iter().all(|sample| !sample.resent));
}

#[tokio::test]
async fn bytes_behind_a_response_are_counted_at_its_route() {
    let kept = "content-length: 0\r\n\r\n";
    for (method, head, stray) in [
        (Method::DELETE, "HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\n", "null"),
        (Method::HEAD, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", "hello"),
        (Method::GET, "HTTP/1.1 304 Not Modified\r\n\r\n", "<p>"),
        (Method::GET, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", "de"),
        (
            Method::GET,
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            "0\r\n\r\n",
        ),
        (Method::POST, &format!("HTTP/1.1 200 OK\r\n{kept}"), "\r\n"),
        (Method::PUT, &format!("HTTP/1.1 200 OK\r\n{kept}"), OK),
        (Method::GET, &format!("HTTP/1.1 404 Not Found\r\n{kept}"), "oops"),
        (Method::GET, &format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{kept}"), "late"),
        (Method::GET, &format!("HTTP/1.0 200 OK\r\n{kept}"), "late"),
    ] {
        let server = first_answered_by(format!("{head}{stray}")).await;
        let lab = Lab::of(&server);

        for _ in 0..3 {
            let odd = lab.session.request(method.clone(), "/odd").expect_status(200..=404).send();
            bounded("the odd response", odd).await.unwrap();
            lab.session.get("/innocent").send().await.unwrap();
        }

        all_well(&lab, &server, 6);
        let (route, first) = (format!("{method} /odd"), stray.replace('\r', "\\r").replace('\n', "\\n"));
        let first = if first.len() > 40 { format!("{}…", &first[..40]) } else { first };
        lab.stray(&[(route.as_str(), first.as_str()); 3]);
        // The connection of the last odd response, and one that is still good.
        assert_eq!((server.connections(), lab.connected().len()), (4, 4), "{head}");
    }
}

#[tokio::test]
async fn bytes_behind_a_redirect_are_counted_at_its_hop() {
    let server = Server::answering(|seen| match seen.path.as_str() {
        "/a" => "HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "/b" => "HTTP/1.1 302 Found\r\nlocation: /c\r\ncontent-length: 0\r\n\r\n<html>".to_owned(),
        _ => OK.to_owned(),
    })
    .await;
    let lab = Lab::of(&server);

    lab.session.get("/a").send().await.unwrap();

    all_well(&lab, &server, 3);
    lab.stray(&[("GET /b (redirected)", "<html>")]);
}

/// Sends this some time after its first response, and nothing more.
async fn later(mut peer: Peer, bytes: &'static str, reset: bool) {
    if peer.number > 0 {
        while peer.request().await.is_some() {
            peer.send(OK).await;
        }
        return;
    }
    peer.request().await;
    peer.send(OK).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    peer.send(bytes).await;
    if reset {
        peer.reset();
    } else {
        peer.until_end().await;
    }
}

/// The action of a server on an idle connection, and the counted fault.
async fn while_idle(bytes: &'static str, reset: bool, expected: &[(&str, &str)]) -> Lab {
    let server = Server::start(move |peer| later(peer, bytes, reset)).await;
    let lab = Lab::of(&server);
    lab.session.get("/first").send().await.unwrap();
    tokio::time::sleep(Duration::from_millis(60)).await;

    lab.session.get("/innocent").send().await.unwrap();

    all_well(&lab, &server, 2);
    if !expected.is_empty() {
        lab.stray(expected);
    }
    lab
}

#[tokio::test]
async fn bytes_on_an_idle_connection_fail_no_request() {
    while_idle("null", false, &[("GET /first", "null")]).await;
    // RFC 9110, section 15.5.9.
    let timeout = "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n";
    while_idle(timeout, false, &[("GET /first", "HTTP/1.1 408 Request Timeout\\r\\nconnecti…")]).await;
    while_idle("HTTP/1.1 2", false, &[("GET /first", "HTTP/1.1 2")]).await;
    while_idle("\0\0", false, &[("GET /first", "\\0\\0")]).await;
    let secret = "HTTP/1.1 200\r\nset-cookie: sid=s3cret\r\n\r\n";
    while_idle(secret, false, &[("GET /first", "HTTP/1.1 200\\r\\nset-cookie: ***\\r\\n\\r\\n")]).await;
}

#[tokio::test]
async fn a_connection_that_breaks_while_idle_fails_no_request() {
    let lab = while_idle("", true, &[]).await;
    let [(route, IdleFaultKind::Broken(how))] = &lab.idle_faults()[..] else {
        panic!("{:?}", lab.idle_faults())
    };
    assert_eq!(route, "GET /first");
    assert!(how.contains("reset"), "{how}");
}

#[tokio::test]
async fn to_close_an_idle_connection_is_no_fault() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.send(OK).await;
    })
    .await;
    let lab = Lab::of(&server);

    for _ in 0..5 {
        lab.session.get("/x").send().await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    all_well(&lab, &server, 5);
    lab.stray(&[]);
}

#[tokio::test]
async fn garbage_in_place_of_a_response_fails_the_request_that_was_sent() {
    let server = Server::start(|mut peer| async move {
        while let Some(seen) = peer.request().await {
            let before = if seen.path == "/garbled" { "null" } else { "" };
            peer.send(format!("{before}{OK}")).await;
        }
    })
    .await;
    let lab = Lab::of(&server);
    lab.session.delete("/first").send().await.unwrap();

    let error = lab.session.get("/garbled").send().await.unwrap_err();
    let fresh = lab.session.get("/garbled").send().await.unwrap_err();

    assert_eq!(error.kind(), FailureKind::ProtocolUnexpectedBytes, "{error}");
    assert!(error.to_string().contains("`nullHTTP/1.1 200 OK"), "{error}");
    assert!(error.to_string().contains("`DELETE /first`"), "{error}");
    assert_eq!(fresh.kind(), FailureKind::ProtocolParse, "{fresh}");
    assert_eq!(server.requests(), 3);
    let samples = lab.samples();
    assert_eq!(samples.iter().map(|sample| sample.sent).sum::<u64>(), server.read());
    assert!(samples.iter().all(|sample| sample.sent > 0));
    lab.stray(&[]);
}

#[tokio::test]
async fn body_that_ends_with_its_connection_is_counted() {
    let odd = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nnull";
    for policy in [ConnectionPolicy::Request, ConnectionPolicy::Iteration, ConnectionPolicy::User] {
        let server = first_answered_by(odd).await;
        let client = support::client().connections(policy).build().unwrap();
        let mut lab = Lab::with(client, Some(&server.url()));

        for n in 0..3 {
            lab.session.start_iteration(Iteration(n));
            lab.session.get("/odd").send().await.unwrap();
            lab.session.end_iteration();
        }
        // A fresh session for each iteration closes its connections.
        lab.renew();

        all_well(&lab, &server, 3);
        lab.stray(&[("GET /odd", "null"); 3]);
    }
}

#[tokio::test]
async fn bytes_that_come_behind_the_last_response_are_seen_when_the_session_ends() {
    for policy in [ConnectionPolicy::Iteration, ConnectionPolicy::User] {
        let server = Server::start(|peer| later(peer, "null", false)).await;
        let client = support::client().connections(policy).build().unwrap();
        let mut lab = Lab::with(client, Some(&server.url()));
        lab.session.get("/odd").send().await.unwrap();
        eventually("the bytes are sent", || server.written() > OK.len() as u64).await;
        tokio::time::sleep(Duration::from_millis(20)).await;

        lab.session.end_iteration();
        lab.renew();

        lab.stray(&[("GET /odd", "null")]);
    }
}

#[tokio::test]
async fn bytes_through_a_tunnel_are_not_stray() {
    let server = first_answered_by("HTTP/1.1 200 OK\r\n\r\nSSH-2.0-OpenSSH").await;
    let lab = Lab::of(&server);

    lab.session.request(Method::CONNECT, "/odd").send().await.unwrap();
    lab.session.get("/x").send().await.unwrap();

    assert_eq!(lab.outcomes(), [Outcome::Ok; 2]);
    lab.stray(&[]);
}

/// A fresh connection has no idle time to which the bytes could belong.
#[tokio::test]
async fn server_that_sends_first_is_no_http() {
    let server = Server::start(|mut peer| async move {
        peer.send("220 mail.example ESMTP\r\n").await;
        peer.until_end().await;
    })
    .await;
    let lab = Lab::of(&server);

    for _ in 0..5 {
        let error = lab.session.get("/x").send().await.unwrap_err();
        assert_eq!(error.kind(), FailureKind::ProtocolParse, "{error}");
    }
    lab.stray(&[]);
}
