//! A server that counts the requests that it reads. It uses sockets and threads only, so that it can misbehave.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Ok,
    /// `500`, with a complete body.
    Error,
    /// `200`, and the connection ends in the middle of the body.
    Cut,
    /// No response, until the client leaves.
    Hang,
}

/// Returns the outcome of the request of this number, from 1.
type Behaviour = fn(u64) -> Answer;

pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Seen>,
    accepting: JoinHandle<Vec<JoinHandle<()>>>,
}

#[derive(Default)]
struct Seen {
    requests: AtomicU64,
    errors: AtomicU64,
    cuts: AtomicU64,
    closing: AtomicBool,
    /// Requests from this number on wait for their response; zero for none.
    held_from: AtomicU64,
    failure: Mutex<Option<String>>,
}

/// The number of requests that the server read, and the outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) cuts: u64,
}

impl Server {
    /// A server that always responds at once.
    pub(crate) fn good() -> Self {
        Self::start(|_| Answer::Ok, Duration::ZERO)
    }

    /// A server that responds after this time, with these outcomes.
    pub(crate) fn start(behaviour: Behaviour, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Seen>::default();
        let accepting = thread::spawn({
            let seen = Arc::clone(&seen);
            move || accept(&listener, &seen, behaviour, delay)
        });
        Self { address, seen, accepting }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The number of requests up to now.
    pub(crate) fn requests(&self) -> u64 {
        self.seen.requests.load(Ordering::SeqCst)
    }

    /// Makes requests from this number on wait for their response, until a call with zero.
    pub(crate) fn hold_from(&self, number: u64) {
        self.seen.held_from.store(number, Ordering::SeqCst);
    }

    /// Waits until every connection has been read to its end.
    pub(crate) fn finish(self) -> Tally {
        self.seen.closing.store(true, Ordering::SeqCst);
        // The last visitor is this function itself.
        drop(TcpStream::connect(self.address).unwrap());
        for connection in self.accepting.join().unwrap() {
            connection.join().unwrap();
        }
        assert_eq!(*self.seen.failure.lock().unwrap(), None, "not what a client should send");
        Tally {
            requests: self.seen.requests.load(Ordering::SeqCst),
            errors: self.seen.errors.load(Ordering::SeqCst),
            cuts: self.seen.cuts.load(Ordering::SeqCst),
        }
    }
}

fn accept(
    listener: &TcpListener,
    seen: &Arc<Seen>,
    behaviour: Behaviour,
    delay: Duration,
) -> Vec<JoinHandle<()>> {
    let mut connections = Vec::new();
    loop {
        let (stream, _) = listener.accept().unwrap();
        if seen.closing.load(Ordering::SeqCst) {
            return connections;
        }
        let seen = Arc::clone(seen);
        connections.push(thread::spawn(move || serve(&stream, &seen, behaviour, delay)));
    }
}

/// Reads requests until the connection ends. Requests of clients that hang up during the response count as read.
fn serve(stream: &TcpStream, seen: &Seen, behaviour: Behaviour, delay: Duration) {
    let mut reader = BufReader::new(stream);
    while let Some(length) = head(&mut reader, seen) {
        if io::copy(&mut reader.by_ref().take(length), &mut io::sink()).ok() != Some(length) {
            *seen.failure.lock().unwrap() = Some("a request ended in its body".into());
            return;
        }
        let number = seen.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let answer = behaviour(number);
        thread::sleep(delay);
        while (1..=number).contains(&seen.held_from.load(Ordering::SeqCst)) {
            thread::sleep(Duration::from_millis(1));
        }
        let mut stream = stream;
        let written = match answer {
            Answer::Ok => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
            Answer::Error => {
                seen.errors.fetch_add(1, Ordering::SeqCst);
                stream.write_all(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops")
            }
            Answer::Hang => {
                // The client sends nothing before it has a response.
                let _ = reader.read(&mut [0]);
                return;
            }
            Answer::Cut => {
                seen.cuts.fetch_add(1, Ordering::SeqCst);
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhel")
                    .and_then(|()| stream.shutdown(Shutdown::Write))
            }
        };
        if written.is_err() {
            return;
        }
    }
}

/// Reads the head of a request, and returns the length of its body; `None` at the end of the connection, between two
/// requests.
fn head(reader: &mut impl BufRead, seen: &Seen) -> Option<u64> {
    let (mut first, mut length) = (true, 0);
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(0) | Err(_) if first => return None,
            Ok(0) | Err(_) => {
                *seen.failure.lock().unwrap() = Some("a request ended in its head".into());
                return None;
            }
            Ok(_) if line == "\r\n" => return Some(length),
            Ok(_) => first = false,
        }
        if let Some(told) = line.strip_prefix("content-length: ") {
            length = told.trim_end().parse().unwrap();
        }
    }
}
