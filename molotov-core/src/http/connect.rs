//! Opening a connection: resolve, check with the guard, connect, shake hands.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use url::Host;

use super::classify;
use super::client::Client;
use super::counting_stream::{CountingStream, WireStream};
use super::deadline::Deadline;
use super::endpoint::Endpoint;
use super::h1::{self, Codec, H1, H1Hyper};
use super::happy_eyeballs;
use super::lease::Lease;
use super::protocol::Protocol;
use super::socket::Socket;
use crate::error::{Error, Result};
use crate::failure::FailureKind;
use crate::sample::Connected;

/// Opens a connection within the connect time-out, and returns the durations of the phases.
// The parts that not every connection needs are boxed: when all users start at once, all of them hold this future at
// once.
pub(crate) async fn connect(
    client: &Client,
    endpoint: &Arc<Endpoint>,
    total: Deadline,
) -> Result<(Lease, Connected)> {
    let started = Instant::now();
    let by = Deadline::after(started, client.0.timeouts.connect, FailureKind::ConnectTimeout).or(total);
    let (opened, phases) = match &endpoint.socket {
        Some(path) => {
            let socket = within(by, FailureKind::ConnectTimeout, endpoint, path.open()).await?;
            let phases = Connected { connect: started.elapsed(), ..Connected::default() };
            (Opened::plain(socket), phases)
        }
        None => by_tcp(client, endpoint, started, by).await?,
    };
    Ok((lease(client, endpoint, opened).await?, phases))
}

/// A stream to a server, and its protocol.
struct Opened {
    stream: WireStream,
    protocol: Protocol,
}

impl Opened {
    /// A stream without TLS, which negotiates no protocol.
    fn plain(socket: Socket) -> Self {
        Self { stream: WireStream::Plain(socket), protocol: Protocol::Http1 }
    }
}

async fn by_tcp(
    client: &Client,
    endpoint: &Endpoint,
    started: Instant,
    by: Deadline,
) -> Result<(Opened, Connected)> {
    let place = within(by, FailureKind::DnsTimeout, endpoint, place(client, endpoint)).await?;
    let resolved = Instant::now();

    let opening = open(client, endpoint, &place, by.at - resolved);
    let tcp = within(by, FailureKind::ConnectTimeout, endpoint, opening).await?;
    let connected = Instant::now();

    let opened = match endpoint.tls {
        true => Box::pin(encrypt(client, endpoint, tcp, by)).await?,
        false => Opened::plain(Socket::Tcp(tcp)),
    };
    let phases = Connected {
        dns: if place.asked { resolved - started } else { Duration::ZERO },
        connect: connected - resolved,
        tls: if endpoint.tls { connected.elapsed() } else { Duration::ZERO },
    };
    Ok((opened, phases))
}

/// The addresses of an endpoint.
struct Addresses {
    ips: Arc<[IpAddr]>,
    /// The number of earlier connections to this endpoint; each connection starts with another address.
    turn: usize,
    /// True if its name was looked up, now or before.
    asked: bool,
    /// True if the user set these addresses.
    named: bool,
}

/// Finds the addresses of an endpoint: those that the user set, or else those of its name.
async fn place(client: &Client, endpoint: &Endpoint) -> Result<Addresses> {
    if let Some((ips, turn)) = client.0.overrides.find(endpoint) {
        return Ok(Addresses { ips: ips.into(), turn, asked: false, named: true });
    }
    client.0.guard.check_host(&endpoint.host)?;
    let (ips, turn) = client.0.resolver.resolve(&endpoint.host).await?;
    Ok(Addresses { ips, turn, asked: matches!(endpoint.host, Host::Domain(_)), named: false })
}

/// Makes a connection from a stream, by the protocol of the server, and lends it.
async fn lease(client: &Client, endpoint: &Arc<Endpoint>, opened: Opened) -> Result<Lease> {
    match opened.protocol {
        Protocol::Http1 => {
            let codec = h1_codec(client, opened.stream).await?;
            Ok(Lease::Exclusive(Box::new(h1::Connection::new(Arc::clone(endpoint), codec))))
        }
    }
}

/// The codec of an HTTP/1.1 connection: hyper with TLS, and ours without.
async fn h1_codec(client: &Client, stream: WireStream) -> Result<Codec> {
    match stream {
        WireStream::Plain(socket) if !client.0.always_hyper => Ok(Codec::H1(H1::new(socket))),
        stream => match Box::pin(H1Hyper::handshake(CountingStream::new(stream))).await {
            Ok(hyper) => Ok(Codec::H1Hyper(Box::new(hyper))),
            Err(error) => Err(Error::with_kind(FailureKind::ConnectFailed, error.to_string())),
        },
    }
}

