//! The behaviour of a session without faults, and its records.
#![allow(clippy::unwrap_used)]

use super::support;

use std::future::Future;
use std::io::{Read, Write};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use molotov_core::{Error, Event, FailureKind, Outcome, Record, Result, Sample, Value};

use tokio::io::AsyncReadExt;

use support::{IdleEnd, Lab, OK, Server, adds_up, bounded, eventually, redirect};

const EMPTY: &str = "HTTP/1.1 204 No Content\r\n\r\n";

fn with(headers: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n{headers}\r\nok")
}

mod connections {
    use super::*;

    #[tokio::test]
    async fn a_connection_is_kept_alive_from_request_to_request() {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);

        for _ in 0..100 {
            let response = lab.session.get("/x").send().await.unwrap();
            assert_eq!(response.text().unwrap(), "ok");
        }

        assert_eq!((server.connections(), server.requests(), lab.connected().len()), (1, 100, 1));
        let samples = lab.samples();
        assert!(!samples[0].reused && samples[1..].iter().all(|sample| sample.reused && !sample.resent));
        for sample in &samples {
            assert!(sample.first_byte.unwrap() <= sample.service);
        }
        assert!(samples.windows(2).all(|pair| pair[0].start + pair[0].service <= pair[1].start));
        assert_eq!(lab.session.responses(), 100);
        adds_up(&lab, &server);
    }

    /// A3: for every moment at which the server closes between two requests, it reads none twice.
    #[tokio::test]
    async fn a_connection_that_the_server_closes_while_idle_is_replaced_without_an_error() {
        for end in [IdleEnd::Closed, IdleEnd::Reset] {
            let server = Server::ending_idle(end).await;
            let lab = Lab::of(&server);

            for _ in 0..5 {
                lab.session.get("/x").send().await.unwrap();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }

            assert_eq!((server.connections(), lab.connected().len()), (5, 5));
            assert!(lab.samples().iter().all(|sample| !sample.reused && !sample.resent));
            adds_up(&lab, &server);
        }
    }

    #[tokio::test]
    async fn close_between_two_requests_never_repeats_one() {
        for delay in 0..40 {
            let server = Server::start(move |mut peer| async move {
                while let Some(seen) = peer.request().await {
                    peer.send(OK).await;
                    if seen.path == "/last" {
                        tokio::time::sleep(Duration::from_micros(delay * 20)).await;
                        return;
                    }
                }
            })
            .await;
            let lab = Lab::of(&server);
            lab.session.get("/last").send().await.unwrap();
            if delay % 2 == 0 {
                tokio::time::sleep(Duration::from_micros(500)).await;
            }

            let result = lab.session.post("/once").body("x").send().await;

            let sample = lab.samples()[1];
            let read = server.seen().iter().filter(|seen| seen.path == "/once").count();
            assert_eq!(read, usize::from(result.is_ok()), "{result:?}");
            if let Err(error) = result {
                assert_eq!(error.kind(), FailureKind::ClosedBeforeResponse);
                assert!(sample.reused && sample.sent > 0);
            }
        }
    }

    /// A scenario that computes for a while keeps the runtime from seeing a close by the server.
    #[test]
    fn a_close_that_the_runtime_has_not_seen_yet_is_no_error() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (answered, is_answered) = std::sync::mpsc::channel();
        let (closed, is_closed) = std::sync::mpsc::channel();
        let server = std::thread::spawn(move || {
            for _ in 0..5 {
                let (mut tcp, _) = listener.accept().unwrap();
                assert!(tcp.read(&mut [0; 4096]).unwrap() > 0);
                tcp.write_all(OK.as_bytes()).unwrap();
                is_answered.recv().unwrap();
                drop(tcp);
                closed.send(()).unwrap();
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();

        runtime.block_on(async {
            let lab = Lab::new(&base, |_| {});
            for _ in 0..5 {
                lab.session.get("/x").send().await.unwrap();
                answered.send(()).unwrap();
                is_closed.recv().unwrap();
                std::thread::sleep(Duration::from_millis(2));
            }
            assert_eq!(lab.outcomes(), [Outcome::Ok; 5]);
        });

        server.join().unwrap();
    }

    /// A3: the connection is reset, and the runtime may or may not have seen the reset at the next request.
    #[test]
    fn a_request_into_a_connection_that_was_reset_is_sent_once() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (closed, is_closed) = std::sync::mpsc::channel();
        let server = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let _inside = runtime.enter();
            let mut read = 0;
            for turn in 0..40 {
                let (mut tcp, _) = listener.accept().unwrap();
                read += tcp.read(&mut [0; 4096]).unwrap();
                tcp.write_all(OK.as_bytes()).unwrap();
                tcp.set_nonblocking(true).unwrap();
                let tcp = tokio::net::TcpStream::from_std(tcp).unwrap();
                if turn % 2 == 0 {
                    tcp.set_zero_linger().unwrap();
                    drop(tcp);
                    closed.send(()).unwrap();
                }
            }
            read as u64
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();

        let sent = runtime.block_on(async {
            let mut sent = 0;
            for _ in 0..20 {
                let lab = Lab::new(&base, |_| {});
                lab.session.get("/x").send().await.unwrap();
                is_closed.recv().unwrap();

                if let Err(error) = lab.session.get("/x").send().await {
                    // The reset had not arrived yet. The written request is lost, and is not silently written again.
                    let kinds = [FailureKind::ClosedBeforeResponse, FailureKind::SendReset];
                    assert!(kinds.contains(&error.kind()), "{error}");
                    lab.session.get("/x").send().await.unwrap();
                }

                let samples = lab.samples();
                let (ok, lost): (Vec<Sample>, Vec<Sample>) =
                    samples.into_iter().partition(|sample| sample.outcome == Outcome::Ok);
                assert!(ok.len() == 2 && ok.iter().all(|sample| !sample.reused));
                assert!(lost.iter().all(|sample| sample.reused && !sample.resent));
                sent += ok.iter().map(|sample| sample.sent).sum::<u64>();
            }
            sent
        });

        assert_eq!(server.join().unwrap(), sent);
    }

    #[tokio::test]
    async fn connection_close_and_http_1_0_open_another_connection_without_an_error() {
        for answer in [
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok",
            "HTTP/1.0 200 OK\r\n\r\nok",
            "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        ] {
            let server = Server::start(move |mut peer| async move {
                peer.request().await;
                peer.send(answer).await;
            })
            .await;
            let lab = Lab::of(&server);

            for _ in 0..3 {
                let response = lab.session.get("/x").send().await.unwrap();
                assert_eq!(response.text().unwrap(), "ok");
            }

            assert_eq!(server.connections(), 3);
            assert!(lab.samples().iter().all(|sample| !sample.resent));
            adds_up(&lab, &server);
        }
    }

    #[tokio::test]
    async fn requests_in_parallel_open_two_connections_and_both_are_kept() {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);

        for _ in 0..3 {
            let (a, b) = (lab.session.get("/a").send(), lab.session.get("/b").send());
            tokio::try_join!(a, b).unwrap();
        }

        assert_eq!((server.connections(), server.requests()), (2, 6));
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn requests_in_parallel_end_each_in_its_own_way() {
        let server = Server::start(|mut peer| async move {
            while let Some(seen) = peer.request().await {
                match seen.path.as_str() {
                    "/cut" => return peer.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1").await,
                    "/fin" => return,
                    "/bad" => peer.send("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n").await,
                    "/slow" => peer.until_end().await,
                    _ => peer.send(OK).await,
                }
            }
        })
        .await;
        let lab = Lab::of(&server);
        let paths = ["/ok", "/cut", "/bad", "/fin", "/slow", "/ok", "/bad", "/ok"];

        for _ in 0..3 {
            let sent = paths.map(|path| lab.session.get(path).timeout(support::SHORT).send());
            let results = bounded("all responses", futures::future::join_all(sent)).await;
            for (path, result) in paths.iter().zip(results) {
                assert_eq!(result.is_ok(), *path == "/ok", "{path}: {result:?}");
            }
        }
        // The first failure ends the others, which are cancelled.
        let (slow, bad) = (lab.session.get("/slow").send(), lab.session.get("/bad").send());
        tokio::try_join!(slow, bad).unwrap_err();

        let samples = lab.samples();
        assert_eq!((samples.len(), server.requests()), (26, 26));
        assert_eq!(samples.iter().map(|sample| sample.sent).sum::<u64>(), server.read());
        assert_eq!(samples.iter().map(|sample| sample.received).sum::<u64>(), server.written());
        let count = |outcome| samples.iter().filter(|sample| sample.outcome == outcome).count();
        assert_eq!((count(Outcome::Ok), count(Outcome::Cancelled)), (9, 1));
        assert_eq!(count(Outcome::Failed(FailureKind::Http5xx)), 7);
    }

    #[tokio::test]
    async fn a_session_that_is_dropped_closes_its_connections() {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);
        lab.session.get("/x").send().await.unwrap();

        drop(lab);

        eventually("the connection is closed", || server.ended() == 1).await;
    }

    #[tokio::test]
    async fn at_most_eight_idle_connections_are_kept() {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);

        let all = (0..12).map(|_| lab.session.get("/x").send());
        futures::future::try_join_all(all).await.unwrap();

        assert_eq!(server.connections(), 12);
        eventually("four are closed", || server.ended() == 4).await;
    }
}

