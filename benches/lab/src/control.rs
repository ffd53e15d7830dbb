//! A plain client for comparison: a thread with std's sockets that waits for each response, without any code of
//! molotov.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::stats::Exact;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: lab\r\n\r\n";

/// The latencies, from the due time of each request to its response.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) all: Exact,
    /// The latencies of the first request of each connection, which opens the connection.
    pub(crate) firsts: Exact,
    pub(crate) later: Exact,
}

/// Sends a request in each gap, on this many connections in turn; each connection is opened at its first use.
pub(crate) fn run(server: SocketAddr, connections: usize, gap: Duration, lasts: Duration) -> Result<Seen> {
    let mut streams: Vec<Option<TcpStream>> = (0..connections).map(|_| None).collect();
    let (mut firsts, mut later) = (Vec::new(), Vec::new());
    let begin = Instant::now();
    let count = u32::try_from(lasts.as_nanos() / gap.as_nanos())?;
    for number in 0..count {
        let due = begin + gap * number;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let slot = &mut streams[number as usize % connections];
        let times = if slot.is_none() { &mut firsts } else { &mut later };
        let stream = match slot {
            Some(stream) => stream,
            None => slot.insert(open(server)?),
        };
        stream.write_all(REQUEST)?;
        let read = stream.read(&mut [0; 4096])?;
        ensure!(read > 0, "the server closed the connection of the control client");
        times.push(due.elapsed());
    }
    let all = Exact::of(firsts.iter().chain(&later).copied());
    Ok(Seen { all, firsts: Exact::of(firsts), later: Exact::of(later) })
}

fn open(server: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{Script, Server};

    #[test]
    fn it_sends_one_request_in_each_gap_and_opens_each_connection_once() {
        let server = Server::start(Script::None).unwrap();
        let ms = Duration::from_millis;

        let seen = run(server.address(), 3, ms(1), ms(10)).unwrap();

        assert_eq!((seen.all.count(), seen.firsts.count(), seen.later.count()), (10, 3, 7));
        assert_eq!(server.log().count(), 10);
    }
}