/// Opens one of the addresses, each of which must be allowed. Of several errors the last one is returned, but errors of
/// IPv4 addresses take precedence: many machines have no IPv6, which is not a fault of the service.
async fn open(client: &Client, endpoint: &Endpoint, place: &Addresses, left: Duration) -> Result<TcpStream> {
    let Addresses { ips, turn, named, .. } = place;
    for ip in ips.iter() {
        let guard = &client.0.guard;
        if *named { guard.check_named(&endpoint.host, *ip) } else { guard.check(&endpoint.host, *ip) }?;
    }
    let tcp = match **ips {
        [ip] => dial(endpoint, ip).await?,
        _ => {
            let order = happy_eyeballs::in_order(ips, *turn);
            let opened = happy_eyeballs::first(&order, left, |ip| async move {
                dial(endpoint, ip).await.map_err(|error| (ip, error))
            });
            Box::pin(opened).await.map_err(|errors| telling(endpoint, errors))?
        }
    };
    // Without the option the system adds latency, but stays correct.
    drop(tcp.set_nodelay(true));
    Ok(tcp)
}

async fn dial(endpoint: &Endpoint, ip: IpAddr) -> Result<TcpStream> {
    let connected = TcpStream::connect(SocketAddr::new(ip, endpoint.port)).await;
    connected.map_err(|error| refused(endpoint, ip, error))
}

/// The most precise error.
fn telling(endpoint: &Endpoint, errors: Vec<(IpAddr, Error)>) -> Error {
    let (v4, v6): (Vec<_>, Vec<_>) = errors.into_iter().partition(|(ip, _)| ip.is_ipv4());
    let last = v6.into_iter().chain(v4).last();
    last.map_or_else(
        || Error::with_kind(FailureKind::DnsNotFound, format!("{endpoint} has no address")),
        |(_, error)| error,
    )
}

fn refused(endpoint: &Endpoint, ip: IpAddr, error: std::io::Error) -> Error {
    let kind = classify::connect(&error);
    let place = SocketAddr::new(ip, endpoint.port);
    let text = match kind {
        FailureKind::ConnectRefused => format!("nothing listens on {place} (connection refused)"),
        FailureKind::LocalFds => classify::NO_DESCRIPTOR.into(),
        FailureKind::LocalPorts => "no local port left on this machine; keep connections alive".into(),
        _ => format!("cannot connect to {place}: {error}"),
    };
    Error::with_kind(kind, text)
}

#[cfg(feature = "tls")]
async fn encrypt(client: &Client, endpoint: &Endpoint, tcp: TcpStream, by: Deadline) -> Result<Opened> {
    let handshake = client.0.tls.handshake(endpoint, tcp);
    let encrypted = within(by, FailureKind::TlsTimeout, endpoint, handshake).await?;
    let protocol = Protocol::from_alpn(encrypted.get_ref().1.alpn_protocol(), endpoint)?;
    Ok(Opened { stream: WireStream::Tls(Box::new(encrypted)), protocol })
}

#[cfg(not(feature = "tls"))]
async fn encrypt(_: &Client, endpoint: &Endpoint, _: TcpStream, _: Deadline) -> Result<Opened> {
    Err(Error::with_kind(
        FailureKind::TlsOther,
        format!("{endpoint}: enable the feature `tls` of molotov for https"),
    ))
}

// Not an `async fn`, which would store the step twice: as its argument, and within the time-out.
fn within<T>(
    by: Deadline,
    phase: FailureKind,
    endpoint: &Endpoint,
    step: impl Future<Output = Result<T>>,
) -> impl Future<Output = Result<T>> {
    timeout_at(by.at, step).map(move |done| done.unwrap_or_else(|_| Err(overdue(by, phase, endpoint))))
}

/// A phase that exceeded its time.
#[cold]
fn overdue(by: Deadline, phase: FailureKind, endpoint: &Endpoint) -> Error {
    let kind = if by.kind == FailureKind::ConnectTimeout { phase } else { by.kind };
    let doing = match phase {
        FailureKind::DnsTimeout => "resolving",
        FailureKind::TlsTimeout => "the TLS handshake with",
        _ => "connecting to",
    };
    Error::with_kind(kind, format!("{doing} {endpoint} took longer than {by}"))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;
    use crate::http::Target;

    #[tokio::test]
    async fn missing_ipv6_does_not_hide_the_error_of_ipv4() {
        // The port is closed for both families, and where IPv6 is off its address cannot even be tried.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let client = Client::builder().build().unwrap();
        let target = Target::parse(&format!("http://localhost:{port}")).unwrap();
        let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));

        for ips in [[v4, v6], [v6, v4]] {
            let place = Addresses { ips: ips.into(), turn: 0, asked: true, named: false };
            let error = open(&client, &target.endpoint, &place, Duration::from_secs(5)).await.unwrap_err();

            assert_eq!(error.kind(), FailureKind::ConnectRefused, "{error}");
            assert!(error.to_string().contains("127.0.0.1"), "{error}");
        }
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn the_future_of_a_connection_is_short() {
        let client = Client::builder().build().unwrap();
        let target = Target::parse("http://localhost:8080").unwrap();
        let total = Deadline::after(Instant::now(), Duration::from_secs(1), FailureKind::TimeoutTotal);

        let size = size_of_val(&connect(&client, &target.endpoint, total));

        assert!(size <= 900, "{size} bytes");
    }

    #[test]
    fn shortage_of_this_machine_is_reported_with_its_cure() {
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
