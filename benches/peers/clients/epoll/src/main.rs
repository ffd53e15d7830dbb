//! The minimum of a client: one write and one read per request, on epoll. It reads only the length of a response.
//!
//! `client-epoll ADDRESS PATH CONNECTIONS THREADS PAUSE-MS [BODY-FILE]`: runs until it is killed. After a response a
//! connection waits for the pause, and the starts of connections are spread evenly over it.

mod answer;

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::answer::Answer;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [address, path, connections, threads, pause, body @ ..] = args.as_slice() else {
        bail!("usage: client-epoll ADDRESS PATH CONNECTIONS THREADS PAUSE-MS [BODY-FILE]");
    };
    let request = request(address, path, body.first())?;
    let (connections, threads): (usize, usize) = (connections.parse()?, threads.parse()?);
    let pause = Duration::from_millis(pause.parse()?);

    let workers: Vec<_> = (0..threads)
        .map(|thread| {
            let share = connections / threads + usize::from(thread < connections % threads);
            let (address, request) = (address.clone(), request.clone());
            std::thread::spawn(move || Worker::new(&address, request, share, pause)?.run())
        })
        .collect();
    for worker in workers {
        worker.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??;
    }
    Ok(())
}

fn request(address: &str, path: &str, body: Option<&String>) -> Result<Vec<u8>> {
    let Some(file) = body else {
        return Ok(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").into());
    };
    let body = std::fs::read(file)?;
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    Ok([head.into_bytes(), body].concat())
}

/// The connections of one thread.
struct Worker {
    epoll: Epoll,
    connections: Vec<(TcpStream, Answer)>,
    request: Vec<u8>,
    pause: Duration,
    /// The queue of connections to send. All pauses are equal, so the first to finish is the first here.
    due: VecDeque<(Instant, usize)>,
}

impl Worker {
    fn new(address: &str, request: Vec<u8>, connections: usize, pause: Duration) -> Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::empty())?;
        let all: Vec<_> = (0..connections)
            .map(|index| connect(&epoll, address, index).map(|stream| (stream, Answer::default())))
            .collect::<Result<_>>()?;
        let start = Instant::now();
        let due = (0..connections).map(|index| {
            let share = index as f64 / connections as f64;
            (start + pause.mul_f64(share), index)
        });
        Ok(Self { epoll, due: due.collect(), connections: all, request, pause })
    }

    fn run(mut self) -> Result<()> {
        let mut events = [EpollEvent::empty(); 256];
        let mut buffer = vec![0; 64 * 1024];
        loop {
            self.send_what_is_due()?;
            let ready = self.epoll.wait(&mut events, self.patience()?)?;
            for event in &events[..ready] {
                self.read(usize::try_from(event.data())?, &mut buffer)?;
            }
        }
    }

    fn send_what_is_due(&mut self) -> Result<()> {
        let now = Instant::now();
        while let Some((_, index)) = self.due.pop_front_if(|(due, _)| *due <= now) {
            self.send(index)?;
        }
        Ok(())
    }

    fn send(&mut self, index: usize) -> Result<()> {
        let written = self.connections[index].0.write(&self.request)?;
        ensure!(written == self.request.len(), "the request was not taken whole");
        Ok(())
    }

    fn read(&mut self, index: usize, buffer: &mut [u8]) -> Result<()> {
        let (stream, answer) = &mut self.connections[index];
        let read = match stream.read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            other => other?,
        };
        ensure!(read > 0, "the target has closed a connection");
        if answer.is_whole_with(&buffer[..read])? {
            match self.pause.is_zero() {
                true => self.send(index)?,
                false => self.due.push_back((Instant::now() + self.pause, index)),
            }
        }
        Ok(())
    }

    /// The time until the next connection is due, in whole milliseconds like the timers of others.
    fn patience(&self) -> Result<EpollTimeout> {
        let Some((due, _)) = self.due.front() else { return Ok(EpollTimeout::NONE) };
        let left = due.saturating_duration_since(Instant::now());
        Ok(u16::try_from(left.as_micros().div_ceil(1_000))?.into())
    }
}

fn connect(epoll: &Epoll, address: &str, index: usize) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).context("no connection")?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    let events = EpollFlags::EPOLLIN | EpollFlags::EPOLLET;
    epoll.add(&stream, EpollEvent::new(events, u64::try_from(index)?))?;
    Ok(stream)
}
