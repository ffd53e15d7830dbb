//! Every failure of a request, provoked with a real socket: its kind, its one sample, its message, its bytes, and that
//! the server read all bytes counted as sent.
#![allow(clippy::unwrap_used)]

use super::support;

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use molotov_core::{Error, FailureKind, Outcome, Sample, Timeouts};
use tokio::net::TcpListener;

use support::{Lab, OK, Peer, SHORT, Server, assert_no_stutter, bounded, eventually};

/// More than fits into the buffers of both sockets.
const BIG: usize = 32 * 1024 * 1024;

/// Sends `GET /x`, which must fail.
async fn fail(lab: &Lab) -> Error {
    let error = bounded("the response", lab.session.get("/x").send()).await.unwrap_err();
    assert!(error.to_string().starts_with("GET /x: "), "{error}");
    assert!(error.is_recorded());
    assert_no_stutter(&format!("{error:#}"));
    error
}

/// A server that sends this once it has read a request, and the result.
async fn answered_by(bytes: impl Into<Vec<u8>>, kind: FailureKind, words: &str) -> Sample {
    let server = Server::once(bytes).await;
    let lab = Lab::of(&server);

    let error = fail(&lab).await;

    assert_eq!(error.kind(), kind, "{error}");
    let sample = lab.failed(kind, words);
    read_once(&server, &sample);
    assert!(sample.received > 0 && sample.received <= server.written(), "{sample:?}");
    eventually("the connection is closed", || server.ended() == 1).await;
    sample
}

/// Law A2 for one attempt on a fresh connection that the server read completely.
fn read_once(server: &Server, sample: &Sample) {
    assert_eq!(server.requests(), 1);
    assert_eq!(sample.sent, server.read());
    assert!(!sample.reused && !sample.resent);
}

/// One attempt without a byte that left.
fn not_sent(sample: &Sample) {
    assert_eq!((sample.sent, sample.received, sample.status), (0, 0, 0));
    assert_eq!(sample.first_byte, None);
}

mod opening {
    use super::*;

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_dns_not_found() {
        if let Ok(found) = tokio::net::lookup_host("does-not-exist.invalid:80").await {
            eprintln!("skipped: the resolver answers for .invalid: {:?}", found.collect::<Vec<_>>());
            return;
        }
        let lab = Lab::new("http://does-not-exist.invalid", |_| {});

        let error = fail(&lab).await;

        if error.kind() == FailureKind::DnsFailed {
            eprintln!("skipped: the resolver is out of order: {error:#}");
            return;
        }
        assert_eq!(error.kind(), FailureKind::DnsNotFound, "{error:#}");
        assert!(error.is_connect());
        not_sent(&lab.failed(FailureKind::DnsNotFound, "does-not-exist.invalid"));
        assert!(lab.connected().is_empty());
    }

    #[tokio::test]
    async fn a_port_without_a_listener_is_connect_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let lab = Lab::new(&format!("http://{address}"), |_| {});

        let error = fail(&lab).await;

