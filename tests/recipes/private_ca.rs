//! `docs/recipes/private-ca.md`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use axum::serve::Listener;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

use crate::recipes::page::Page;
use crate::recipes::service::Service;

const NAME: &str = "stock.internal";

struct TlsListener(TcpListener, TlsAcceptor);

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (tcp, address) = self.0.accept().await.unwrap();
            // A client that does not trust the certificate goes away.
            if let Ok(stream) = self.1.accept(tcp).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A service with a certificate of this authority.
fn serve(authority: &CertifiedIssuer<'static, KeyPair>) -> Service {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([NAME.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();

    let (service, listener) = Service::bind();
    let listener = TlsListener(listener, TlsAcceptor::from(Arc::new(config)));
    let app = Router::new().route("/stock", get(async || "7 lamps"));
    service.runtime().spawn(async { axum::serve(listener, app).await });
    service
}

#[test]
fn certificates_of_the_private_authority_are_trusted_and_no_others() {
    let authorities = [authority(), authority()];
    let service = serve(&authorities[0]);

    let ended = authorities.map(|authority| {
        let page = Page::read("private-ca").file("company-ca.pem", authority.pem());
        let page = page.option("--host", format!("https://{NAME}:{}", service.port()));
        let page = page.option("--resolve", format!("{NAME}:{}:127.0.0.1", service.port()));
        page.option("--users", "2").option("--max-runs", "3").run()
    });

    ended[0].assert_code(0);
    assert_eq!(ended[0].report().requests.ok, 6);
    assert_eq!(ended[1].report().requests.ok, 0);
    assert!(ended[1].report().of_kind("tls.unknown_issuer") > 0, "{}", ended[1].stdout);
}
