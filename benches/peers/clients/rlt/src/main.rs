//! The same work for rlt, with the cheapest possible client: a connection of hyper for each worker.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use bytes::Bytes;
use clap::Parser;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use rlt::cli::BenchCli;
use rlt::{BenchSuite, IterInfo, IterReport};
use tokio::net::TcpStream;
use tokio::time::Instant;

#[derive(Parser)]
struct Options {
    #[arg(long)]
    url: Uri,

    /// What is posted
    #[arg(long)]
    body: Option<PathBuf>,

    #[command(flatten)]
    bench: BenchCli,
}

#[derive(Clone)]
struct Visit {
    url: Uri,
    body: Option<Bytes>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let body = options.body.map(std::fs::read).transpose()?.map(Bytes::from);
    rlt::cli::run(options.bench, Visit { url: options.url, body }).await
}

#[async_trait]
impl BenchSuite for Visit {
    type WorkerState = SendRequest<Full<Bytes>>;

    async fn state(&self, _worker: u32) -> Result<Self::WorkerState> {
        let address = self.url.authority().context("a URL without an address")?.as_str();
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn bench(&mut self, sender: &mut Self::WorkerState, _: &IterInfo) -> Result<IterReport> {
        let start = Instant::now();
        sender.ready().await?;
        let response = sender.send_request(self.request()?).await?;
        let status = response.status().into();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(IterReport { duration: start.elapsed(), status, bytes: body.len() as u64, items: 1 })
    }
}

impl Visit {
    fn request(&self) -> Result<Request<Full<Bytes>>> {
        let host = self.url.authority().context("a URL without an address")?.as_str();
        let request = Request::builder().uri(self.url.path()).header("host", host);
        Ok(match &self.body {
            None => request.body(Full::default())?,
            Some(body) => {
                let request = request.method("POST").header("content-type", "application/json");
                request.body(Full::new(body.clone()))?
            }
        })
    }
}