        assert_eq!(error.kind(), FailureKind::ConnectRefused);
        not_sent(&lab.failed(FailureKind::ConnectRefused, &format!("nothing listens on {address}")));
        assert!(lab.connected().is_empty());
    }

    /// A listener whose queue is full: Linux then drops the SYN, so that the connection stays half-open.
    #[cfg(target_os = "linux")]
    async fn full() -> (TcpListener, Vec<tokio::task::JoinHandle<()>>) {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let fillers: Vec<_> = (0..8)
            .map(|_| {
                tokio::spawn(async move {
                    let _held = tokio::net::TcpStream::connect(address).await;
                    std::future::pending::<()>().await;
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        (listener, fillers)
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn unaccepted_connection_is_connect_timeout() {
        let (listener, fillers) = full().await;
        let base = format!("http://{}", listener.local_addr().unwrap());
        let lab = Lab::new(&base, |timeouts| timeouts.connect = SHORT);

        let error = fail(&lab).await;

        assert_eq!(error.kind(), FailureKind::ConnectTimeout, "{error}");
        assert!(error.is_timeout() && error.is_connect());
        let sample = lab.failed(FailureKind::ConnectTimeout, "took longer than 60 ms (connect time-out)");
        not_sent(&sample);
        assert!(sample.service >= SHORT);
        fillers.iter().for_each(|filler| filler.abort());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_total_time_out_bounds_connecting_too() {
        let (listener, fillers) = full().await;
        let lab = Lab::new(&format!("http://{}", listener.local_addr().unwrap()), |_| {});

        let error = lab.session.get("/x").timeout(SHORT).send().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::TimeoutTotal, "{error}");
        let sample = lab.failed(FailureKind::TimeoutTotal, "connecting to");
        not_sent(&sample);
        assert!(sample.service >= SHORT);
        fillers.iter().for_each(|filler| filler.abort());
    }

    #[tokio::test]
    async fn unnamed_public_address_is_blocked_before_a_packet_is_sent() {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);

        // TEST-NET-3: reserved for documentation. Refused at once, so no connect time-out can have been waited for.
        let error = lab.session.get("http://203.0.113.7/x").send().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::BlockedHost);
        let sample = lab.failed(FailureKind::BlockedHost, "--allow-host 203.0.113.7");
        not_sent(&sample);
        assert!(lab.connected().is_empty());
        assert_eq!(server.connections(), 0);
    }

    #[tokio::test]
    async fn a_redirect_to_a_public_address_is_blocked_too() {
        let server = Server::answering(
            |_| "HTTP/1.1 302 Found\r\nlocation: http://203.0.113.7/\r\ncontent-length: 0\r\n\r\n",
        )
        .await;
        let lab = Lab::of(&server);

        let error = lab.session.get("/x").send().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::BlockedHost);
        assert_eq!(lab.outcomes(), [Outcome::Ok, Outcome::Failed(FailureKind::BlockedHost)]);
        not_sent(&lab.samples()[1]);
    }

    #[tokio::test]
    async fn the_metadata_service_of_a_cloud_is_never_loaded() {
        let client = support::client().allow_host("169.254.169.254").build().unwrap();
        let lab = Lab::with(client, Some("http://127.0.0.1:1"));

        for url in ["http://169.254.169.254/latest", "http://[::ffff:169.254.169.254]/latest"] {
            let error = lab.session.get(url).send().await.unwrap_err();
            assert_eq!(error.kind(), FailureKind::BlockedHost, "{error}");
        }
        assert!(lab.connected().is_empty());
    }
}

mod sending {
    use super::*;

    #[tokio::test]
    async fn a_server_that_does_not_read_is_send_timeout() {
        let server = Server::start(|peer| async move {
            tokio::time::sleep(Duration::from_secs(30)).await;
            drop(peer);
        })
        .await;
        let lab = Lab::new(&server.url(), |timeouts| timeouts.head = SHORT);

        let error = lab.session.post("/x").body(vec![b'x'; BIG]).send().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::SendTimeout, "{error}");
        assert!(error.is_timeout());
        let sample = lab.failed(FailureKind::SendTimeout, "in full within 60 ms (time-out for the head)");
        assert!(sample.sent > 0 && sample.sent < BIG as u64, "{sample:?}");
        assert!(sample.service >= SHORT);
        assert_eq!(server.requests(), 0);
    }

    #[tokio::test]
    async fn a_reset_while_the_body_is_written_is_send_reset() {
        let server = Server::start(|mut peer| async move {
            peer.some().await;
            peer.reset();
        })
        .await;
        let lab = Lab::of(&server);

        let error = lab.session.post("/x").body(vec![b'x'; BIG]).send().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::SendReset, "{error}");
        let sample = lab.failed(FailureKind::SendReset, "while the request was being written");
        assert!(sample.sent > 0 && sample.sent < BIG as u64, "{sample:?}");
        assert_eq!((server.requests(), server.connections()), (0, 1));
    }

    #[tokio::test]
    async fn a_connection_whose_request_was_answered_before_it_was_written_is_not_kept() {
        let server = Server::start(|mut peer| async move {
            if peer.number == 0 {
                peer.some().await;
                peer.send("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n").await;
                // It neither reads the rest nor closes.
                tokio::time::sleep(Duration::from_secs(30)).await;
            }
            while peer.request().await.is_some() {
                peer.send(OK).await;
            }
        })
        .await;
        let lab = Lab::of(&server);
        let error = lab.session.post("/x").body(vec![b'x'; BIG]).send().await.unwrap_err();
        assert_eq!(error.kind(), FailureKind::Http4xx);

        bounded("a fresh connection", lab.session.get("/y").send()).await.unwrap();

        assert_eq!(lab.outcomes(), [Outcome::Failed(FailureKind::Http4xx), Outcome::Ok]);
        assert!(!lab.samples()[1].reused);
        assert_eq!(server.requests(), 1);
    }
}