mod dropped {
    use super::*;

    /// Never responds on `/slow`, and at once on all other paths.
    async fn server() -> Server {
        Server::start(|mut peer| async move {
            while let Some(seen) = peer.request().await {
                match seen.path.as_str() {
                    "/slow" => peer.until_end().await,
                    "/body" => {
                        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
                        peer.until_end().await;
                    }
                    _ => peer.send(OK).await,
                }
            }
        })
        .await
    }

    #[tokio::test]
    async fn a_request_that_is_dropped_is_cancelled_and_its_socket_closed() {
        for (path, status) in [("/slow", 0), ("/body", 200)] {
            let server = server().await;
            let lab = Lab::of(&server);
            lab.session.get("/x").send().await.unwrap();

            let sent = lab.session.get(path).send();
            tokio::time::timeout(Duration::from_millis(50), sent).await.unwrap_err();

            eventually("the connection is closed", || server.ended() == 1).await;
            lab.session.get("/x").send().await.unwrap();
            assert_eq!(lab.outcomes(), [Outcome::Ok, Outcome::Cancelled, Outcome::Ok]);
            assert_eq!(server.connections(), 2);
            let cancelled = lab.samples()[1];
            assert_eq!((cancelled.status, cancelled.reused), (status, true));
            assert!(lab.notes().is_empty());
            // A2 holds for cancelled requests too: their bytes had left.
            adds_up(&lab, &server);
        }
    }

    #[tokio::test]
    async fn a_request_that_is_dropped_before_it_is_polled_is_none() {
        let server = server().await;
        let lab = Lab::of(&server);

        drop(lab.session.get("/x").send());

        assert!(lab.records().is_empty());
        assert_eq!(server.connections(), 0);
    }

    #[tokio::test]
    async fn the_loser_of_a_select_is_cancelled() {
        let server = server().await;
        let lab = Lab::of(&server);

        let fast = tokio::select! {
            _ = lab.session.get("/slow").send() => false,
            response = lab.session.get("/x").send() => response.is_ok(),
        };

        assert!(fast);
        let mut outcomes = lab.outcomes();
        outcomes.sort_by_key(|outcome| *outcome == Outcome::Cancelled);
        assert_eq!(outcomes, [Outcome::Ok, Outcome::Cancelled]);
        eventually("the loser's connection is closed", || server.ended() == 1).await;
    }

