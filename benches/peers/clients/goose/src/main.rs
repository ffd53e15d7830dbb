//! The same work for goose: one request repeatedly; `PEERS_BODY` is posted, with `PEERS_IDLE` users wait after it.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use goose::goose::GooseResponse;
use goose::prelude::*;

/// The posted body. A transaction is a function without arguments of its own.
static BODY: OnceLock<Bytes> = OnceLock::new();

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let transaction = if let Some(file) = std::env::var_os("PEERS_BODY") {
        let body = std::fs::read(file)?;
        BODY.get_or_init(|| body.into());
        transaction!(buy)
    } else if std::env::var_os("PEERS_IDLE").is_some() {
        transaction!(stay)
    } else {
        transaction!(look)
    };
    let visitor = scenario!("Visitor").register_transaction(transaction);
    GooseAttack::initialize()?.register_scenario(visitor).execute().await?;
    Ok(())
}

async fn look(user: &mut GooseUser) -> TransactionResult {
    read(user.get("/items/7").await?).await
}

async fn buy(user: &mut GooseUser) -> TransactionResult {
    let body = BODY.get().cloned().unwrap_or_default();
    let request = user.get_request_builder(&GooseMethod::Post, "/items")?;
    let request = request.header("content-type", "application/json").body(body);
    let request =
        GooseRequest::builder().method(GooseMethod::Post).path("/items").set_request_builder(request);
    read(user.request(request.build()).await?).await
}

/// An idle user with one open connection.
async fn stay(user: &mut GooseUser) -> TransactionResult {
    look(user).await?;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    Ok(())
}

/// Reads the body; otherwise the connection could not be used again.
async fn read(response: GooseResponse) -> TransactionResult {
    if let Ok(response) = response.response {
        let _body = response.bytes().await?;
    }
    Ok(())
}
