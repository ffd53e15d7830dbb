//! The floor for whoever builds on hyper: connections that are polled inline, no time-outs, no cookies, no records.
//!
//! `client-hyper ADDRESS PATH CONNECTIONS THREADS [BODY-FILE]`: runs until it is killed.

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

type Slot = (SendRequest<Full<Bytes>>, Pin<Box<Connection<TokioIo<TcpStream>, Full<Bytes>>>>);

/// What is sent again and again.
#[derive(Clone)]
struct Work {
    address: String,
    path: String,
    body: Option<Bytes>,
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [address, path, connections, threads, body @ ..] = args.as_slice() else {
        bail!("usage: client-hyper ADDRESS PATH CONNECTIONS THREADS [BODY-FILE]");
    };
    let body = body.first().map(std::fs::read).transpose()?.map(Bytes::from);
    let work = Work { address: address.clone(), path: path.clone(), body };
    let (connections, threads): (usize, usize) = (connections.parse()?, threads.parse()?);

    // A runtime a thread: the cheapest layout where no user must move to another one.
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
    let mut slot = connect(&work.address).await?;
    loop {
        // All responses must be right, or the figures are of something else.
        let status = exchange(&mut slot, request(&work)?).await?;
        ensure!(status == StatusCode::OK, "the target answered {status}");
    }
}

async fn connect(address: &str) -> Result<Slot> {
    let connecting = TcpStream::connect(address);
    let stream =
        tokio::time::timeout(Duration::from_secs(5), connecting).await.context("no connection")??;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    Ok((sender, Box::pin(connection)))
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
        // First the connection: it is what makes progress.
        if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
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
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(ended);
            }
            // The connection may have brought the rest just now.
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