    /// In every phase, it leaves one sample with the bytes that left, and no socket.
    #[tokio::test]
    async fn a_request_may_be_dropped_whenever_it_waits() {
        let (mut dropped, mut turns) = (0, 0);
        for polls in 1.. {
            let server = Server::start(|mut peer| async move {
                while peer.request().await.is_some() {
                    for byte in format!("HTTP/1.1 100 Continue\r\n\r\n{OK}").bytes() {
                        peer.send([byte]).await;
                        tokio::task::yield_now().await;
                    }
                }
            })
            .await;
            let lab = Lab::of(&server);
            if polls % 2 == 0 {
                lab.session.get("/first").send().await.unwrap();
            }
            let mut sent = lab.session.post("/x").body("body").send();
            let mut response = None;
            for _ in 0..polls {
                let polled = std::future::poll_fn(|cx| Poll::Ready(sent.as_mut().poll(cx))).await;
                if let Poll::Ready(done) = polled {
                    response = Some(done.unwrap());
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(sent);

            let samples = lab.samples();
            let sample = samples.last().unwrap();
            let what = "the server reads what was sent";
            eventually(what, || server.read() == samples.iter().map(|sample| sample.sent).sum::<u64>()).await;
            assert_eq!(samples.len(), if polls % 2 == 0 { 2 } else { 1 });
            assert!(lab.notes().is_empty() && sample.received <= server.written());
            if response.is_some() {
                assert_eq!(sample.outcome, Outcome::Ok);
                turns += 1;
            } else {
                assert_eq!(sample.outcome, Outcome::Cancelled);
                eventually("the connection is closed", || server.ended() == server.connections()).await;
                dropped += 1;
            }
            if turns == 2 {
                break;
            }
        }
        assert!(dropped > 10, "{dropped}");
    }

    /// A future that wakes itself would be polled thousands of times meanwhile.
    #[tokio::test]
    async fn waiting_costs_nothing() {
        let server = Server::start(|mut peer| async move {
            while let Some(seen) = peer.request().await {
                let half = "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf";
                tokio::time::sleep(Duration::from_millis(60)).await;
                peer.send(if seen.method == "HEAD" { "HTTP/1.1 200 OK\r\n\r\n" } else { half }).await;
                tokio::time::sleep(Duration::from_millis(60)).await;
                if seen.method != "HEAD" {
                    peer.send("half").await;
                }
            }
        })
        .await;
        let lab = Lab::new(&server.url(), |timeouts| timeouts.body = Duration::from_secs(3));

        for request in [lab.session.get("/x"), lab.session.get("/x"), lab.session.head("/x")] {
            let mut sent = pin!(request.send());
            let mut polls = 0;
            let polled = std::future::poll_fn(|cx| {
                polls += 1;
                sent.as_mut().poll(cx)
            });
            bounded("the response", polled).await.unwrap();

            assert!(polls < 20, "polled {polls} times");
        }
        assert_eq!(server.connections(), 1);
    }
}

mod requests {
    use super::*;

    #[tokio::test]
    async fn every_request_has_a_user_agent_and_a_host() {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);

        lab.session.get("/x").send().await.unwrap();

        let seen = &server.seen()[0];
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("GET", "/x"));
        assert_eq!(seen.header("host").unwrap(), server.address.to_string());
        assert!(seen.header("user-agent").unwrap().starts_with("molotov/"));
        assert_eq!(seen.header("content-length"), None);
        assert_eq!(seen.header("cookie"), None);
    }

    #[tokio::test]
    async fn a_default_header_is_sent_always_and_a_request_overrides_it() {
        let server = Server::answering(|_| OK).await;
        let mut lab = Lab::of(&server);
        for (name, value) in [("X-Team", "red"), ("user-agent", "mine/1"), ("host", "shop.example")] {
            lab.session.set_header(name, value).unwrap();
        }

        lab.session.get("/a").send().await.unwrap();
        lab.session.get("/b").header("x-team", "blue").header("Host", "other.example").send().await.unwrap();
        lab.session.remove_header("x-team");
        lab.session.get("/c").send().await.unwrap();

        let seen = server.seen();
        let get = |index: usize, name| seen[index].header(name).map(str::to_owned);
        assert_eq!(get(0, "x-team").unwrap(), "red");
        assert_eq!(get(1, "x-team").unwrap(), "blue");
        assert_eq!(get(2, "x-team"), None);
        assert_eq!(get(0, "user-agent").unwrap(), "mine/1");
        assert_eq!(get(0, "host").unwrap(), "shop.example");
        assert_eq!(get(1, "host").unwrap(), "other.example");
    }

    #[tokio::test]
    async fn paths_and_queries_are_encoded_and_the_name_is_the_route() {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);
        let session = &lab.session;

        session.get("/items/{id}").path("id", "a/b ä?").query("q", "x&y=z ü").send().await.unwrap();
        session.get("/find?a={a}&b=2").path("a", "1&2=3+4 5").query("c", 3).send().await.unwrap();
        session.get("relative").send().await.unwrap();
        session.get(format!("{}/absolute?x=1", server.url())).send().await.unwrap();
        session.get("/items/{id}").path("id", 1).name("an item").send().await.unwrap();
        session.get("//two/slashes").send().await.unwrap();

