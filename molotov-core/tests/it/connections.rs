//! The connections of a session: Unix sockets, overridden addresses, the cache of names, and the lifetime of
//! connections.
#![allow(clippy::unwrap_used)]

use super::support;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use molotov_core::{Client, ClientBuilder, ConnectionPolicy, FailureKind, Iteration, Outcome, Resolve};
use support::{Lab, OK, Server, client, eventually};

fn redirect(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
}

/// A client whose resolver returns this for each name, and the number of queries.
fn resolving(ips: &[&str]) -> (ClientBuilder, Arc<AtomicUsize>) {
    let ips: Vec<IpAddr> = ips.iter().map(|ip| ip.parse().unwrap()).collect();
    let asked = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&asked);
    let builder = client().lookup(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        let ips = ips.clone();
        Box::pin(async move { Ok::<_, io::Error>(ips) })
    });
    (builder, asked)
}

#[cfg(unix)]
mod unix {
    use tempfile::TempDir;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
    use tokio::net::{TcpStream, UnixListener, UnixSocket, UnixStream};

    use super::support::{SHORT, bounded};
    use super::*;

    /// A Unix socket in front of this server.
    struct Door {
        folder: TempDir,
        task: tokio::task::JoinHandle<()>,
    }

    impl Drop for Door {
        fn drop(&mut self) {
            self.task.abort();
        }
    }

    impl Door {
        fn to(server: &Server) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let listener = UnixListener::bind(folder.path().join("app.sock")).unwrap();
            let address = server.address;
            let task = tokio::spawn(async move {
                while let Ok((mut unix, _)) = listener.accept().await {
                    tokio::spawn(async move {
                        let mut tcp = TcpStream::connect(address).await.unwrap();
                        copy_bidirectional(&mut unix, &mut tcp).await
                    });
                }
            });
            Self { folder, task }
        }