mod early {
    use super::*;

    /// A server that closes during an upload resets the connection; its response arrives nevertheless.
    #[tokio::test]
    async fn early_response_wins_over_reset() {
        for round in 0..8 {
            let server = Server::start(move |mut peer| async move {
                peer.some().await;
                peer.send("HTTP/1.1 413 Too Large\r\ncontent-length: 4\r\n\r\n").await;
                if round % 2 == 0 {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                peer.send("much").await;
            })
            .await;
            let lab = Lab::of(&server);

            let request = lab.session.post("/x").body(vec![b'x'; BIG]).send();
            let error = bounded("the answer", request).await.unwrap_err();

            assert_eq!(error.kind(), FailureKind::Http4xx, "{error}");
            let sample = lab.failed(FailureKind::Http4xx, "413");
            assert!(sample.sent > 0 && sample.sent < BIG as u64, "{sample:?}");
            assert_eq!((sample.received, sample.status), (server.written(), 413));
        }
    }
}

mod closed {
    use super::*;

    #[tokio::test]
    async fn a_fin_after_the_request_was_read_is_closed_before_response() {
        let server = Server::start(|mut peer| async move {
            peer.request().await;
        })
        .await;
        let lab = Lab::of(&server);

        let error = fail(&lab).await;

        assert_eq!(error.kind(), FailureKind::ClosedBeforeResponse);
        let sample = lab.failed(FailureKind::ClosedBeforeResponse, "on a fresh connection");
        read_once(&server, &sample);
        assert_eq!(sample.received, 0);
        assert_eq!(server.connections(), 1);
    }

    #[tokio::test]
    async fn a_reset_after_the_request_was_read_is_closed_before_response() {
        let server = Server::start(|mut peer| async move {
            peer.request().await;
            peer.reset();
        })
        .await;
        let lab = Lab::of(&server);

        let error = fail(&lab).await;

        assert_eq!(error.kind(), FailureKind::ClosedBeforeResponse);
        let sample = lab.failed(FailureKind::ClosedBeforeResponse, "reset");
        read_once(&server, &sample);
        assert_eq!(server.connections(), 1);
    }

    #[tokio::test]
    async fn half_a_head_and_a_fin_is_closed_before_response() {
        let server = Server::start(|mut peer| async move {
            peer.request().await;
            peer.send("HTTP/1.1 200 OK\r\ncontent-le").await;
        })
        .await;
        let lab = Lab::of(&server);

        let error = fail(&lab).await;

        assert_eq!(error.kind(), FailureKind::ClosedBeforeResponse);
        let sample = lab.failed(FailureKind::ClosedBeforeResponse, "before the response");
        read_once(&server, &sample);
        assert_eq!((sample.received, sample.status), (server.written(), 0));
    }

    #[tokio::test]
    async fn a_close_after_reading_on_a_kept_alive_connection_is_not_sent_again() {
        for reset in [false, true] {
            let server = Server::start(move |mut peer| async move {
                peer.request().await;
                peer.send(OK).await;
                peer.request().await;
                if reset {
                    peer.reset();
                }
            })
            .await;
            let lab = Lab::of(&server);
            lab.session.get("/first").send().await.unwrap();

            let error = fail(&lab).await;

            assert_eq!(error.kind(), FailureKind::ClosedBeforeResponse);
            assert!(error.to_string().contains("kept-alive"), "{error}");
            let sample = lab.samples()[1];
            assert!(sample.reused && !sample.resent);
            assert_eq!(lab.samples().iter().map(|sample| sample.sent).sum::<u64>(), server.read());
            assert_eq!((server.requests(), server.connections()), (2, 1));
        }
    }

    #[tokio::test]
    async fn a_fin_at_once_fails_once_and_does_not_loop() {
        for _ in 0..8 {
            let server = Server::start(|peer| async move { drop(peer) }).await;
            let lab = Lab::of(&server);

            let error = fail(&lab).await;

            assert_eq!(error.kind(), FailureKind::ClosedBeforeResponse);
            let sample = lab.failed(FailureKind::ClosedBeforeResponse, "on a fresh connection");
            assert!(!sample.reused && !sample.resent);
            assert_eq!(server.connections(), 1);
        }
    }

