//! Custom metrics: everything that is not an HTTP request is timed, checked and counted under a name of your choice.
//!
//! `cargo run --example custom_metrics -- --users 5 --max-runs 20`

use std::io;

use molotov::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A service that does not use HTTP: it sends its input back.
struct Echo(std::net::SocketAddr);

#[global_setup]
async fn echo() -> io::Result<Echo> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut reader, mut writer) = stream.split();
                tokio::io::copy(&mut reader, &mut writer).await
            });
        }
    });
    Ok(Echo(address))
}

#[scenario]
async fn echo_a_message(session: &mut Session, echo: &Echo, iteration: Iteration) -> Result {
    // Timed as a row of its own; an `Err` is counted as a failure, and returned.
    let mut stream = session.measure("connect", TcpStream::connect(echo.0)).await?;

    let message = format!("message {iteration}");
    let answer = session.measure("round trip", round_trip(&mut stream, &message)).await?;

    session.check("the echo is faithful", answer == message); // counted, but not a failure
    session.counter("messages").add(1); // reported with its sum and its rate
    session.gauge("iteration").set(iteration.0 as f64); // reported with its last, least and greatest value
    session.trend("message length").add(message.len() as f64); // reported with its distribution
    Ok(())
}

async fn round_trip(stream: &mut TcpStream, message: &str) -> io::Result<String> {
    stream.write_all(message.as_bytes()).await?;
    let mut answer = vec![0; message.len()];
    stream.read_exact(&mut answer).await?;
    String::from_utf8(answer).map_err(io::Error::other)
}

molotov::main!();