        fn url(&self) -> String {
            format!("unix://{}/app.sock", self.folder.path().display())
        }
    }

    #[tokio::test]
    async fn requests_go_through_the_socket_of_the_base_url_and_its_connection_is_kept() {
        let server = Server::answering(|_| OK).await;
        let door = Door::to(&server);
        let lab = Lab::new(&format!("{}:/v1.41/", door.url()), |_| {});

        for _ in 0..10 {
            let response = lab.session.get("/containers/{id}").path("id", "a b").send().await.unwrap();
            assert_eq!(response.text().unwrap(), "ok");
        }

        assert_eq!((server.connections(), server.requests(), lab.connected().len()), (1, 10, 1));
        for seen in server.seen() {
            assert_eq!(seen.path, "/v1.41/containers/a%20b");
            assert_eq!(seen.header("host"), Some("localhost"));
        }
        assert_eq!(lab.connected()[0].dns, Duration::ZERO);
        let samples = lab.samples();
        assert_eq!(lab.name(&samples[0]), "GET /containers/{id}");
        assert_eq!(samples.iter().map(|sample| sample.sent).sum::<u64>(), server.read());
        assert_eq!(samples.iter().map(|sample| sample.received).sum::<u64>(), server.written());
    }

    /// More than a socket takes or returns at once, in both directions.
    #[tokio::test]
    async fn large_bodies_go_both_ways() {
        let server = Server::answering(|seen| {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", seen.body.len());
            [head.as_bytes(), &seen.body].concat()
        })
        .await;
        let door = Door::to(&server);
        let lab = Lab::new(&door.url(), |_| {});
        let body: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();

        let response = lab.session.post("/echo").body(body.clone()).send().await.unwrap();

        assert!(response.bytes()[..] == body[..]);
    }

    #[tokio::test]
    async fn a_session_is_given_a_socket_later_and_keeps_its_cookies_there() {
        let server = Server::answering(
            |_| "HTTP/1.1 200 OK\r\nset-cookie: seen=1; Path=/\r\ncontent-length: 0\r\n\r\n",
        )
        .await;
        let door = Door::to(&server);
        let mut lab = Lab::with(client().build().unwrap(), None);

        lab.session.set_base(door.url()).unwrap();
        lab.session.get("/").send().await.unwrap();
        lab.session.get("/").send().await.unwrap();

        assert_eq!(lab.session.base().unwrap().to_string(), door.url());
        assert_eq!(server.seen()[1].header("cookie"), Some("seen=1"));
    }

    #[tokio::test]
    async fn a_redirect_to_the_own_host_stays_on_the_socket_with_its_headers() {
        let server = Server::answering(|seen| match seen.path.as_str() {
            "/a" => redirect("/b"),
            "/b" => redirect("http://localhost/c"),
            _ => OK.to_owned(),
        })
        .await;
        let door = Door::to(&server);
        let mut lab = Lab::new(&door.url(), |_| {});
        lab.session.set_header("authorization", "Bearer x").unwrap();

        lab.session.get("/a").send().await.unwrap();

        let paths: Vec<_> = server.seen().iter().map(|seen| seen.path.clone()).collect();
        assert_eq!(paths, ["/a", "/b", "/c"]);
        assert_eq!(server.connections(), 1);
        assert!(server.seen().iter().all(|seen| seen.header("authorization").is_some()));
    }

    #[tokio::test]
    async fn a_redirect_to_another_host_leaves_the_socket_without_secrets() {
        let other = Server::answering(|_| OK).await;
        let there = format!("http://localhost:{}/c", other.address.port());
        let server = Server::answering(move |_| redirect(&there)).await;
        let door = Door::to(&server);
        let mut lab = Lab::new(&door.url(), |_| {});
        lab.session.set_header("authorization", "Bearer x").unwrap();

        lab.session.get("/a").send().await.unwrap();

        assert_eq!((server.requests(), other.requests()), (1, 1));
        assert_eq!(other.seen()[0].header("authorization"), None);
    }

    #[tokio::test]
    async fn a_socket_that_is_not_there_has_a_kind_and_a_cure() {
        let folder = tempfile::tempdir().unwrap();
        let lab = Lab::new(&format!("unix://{}/no.sock", folder.path().display()), |_| {});

        lab.session.get("/").send().await.unwrap_err();

        let sample = lab.failed(FailureKind::ConnectNotFound, "there is no socket at unix:///");
        assert_eq!(sample.sent, 0);
    }

    #[tokio::test]
    async fn socket_without_a_listener_refuses() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("left.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let lab = Lab::new(&format!("unix://{}", path.display()), |_| {});

        lab.session.get("/").send().await.unwrap_err();

        lab.failed(FailureKind::ConnectRefused, "nothing listens on unix:///");
    }

    /// A listener with a full queue, and the sockets that fill it.
    #[cfg(target_os = "linux")]
    async fn full(folder: &TempDir) -> (UnixListener, Vec<UnixStream>) {
        let path = folder.path().join("app.sock");
        let socket = UnixSocket::new_stream().unwrap();
        socket.bind(&path).unwrap();
        let listener = socket.listen(1).unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) = UnixStream::connect(&path).await {
            waiting.push(stream);
            assert!(waiting.len() < 10, "the queue is never full");
        }
        (listener, waiting)
    }

    /// With TCP the system waits for room; a Unix socket returns an error.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn where_the_queue_of_the_listener_is_full_a_connection_waits_for_room() {
        let folder = tempfile::tempdir().unwrap();
        let (listener, waiting) = full(&folder).await;
        let lab = Lab::new(&format!("unix://{}/app.sock", folder.path().display()), |_| {});

        let make_room_and_answer = async {
            // The request has found the queue full by now; otherwise there is nothing to wait for.
            tokio::time::sleep(Duration::from_millis(20)).await;
            for _ in &waiting {
                drop(listener.accept().await.unwrap());
            }
            let (mut last, _) = listener.accept().await.unwrap();
            last.read_u8().await.unwrap();
            last.write_all(OK.as_bytes()).await.unwrap();
            last
        };
        let (response, _) =
            bounded("room", async { tokio::join!(lab.session.get("/").send(), make_room_and_answer) }).await;

        assert_eq!(response.unwrap().text().unwrap(), "ok");
        assert_eq!(lab.connected().len(), 1);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn where_there_is_never_room_the_connect_time_out_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let _full = full(&folder).await;
        let lab = Lab::new(&format!("unix://{}/app.sock", folder.path().display()), |times| {
            times.connect = SHORT;
        });

        lab.session.get("/").send().await.unwrap_err();

        lab.failed(FailureKind::ConnectTimeout, "connecting to unix:///");
    }
}

mod resolve {
    use super::*;

    fn named(entry: &str) -> ClientBuilder {
        client().resolve(Resolve::parse(entry).unwrap())
    }