    #[tokio::test]
    async fn a_reset_at_once_fails_once_and_does_not_loop() {
        for _ in 0..8 {
            let server = Server::start(|peer: Peer| async move { peer.reset() }).await;
            let lab = Lab::of(&server);

            let error = fail(&lab).await;

            let kind = error.kind();
            // The reset may come while the connection is being opened, written or read.
            let kinds = [FailureKind::ClosedBeforeResponse, FailureKind::SendReset];
            assert!(kinds.contains(&kind), "{error}");
            lab.failed(kind, "connection");
            assert_eq!(server.connections(), 1);
        }
    }
}

mod protocol {
    use super::*;

    #[tokio::test]
    async fn response_other_than_http_is_protocol_parse() {
        let sample =
            answered_by("SSH-2.0-OpenSSH_9.6\r\n\r\n", FailureKind::ProtocolParse, "not HTTP/1.1").await;
        assert_eq!((sample.status, sample.first_byte), (0, None));
    }

    #[tokio::test]
    async fn server_that_sends_first_is_a_protocol_fault() {
        for pause in [0, 0, 0, 0, 20] {
            let server = Server::start(|mut peer| async move {
                peer.send("220 mail.example ESMTP\r\n").await;
                peer.until_end().await;
            })
            .await;
            let lab = Lab::of(&server);
            tokio::time::sleep(Duration::from_millis(pause)).await;

            let error = fail(&lab).await;

            assert_eq!(error.kind().class(), "protocol", "{error}");
            assert_eq!(lab.outcomes(), [Outcome::Failed(error.kind())]);
            assert_eq!(server.connections(), 1);
        }
    }

    #[tokio::test]
    async fn too_many_headers_are_head_too_large() {
        let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(200));
        answered_by(head, FailureKind::ProtocolHeadTooLarge, "more than 100 header fields").await;
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_head_too_large() {
        let head = format!("HTTP/1.1 200 OK\r\na: {}", "b".repeat(1024 * 1024));
        let server = Server::once(head).await;
        let lab = Lab::of(&server);

        let error = fail(&lab).await;

        assert_eq!(error.kind(), FailureKind::ProtocolHeadTooLarge, "{error}");
        let sample = lab.failed(FailureKind::ProtocolHeadTooLarge, "longer than 400 KiB");
        read_once(&server, &sample);
        assert!(sample.received < 1024 * 1024);
    }

    #[tokio::test]
    async fn a_flood_of_informational_responses_is_cut() {
        let flood = "HTTP/1.1 102 Processing\r\n\r\n".repeat(10_000);
        let sample = answered_by(flood, FailureKind::ProtocolTooMany1xx, "more than 16").await;
        assert_eq!(sample.status, 0);
    }

    #[tokio::test]
    async fn sixteen_informational_responses_are_passed_over_and_seventeen_are_not() {
        for (count, ok) in [(0, true), (1, true), (16, true), (17, false), (100, false)] {
            let answer = format!("{}{OK}", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(count));
            let server = Server::once(answer).await;
            let lab = Lab::of(&server);

            let result = lab.session.get("/x").send().await;

            assert_eq!(result.is_ok(), ok, "{count}");
            let failed = Outcome::Failed(FailureKind::ProtocolTooMany1xx);
            assert_eq!(lab.outcomes(), [if ok { Outcome::Ok } else { failed }]);
        }
    }

    #[tokio::test]
    async fn a_switch_of_protocols_is_unexpected_upgrade() {
        let answer = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";
        answered_by(answer, FailureKind::ProtocolUnexpectedUpgrade, "switched protocols").await;
    }
}

mod body {
    use super::*;

    /// Sends this and then ends the connection, orderly or with a reset.
    async fn cut(bytes: &'static str, reset: bool) -> (Server, Lab) {
        let server = Server::start(move |mut peer| async move {
            peer.request().await;
            peer.send(bytes).await;
            if reset {
                // Lets the client read the bytes; a reset discards unread ones.
                tokio::time::sleep(Duration::from_millis(80)).await;
                peer.reset();
            }
        })
        .await;
        let lab = Lab::of(&server);
        (server, lab)
    }

