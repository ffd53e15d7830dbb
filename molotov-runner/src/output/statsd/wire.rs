//! Datagrams to a server that may be unreachable.
//!
//! UDP reports no losses, but the system of a host without a listener does, and then the next call on the socket fails.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

/// The time for which a datagram may wait for room in the system's buffer.
const PATIENCE: Duration = Duration::from_millis(100);

/// The time between the last datagram and the check for a refusal.
const LAST_LOOK: Duration = Duration::from_millis(20);

/// Prints a message for the user.
type Say = Box<dyn FnMut(&str) + Send>;

/// The connection to a statsd server.
pub(super) struct Wire {
    /// The server's possible addresses; the current one is first.
    addresses: Vec<SocketAddr>,
    socket: Option<UdpSocket>,
    last: Last,
    dropped: u64,
    say: Option<Say>,
}

/// The last sent datagram: if it is refused, another address may accept it.
#[derive(Default)]
struct Last {
    bytes: Vec<u8>,
    metrics: u64,
    /// The number of addresses that refused it.
    refused: usize,
}

impl Wire {
    /// Creates a connection to a server at one of these addresses. `say` is called at most once, when none of them
    /// accepts a datagram.
    pub(super) fn new(addresses: Vec<SocketAddr>, say: impl FnMut(&str) + Send + 'static) -> Self {
        Self { addresses, socket: None, last: Last::default(), dropped: 0, say: Some(Box::new(say)) }
    }

    /// Sends a datagram with this number of metrics.
    pub(super) fn send(&mut self, datagram: &[u8], metrics: u64) {
        // An error of this call is about the previous datagram, so that is handled first.
        self.handle_refusals();
        self.last.bytes.clear();
        self.last.bytes.extend_from_slice(datagram);
        self.last.metrics = metrics;
        self.last.refused = 0;
        self.send_last();
        self.handle_refusals();
    }

    /// Handles the refusal of the last datagram, if the system has recorded one.
    pub(super) fn handle_refusals(&mut self) {
        while let Some(error) = self.socket.as_ref().and_then(|socket| socket.take_error().ok().flatten()) {
            self.failed(&error);
        }
    }

    /// Waits for a refusal of the last datagram. Returns the number of dropped metrics, as far as known.
    pub(super) fn finish(&mut self) -> u64 {
        if self.last.metrics > 0 {
            thread::sleep(LAST_LOOK);
            self.handle_refusals();
        }
        self.dropped
    }

    fn send_last(&mut self) {
        if let Err(error) = self.try_send() {
            self.failed(&error);
        }
    }

    fn try_send(&mut self) -> io::Result<()> {
        let socket = match &mut self.socket {
            Some(socket) => socket,
            none => none.insert(connect(self.addresses[0])?),
        };
        socket.send(&self.last.bytes).map(drop)
    }

    /// Sends the last datagram, which has not arrived, to the next address, if there is one.
    fn failed(&mut self, error: &io::Error) {
        if self.last.metrics == 0 {
            return;
        }
        self.last.refused += 1;
        let address = self.addresses[0];
        if error.kind() != ErrorKind::WouldBlock && self.addresses.len() > 1 {
            self.socket = None;
            self.addresses.rotate_left(1);
            if self.last.refused < self.addresses.len() {
                return self.send_last();
            }
        }
        self.dropped += self.last.metrics;
        self.last.metrics = 0;
        if let Some(mut say) = self.say.take() {
            let why = match error.kind() {
                ErrorKind::ConnectionRefused => "nobody listens there".into(),
                _ => error.to_string(),
            };
            say(&format!(
                "statsd: metrics cannot be sent to udp://{address} ({why}); they are dropped, and the run goes on"
            ));
        }
    }
}

fn connect(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)),
    }?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.connect(address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    type Said = Arc<Mutex<Vec<String>>>;

    fn wire(addresses: Vec<SocketAddr>) -> (Wire, Said) {
        let said = Said::default();
        let kept = Arc::clone(&said);
        (Wire::new(addresses, move |text| kept.lock().unwrap().push(text.to_owned())), said)
    }

    fn server() -> (UdpSocket, SocketAddr) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    /// An address without a listener, as long as its holder exists.
    fn nobody() -> (UdpSocket, SocketAddr) {
        let (socket, address) = server();
        // A socket that is connected elsewhere refuses other peers, and its port is not reused.
        socket.connect("127.0.0.1:9").unwrap();
        (socket, address)
    }

    fn received(socket: &UdpSocket) -> String {
        let mut bytes = [0; 2_000];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[test]
    fn absent_server_is_reported_once_and_losses_are_counted() {
        let (_holder, address) = nobody();
        let (mut wire, said) = wire(vec![address]);

        for metrics in [3, 4, 5] {
            wire.send(b"a:1|c", metrics);
        }

        assert_eq!(wire.finish(), 12);
        let said = said.lock().unwrap();
        assert!(said.len() == 1 && said[0].contains(&format!("udp://{address} (nobody listens")), "{said:?}");
    }

    #[test]
    fn refused_datagram_goes_to_the_next_address() {
        let (_holder, nobody) = nobody();
        let (socket, address) = server();
        let (mut wire, said) = wire(vec![nobody, address]);

        wire.send(b"first", 1);
        wire.send(b"second", 1);

        assert_eq!((received(&socket), received(&socket)), ("first".into(), "second".into()));
        assert_eq!(wire.finish(), 0);
        assert!(said.lock().unwrap().is_empty());
    }

    #[test]
    fn returned_server_receives_later_lines() {
        let (holder, address) = nobody();
        let (mut wire, _) = wire(vec![address]);

        wire.send(b"lost", 1);
        drop(holder);
        let socket = UdpSocket::bind(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        wire.send(b"found", 1);

        assert_eq!(received(&socket), "found");
        assert_eq!(wire.finish(), 1);
    }
}