    fn lab(builder: ClientBuilder, base: &str) -> Lab {
        Lab::with(builder.build().unwrap(), Some(base))
    }

    #[tokio::test]
    async fn connection_uses_the_named_address_and_the_request_the_host() {
        let server = Server::answering(|_| OK).await;
        let port = server.address.port();
        let base = format!("http://shop.example:{port}/api");
        let lab = lab(named(&format!("shop.example:{port}:127.0.0.1")), &base);

        lab.session.get("/x").send().await.unwrap();

        assert_eq!(server.seen()[0].header("host").unwrap(), format!("shop.example:{port}"));
        assert_eq!(server.seen()[0].path, "/api/x");
        assert_eq!(lab.connected()[0].dns, Duration::ZERO);
    }

    #[tokio::test]
    async fn a_redirect_to_a_named_host_goes_to_its_address_too() {
        let server = Server::answering(|_| OK).await;
        let there = format!("http://other.example:{}/there", server.address.port());
        let first = Server::answering(move |_| redirect(&there)).await;
        let lab = lab(named(&format!("*:{}:127.0.0.1", server.address.port())), &first.url());

        lab.session.get("/").send().await.unwrap();

        assert_eq!((first.requests(), server.requests()), (1, 1));
        assert!(server.seen()[0].header("host").unwrap().starts_with("other.example:"));
    }

    /// A multicast address is public, and no packet of TCP ever goes there: the system refuses it at once.
    #[tokio::test]
    async fn host_named_with_an_address_is_allowed_at_that_address_only() {
        let (builder, _) = resolving(&["224.0.0.1"]);
        let resolve = Resolve::parse("shop.example:80:224.0.0.1").unwrap();
        let client: Client = builder.resolve(resolve).build().unwrap();
        let kind = async |url: &str| {
            let lab = Lab::with(client.clone(), None);
            let error = lab.session.get(url.to_owned()).send().await.unwrap_err();
            error.kind()
        };

        assert_ne!(kind("http://shop.example/").await, FailureKind::BlockedHost);
        assert_eq!(kind("http://shop.example:8080/").await, FailureKind::BlockedHost);
        assert_eq!(kind("http://other.example/").await, FailureKind::BlockedHost);
    }

    #[tokio::test]
    async fn the_metadata_services_of_clouds_are_never_loaded() {
        let lab = lab(named("shop.example:80:169.254.169.254"), "http://shop.example");

        lab.session.get("/").send().await.unwrap_err();

        lab.failed(FailureKind::BlockedHost, "metadata service");
    }
}

mod names {
    use super::*;

    /// Sends this many requests, each on a connection of its own.
    async fn send(lab: &Lab, many: usize) {
        for _ in 0..many {
            lab.session.get("/").send().await.unwrap();
        }
    }

    #[tokio::test]
    async fn an_answer_of_the_resolver_is_shared_by_the_sessions_of_a_client() {
        let server = Server::answering(|_| OK).await;
        let base = format!("http://shop.example:{}", server.address.port());
        for (ttl, lookups) in [(None, 1), (Some(Duration::ZERO), 20)] {
            let (mut builder, asked) = resolving(&["127.0.0.1"]);
            if let Some(ttl) = ttl {
                builder = builder.dns_ttl(ttl);
            }
            let client = builder.connections(ConnectionPolicy::Request).build().unwrap();

            for _ in 0..2 {
                send(&Lab::with(client.clone(), Some(&base)), 10).await;
            }

            assert_eq!(asked.load(Ordering::SeqCst), lookups);
        }
    }
}

/// Linux routes all of 127.0.0.0/8 to servers on one port.
#[cfg(target_os = "linux")]
mod addresses {
    use std::net::SocketAddr;

    use tokio::net::{TcpListener, TcpSocket, TcpStream};

    use super::support::{SHORT, bounded};
    use super::*;