    #[tokio::test]
    async fn end_inside_the_body_is_body_truncated_with_any_status() {
        for bytes in [
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\nhalf",
            "HTTP/1.1 302 Found\r\nlocation: /y\r\ncontent-length: 100\r\n\r\nhalf",
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nha",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
        ] {
            let (server, lab) = cut(bytes, false).await;

            let error = fail(&lab).await;

            assert_eq!(error.kind(), FailureKind::BodyTruncated, "{bytes:?}: {error}");
            let sample = lab.failed(FailureKind::BodyTruncated, "ended inside the body");
            read_once(&server, &sample);
            assert_eq!(sample.received, bytes.len() as u64);
            assert!(sample.status >= 200 && sample.first_byte.unwrap() <= sample.service);
        }
    }

    #[tokio::test]
    async fn a_reset_inside_the_body_is_body_reset() {
        for bytes in [
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhalf",
        ] {
            let (server, lab) = cut(bytes, true).await;

            let error = fail(&lab).await;

            assert_eq!(error.kind(), FailureKind::BodyReset, "{bytes:?}: {error}");
            let sample = lab.failed(FailureKind::BodyReset, "reset inside the body");
            read_once(&server, &sample);
            assert_eq!((sample.received, sample.status), (bytes.len() as u64, 200));
        }
    }

    #[tokio::test]
    async fn a_malformed_chunk_is_body_framing() {
        for chunks in ["xyz\r\n", "4\r\nhalfXX", "4 4\r\n"] {
            let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}");
            answered_by(answer, FailureKind::BodyFraming, "malformed").await;
        }
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_read_to_its_end_and_is_body_too_large() {
        let long = format!("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{}", "x".repeat(100_000));
        let server =
            Server::answering(move |seen| if seen.path == "/x" { long.clone() } else { OK.into() }).await;
        let lab = Lab::of(&server);

        let error = lab.session.get("/x").max_body(99_999).send().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::BodyTooLarge);
        let sample = lab.failed(FailureKind::BodyTooLarge, "`max_body`");
        read_once(&server, &sample);
        assert_eq!(sample.received, server.written());
        lab.session.get("/y").send().await.unwrap();
        assert_eq!(lab.session.get("/x").max_body(100_000).send().await.unwrap().bytes().len(), 100_000);
        assert_eq!(server.connections(), 1);
    }

    #[tokio::test]
    async fn a_body_of_another_kind_is_body_decode_and_the_request_itself_was_ok() {
        let server =
            Server::answering(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xff\xfa".to_vec()).await;
        let lab = Lab::of(&server);
        let response = lab.session.get("/x").send().await.unwrap();

        let text = response.text().unwrap_err();
        let json = response.json::<u32>().unwrap_err();

        assert_eq!((text.kind(), json.kind()), (FailureKind::BodyDecode, FailureKind::BodyDecode));
        assert!(text.to_string().contains("not UTF-8"), "{text}");
        assert!(json.to_string().contains("not the JSON of `u32`"), "{json}");
        // The response was complete; the iteration fails because the scenario cannot use it.
        assert_eq!(lab.outcomes(), [Outcome::Ok]);
        assert!(!text.is_recorded() && !json.is_recorded());
    }
}

mod slow {
    use super::*;

    fn impatient(server: &Server, set: impl FnOnce(&mut Timeouts)) -> Lab {
        Lab::new(&server.url(), set)
    }

    #[tokio::test]
    async fn no_response_is_timeout_head() {
        let server = Server::once("").await;
        let lab = impatient(&server, |timeouts| timeouts.head = SHORT);

        let error = fail(&lab).await;

        assert_eq!(error.kind(), FailureKind::TimeoutHead);
        assert!(error.is_timeout());
        let sample = lab.failed(FailureKind::TimeoutHead, "no response within 60 ms (time-out for the head)");
        read_once(&server, &sample);
        assert!(sample.service >= SHORT);
        eventually("the connection is closed", || server.ended() == 1).await;
    }

