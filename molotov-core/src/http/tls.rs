//! TLS by rustls with ring, named explicitly, so that no global default can change it.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::{fs, io};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

use super::counting_stream::Raw;
use super::endpoint::Endpoint;
use super::protocol::Protocol;
use super::server_trust::ServerTrust;
use crate::bom::without_mark;
use crate::error::{Error, Result};
use crate::failure::FailureKind;

/// The trusted roots. The system's roots are read when the first connection needs them: a run over plain HTTP never
/// does.
pub(crate) struct Tls {
    trust: ServerTrust,
    extra: Vec<CertificateDer<'static>>,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    pub(crate) fn new(trust: ServerTrust, authorities: &[PathBuf]) -> Result<Self> {
        let mut extra = Vec::new();
        for file in authorities {
            let before = extra.len();
            let bytes = fs::read(file).map_err(|why| unreadable(file, why))?;
            // Behind a byte order mark the first certificate would be skipped.
            let pem = without_mark(&bytes)
                .map_err(|encoding| unreadable(file, format_args!("it is {encoding}; save it as UTF-8")))?;
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|why| unreadable(file, why))?;
                // A root that cannot be used is a mistake here, and not an unknown issuer later.
                RootCertStore::empty().add(certificate.clone()).map_err(|why| unreadable(file, why))?;
                extra.push(certificate);
            }
            if extra.len() == before {
                return Err(unreadable(file, "there is none in it (expected PEM)"));
            }
        }
        Ok(Self { trust, extra, config: OnceLock::new() })
    }

    pub(crate) async fn handshake(&self, endpoint: &Endpoint, tcp: TcpStream) -> Result<TlsStream<Raw>> {
        let name = match &endpoint.host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| {
                Error::with_kind(FailureKind::TlsOther, format!("{name} cannot be a name in a certificate"))
            })?,
            Host::Ipv4(ip) => ServerName::from(std::net::IpAddr::V4(*ip)),
            Host::Ipv6(ip) => ServerName::from(std::net::IpAddr::V6(*ip)),
        };
        let config = match self.config.get() {
            Some(config) => Arc::clone(config),
            None => Arc::clone(self.config.get_or_init(|| self.configure())),
        };
        TlsConnector::from(config).connect(name, tcp.into()).await.map_err(|error| failed(endpoint, error))
    }

    fn configure(&self) -> Arc<ClientConfig> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap_or_else(|_| unreachable!("ring knows TLS 1.2 and 1.3"));
        let mut config = if self.trust == ServerTrust::Anyone {
            let anyone = Arc::new(Anyone(provider));
            builder.dangerous().with_custom_certificate_verifier(anyone).with_no_client_auth()
        } else {
            let mut roots = RootCertStore::empty();
            // A root that cannot be read counts as not installed: the error of the connection names the unknown issuer.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots.add_parsable_certificates(self.extra.iter().cloned());
            builder.with_root_certificates(roots).with_no_client_auth()
        };
        config.alpn_protocols = Protocol::OFFERED.iter().map(|name| name.to_vec()).collect();
        // All users share this configuration, and each is a visitor of its own: none resumes another's session.
        config.resumption = Resumption::disabled();
        Arc::new(config)
    }
}

fn unreadable(file: &Path, why: impl Display) -> Error {
    Error::msg(format!("cannot read certificates from {}: {why}", file.display()))
}

fn failed(endpoint: &Endpoint, error: io::Error) -> Error {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let (kind, cure) = cause.map_or((FailureKind::TlsOther, ""), judge);
    let text = match cause {
        // rustls prints its internals for this error.
        Some(cause) if is_authority(cause) => "the certificate says that it is an authority (CA:TRUE)".into(),
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    };
    Error::with_kind(kind, format!("TLS handshake with {endpoint}: {text}{cure}"))
}

/// The kind of a failed handshake, and the cure.
fn judge(error: &rustls::Error) -> (FailureKind, &'static str) {
    use rustls::Error as Tls;
    match error {
        cause if is_authority(cause) => (
            FailureKind::TlsUnknownIssuer,
            ", which no server's may; make it with `-addext basicConstraints=critical,CA:FALSE`, or trust anyone with \
             --insecure",
        ),
        Tls::InvalidCertificate(certificate) => judge_certificate(certificate),
        Tls::AlertReceived(rustls::AlertDescription::NoApplicationProtocol) | Tls::NoApplicationProtocol => {
            (FailureKind::TlsAlpn, "; the server does not speak HTTP/1.1")
        }
        Tls::AlertReceived(_) => (FailureKind::TlsAlert, ""),
        Tls::InvalidMessage(_) => (FailureKind::TlsOther, "; does this port speak TLS?"),
        _ => (FailureKind::TlsOther, ""),
    }
}

fn judge_certificate(error: &CertificateError) -> (FailureKind, &'static str) {
    match error {
        CertificateError::UnknownIssuer => {
            (FailureKind::TlsUnknownIssuer, "; trust its issuer with --ca FILE, or anyone with --insecure")
        }
        CertificateError::BadSignature => (
            FailureKind::TlsUnknownIssuer,
            "; the trusted authority of that name has another key; give the right one with --ca FILE",
        ),
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => (FailureKind::TlsExpired, ""),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            (FailureKind::TlsWrongHost, "")
        }
        _ => (FailureKind::TlsOther, ""),
    }
}

/// Returns `true` if webpki has rejected a server's certificate because it is a CA certificate itself, as made by
/// `openssl req -x509`. Trusting the certificate does not help.
fn is_authority(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidCertificate(CertificateError::Other(other))
        if other.to_string().contains("CaUsedAsEndEntity"))
}

/// `--insecure`: every certificate is accepted; signatures are still checked.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
