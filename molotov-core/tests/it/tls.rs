//! HTTPS: the trusted servers, and every failure of a handshake.
#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used)]

use super::support;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use molotov_core::{Client, ClientBuilder, ConnectionPolicy, FailureKind, Outcome, Resolve, Session};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use support::{Lab, OK, Peer, SHORT, Server, bounded};

/// An authority of these tests alone, and a file of its certificate.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Authority {
    fn new() -> Self {
        Self::named("an authority")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = pem(&issuer.pem());
        Self { issuer, file }
    }

    /// A server's configuration with a certificate for these names.
    fn issue(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params = params(names);
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        serving(&certificate, &key)
    }

    fn client(&self) -> ClientBuilder {
        Client::builder().add_root_certificate(self.file.path())
    }
}

fn params(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
}

fn serving(certificate: &Certificate, key: &KeyPair) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private(key))
        .unwrap()
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}

fn pem(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// Responds to each request over TLS; counts the decrypted bytes it read.
async fn answering(config: ServerConfig) -> Server {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::start(move |peer| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut tls) = acceptor.accept(peer.tcp).await else { return };
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = tls.read(&mut buffer).await {
                peer.counts.read.fetch_add(n as u64, Ordering::SeqCst);
                let _ = tls.write_all(OK.as_bytes()).await;
                let _ = tls.flush().await;
            }
        }
    })
    .await
}

fn lab(server: &Server, client: ClientBuilder, host: &str) -> Lab {
    let base = format!("https://{host}:{}", server.address.port());
    Lab::with(client.build().unwrap(), Some(&base))
}

/// Asserts that nothing was sent, once, for this reason.
async fn fails(lab: &Lab, kind: FailureKind, words: &str) {
    let error = bounded("the response", lab.session.get("/x").send()).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.is_connect());
    let sample = lab.failed(kind, words);
    assert_eq!((sample.sent, sample.received, sample.first_byte), (0, 0, None));
    assert!(lab.connected().is_empty());
}

/// Each may be the first of another visitor.
#[tokio::test]
async fn each_connection_makes_a_whole_handshake() {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(Arc::new(authority.issue(&["127.0.0.1"], |_| {})));
    let resumed = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&resumed);
    let server = Server::start(move |peer| {
        let (acceptor, count) = (acceptor.clone(), Arc::clone(&count));
        async move {
            let mut tls = acceptor.accept(peer.tcp).await.unwrap();
            let whole = tls.get_ref().1.handshake_kind() == Some(rustls::HandshakeKind::Full);
            count.fetch_add(usize::from(!whole), Ordering::SeqCst);
            let mut buffer = [0; 4096];
            while let Ok(1..) = tls.read(&mut buffer).await {
                let _ = tls.write_all(OK.as_bytes()).await;
            }
        }
    })
    .await;
    let client = authority.client().connections(ConnectionPolicy::Request).build().unwrap();

    for _ in 0..2 {
        let lab = Lab::with(client.clone(), Some(&format!("https://{}", server.address)));
        for _ in 0..3 {
            lab.session.get("/x").send().await.unwrap();
        }
        assert_eq!(lab.connected().len(), 3);
    }

    assert_eq!((server.connections(), resumed.load(Ordering::SeqCst)), (6, 0));
}

#[tokio::test]
async fn named_address_keeps_the_host_and_the_checked_name() {
    let authority = Authority::new();
    let server = answering(authority.issue(&["shop.example"], |_| {})).await;
    let port = server.address.port();
    let resolving = |host: &str| {
        let resolve = Resolve::parse(&format!("{host}:{port}:127.0.0.1")).unwrap();
        lab(&server, authority.client().resolve(resolve), host)
    };

    let right = resolving("shop.example");
    right.session.get("/x").send().await.unwrap();

    assert_eq!(right.connected()[0].dns, Duration::ZERO);
    fails(&resolving("other.example"), FailureKind::TlsWrongHost, "other.example").await;
}