    #[tokio::test]
    async fn no_response_on_a_kept_alive_connection_is_timeout_head_and_closes_it() {
        let server = Server::start(|mut peer| async move {
            peer.request().await;
            peer.send(OK).await;
            peer.until_end().await;
        })
        .await;
        let lab = impatient(&server, |timeouts| timeouts.head = SHORT);
        lab.session.get("/first").send().await.unwrap();

        let error = fail(&lab).await;

        assert_eq!(error.kind(), FailureKind::TimeoutHead);
        let sample = lab.samples()[1];
        assert!(sample.reused && !sample.resent && sample.service >= SHORT);
        eventually("the connection is closed", || server.ended() == 1).await;
        assert_eq!(server.connections(), 1);
    }

    #[tokio::test]
    async fn a_body_that_stalls_is_timeout_body() {
        let server = Server::once("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
        let lab = impatient(&server, |timeouts| timeouts.body = SHORT);

        let error = fail(&lab).await;

        assert_eq!(error.kind(), FailureKind::TimeoutBody);
        let sample = lab.failed(FailureKind::TimeoutBody, "within 60 ms (time-out for a piece of the body)");
        read_once(&server, &sample);
        assert_eq!((sample.received, sample.status), (server.written(), 200));
        assert!(sample.service >= SHORT);
        eventually("the connection is closed", || server.ended() == 1).await;
    }

    #[tokio::test]
    async fn a_body_that_drips_is_no_timeout_body_and_timeout_total_ends_it() {
        let server = Server::start(|mut peer| async move {
            peer.request().await;
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
            for _ in 0..10_000 {
                peer.send("x").await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        let lab = impatient(&server, |timeouts| timeouts.total = 4 * SHORT);

        let error = fail(&lab).await;

        assert_eq!(error.kind(), FailureKind::TimeoutTotal, "{error}");
        let sample = lab.failed(FailureKind::TimeoutTotal, "within 240 ms (total time-out)");
        read_once(&server, &sample);
        assert!(sample.service >= 4 * SHORT && sample.received > 0);
    }

    #[tokio::test]
    async fn the_total_time_out_of_a_request_spans_its_redirects() {
        let server = Server::start(|mut peer| async move {
            while let Some(seen) = peer.request().await {
                tokio::time::sleep(SHORT).await;
                let next: u32 = seen.path[1..].parse::<u32>().unwrap_or(0) + 1;
                peer.send(format!("HTTP/1.1 302 Found\r\nlocation: /{next}\r\ncontent-length: 0\r\n\r\n"))
                    .await;
            }
        })
        .await;
        let lab = Lab::of(&server);

        // Time for several hops, but not for eleven.
        let error = lab.session.get("/x").timeout(6 * SHORT).send().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::TimeoutTotal, "{error}");
        let samples = lab.samples();
        let (last, hops) = samples.split_last().unwrap();
        assert_eq!(last.outcome, Outcome::Failed(FailureKind::TimeoutTotal));
        assert!(!hops.is_empty() && hops.iter().all(|hop| hop.outcome == Outcome::Ok), "{hops:?}");
        assert!(last.start + last.service - samples[0].start >= 6 * SHORT);
        assert_eq!(samples.len(), server.requests());
    }

    /// As long as there is something to read, no task waits, and no timer fires.
    #[tokio::test]
    async fn a_body_without_an_end_that_comes_faster_than_it_is_read_is_timeout_total() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut tcp, _) = listener.accept().unwrap();
            assert!(tcp.read(&mut [0; 4096]).unwrap() > 0);
            let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            let chunk = [&b"100000\r\n"[..], &[b'x'; 0x10_0000], b"\r\n"].concat();
            let mut sent = tcp.write_all(head);
            while sent.is_ok() {
                sent = tcp.write_all(&chunk);
            }
        });
        let lab = Lab::new(&base, |_| {});

        let sent = lab.session.get("/x").timeout(SHORT).discard();
        let error = bounded("the time-out", sent).await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::TimeoutTotal, "{error}");
        lab.failed(FailureKind::TimeoutTotal, "not complete within 60 ms (total time-out)");
        // The connection was closed, which ends the server.
        server.join().unwrap();
    }

    #[tokio::test]
    async fn time_outs_without_an_end_are_allowed() {
        let server = Server::answering(|_| OK).await;
        let lab = impatient(&server, |timeouts| {
            timeouts.connect = Duration::MAX;
            timeouts.head = Duration::MAX;
            timeouts.body = Duration::MAX;
            timeouts.total = Duration::MAX;
        });

        lab.session.get("/x").send().await.unwrap();
        lab.session.get("/x").timeout(Duration::MAX).send().await.unwrap();
    }

    #[tokio::test]
    async fn a_time_out_of_nothing_fails_at_once() {
        let server = Server::once("").await;
        let lab = Lab::of(&server);

        let sent = lab.session.get("/x").timeout(Duration::ZERO).send();
        let error = bounded("the time-out", sent).await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::TimeoutTotal);
        lab.failed(FailureKind::TimeoutTotal, "within 0 s (total time-out)");
    }
}

