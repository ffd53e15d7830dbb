//! A custom protocol: a set-up makes a client for each user, and its calls are timed.
//!
//! `cargo run --example own_client -- --users 5 --max-runs 20`

use std::io;
use std::net::SocketAddr;

use molotov::prelude::*;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

/// A client of a small key-value store. A gRPC channel, a database connection or a message queue is used in the same
/// way.
struct Store(BufStream<TcpStream>);

impl Store {
    async fn call(&mut self, command: &str) -> io::Result<String> {
        self.0.write_all(format!("{command}\n").as_bytes()).await?;
        self.0.flush().await?;
        let mut answer = String::new();
        self.0.read_line(&mut answer).await?;
        match answer.trim_end() {
            "" => Err(io::ErrorKind::UnexpectedEof.into()),
            answer => Ok(answer.to_owned()),
        }
    }
}

/// One client for each user, for its whole life.
#[setup]
async fn store(session: &mut Session, address: &SocketAddr) -> io::Result<Store> {
    // Connecting is a row of the report too.
    let tcp = session.measure("connect", TcpStream::connect(address)).await?;
    Ok(Store(BufStream::new(tcp)))
}

#[scenario]
async fn write_and_read(session: &mut Session, store: &mut Store, user: UserId) -> Result {
    session.measure("set", store.call(&format!("SET {user} hello"))).await?;
    let value = session.measure("get", store.call(&format!("GET {user}"))).await?;

    if !session.check("the value is the one that was written", value == "hello") {
        session.log(format_args!("got `{value}`")); // shown above the display
    }
    Ok(())
}

/// A store for this example: `SET key value` and `GET key`, a line each.
#[global_setup]
async fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(answer(BufStream::new(tcp)));
        }
    });
    Ok(address)
}

async fn answer(mut stream: BufStream<TcpStream>) -> io::Result<()> {
    let (mut line, mut value) = (String::new(), "nothing".to_owned());
    while stream.read_line(&mut line).await? > 0 {
        let answer = match line.trim_end().splitn(3, ' ').collect::<Vec<_>>()[..] {
            // Each connection has its own value, because sharing is not part of this example.
            ["SET", _, new] => {
                value = new.to_owned();
                "OK"
            }
            _ => &value,
        };
        stream.write_all(format!("{answer}\n").as_bytes()).await?;
        stream.flush().await?;
        line.clear();
    }
    Ok(())
}

molotov::main!();
