//! The same work for a loop on reqwest: one client for all, as its documentation recommends.
//!
//! `client-reqwest URL CONNECTIONS [BODY-FILE]`: runs until it is killed.

use anyhow::{Result, bail};
use bytes::Bytes;
use reqwest::Client;

#[tokio::main]
async fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [url, connections, body @ ..] = args.as_slice() else {
        bail!("usage: client-reqwest URL CONNECTIONS [BODY-FILE]");
    };
    let body = body.first().map(std::fs::read).transpose()?.map(Bytes::from);
    let client = Client::new();
    let users: Vec<_> = (0..connections.parse()?)
        .map(|_| tokio::spawn(repeat(client.clone(), url.clone(), body.clone())))
        .collect();
    for user in users {
        user.await??;
    }
    Ok(())
}

async fn repeat(client: Client, url: String, body: Option<Bytes>) -> Result<()> {
    loop {
        let request = match &body {
            None => client.get(&url),
            Some(body) => client.post(&url).header("content-type", "application/json").body(body.clone()),
        };
        request.send().await?.error_for_status()?.bytes().await?;
    }
}