mod redirects {
    use super::*;

    fn to(location: &str) -> String {
        format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
    }

    async fn fails(
        answer: impl Fn(&str) -> String + Send + Sync + 'static,
        kind: FailureKind,
        words: &str,
    ) -> Lab {
        let server = Server::answering(move |seen| answer(&seen.path)).await;
        let lab = Lab::of(&server);

        let error = bounded("the end of it", lab.session.get("/x").send()).await.unwrap_err();

        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        let samples = lab.samples();
        let (last, hops) = samples.split_last().unwrap();
        assert_eq!(last.outcome, Outcome::Failed(kind));
        assert!(hops.iter().all(|hop| hop.outcome == Outcome::Ok));
        assert_eq!(samples.len(), server.requests());
        assert_eq!(samples.iter().map(|sample| sample.sent).sum::<u64>(), server.read());
        assert_eq!(samples.iter().map(|sample| sample.received).sum::<u64>(), server.written());
        assert_eq!(lab.notes().len(), 1);
        assert_eq!(server.connections(), 1);
        lab
    }

    #[tokio::test]
    async fn ten_redirects_are_followed_and_eleven_are_too_many() {
        let lab = fails(|path| to(&format!("{path}x")), FailureKind::RedirectTooMany, "more than 10").await;
        assert_eq!(lab.samples().len(), 11);

        let ten = |path: &str| if path.len() == 12 { OK.into() } else { to(&format!("{path}x")) };
        let server = Server::answering(move |seen| ten(&seen.path)).await;
        let lab = Lab::of(&server);
        lab.session.get("/x").send().await.unwrap();
        assert_eq!(lab.outcomes(), vec![Outcome::Ok; 11]);
    }

    #[tokio::test]
    async fn redirects_are_followed_up_to_the_limit_and_with_0_are_statuses() {
        let server = Server::answering(|seen| to(&format!("{}x", seen.path))).await;
        for (most, samples, kind) in
            [(2, 3, FailureKind::RedirectTooMany), (0, 1, FailureKind::HttpUnexpectedStatus)]
        {
            let client = support::client().redirects(most).build().unwrap();
            let lab = Lab::with(client, Some(&server.url()));
            let error = lab.session.get("/x").send().await.unwrap_err();
            assert_eq!((error.kind(), lab.samples().len()), (kind, samples));
        }
        let client = support::client().redirects(0).build().unwrap();
        let lab = Lab::with(client, Some(&server.url()));
        assert_eq!(lab.session.get("/x").expect_status(302).send().await.unwrap().status(), 302);
    }

    #[tokio::test]
    async fn a_location_that_leads_nowhere_is_bad_location() {
        for location in
            ["http://", "mailto:me@example.com", "http://127.0.0.1:0/", "http://a b/", "http://[::1"]
        {
            fails(|_| to(location), FailureKind::RedirectBadLocation, "Location").await;
        }
        let none = |_: &str| "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n".to_owned();
        fails(none, FailureKind::RedirectBadLocation, "no Location").await;
    }
}

mod status {
    use super::*;

    #[tokio::test]
    async fn an_unwanted_status_is_a_failure_of_its_class_and_keeps_the_connection() {
        let statuses = [
            (400, FailureKind::Http4xx),
            (404, FailureKind::Http4xx),
            (499, FailureKind::Http4xx),
            (500, FailureKind::Http5xx),
            (503, FailureKind::Http5xx),
            (304, FailureKind::HttpUnexpectedStatus),
            (300, FailureKind::HttpUnexpectedStatus),
            (600, FailureKind::HttpUnexpectedStatus),
        ];
        let server = Server::answering(|seen| {
            let length = if seen.path == "/304" { "" } else { "content-length: 2\r\n" };
            let body = if seen.path == "/304" { "" } else { "no" };
            format!("HTTP/1.1 {} Such\r\n{length}\r\n{body}", &seen.path[1..])
        })
        .await;
        let lab = Lab::of(&server);

        for (status, kind) in statuses {
            let error = lab.session.get(format!("/{status}")).send().await.unwrap_err();

            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(error.status().unwrap().as_u16(), status);
            assert!(error.is_status() && error.to_string().contains(&status.to_string()), "{error}");
        }
        let samples = lab.samples();
        assert_eq!(
            samples.iter().map(|sample| sample.status).collect::<Vec<_>>(),
            statuses.map(|(status, _)| status)
        );
        assert_eq!(samples.iter().map(|sample| sample.received).sum::<u64>(), server.written());
        assert_eq!((server.connections(), lab.notes().len()), (1, 8));
    }

