//! A server whose delays follow a script, and which logs the true times of each request.
//!
//! It has a thread for each connection, which sleeps: the system's sleep is precise to some 50 µs, an asynchronous
//! timer to 1 ms, and all responses due in the same millisecond would arrive at the client together.

mod log;
mod script;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use anyhow::Result;

use self::log::Entry;
pub(crate) use self::log::Log;
pub(crate) use self::script::{Asked, Script};

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// The usual maximum of responses on a connection in a run. Unused capacity is never touched, so it costs nothing.
const ROOM: usize = 1 << 16;

/// A server that runs until its log is requested.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    script: Script,
    first: OnceLock<Instant>,
    number: AtomicU64,
    in_flight: AtomicU32,
    ended: AtomicBool,
    connections: Mutex<Vec<JoinHandle<Vec<Entry>>>>,
}

impl Server {
    pub(crate) fn start(script: Script) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            script,
            first: OnceLock::new(),
            number: AtomicU64::new(0),
            in_flight: AtomicU32::new(0),
            ended: AtomicBool::new(false),
            connections: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        let accepting = thread::spawn(move || accepting.accept(&listener));
        Ok(Self { address, shared, accepting })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The true times of all requests, after the clients have closed their connections.
    pub(crate) fn log(self) -> Log {
        self.shared.ended.store(true, Ordering::Release);
        // Wakes the server up; a failure does not matter, because then it has ended already.
        drop(TcpStream::connect(self.address));
        drop(self.accepting.join());
        let connections = std::mem::take(&mut *self.shared.connections());
        Log::new(connections.into_iter().filter_map(|each| each.join().ok()).flatten().collect())
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming().flatten() {
            if self.ended.load(Ordering::Acquire) {
                return;
            }
            let shared = Arc::clone(self);
            self.connections().push(thread::spawn(move || shared.serve(stream)));
        }
    }

    /// Serves one connection until its end.
    fn serve(&self, mut stream: TcpStream) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(ROOM);
        let mut buffer = [0; 4096];
        // A connection without TCP_NODELAY would affect the figures.
        if stream.set_nodelay(true).is_err() {
            return entries;
        }
        while let Some(read) = read_request(&mut stream, &mut buffer) {
            let answered = self.delay(read);
            if stream.write_all(RESPONSE).is_err() {
                break;
            }
            entries.push(Entry { read, answered });
        }
        entries
    }

    /// Waits for the scripted delay, and returns the time of its end.
    fn delay(&self, read: Instant) -> Instant {
        let first = *self.first.get_or_init(|| read);
        let asked = Asked {
            number: self.number.fetch_add(1, Ordering::Relaxed),
            at: read.saturating_duration_since(first),
            in_flight: self.in_flight.fetch_add(1, Ordering::Relaxed) + 1,
        };
        let end = read + self.script.delay(asked);
        let answered = loop {
            let now = Instant::now();
            if now >= end {
                break now;
            }
            thread::sleep(end - now);
        };
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        answered
    }

    fn connections(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<Vec<Entry>>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The arrival time of the first byte of a request; `None` at the end of the connection. A request has no body, and the
/// next one comes after its response.
fn read_request(stream: &mut TcpStream, buffer: &mut [u8]) -> Option<Instant> {
    let mut filled = 0;
    let mut first = None;
    loop {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) | Err(_) => return None,
            Ok(read) => filled += read,
        }
        let at = *first.get_or_insert_with(Instant::now);
        if buffer[..filled].ends_with(b"\r\n\r\n") {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_request_is_answered_after_its_delay_and_logged() {
        let delay = Duration::from_millis(2);
        let server = Server::start(Script::Constant(delay)).unwrap();
        let mut stream = TcpStream::connect(server.address).unwrap();
        let mut times = Vec::new();

        for piece in ["GET / HTTP/1.1\r\n", "\r\n", "GET / HTTP/1.1\r\n\r\n"] {
            let sent = Instant::now();
            stream.write_all(piece.as_bytes()).unwrap();
            if piece.ends_with("\r\n\r\n") || piece == "\r\n" {
                stream.read_exact(&mut [0; RESPONSE.len()]).unwrap();
                times.push(sent.elapsed());
            }
        }
        drop(stream);

        let log = server.log();
        assert_eq!(log.count(), 2);
        assert!(log.services().quantile(0.0) >= Some(delay), "{log:?}");
        assert!(times[1] >= delay);
    }

    #[test]
    fn connections_are_served_side_by_side() {
        let server =
            Server::start(Script::Linear { base: Duration::ZERO, step: Duration::from_millis(1) }).unwrap();
        let mut streams: Vec<_> = (0..3).map(|_| TcpStream::connect(server.address).unwrap()).collect();

        for stream in &mut streams {
            stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        }
        for stream in &mut streams {
            stream.read_exact(&mut [0; RESPONSE.len()]).unwrap();
        }
        drop(streams);

        assert_eq!(server.log().count(), 3);
    }
}
