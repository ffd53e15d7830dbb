//! Tests of a connection whose server breaks it, or sends before a request.

use http::{HeaderValue, Method};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::coop;

use super::*;
use crate::http::{Client, ClientBuilder, Lease, RequestBody, Target, connect};

/// A connection, and the server's end of it.
async fn opened(client: ClientBuilder) -> (Connection, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::from(listener.local_addr().unwrap());
    let client = client.build().unwrap();
    let (Lease::Exclusive(connection), _) = connect(&client, &target.endpoint, soon()).await.unwrap();
    (*connection, listener.accept().await.unwrap().0)
}

fn soon() -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(10), FailureKind::TimeoutTotal)
}

/// Resets the connection, and lets the reset arrive.
async fn reset(server: TcpStream) {
    server.set_zero_linger().unwrap();
    drop(server);
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn send(connection: &mut Connection) -> Result<ResponseHead, NoResponse> {
    let x = HeaderValue::from_static("x");
    let request = RequestHead {
        method: &Method::POST,
        path: "/",
        host: &x,
        user_agent: &x,
        is_alone: false,
        defaults: None,
        headers: None,
        cookies: None,
        content_type: None,
        body: &RequestBody::Bytes(Bytes::from_static(b"body")),
    };
    let route = SeriesId { index: 0, kind: crate::sample::SeriesKind::Route };
    let times = SendTimes { now: Instant::now(), head: soon(), upload: None };
    connection.send(&request, &times, route).await
}

#[tokio::test]
async fn a_request_of_which_nothing_was_written_may_be_sent_again() {
    let (mut connection, server) = opened(Client::builder()).await;
    reset(server).await;

    let Err(NoResponse::Unsent(error, None)) = send(&mut connection).await else { panic!("it was sent") };

    assert_eq!(error.kind(), FailureKind::ClosedBeforeResponse);
    assert_eq!(connection.moved(), (0, 0));
}

/// The encryption does not report how much was written before it failed; the socket below it does.
#[cfg(feature = "tls")]
#[tokio::test]
async fn an_encrypted_request_of_which_nothing_was_written_may_be_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], signing_key.into())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let client = Client::builder().insecure().build().unwrap();
    let target = Target::parse(&base).unwrap();
    let server = async { acceptor.accept(listener.accept().await.unwrap().0).await.unwrap() };
    let (server, opened) = tokio::join!(server, connect(&client, &target.endpoint, soon()));
    let (Lease::Exclusive(mut connection), _) = opened.unwrap();
    let (tcp, _) = server.into_inner();
    tcp.set_zero_linger().unwrap();
    drop(tcp);
    // The reset arrives, and the runtime does not see it before it writes.
    std::thread::sleep(Duration::from_millis(20));

    let Err(NoResponse::Unsent(error, None)) = send(&mut connection).await else { panic!("it was sent") };

    assert_eq!(error.kind(), FailureKind::ClosedBeforeResponse, "{error}");
}

/// A server that gives up an idle connection may announce that with a response of its own (408) and then reset it.
#[tokio::test]
async fn a_response_that_came_before_the_request_answers_nothing() {
    for bytes in ["HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 40", "what?\r\n\r\n"]
    {
        let (mut connection, mut server) = opened(Client::builder()).await;
        server.write_all(bytes.as_bytes()).await.unwrap();
        reset(server).await;

        let Err(NoResponse::Failed(error)) = send(&mut connection).await else {
            panic!("{bytes} is an answer")
        };

        assert_eq!(error.kind(), FailureKind::ProtocolParse, "{bytes}");
        assert_eq!(connection.moved(), (0, bytes.len() as u64));
    }
}

/// The length of the next piece.
async fn piece(connection: &mut Connection, by: Deadline) -> Option<Result<usize, FailureKind>> {
    let piece = connection.next_piece(&by).await?;
    Some(piece.map(|piece| piece.len()).map_err(|error| error.kind()))
}

/// No timer is checked as long as there is something to read.
#[tokio::test]
async fn late_bytes_may_end_a_body_but_not_continue_it() {
    for (codec, client) in [("h1", Client::builder()), ("hyper", Client::builder().always_hyper())] {
        for (length, is_late) in [(4, false), (1024 * 1024, true)] {
            let (mut connection, mut server) = opened(client.clone()).await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            server.write_all(head.as_bytes()).await.unwrap();
            assert!(send(&mut connection).await.is_ok());
            let by = Deadline { at: connection.last_read(), ..soon() };
            server.writable().await.unwrap();
            // As much as the buffers of the system take, which is more than is read at once.
            let written = server.try_write(&vec![0; length]).unwrap();
            assert!(written == length || written > 100_000);
            tokio::time::sleep(Duration::from_millis(20)).await;

            let first = piece(&mut connection, by).await;
            let second = piece(&mut connection, by).await;

            assert!(first.unwrap().unwrap() > 0);
            let expected = is_late.then_some(Err(FailureKind::TimeoutTotal));
            assert_eq!(second, expected, "{length} {codec}");
        }
    }
}

#[tokio::test]
async fn a_task_that_has_used_up_its_budget_sees_that_a_connection_is_closed() {
    let (mut connection, server) = opened(Client::builder()).await;
    reset(server).await;

    let ready = poll_fn(|cx| {
        while let Poll::Ready(step) = coop::poll_proceed(cx) {
            step.made_progress();
        }
        either!(&mut connection.codec, codec => codec.poll_idle(cx))
    });

    assert!(matches!(ready.await, Idle::Broken(_)));
}