        let paths: Vec<_> = server.seen().into_iter().map(|seen| seen.path).collect();
        assert_eq!(
            paths,
            [
                "/items/a%2Fb%20%C3%A4%3F?q=x%26y%3Dz+%C3%BC",
                "/find?a=1%262%3D3%2B4%205&b=2&c=3",
                "/relative",
                "/absolute?x=1",
                "/items/1",
                "//two/slashes",
            ]
        );
        let names: Vec<_> = lab.samples().iter().map(|sample| lab.name(sample)).collect();
        let absolute = format!("GET {}/absolute", server.url());
        let expected =
            ["GET /items/{id}", "GET /find", "GET relative", &absolute, "GET an item", "GET //two/slashes"];
        assert_eq!(names, expected);
        assert_eq!(server.connections(), 1);
    }

    #[tokio::test]
    async fn bodies_have_their_type_and_length() {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);
        let session = &lab.session;

        session.post("/json").json(&[1, 2]).send().await.unwrap();
        session.put("/form").form([("a", "1 2"), ("b", "&")]).send().await.unwrap();
        session.patch("/bytes").body("raw").header("content-type", "text/plain").send().await.unwrap();
        session.post("/own").header("content-type", "application/vnd.x+json").json(&1).send().await.unwrap();
        session.post("/nothing").send().await.unwrap();
        session.delete("/gone").send().await.unwrap();

        let seen = server.seen();
        let what: Vec<_> = seen
            .iter()
            .map(|seen| {
                let (kind, length) = (seen.header("content-type"), seen.header("content-length"));
                (seen.method.as_str(), seen.text(), kind.unwrap_or(""), length.unwrap_or(""))
            })
            .collect();
        assert_eq!(
            what,
            [
                ("POST", "[1,2]", "application/json", "5"),
                ("PUT", "a=1+2&b=%26", "application/x-www-form-urlencoded", "11"),
                ("PATCH", "raw", "text/plain", "3"),
                ("POST", "1", "application/vnd.x+json", "1"),
                ("POST", "", "", "0"),
                ("DELETE", "", "", ""),
            ]
        );
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn a_status_that_is_expected_is_right_and_every_other_is_not() {
        let server =
            Server::answering(|seen| format!("HTTP/1.1 {} S\r\ncontent-length: 0\r\n\r\n", &seen.path[1..]))
                .await;
        let lab = Lab::of(&server);
        let get = |status: u16| lab.session.get(format!("/{status}")).name("x");

        assert!(get(404).expect_status(404).send().await.is_ok());
        assert!(get(404).expect_status([200, 404]).send().await.is_ok());
        assert!(get(503).expect_status(500..=599).send().await.is_ok());
        assert!(get(201).expect_status(http::StatusCode::CREATED).send().await.is_ok());
        assert!(get(304).expect_status(304).send().await.is_ok());
        assert!(get(302).expect_status(302).send().await.is_ok());
        assert!(get(200).expect_status(201).send().await.is_err());
        assert!(get(500).expect_status(404).send().await.is_err());

        let failed = lab.outcomes().iter().filter(|outcome| **outcome != Outcome::Ok).count();
        assert_eq!((failed, lab.notes().len()), (2, 2));
    }

    #[tokio::test]
    async fn a_mistake_sends_nothing_and_records_nothing() {
        let server = Server::answering(|_| OK).await;
        let mut lab = Lab::of(&server);
        {
            let session = &lab.session;
            let said = |error: Error| {
                assert_eq!(error.kind(), FailureKind::UserError);
                assert!(!error.is_recorded());
                error.to_string()
            };
            let get = |route| session.get(route);

            let error = said(get("/x").header("Bearer secret", "authorization").send().await.unwrap_err());
            assert!(error.contains("the character ' '") && !error.contains("secret"), "{error}");
            let error = get("/x").header("a", "b\r\nc: d").send().await.unwrap_err();
            assert!(said(error).contains("the header `a`"));
            assert!(said(get("/{id}").send().await.unwrap_err()).contains("needs `.path(\"id\", …)`"));
            assert!(said(get("/").path("id", 1).send().await.unwrap_err()).contains("has no `{id}`"));
            assert!(said(get("/a b").send().await.unwrap_err()).contains("cannot be a path"));
            assert!(said(get("/a\r\nb: c").send().await.unwrap_err()).contains("cannot be a path"));
            assert!(said(get("http://").send().await.unwrap_err()).contains("is not a URL"));
            let error = said(get("http://me:secret@127.0.0.1:x/").send().await.unwrap_err());
            assert!(error.contains("http://user:password@host") && !error.contains("secret"), "{error}");
            let error = said(get("http://me:secret@127.0.0.1/{id}").send().await.unwrap_err());
            assert!(error.contains("the route `http://127.0.0.1/{id}`"), "{error}");
            let error = get("/{id}").path("id", "").send().await.unwrap_err();
            assert!(said(error).contains("would be empty"));
        }
        assert!(lab.session.set_header("a\n", "b").is_err());
        for framing in ["content-length", "Transfer-Encoding"] {
            let error = lab.session.set_header(framing, "5").unwrap_err().to_string();
            assert!(error.contains("for all requests"), "{error}");
        }
        assert!(lab.session.set_base("nowhere").is_err());

        let homeless = Lab::with(support::client().build().unwrap(), None);
        let error = homeless.session.get("/x").send().await.unwrap_err();
        assert!(error.to_string().contains("--host URL"), "{error}");
        assert!(homeless.records().is_empty());
    }

    /// The buffers belong to threads, and users move between threads.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn users_on_several_threads_get_each_its_own_bytes() {
        let server = Server::answering(|seen| {
            let head = format!("HTTP/1.1 200 OK\r\nx-path: {}\r\n", seen.path);
            let head = format!("{head}content-length: {}\r\n\r\n", seen.body.len());
            [head.as_bytes(), &seen.body].concat()
        })
        .await;
        let base = server.url();
        let users: Vec<_> = (0..8usize)
            .map(|user| {
                let lab = Lab::new(&base, |_| {});
                tokio::spawn(async move {
                    for turn in 0..12usize {
                        let (path, length) =
                            (format!("/{user}/{turn}"), (user * 7919 + turn * 15_013) % 200_000);
                        let body: Vec<u8> = (0..length).map(|n| (n / 251 + user * 16 + turn) as u8).collect();

                        let response = lab.session.post(&path).body(body.clone()).send().await.unwrap();

                        assert_eq!(response.header("x-path"), Some(path.as_str()));
                        assert!(response.bytes() == &body, "{path}");
                    }
                    lab.samples()
                })
            })
            .collect();

        let mut samples = Vec::new();
        for user in users {
            samples.extend(bounded("the user ends", user).await.unwrap());
        }
        assert_eq!((samples.len(), server.requests(), server.connections()), (96, 96, 8));
        assert_eq!(samples.iter().map(|sample| sample.sent).sum::<u64>(), server.read());
        let received = samples.iter().map(|sample| sample.received).sum::<u64>();
        // The server counts after it has written, on another thread.
        eventually("the server counts all", || server.written() == received).await;
    }

    /// Neither side may wait for the other to read first.
    #[tokio::test]
    async fn a_body_is_read_while_a_longer_one_is_still_written() {
        const LONG: usize = 16 * 1024 * 1024;
        let server = Server::start(|mut peer| async move {
            let mut buffer = vec![0; 64 * 1024];
            let first = peer.tcp.read(&mut buffer).await.unwrap();
            let text = String::from_utf8_lossy(&buffer[..first]).into_owned();
            let body = text.split_once("\r\n\r\n").unwrap().1.len();
            peer.send(format!("HTTP/1.1 200 OK\r\ncontent-length: {LONG}\r\n\r\n")).await;
            peer.send(&buffer[first - body..first]).await;
            let mut left = LONG - body;
            while left > 0 {
                let n = peer.tcp.read(&mut buffer).await.unwrap();
                peer.send(&buffer[..n]).await;
                left -= n;
            }
            peer.request().await;
            peer.send(OK).await;
        })
        .await;
        let lab = Lab::of(&server);
        let long: Vec<u8> = (0..LONG).map(|n| (n / 1000) as u8).collect();

        let response = bounded("the echo", lab.session.post("/x").body(long.clone()).send()).await.unwrap();

        assert!(response.bytes() == &long);
        lab.session.get("/y").send().await.unwrap();
        assert_eq!(server.connections(), 1);
        assert_eq!(lab.samples().iter().map(|sample| sample.received).sum::<u64>(), server.written());
    }

    #[tokio::test]
    async fn a_content_length_that_is_wrong_does_not_hang() {
        let server = Server::answering(|_| OK).await;
        let lab = Lab::of(&server);

        for length in ["1", "100"] {
            let request = lab.session.post("/x").header("content-length", length).body("four");
            let error = bounded("the end", request.send()).await.unwrap_err();
            assert!(error.to_string().contains("content-length"), "{error}");
        }
        lab.session.post("/x").header("content-length", "4").body("four").send().await.unwrap();
        assert_eq!((server.requests(), lab.samples().len()), (1, 1));
    }
}

