//! The code of `docs/recipes/own-client.md`.

use std::io;

use molotov::prelude::*;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;

/// A connection to Redis: commands and answers of one line each.
struct Redis(BufStream<TcpStream>);

impl Redis {
    async fn call(&mut self, command: &str) -> io::Result<String> {
        self.0.write_all(format!("{command}\r\n").as_bytes()).await?;
        self.0.flush().await?;
        let mut answer = String::new();
        self.0.read_line(&mut answer).await?;
        match answer.trim_end() {
            "" => Err(io::ErrorKind::UnexpectedEof.into()),
            error if error.starts_with('-') => Err(io::Error::other(error.to_owned())),
            answer => Ok(answer.to_owned()),
        }
    }
}

/// A connection for each user, for all of its iterations.
#[setup]
async fn redis(session: &mut Session) -> io::Result<Redis> {
    let address = std::env::var("REDIS_ADDRESS").unwrap_or_else(|_| "127.0.0.1:6379".into());
    let tcp = session.measure("connect", TcpStream::connect(address)).await?;
    Ok(Redis(BufStream::new(tcp)))
}

#[scenario]
async fn count_visits(session: &mut Session, redis: &mut Redis, user: UserId) -> Result {
    let key = format!("visits:{user}");
    session.measure("SET", redis.call(&format!("SET {key} 0"))).await?;
    let visits = session.measure("INCR", redis.call(&format!("INCR {key}"))).await?;
    session.check("a visit is counted once", visits == ":1");
    Ok(())
}

molotov::main!();
