//! Opening a connection: resolve, ask the guard, connect, shake hands.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use url::Host;

use super::client::Client;
use super::connection::{Connection, Deadline, Protocol};
use super::driven::Driven;
use super::fault;
use super::plain::Plain;
use super::target::Endpoint;
use super::wire::{Stream, Wire};
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::sample::Connected;

/// Opens a connection within the connect time-out, and says how long each phase took.
pub(crate) async fn connect(
    client: &Client,
    endpoint: &Arc<Endpoint>,
    total: Deadline,
) -> Result<(Box<Connection>, Connected)> {
    let started = Instant::now();
    let by = Deadline::after(started, client.0.timeouts.connect, FailureKind::ConnectTimeout).or(total);

    let ips = within(by, FailureKind::DnsTimeout, endpoint, client.0.resolver.resolve(endpoint)).await?;
    let resolved = Instant::now();

    let tcp = within(by, FailureKind::ConnectTimeout, endpoint, open(client, endpoint, &ips)).await?;
    let connected = Instant::now();

    let stream = if endpoint.tls { encrypt(client, endpoint, tcp, by).await? } else { Stream::Plain(tcp) };
    let phases = Connected {
        dns: if matches!(endpoint.host, Host::Domain(_)) { resolved - started } else { Duration::ZERO },
        connect: connected - resolved,
        tls: if endpoint.tls { connected.elapsed() } else { Duration::ZERO },
    };
    Ok((Box::new(Connection::new(Arc::clone(endpoint), speaker(client, stream).await?)), phases))
}

/// hyper speaks on connections with TLS, and our own codec on plain ones.
async fn speaker(client: &Client, stream: Stream) -> Result<Protocol> {
    match stream {
        Stream::Plain(tcp) if !client.0.always_hyper => Ok(Protocol::Plain(Plain::new(tcp))),
        stream => match Driven::handshake(Wire::new(stream)).await {
            Ok(driven) => Ok(Protocol::Driven(Box::new(driven))),
            Err(error) => Err(Error::of(FailureKind::ConnectFailed, error.to_string())),
        },
    }
}

/// Tries the addresses one after the other. The last one's error counts, but where there are IPv4 addresses theirs
/// does: many machines have no IPv6, and that says nothing of the service.
async fn open(client: &Client, endpoint: &Endpoint, ips: &[IpAddr]) -> Result<TcpStream> {
    let mut last = Error::of(FailureKind::DnsNotFound, format!("{endpoint} has no address"));
    let has_v4 = ips.iter().any(IpAddr::is_ipv4);
    for ip in ips {
        client.0.guard.check(&endpoint.host, *ip)?;
        match TcpStream::connect(SocketAddr::new(*ip, endpoint.port)).await {
            Ok(tcp) => {
                // It costs latency, not correctness, where the system does not know the option.
                drop(tcp.set_nodelay(true));
                return Ok(tcp);
            }
            Err(_) if has_v4 && ip.is_ipv6() => {}
            Err(error) => last = refused(endpoint, *ip, error),
        }
    }
    Err(last)
}

fn refused(endpoint: &Endpoint, ip: IpAddr, error: std::io::Error) -> Error {
    let kind = fault::connect(&error);
    let place = SocketAddr::new(ip, endpoint.port);
    let text = match kind {
        FailureKind::ConnectRefused => format!("nothing listens on {place} (connection refused)"),
        FailureKind::LocalFds => "no file descriptor left on this machine; raise `ulimit -n`".into(),
        FailureKind::LocalPorts => "no local port left on this machine; keep connections alive".into(),
        _ => format!("cannot connect to {place}: {error}"),
    };
    Error::of(kind, text)
}

#[cfg(feature = "tls")]
async fn encrypt(client: &Client, endpoint: &Endpoint, tcp: TcpStream, by: Deadline) -> Result<Stream> {
    let encrypted =
        within(by, FailureKind::TlsTimeout, endpoint, client.0.tls.handshake(endpoint, tcp)).await?;
    Ok(Stream::Tls(Box::new(encrypted)))
}

#[cfg(not(feature = "tls"))]
async fn encrypt(_: &Client, endpoint: &Endpoint, _: TcpStream, _: Deadline) -> Result<Stream> {
    Err(Error::of(
        FailureKind::TlsOther,
        format!("{endpoint}: enable the feature `tls` of molotov for https"),
    ))
}

async fn within<T>(
    by: Deadline,
    phase: FailureKind,
    endpoint: &Endpoint,
    step: impl Future<Output = Result<T>>,
) -> Result<T> {
    match timeout_at(by.at, step).await {
        Ok(done) => done,
        Err(_) => {
            let kind = if by.kind == FailureKind::ConnectTimeout { phase } else { by.kind };
            let doing = match phase {
                FailureKind::DnsTimeout => "resolving",
                FailureKind::TlsTimeout => "the TLS handshake with",
                _ => "connecting to",
            };
            Err(Error::of(kind, format!("{doing} {endpoint} took longer than the time-out")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;
    use crate::http::Target;

    #[tokio::test]
    async fn a_missing_ipv6_does_not_hide_what_ipv4_says() {
        // Nothing listens there in either family, and where IPv6 is off its address cannot even be tried.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let client = Client::builder().build().unwrap();
        let target = Target::parse(&format!("http://localhost:{port}")).unwrap();
        let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));

        for ips in [[v4, v6], [v6, v4]] {
            let error = open(&client, &target.endpoint, &ips).await.unwrap_err();

            assert_eq!(error.kind(), FailureKind::ConnectRefused, "{error}");
            assert!(error.to_string().contains("127.0.0.1"), "{error}");
        }
    }

    #[test]
    fn what_this_machine_lacks_is_said_with_its_cure() {
        let target = Target::parse("http://localhost:8080").unwrap();
        let said = |code| {
            let error = std::io::Error::from_raw_os_error(code);
            refused(&target.endpoint, IpAddr::V4(Ipv4Addr::LOCALHOST), error)
        };

        assert_eq!(said(24).kind(), FailureKind::LocalFds);
        assert!(said(24).to_string().contains("ulimit -n"));
        #[cfg(target_os = "linux")]
        assert_eq!(said(99).kind(), FailureKind::LocalPorts);
    }
}