    #[tokio::test]
    async fn several_addresses_take_turns() {
        let server = Server::answering(|_| OK).await;
        let port = server.address.port();
        let second = TcpListener::bind(("127.0.0.2", port)).await.unwrap();
        let accepted = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&accepted);
        let address = server.address;
        let relay = tokio::spawn(async move {
            while let Ok((mut client, _)) = second.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut tcp = TcpStream::connect(address).await.unwrap();
                    tokio::io::copy_bidirectional(&mut client, &mut tcp).await
                });
            }
        });
        let (builder, _) = resolving(&["127.0.0.1", "127.0.0.2"]);
        let client = builder.connections(ConnectionPolicy::Request).build().unwrap();
        let lab = Lab::with(client, Some(&format!("http://shop.example:{port}")));

        for _ in 0..10 {
            lab.session.get("/").send().await.unwrap();
        }

        assert_eq!((accepted.load(Ordering::SeqCst), server.requests()), (5, 10));
        relay.abort();
    }

    #[tokio::test]
    async fn an_address_that_is_dead_does_not_take_the_whole_time_out() {
        let server = Server::answering(|_| OK).await;
        let dead = SocketAddr::new([127, 0, 0, 2].into(), server.address.port());
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(dead).unwrap();
        let _listener = socket.listen(1).unwrap();
        // Until its queue is full, and further packets are dropped.
        let mut waiting = Vec::new();
        while let Ok(stream) = tokio::time::timeout(SHORT, TcpStream::connect(dead)).await {
            waiting.push(stream.unwrap());
        }
        let (builder, _) = resolving(&["127.0.0.2", "127.0.0.1"]);
        let lab = Lab::with(
            builder.build().unwrap(),
            Some(&format!("http://shop.example:{}", server.address.port())),
        );

        bounded("an answer", lab.session.get("/").send()).await.unwrap();

        assert_eq!(server.requests(), 1);
        assert_eq!(lab.connected().len(), 1);
    }
}

mod policy {
    use super::*;

    /// Three iterations of two requests each, after a set-up of one. Returns the number of connections at the server.
    async fn connections(server: &Server, policy: ConnectionPolicy) -> usize {
        let mut lab = Lab::with(client().connections(policy).build().unwrap(), Some(&server.url()));
        let before = server.connections();
        lab.session.get("/set-up").send().await.unwrap();
        for iteration in 0..3 {
            lab.session.start_iteration(Iteration(iteration));
            for _ in 0..2 {
                lab.session.get("/").send().await.unwrap();
            }
            lab.session.end_iteration();
            let opened = server.connections();
            let open = usize::from(policy == ConnectionPolicy::User);
            eventually("only those that are kept are open", || opened - server.ended() == open).await;
        }
        let samples = lab.samples();
        assert_eq!(samples.len(), 7);
        assert!(samples.iter().all(|sample| sample.outcome == Outcome::Ok && !sample.resent));
        let opened = server.connections() - before;
        assert_eq!(samples.iter().filter(|sample| !sample.reused).count(), opened);
        assert_eq!(lab.connected().len(), opened);
        drop(lab);
        let all = server.connections();
        eventually("all are closed", || server.ended() == all).await;
        opened
    }

    #[tokio::test]
    async fn connection_is_kept_by_its_policy() {
        let server = Server::answering(|_| OK).await;

        assert_eq!(connections(&server, ConnectionPolicy::User).await, 1);
        assert_eq!(connections(&server, ConnectionPolicy::Iteration).await, 4);
        assert_eq!(connections(&server, ConnectionPolicy::Request).await, 7);
    }

    #[tokio::test]
    async fn only_a_request_with_its_own_connection_sends_close() {
        for (policy, said) in [
            (ConnectionPolicy::Request, Some("close")),
            (ConnectionPolicy::Iteration, None),
            (ConnectionPolicy::User, None),
        ] {
            let server = Server::answering(|_| OK).await;
            let lab = Lab::with(client().connections(policy).build().unwrap(), Some(&server.url()));

            lab.session.post("/").json(&1).header("x-a", "b").send().await.unwrap();
            lab.session.get("/").send().await.unwrap();

            assert!(server.seen().iter().all(|seen| seen.header("connection") == said), "{policy}");
        }
    }

    #[tokio::test]
    async fn a_redirect_and_a_stream_have_connections_of_their_own_too() {
        let server =
            Server::answering(|seen| if seen.path == "/" { redirect("/there") } else { OK.into() }).await;
        let lab =
            Lab::with(client().connections(ConnectionPolicy::Request).build().unwrap(), Some(&server.url()));

        let mut stream = lab.session.get("/").stream().await.unwrap();
        while stream.chunk().await.unwrap().is_some() {}
        drop(stream);

        assert_eq!((server.connections(), server.requests()), (2, 2));
        eventually("both are closed", || server.ended() == 2).await;
    }
}
