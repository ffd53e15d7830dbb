//! The floor for clients based on hyper: no time-outs, no cookies, no records.
//!
//! `client-hyper ADDRESS PATH CONNECTIONS THREADS [BODY-FILE]`: runs until it is killed. `CLIENT_HYPER` sets the design
//! choices of such a client, with any of these words: `task` gives each connection a task of its own (otherwise it is
//! polled inline), `nagle` leaves TCP_NODELAY off, `buffer-8k` and `buffer-64k` read into a buffer of that size
//! (otherwise into hyper's own, which grows).

use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

type Inline = Pin<Box<Connection<TokioIo<TcpStream>, Full<Bytes>>>>;

/// A connection, with a task of its own unless it is polled here.
type Slot = (SendRequest<Full<Bytes>>, Option<Inline>);

/// The repeated request.
#[derive(Clone)]
struct Work {
    address: String,
    path: String,
    body: Option<Bytes>,
    choices: Choices,
}

#[derive(Clone, Copy)]
struct Choices {
    task: bool,
    nagle: bool,
    buffer: Option<usize>,
}

impl Choices {
    fn of_environment() -> Result<Self> {
        let mut choices = Self { task: false, nagle: false, buffer: None };
        for word in std::env::var("CLIENT_HYPER").unwrap_or_default().split_whitespace() {
            match word {
                "task" => choices.task = true,
                "nagle" => choices.nagle = true,
                // hyper has no smaller buffer.
                "buffer-8k" => choices.buffer = Some(8 * 1024),
                "buffer-64k" => choices.buffer = Some(64 * 1024),
                _ => bail!("CLIENT_HYPER does not know `{word}`"),
            }
        }
        Ok(choices)
    }
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [address, path, connections, threads, body @ ..] = args.as_slice() else {
        bail!("usage: client-hyper ADDRESS PATH CONNECTIONS THREADS [BODY-FILE]");
    };
    let body = body.first().map(std::fs::read).transpose()?.map(Bytes::from);
    let choices = Choices::of_environment()?;
    let work = Work { address: address.clone(), path: path.clone(), body, choices };
    let (connections, threads): (usize, usize) = (connections.parse()?, threads.parse()?);

    // A runtime per thread: the cheapest layout if no user has to move to another thread.
    let workers: Vec<_> = (0..threads)
        .map(|thread| {
            let share = connections / threads + usize::from(thread < connections % threads);
            let work = work.clone();
            std::thread::spawn(move || run(&work, share))
        })
        .collect();
    for worker in workers {
        worker.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??;
    }
    Ok(())
}

fn run(work: &Work, connections: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let users: Vec<_> = (0..connections).map(|_| tokio::spawn(repeat(work.clone()))).collect();
        for user in users {
            user.await??;
        }
        Ok(())
    })
}

async fn repeat(work: Work) -> Result<()> {
    let mut slot = connect(&work.address, work.choices).await?;
    loop {
        // All responses must be right, because the figures would otherwise be those of other work.
        let status = exchange(&mut slot, request(&work)?).await?;
        ensure!(status == StatusCode::OK, "the target answered {status}");
    }
}

async fn connect(address: &str, choices: Choices) -> Result<Slot> {
    let connecting = TcpStream::connect(address);
    let stream =
        tokio::time::timeout(Duration::from_secs(5), connecting).await.context("no connection")??;
    stream.set_nodelay(!choices.nagle)?;
    let mut builder = http1::Builder::new();
    if let Some(size) = choices.buffer {
        builder.read_buf_exact_size(Some(size));
    }
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
    if choices.task {
        tokio::spawn(connection);
        return Ok((sender, None));
    }
    Ok((sender, Some(Box::pin(connection))))
}

/// The result of the connection; pending as long as it is open.
fn poll(connection: &mut Option<Inline>, cx: &mut std::task::Context<'_>) -> Poll<hyper::Result<()>> {
    connection.as_mut().map_or(Poll::Pending, |connection| connection.as_mut().poll(cx))
}

fn request(work: &Work) -> Result<Request<Full<Bytes>>> {
    let request = Request::builder().uri(&work.path).header("host", &work.address);
    Ok(match &work.body {
        None => request.body(Full::default())?,
        Some(body) => {
            request.method("POST").header("content-type", "application/json").body(Full::new(body.clone()))?
        }
    })
}

async fn exchange((sender, connection): &mut Slot, request: Request<Full<Bytes>>) -> Result<StatusCode> {
    let mut answer = pin!(sender.send_request(request));
    let response: Response<Incoming> = std::future::poll_fn(|cx| {
        // The connection first, because it makes the progress.
        if let Poll::Ready(ended) = poll(connection, cx) {
            ended?;
        }
        answer.as_mut().poll(cx).map_err(anyhow::Error::from)
    })
    .await?;
    let status = response.status();
    let mut body = pin!(response.into_body());
    std::future::poll_fn(|cx| {
        loop {
            match body.as_mut().poll_frame(cx) {
                Poll::Ready(Some(Ok(_))) => continue,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => {}
            }
            if let Poll::Ready(ended) = poll(connection, cx) {
                return Poll::Ready(ended);
            }
            // The connection may just have received the rest.
            if let Poll::Ready(frame) = body.as_mut().poll_frame(cx) {
                match frame {
                    Some(Ok(_)) => continue,
                    Some(Err(error)) => return Poll::Ready(Err(error)),
                    None => return Poll::Ready(Ok(())),
                }
            }
            return Poll::Pending;
        }
    })
    .await?;
    Ok(status)
}