    #[tokio::test]
    async fn a_success_that_was_not_expected_is_unexpected_status() {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);

        let error = lab.session.get("/x").expect_status([201, 404]).send().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::HttpUnexpectedStatus);
        let sample = lab.failed(FailureKind::HttpUnexpectedStatus, "200 OK (expected 201 or 404)");
        read_once(&server, &sample);
    }
}

/// Law A2 over a mixture: the requests counted as sent are those that the server read, class by class.
#[tokio::test]
async fn a_mixture_of_faults_adds_up() {
    let server = Server::start(|mut peer| async move {
        while let Some(seen) = peer.request().await {
            match seen.path.as_str() {
                "/fin" => return,
                "/rst" => return peer.reset(),
                "/garbage" => peer.send("what?\r\n\r\n").await,
                "/cut" => return peer.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1").await,
                "/stall" => peer.until_end().await,
                "/bad" => peer.send("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n").await,
                _ => peer.send(OK).await,
            }
        }
    })
    .await;
    let lab = Lab::new(&server.url(), |timeouts| timeouts.head = SHORT);
    let paths =
        ["/ok", "/fin", "/ok", "/rst", "/garbage", "/ok", "/cut", "/bad", "/ok", "/stall", "/ok", "/ok"];

    for path in paths {
        let result = lab.session.get(path).send().await;
        assert_eq!(result.is_ok(), path == "/ok", "{path}: {result:?}");
    }

    let samples = lab.samples();
    assert_eq!(samples.len(), paths.len());
    assert_eq!(server.requests(), samples.iter().filter(|sample| sample.sent > 0).count());
    assert_eq!(samples.iter().map(|sample| sample.sent).sum::<u64>(), server.read());
    for (sample, path) in samples.iter().zip(paths) {
        assert_eq!(lab.name(sample), format!("GET {path}"));
        assert_eq!(sample.outcome == Outcome::Ok, path == "/ok");
    }
    let opened = samples.iter().filter(|sample| !sample.reused).count();
    assert_eq!((server.connections(), lab.connected().len()), (opened, opened));
}

#[tokio::test]
async fn several_threads_and_users_lose_and_double_nothing() {
    let server = Arc::new(
        Server::start(|mut peer| async move {
            // Each connection ends after some requests, right after a response or right after reading.
            for n in 0..7 {
                if peer.request().await.is_none() || (n == 6 && peer.number % 2 == 0) {
                    return;
                }
                peer.send(OK).await;
            }
        })
        .await,
    );
    let users: Vec<_> = (0..8)
        .map(|_| {
            let lab = Lab::of(&server);
            tokio::spawn(async move {
                for _ in 0..50 {
                    let _ = lab.session.get("/x").send().await;
                }
                lab.samples()
            })
        })
        .collect();

    let mut samples = Vec::new();
    for user in users {
        samples.extend(bounded("the user ends", user).await.unwrap());
    }

    assert_eq!(samples.len(), 400);
    let failures: Vec<_> = samples.iter().filter(|sample| sample.outcome != Outcome::Ok).collect();
    let closed = Outcome::Failed(FailureKind::ClosedBeforeResponse);
    assert!(failures.iter().all(|sample| sample.outcome == closed), "{failures:?}");
    let read: usize = server.requests();
    let sent = samples.iter().filter(|sample| sample.sent > 0).count();
    // A request that left while the server was closing was sent and not read; none is read twice.
    assert!(read <= sent, "{read} {sent}");
    assert!(samples.iter().filter(|sample| sample.outcome == Outcome::Ok).count() <= read);
}
