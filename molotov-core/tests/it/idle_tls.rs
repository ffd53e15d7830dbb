//! Faults of an idle encrypted connection: as for plain ones, they are charged to no request.
#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used)]

use super::support;

use std::sync::Arc;
use std::time::Duration;

use molotov_core::{Client, IdleFaultKind, Outcome};
use rustls::ServerConfig;
use rustls::crypto::ring;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use support::{Lab, OK, Peer, Server, bounded};

type Tls = TlsStream<tokio::net::TcpStream>;

/// The end of the first connection, after the server's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Bytes in the same piece as the response.
    Behind,
    /// Bytes some time later.
    Later,
    /// An orderly end: `close_notify`.
    Notify,
    /// The end of the TCP connection without `close_notify`.
    Fin,
    Reset,
    /// A record that cannot be decrypted.
    Garbage,
}

fn acceptor() -> TlsAcceptor {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], signing_key.into())
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Reads one request; returns `false` when the client has closed.
async fn request(tls: &mut Tls) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match tls.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return false,
        }
    }
    true
}

/// `answered` completes when the client has read the response: a reset discards unread bytes.
async fn serve(acceptor: TlsAcceptor, peer: Peer, end: End, answered: Arc<Notify>) {
    let Ok(mut tls) = acceptor.accept(peer.tcp).await else { return };
    request(&mut tls).await;
    let behind = if peer.number == 0 && end == End::Behind { "null" } else { "" };
    tls.write_all(format!("{OK}{behind}").as_bytes()).await.unwrap();
    tls.flush().await.unwrap();
    if peer.number == 0 {
        if end != End::Behind {
            answered.notified().await;
        }
        match end {
            End::Behind => {}
            End::Later => tls.write_all(b"null").await.unwrap(),
            End::Notify => tls.shutdown().await.unwrap(),
            End::Fin => tls.get_mut().0.shutdown().await.unwrap(),
            End::Garbage => {
                let record = [&[0x17, 3, 3, 0, 32][..], &[0; 32]].concat();
                tls.get_mut().0.write_all(&record).await.unwrap();
            }
            End::Reset => return tls.get_ref().0.set_zero_linger().unwrap(),
        }
        drop(tls.flush().await);
    }
    while request(&mut tls).await {
        tls.write_all(OK.as_bytes()).await.unwrap();
    }
}

/// The counted fault of a connection with this end.
async fn ended(end: End) -> Vec<IdleFaultKind> {
    let acceptor = acceptor();
    let answered = Arc::<Notify>::default();
    let told = Arc::clone(&answered);
    let server = Server::start(move |peer| serve(acceptor.clone(), peer, end, Arc::clone(&told))).await;
    let client = Client::builder().insecure().build().unwrap();
    let lab = Lab::with(client, Some(&format!("https://{}", server.address)));
    let first = bounded("the first response", lab.session.get("/first").send()).await;
    assert!(first.is_ok(), "{end:?}: {first:?}");
    answered.notify_one();
    tokio::time::sleep(Duration::from_millis(60)).await;

    bounded("the second response", lab.session.get("/innocent").send()).await.unwrap();

    assert_eq!(lab.outcomes(), [Outcome::Ok; 2], "{end:?}");
    assert!(lab.samples().iter().all(|sample| sample.sent > 0 && !sample.resent), "{end:?}");
    assert_eq!(server.connections(), 2, "{end:?}");
    let faults = lab.idle_faults();
    assert!(faults.iter().all(|(route, _)| route == "GET /first"), "{faults:?}");
    faults.into_iter().map(|(_, kind)| kind).collect()
}

#[tokio::test]
async fn stray_bytes_fail_no_request() {
    for end in [End::Behind, End::Later] {
        assert_eq!(ended(end).await, [IdleFaultKind::StrayBytes("null".into())], "{end:?}");
    }
}

#[tokio::test]
async fn an_end_while_idle_is_no_fault() {
    for end in [End::Notify, End::Fin] {
        assert_eq!(ended(end).await, [], "{end:?}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_fails_no_request() {
    for (end, words) in [(End::Reset, "reset"), (End::Garbage, "decrypt")] {
        let faults = ended(end).await;

        let [IdleFaultKind::Broken(how)] = &faults[..] else { panic!("{end:?}: {faults:?}") };
        assert!(how.contains(words), "{how}");
    }
}
