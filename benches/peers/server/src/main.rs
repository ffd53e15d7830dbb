//! A target that is cheaper than its clients: one thread, fixed responses, no allocation for a request.
//!
//! It listens on a free port, prints it, and serves until it is killed. `/status` shows the counts of requests, in
//! nginx's format and with another line about unexpected requests.

mod answers;
mod counts;
mod request;

use std::cell::RefCell;
use std::io::{self, Write as _};
use std::rc::Rc;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

use crate::answers::Answers;
use crate::counts::Counts;
use crate::request::{Kind, next_request};

/// The state that all connections share; there is one thread.
struct Shared {
    answers: Answers,
    counts: Counts,
    /// A waiting connection needs no buffer of its own.
    buffer: RefCell<Vec<u8>>,
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    LocalSet::new().block_on(&runtime, serve())
}

async fn serve() -> io::Result<()> {
    // The queue of connections that wait to be accepted must be large enough for a start without ramp-up.
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(32_768)?;
    announce(&listener)?;

    let shared = Rc::new(Shared {
        answers: Answers::new(),
        counts: Counts::default(),
        buffer: RefCell::new(vec![0; 64 * 1024]),
    });
    loop {
        // Without descriptors nothing can be accepted until a client leaves.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        let shared = Rc::clone(&shared);
        tokio::task::spawn_local(async move {
            shared.counts.opened();
            // A client that leaves is not a failure of the target.
            let _gone = converse(&stream, &shared).await;
            shared.counts.closed();
        });
    }
}

fn announce(listener: &TcpListener) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{}", listener.local_addr()?)?;
    out.flush()
}

/// Serves one connection until its end.
async fn converse(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    // A client that closes its connection gets a reset, so that its port is free at once. Thousands of waiting ports
    // would slow the start of the next client.
    stream.set_zero_linger()?;
    let mut rest = Vec::new(); // the start of an incomplete request
    loop {
        stream.readable().await?;
        match answer_what_came(stream, shared, &mut rest) {
            Ok(Came::Something) => {}
            Ok(Came::End) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

enum Came {
    Something,
    End,
}

/// Reads once, and responds to each complete request.
fn answer_what_came(stream: &TcpStream, shared: &Shared, rest: &mut Vec<u8>) -> io::Result<Came> {
    let mut buffer = shared.buffer.borrow_mut();
    let length = stream.try_read(&mut buffer)?;
    if length == 0 {
        return Ok(Came::End);
    }
    if rest.is_empty() {
        let used = answer_all(stream, shared, &buffer[..length])?;
        rest.extend_from_slice(&buffer[used..length]);
    } else {
        rest.extend_from_slice(&buffer[..length]);
        let used = answer_all(stream, shared, rest)?;
        rest.drain(..used);
        if rest.is_empty() {
            *rest = Vec::new();
        }
    }
    Ok(Came::Something)
}

/// Responds to the requests at the start of these bytes; returns the number of bytes used.
fn answer_all(stream: &TcpStream, shared: &Shared, bytes: &[u8]) -> io::Result<usize> {
    let mut used = 0;
    while let Some(request) = next_request(&bytes[used..]) {
        used += request.length;
        shared.counts.asked(request.kind);
        match request.kind {
            Kind::Get => write_all(stream, &shared.answers.get)?,
            Kind::Post => write_all(stream, &shared.answers.post)?,
            Kind::LogIn => write_all(stream, &shared.answers.log_in)?,
            Kind::Status => write_all(stream, &answers::status(&shared.counts.text()))?,
            Kind::Wrong => write_all(stream, &shared.answers.wrong)?,
        }
    }
    Ok(used)
}

/// A client with one request in flight always has room for the response; a client without room is cut off.
fn write_all(stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    match stream.try_write(bytes) {
        Ok(written) if written == bytes.len() => Ok(()),
        // Converted, because `WouldBlock` would be taken for a read without data.
        _ => Err(io::ErrorKind::WriteZero.into()),
    }
}