mod responses {
    use super::*;

    #[tokio::test]
    async fn head_204_and_304_have_no_body_despite_their_headers() {
        let server = Server::answering(|seen| match seen.path.as_str() {
            "/204" => "HTTP/1.1 204 No Content\r\n\r\n",
            "/304" => "HTTP/1.1 304 Not Modified\r\ncontent-length: 100\r\n\r\n",
            _ => "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n",
        })
        .await;
        let lab = Lab::of(&server);

        for _ in 0..2 {
            let head = lab.session.head("/x").send().await.unwrap();
            assert_eq!((head.body_len(), head.header("content-length")), (0, Some("100")));
            assert_eq!(lab.session.get("/204").send().await.unwrap().body_len(), 0);
            assert_eq!(lab.session.get("/304").expect_status(304).send().await.unwrap().body_len(), 0);
            assert!(lab.session.head("/x").stream().await.unwrap().chunk().await.unwrap().is_none());
        }

        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn chunked_bodies_are_read_to_their_end_with_trailers() {
        let server = Server::start(|mut peer| async move {
            while peer.request().await.is_some() {
                peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n").await;
                tokio::time::sleep(Duration::from_millis(5)).await;
                peer.send("2;ext=1\r\nde\r\n0\r\nx-sum: 1\r\n\r\n").await;
            }
        })
        .await;
        let lab = Lab::of(&server);

        for _ in 0..3 {
            let response = lab.session.get("/x").send().await.unwrap();
            assert_eq!((response.text().unwrap(), response.body_len()), ("abcde", 5));
            assert_eq!(response.trailers().unwrap()["x-sum"], "1");
        }

        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn trailers_are_there_after_the_end_of_a_body() {
        let server = Server::answering(|seen| match seen.path.as_str() {
            "/none" => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
            "/length" => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab",
            "/missing" => {
                "HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx-sum: 404\r\n\r\n"
            }
            _ => {
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-sum: head\r\n\r\n2\r\nab\r\n0\r\n\
                 x-sum: 1\r\nX-List:  a \r\nx-list: bü\r\nx-empty:\r\n\r\n"
            }
        })
        .await;
        let lab = Lab::of(&server);

        for _ in 0..2 {
            let mut stream = lab.session.get("/x").stream().await.unwrap();
            assert_eq!(stream.chunk().await.unwrap().unwrap(), "ab");
            assert!(stream.trailers().is_none());
            assert!(stream.chunk().await.unwrap().is_none());
            let streamed = stream.trailers().unwrap().clone();
            drop(stream);
            let sent = lab.session.get("/x").send().await.unwrap();
            let counted = lab.session.get("/x").discard().await.unwrap();

            assert_eq!(sent.header("x-sum"), Some("head"));
            for trailers in [Some(&streamed), sent.trailers(), counted.trailers()].map(Option::unwrap) {
                assert_eq!(
                    (&trailers["x-sum"], &trailers["x-empty"]),
                    (&"1".parse().unwrap(), &"".parse().unwrap())
                );
                let list: Vec<_> = trailers.get_all("x-list").iter().map(|value| value.as_bytes()).collect();
                assert_eq!(list, ["a".as_bytes(), "bü".as_bytes()]);
                assert_eq!(trailers.len(), 4);
            }
            assert!(lab.session.get("/none").send().await.unwrap().trailers().is_none());
            assert!(lab.session.get("/length").send().await.unwrap().trailers().is_none());
            let missing = lab.session.get("/missing").expect_status(404).send().await.unwrap();
            assert_eq!(missing.trailers().unwrap()["x-sum"], "404");
        }

        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }

    async fn pieces() -> Server {
        Server::start(|mut peer| async move {
            while peer.request().await.is_some() {
                peer.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\nx-a: b\r\n\r\n").await;
                for piece in ["ab", "cd", "ef"] {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    peer.send(piece).await;
                }
            }
        })
        .await
    }

    #[tokio::test]
    async fn a_stream_gives_the_pieces_and_is_recorded_at_its_end() {
        let server = pieces().await;
        let lab = Lab::of(&server);

        for count in 1..=2 {
            let mut stream = lab.session.get("/x").stream().await.unwrap();
            assert_eq!((stream.status().as_u16(), stream.headers()["x-a"].to_str().unwrap()), (200, "b"));
            assert_eq!(lab.samples().len(), count - 1);
            let mut body = Vec::new();
            while let Some(piece) = stream.chunk().await.unwrap() {
                body.extend_from_slice(&piece);
            }
            assert!(stream.chunk().await.unwrap().is_none());
            assert_eq!(body, b"abcdef");
        }

        assert_eq!(lab.outcomes(), [Outcome::Ok, Outcome::Ok]);
        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn the_time_for_a_piece_of_a_stream_begins_when_it_is_asked_for() {
        let patience = Duration::from_millis(300);
        let (go, gone) = tokio::sync::watch::channel(false);
        let server = Server::start(move |mut peer| {
            let mut gone = gone.clone();
            async move {
                peer.request().await;
                peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na").await;
                gone.wait_for(|go| *go).await.unwrap();
                peer.send("b").await;
            }
        })
        .await;
        let lab = Lab::new(&server.url(), |timeouts| timeouts.body = patience);
        let mut stream = lab.session.get("/x").stream().await.unwrap();
        stream.chunk().await.unwrap().unwrap();

        tokio::time::sleep(patience + patience / 3).await;
        let late = stream.chunk();
        go.send(true).unwrap();

        assert_eq!(late.await.unwrap().unwrap(), "b");
    }

    #[tokio::test]
    async fn a_stream_that_is_dropped_half_way_is_cancelled_and_closed() {
        let server = pieces().await;
        let lab = Lab::of(&server);

        let mut stream = lab.session.get("/x").stream().await.unwrap();
        stream.chunk().await.unwrap().unwrap();
        drop(stream);

        assert_eq!(lab.outcomes(), [Outcome::Cancelled]);
        let sample = lab.sample();
        assert_eq!(sample.status, 200);
        assert!(sample.sent == server.read() && sample.received > 0);
        eventually("the connection is closed", || server.ended() == 1).await;
        lab.session.get("/x").send().await.unwrap();
        assert_eq!(server.connections(), 2);
    }

    #[tokio::test]
    async fn a_stream_that_is_cut_fails_once_and_names_its_route() {
        let server = Server::start(|mut peer| async move {
            peer.request().await;
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nab").await;
        })
        .await;
        let lab = Lab::of(&server);
        let mut stream = lab.session.get("/x").stream().await.unwrap();
        stream.chunk().await.unwrap().unwrap();

        let error = stream.chunk().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::BodyTruncated);
        assert!(error.to_string().starts_with("GET /x: ") && error.is_recorded(), "{error}");
        assert!(stream.chunk().await.unwrap().is_none());
        lab.failed(FailureKind::BodyTruncated, "ended inside the body");
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn a_stream_checks_the_status_first() {
        let server = Server::answering(|_| "HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\nno").await;
        let lab = Lab::of(&server);

        let error = lab.session.get("/x").stream().await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::Http5xx);
        lab.failed(FailureKind::Http5xx, "500 Internal Server Error");
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn discard_counts_and_keeps_nothing() {
        let long = format!("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{}", "x".repeat(100_000));
        let server = Server::answering(move |_| long.clone()).await;
        let lab = Lab::of(&server);

        let response = lab.session.get("/x").max_body(10).discard().await.unwrap();

        assert_eq!((response.bytes().len(), response.body_len()), (0, 100_000));
        assert_eq!(lab.outcomes(), [Outcome::Ok]);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn first_byte_and_service_are_in_order_and_the_response_knows_its_time() {
        let server = pieces().await;
        let lab = Lab::of(&server);

        let response = lab.session.get("/x").send().await.unwrap();

        let sample = lab.sample();
        // Three pauses lie between the head and the end.
        let (first, service) = (sample.first_byte.unwrap(), sample.service);
        assert!(Duration::ZERO < first && first < service, "{sample:?}");
        assert!(response.elapsed() >= service);
        assert_eq!(sample.latency(), service);
    }
}

mod cookies {
    use super::*;

    #[tokio::test]
    async fn cookies_are_kept_per_session_and_deleted_by_the_server() {
        let server = Server::answering(|seen| match seen.path.as_str() {
            "/login" => {
                with("set-cookie: id=7; Path=/; HttpOnly\r\nset-cookie: b=2\r\nset-cookie: x=1; Path=/x\r\n")
            }
            "/logout" => with("set-cookie: id=; Path=/; Max-Age=0\r\n"),
            "/foreign" => with("set-cookie: evil=1; Domain=example.com\r\n"),
            _ => OK.into(),
        })
        .await;
        let mut lab = Lab::of(&server);
        let other = Lab::of(&server);
        let session = &lab.session;

        for path in ["/a", "/login", "/b", "/x", "/foreign", "/logout", "/c"] {
            session.get(path).send().await.unwrap();
        }
        other.session.get("/other").send().await.unwrap();

        let cookies = |path: &str| {
            let seen = server.seen().into_iter().find(|seen| seen.path == path).unwrap();
            let mut pairs: Vec<_> =
                seen.header("cookie").unwrap_or("").split("; ").map(str::to_owned).collect();
            pairs.sort();
            pairs.join(" ")
        };
        assert_eq!(cookies("/a"), "");
        assert_eq!(cookies("/b"), "b=2 id=7");
        assert_eq!(cookies("/x"), "b=2 id=7 x=1");
        assert_eq!(cookies("/logout"), "b=2 id=7");
        assert_eq!(cookies("/c"), "b=2");
        assert_eq!(cookies("/other"), "");
        assert_eq!(session.cookie("b", "/").as_deref(), Some("2"));
        assert_eq!(session.cookie("x", "/"), None);
        lab.session.clear_cookies();
        assert_eq!(lab.session.cookie("b", "/"), None);
    }

    #[tokio::test]
    async fn a_server_that_sets_ever_new_cookies_does_not_fill_the_memory() {
        let count = AtomicUsize::new(0);
        let server = Server::answering(move |_| {
            let n = count.fetch_add(1, Ordering::Relaxed);
            let many: String = (0..50).map(|i| format!("set-cookie: c{n}x{i}=1\r\n")).collect();
            with(&many)
        })
        .await;
        let lab = Lab::of(&server);

        for _ in 0..20 {
            lab.session.get("/x").send().await.unwrap();
        }

        let last = server.seen().pop().unwrap();
        let sent = last.header("cookie").unwrap().split("; ").count();
        assert!((50..=300).contains(&sent), "{sent}");
    }

    #[tokio::test]
    async fn a_page_that_sets_a_cookie_and_leads_back_to_itself_is_no_loop() {
        let server = Server::answering(|seen| match seen.header("cookie") {
            None => {
                "HTTP/1.1 302 There\r\nlocation: /x\r\nset-cookie: s=1\r\ncontent-length: 0\r\n\r\n".into()
            }
            Some(_) => OK.to_owned(),
        })
        .await;
        let lab = Lab::of(&server);

        lab.session.get("/x").send().await.unwrap();

        assert_eq!(lab.outcomes(), [Outcome::Ok, Outcome::Ok]);
    }
}

mod redirects {
    use super::*;

    #[tokio::test]
    async fn method_and_body_change_by_the_standard() {
        let server = Server::answering(|seen| match (seen.path[1..].parse(), seen.method.as_str()) {
            (Ok(status), _) => redirect(status, "/there?a=b"),
            (Err(_), "HEAD") => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n".into(),
            (Err(_), _) => OK.into(),
        })
        .await;
        let lab = Lab::of(&server);
        let cases = [
            (301, "POST", "GET"),
            (302, "POST", "GET"),
            (303, "POST", "GET"),
            (307, "POST", "POST"),
            (308, "POST", "POST"),
            (301, "PUT", "PUT"),
            (303, "PUT", "GET"),
            (302, "HEAD", "HEAD"),
            (303, "HEAD", "HEAD"),
        ];

        for (status, method, after) in cases {
            let request = lab.session.request(method.parse().unwrap(), format!("/{status}"));
            let request = if method == "HEAD" { request } else { request.json("four") };
            request.send().await.unwrap();

            let seen = server.seen().pop().unwrap();
            assert_eq!((seen.method.as_str(), seen.path.as_str()), (after, "/there?a=b"), "{status}");
            let kept = after == method && method != "HEAD";
            assert_eq!(seen.text(), if kept { "\"four\"" } else { "" }, "{status}");
            assert_eq!(seen.header("content-type").is_some(), kept, "{status}");
        }
        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn each_hop_is_one_sample_named_by_where_it_leads() {
        let server = Server::answering(|seen| match seen.path.as_str() {
            "/items/1" => redirect(302, "two"),
            "/items/two" => redirect(307, "../three"),
            _ => OK.into(),
        })
        .await;
        let lab = Lab::of(&server);

        let response = lab.session.get("/items/{id}").path("id", 1).send().await.unwrap();

        assert_eq!(response.text().unwrap(), "ok");
        let samples = lab.samples();
        let names: Vec<_> = samples.iter().map(|sample| lab.name(sample)).collect();
        assert_eq!(names, ["GET /items/{id}", "GET /items/two (redirected)", "GET /three (redirected)"]);
        assert_eq!(samples.iter().map(|sample| sample.status).collect::<Vec<_>>(), [302, 307, 200]);
        assert!(response.elapsed() >= samples.iter().map(|sample| sample.service).sum::<Duration>());
        assert_eq!(server.seen()[2].path, "/three");
        adds_up(&lab, &server);
    }

    #[tokio::test]
    async fn another_origin_receives_no_secret() {
        let other = Server::answering(|_| OK).await;
        let url = format!("http://me:pw@{}/there", other.address);
        let home = Server::answering(move |seen| match seen.path.as_str() {
            "/away" => redirect(307, &url),
            "/here" => redirect(307, "/there"),
            _ => with("set-cookie: id=7\r\n"),
        })
        .await;
        let mut lab = Lab::of(&home);
        lab.session.set_header("x-default", "secret").unwrap();
        lab.session.get("/login").send().await.unwrap();

        for path in ["/away", "/here"] {
            let request =
                lab.session.post(path).header("authorization", "secret").header("x-api-key", "secret");
            request.header("accept", "text/html").body("kept").send().await.unwrap();
        }

        let away = &other.seen()[0];
        assert_eq!((away.path.as_str(), away.text()), ("/there", "kept"));
        for name in ["authorization", "x-api-key", "x-default"] {
            assert_eq!(away.header(name), None, "{name}");
            assert_eq!(home.seen().pop().unwrap().header(name), Some("secret"), "{name}");
        }
        assert_eq!(away.header("accept"), Some("text/html"));
        assert_eq!(away.header("host").unwrap(), other.address.to_string());
        assert!(lab.names().values().all(|name| !name.contains("pw")));
    }

    #[tokio::test]
    async fn a_path_of_two_slashes_is_no_host_to_be_redirected_from() {
        let server = Server::answering(|seen| match seen.path.as_str() {
            "//evil.invalid/a" => redirect(302, "b"),
            _ => OK.into(),
        })
        .await;
        let lab = Lab::of(&server);

        lab.session.get("//evil.invalid/a").send().await.unwrap();

        assert_eq!(server.seen()[1].path, "//evil.invalid/b");
    }

    #[tokio::test]
    async fn a_redirect_that_is_expected_is_not_followed() {
        let server = Server::answering(|_| redirect(302, "/there")).await;
        let lab = Lab::of(&server);

        let response = lab.session.get("/x").expect_status(302).send().await.unwrap();

        assert_eq!((response.status().as_u16(), response.header("location")), (302, Some("/there")));
        assert_eq!(server.requests(), 1);
    }

    #[tokio::test]
    async fn a_stream_follows_redirects_too() {
        let server =
            Server::answering(|seen| if seen.path == "/x" { redirect(302, "/y") } else { OK.into() }).await;
        let lab = Lab::of(&server);

        let mut stream = lab.session.get("/x").stream().await.unwrap();
        while stream.chunk().await.unwrap().is_some() {}

        assert_eq!(lab.outcomes(), [Outcome::Ok, Outcome::Ok]);
        assert_eq!(server.connections(), 1);
        adds_up(&lab, &server);
    }
}

mod metrics {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn measure_records_ok_failed_and_dropped() {
        let lab = Lab::new("http://localhost", |_| {});
        let pause = Duration::from_millis(5);

        let ok = lab
            .session
            .measure("query", async {
                tokio::time::sleep(pause).await;
                Ok::<_, Error>(3)
            })
            .await;
        let failed = lab.session.measure("query", async { Err::<(), _>("no rows") }).await;
        let never = lab.session.measure("query", std::future::pending::<Result>());
        tokio::time::timeout(pause, never).await.unwrap_err();

        assert_eq!((ok.unwrap(), failed.unwrap_err()), (3, "no rows"));
        let user = Outcome::Failed(FailureKind::UserError);
        assert_eq!(lab.outcomes(), [Outcome::Ok, user, Outcome::Cancelled]);
        assert!(lab.samples()[0].service >= pause && lab.samples()[2].service >= pause);
        assert_eq!(lab.name(&lab.samples()[0]), "query");
        assert_eq!(lab.notes().len(), 1);
        assert_eq!(lab.notes()[0].message, "no rows");
    }

    #[tokio::test]
    async fn checks_counters_gauges_and_trends_are_recorded() {
        let server = Server::answering(|_| EMPTY).await;
        let lab = Lab::of(&server);

        assert!(lab.session.check("even", true));
        assert!(!lab.session.check("even", false));
        lab.session.counter("bought").add(3);
        lab.session.gauge("queue").set(1.5);
        lab.session.trend("value").add(19.9);

        let names = lab.names();
        let values: Vec<_> = lab
            .records()
            .into_iter()
            .map(|record| match record {
                Record::Value(series, value) => (names[&series.index].clone(), value),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected = [
            ("even", Value::Check(true)),
            ("even", Value::Check(false)),
            ("bought", Value::Add(3.0)),
            ("queue", Value::Set(1.5)),
            ("value", Value::Observe(19.9)),
        ];
        assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value)));
    }

    #[tokio::test]
    async fn stop_reaches_the_run() {
        let stopped = Arc::new(std::sync::Mutex::new(String::new()));
        let ours = Arc::clone(&stopped);
        let recorder = Arc::new(molotov_core::Recorder::new(1, Vec::clear));
        let run_handle =
            molotov_core::RunHandle::new(recorder, None, move |why| *ours.lock().unwrap() = why.into());
        let client = support::client().build().unwrap();
        let session = molotov_core::Session::new(client, run_handle, molotov_core::UserId(0), None);

        session.stop("enough");

        assert_eq!(*stopped.lock().unwrap(), "enough");
    }
}

/// The events for listeners, in order, by their first words.
#[tokio::test]
async fn listeners_receive_each_request_and_its_outcome_also_of_streams() {
    let server = Server::start(|mut peer| async move {
        while let Some(seen) = peer.request().await {
            match seen.path.as_str() {
                "/bad" => peer.send("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n").await,
                "/cut" => return peer.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1").await,
                _ => peer.send(OK).await,
            }
        }
    })
    .await;
    let (events, told) = molotov_core::EventQueue::new(100);
    let recorder = Arc::new(molotov_core::Recorder::new(1, Vec::clear));
    let run_handle = molotov_core::RunHandle::new(recorder, Some(events), |_| {});
    let client = support::client().build().unwrap();
    let base = molotov_core::Target::parse(&server.url()).unwrap();
    let session = molotov_core::Session::new(client, run_handle, molotov_core::UserId(0), Some(base));

    for path in ["/ok", "/bad", "/cut"] {
        let _ = session.get(path).send().await;
        if let Ok(mut stream) = session.get(path).stream().await {
            while let Ok(Some(_)) = stream.chunk().await {}
        }
    }

    let words: Vec<_> = told
        .try_iter()
        .map(|event| match event {
            Event::RequestSent { route, .. } => format!("sent {route}"),
            Event::ResponseReceived { status, .. } => format!("received {status}"),
            Event::RequestFailed { kind, .. } => format!("failed {kind}"),
            other => panic!("{other:?}"),
        })
        .collect();
    let ends = [("ok", "received 200"), ("bad", "received 500"), ("cut", "failed body.truncated")];
    let expected: Vec<_> = ends
        .iter()
        .flat_map(|(path, end)| vec![[format!("sent GET /{path}"), (*end).to_owned()]; 2])
        .flatten()
        .collect();
    assert_eq!(words, expected);
}