#[tokio::test]
async fn an_authority_from_a_file_is_trusted_and_the_connection_kept() {
    let authority = Authority::new();
    let server = answering(authority.issue(&["127.0.0.1", "localhost"], |_| {})).await;

    for host in ["127.0.0.1", "localhost"] {
        let lab = lab(&server, authority.client(), host);
        for _ in 0..3 {
            assert_eq!(lab.session.get("/x").send().await.unwrap().text().unwrap(), "ok");
        }

        let connected = lab.connected();
        assert_eq!(connected.len(), 1);
        assert!(connected[0].tls > Duration::ZERO);
        let sent: u64 = lab.samples().iter().map(|sample| sample.sent).sum();
        assert_eq!(sent, server.counts.read.swap(0, Ordering::SeqCst));
        let received: u64 = lab.samples().iter().map(|sample| sample.received).sum();
        assert_eq!(received, 3 * OK.len() as u64);
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn tls_1_2_is_spoken_too() {
    let key = KeyPair::generate().unwrap();
    let certificate = params(&["127.0.0.1"]).self_signed(&key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private(&key))
        .unwrap();
    let server = answering(config).await;

    let lab = lab(&server, Client::builder().insecure(), "127.0.0.1");

    lab.session.get("/x").send().await.unwrap();
}

#[tokio::test]
async fn insecure_accepts_unknown_expired_and_foreign_certificates() {
    let authority = Authority::new();
    let server = answering(authority.issue(&["other.example"], expired)).await;
    let lab = lab(&server, Client::builder().insecure(), "127.0.0.1");

    lab.session.get("/x").send().await.unwrap();

    assert_eq!(lab.outcomes(), [Outcome::Ok]);
}

#[tokio::test]
async fn an_unknown_issuer_is_named_with_its_cure() {
    let server = answering(Authority::new().issue(&["127.0.0.1"], |_| {})).await;
    // The third is an authority that was created again: the same name with another key.
    for client in [Client::builder(), Authority::named("another").client(), Authority::new().client()] {
        let lab = lab(&server, client, "127.0.0.1");
        fails(&lab, FailureKind::TlsUnknownIssuer, "--ca FILE").await;
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_an_unknown_issuer_until_it_is_trusted_itself() {
    let key = KeyPair::generate().unwrap();
    let certificate = params(&["127.0.0.1"]).self_signed(&key).unwrap();
    let server = answering(serving(&certificate, &key)).await;
    let untrusting = lab(&server, Client::builder(), "127.0.0.1");
    fails(&untrusting, FailureKind::TlsUnknownIssuer, "--ca FILE").await;

    let file = pem(&certificate.pem());
    let trusting = lab(&server, Client::builder().add_root_certificate(file.path()), "127.0.0.1");

    trusting.session.get("/x").send().await.unwrap();
}

/// Behind a byte order mark, the parser of PEM silently skips the first certificate.
#[tokio::test]
async fn byte_order_mark_before_a_certificate_is_skipped() {
    let (first, second) = (Authority::named("first"), Authority::named("second"));
    let server = answering(first.issue(&["127.0.0.1"], |_| {})).await;
    let both = pem(&format!("\u{feff}{}{}", first.issuer.pem(), second.issuer.pem()));
    let trusting = lab(&server, Client::builder().add_root_certificate(both.path()), "127.0.0.1");

    trusting.session.get("/x").send().await.unwrap();

    let mut wide = NamedTempFile::new().unwrap();
    let utf_16 = format!("\u{feff}{}", first.issuer.pem());
    wide.write_all(&utf_16.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()).unwrap();
    let error = Client::builder().add_root_certificate(wide.path()).build().unwrap_err().to_string();
    assert!(error.ends_with("it is UTF-16; save it as UTF-8"), "{error}");
}

/// The result of `openssl req -x509`: a server's certificate that is also a CA certificate.
#[tokio::test]
async fn server_with_the_certificate_of_an_authority_has_a_working_cure() {
    let key = KeyPair::generate().unwrap();
    let mut params = params(&["127.0.0.1"]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    let file = pem(&certificate.pem());
    let server = answering(serving(&certificate, &key)).await;

    for client in [Client::builder(), Client::builder().add_root_certificate(file.path())] {
        let lab = lab(&server, client, "127.0.0.1");
        fails(&lab, FailureKind::TlsUnknownIssuer, "CA:FALSE").await;
    }
}

fn expired(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_expired() {
    let authority = Authority::new();
    let late = |params: &mut CertificateParams| params.not_before = date_time_ymd(4000, 1, 1);
    for (config, words) in [
        (authority.issue(&["127.0.0.1"], expired), "expired"),
        (authority.issue(&["127.0.0.1"], late), "not valid yet"),
    ] {
        let server = answering(config).await;
        let lab = lab(&server, authority.client(), "127.0.0.1");
        fails(&lab, FailureKind::TlsExpired, words).await;
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_wrong_host() {
    let authority = Authority::new();
    let server = answering(authority.issue(&["shop.example"], |_| {})).await;
    let lab = lab(&server, authority.client(), "localhost");
    fails(&lab, FailureKind::TlsWrongHost, "shop.example").await;
}

/// With TLS 1.2 the handshake fails. With 1.3 it has ended for the client before the server checks its certificate, so
/// that the alert comes in place of the response.
#[tokio::test]
async fn a_server_that_demands_a_client_certificate_is_tls_alert() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let certificate = params(&["127.0.0.1"]).signed_by(&key, &authority.issuer).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.issuer.der().clone()).unwrap();
    let roots = Arc::new(roots);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider));
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(vec![certificate.der().clone()], private(&key))
            .unwrap();
        let server = answering(config).await;
        let lab = lab(&server, authority.client(), "127.0.0.1");

        let error = bounded("the response", lab.session.get("/x").send()).await.unwrap_err();

        assert_eq!(error.kind(), FailureKind::TlsAlert, "{error}");
        lab.failed(FailureKind::TlsAlert, "lert");
        assert_eq!((server.connections(), server.read()), (1, 0));
    }
}

#[tokio::test]
async fn a_server_without_http_1_is_alpn() {
    let authority = Authority::new();
    let mut config = authority.issue(&["127.0.0.1"], |_| {});
    config.alpn_protocols = vec![b"h2".to_vec()];
    let server = answering(config).await;
    let lab = lab(&server, authority.client(), "127.0.0.1");
    fails(&lab, FailureKind::TlsAlpn, "does not speak HTTP/1.1").await;
}

#[tokio::test]
async fn a_server_that_accepts_and_stays_silent_is_tls_timeout() {
    let server = Server::start(|mut peer| async move { peer.until_end().await }).await;
    let mut timeouts = molotov_core::Timeouts::default();
    timeouts.connect = SHORT;
    let lab = lab(&server, Client::builder().timeouts(timeouts), "127.0.0.1");

    fails(&lab, FailureKind::TlsTimeout, "the TLS handshake with").await;

    assert!(lab.sample().service >= SHORT);
}

#[tokio::test]
async fn a_port_that_speaks_plain_http_or_closes_is_tls_other() {
    let plain = Server::start(|mut peer| async move {
        peer.some().await;
        peer.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        peer.until_end().await;
    })
    .await;
    fails(&lab(&plain, Client::builder(), "127.0.0.1"), FailureKind::TlsOther, "does this port speak TLS?")
        .await;

    let closing = Server::start(|mut peer| async move { peer.some().await }).await;
    fails(&lab(&closing, Client::builder(), "127.0.0.1"), FailureKind::TlsOther, "handshake").await;

    let resetting = Server::start(|mut peer: Peer| async move {
        peer.some().await;
        peer.reset();
    })
    .await;
    fails(&lab(&resetting, Client::builder(), "127.0.0.1"), FailureKind::TlsOther, "handshake").await;
}

/// An attacker can end a TCP connection; only the peer can end TLS. So this end proves nothing (A4).
#[tokio::test]
async fn a_body_that_ends_without_the_end_of_tls_is_truncated() {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(Arc::new(authority.issue(&["127.0.0.1"], |_| {})));
    for proper in [true, false] {
        let acceptor = acceptor.clone();
        let server = Server::start(move |peer| {
            let acceptor = acceptor.clone();
            async move {
                let mut tls = acceptor.accept(peer.tcp).await.unwrap();
                let _ = tls.read(&mut [0; 4096]).await;
                tls.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nwhole?").await.unwrap();
                tls.flush().await.unwrap();
                if proper {
                    tls.shutdown().await.unwrap();
                }
            }
        })
        .await;
        let lab = lab(&server, authority.client(), "127.0.0.1");

        let result = lab.session.get("/x").send().await;

        let expected = if proper { Outcome::Ok } else { Outcome::Failed(FailureKind::BodyTruncated) };
        assert_eq!(lab.outcomes(), [expected], "{result:?}");
    }
}

#[test]
fn a_file_of_authorities_that_cannot_be_used_is_an_error_that_names_it() {
    let missing =
        Client::builder().add_root_certificate("/does/not/exist.pem").build().unwrap_err().to_string();
    assert!(missing.contains("/does/not/exist.pem"), "{missing}");

    for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        let file = pem(text);
        let error = Client::builder().add_root_certificate(file.path()).build().unwrap_err().to_string();
        assert!(error.contains(&file.path().display().to_string()), "{error}");
        support::assert_no_stutter(&error);
    }
    // A key is PEM too, but not a certificate.
    let key = pem(&KeyPair::generate().unwrap().serialize_pem());
    let error = Client::builder().add_root_certificate(key.path()).build().unwrap_err().to_string();
    assert!(error.contains("there is none in it"), "{error}");

    // Only the frame of this one is that of a certificate.
    let hollow = pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let error = Client::builder().add_root_certificate(hollow.path()).build().unwrap_err().to_string();
    assert!(error.contains(&hollow.path().display().to_string()), "{error}");
}

#[tokio::test]
async fn a_session_of_its_own_reaches_plain_http_beside_https() {
    let authority = Authority::new();
    let secure = answering(authority.issue(&["127.0.0.1"], |_| {})).await;
    let plain = Server::answering(|_| OK).await;
    let lab = lab(&secure, authority.client(), "127.0.0.1");

    for _ in 0..2 {
        lab.session.get("/x").send().await.unwrap();
        lab.session.get(format!("{}/y", plain.url())).send().await.unwrap();
    }

    assert_eq!((secure.connections(), plain.connections()), (1, 1));
    let debug = format!("{:?}", Session::detached());
    assert!(debug.starts_with("Session"));
}
