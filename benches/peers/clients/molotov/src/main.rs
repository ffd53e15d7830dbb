//! The load test of the benchmark, written like a user's: weighted scenarios, route names, cookies and all time-outs
//! on. `--tag` selects scenarios.

use std::time::Duration;

use bytes::Bytes;
use molotov::prelude::*;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The posted body: 1 kB of JSON, the same bytes as for every other client.
struct Order(Bytes);

#[global_setup]
async fn order() -> Result<Order> {
    let body = match std::env::var_os("PEERS_BODY") {
        Some(file) => std::fs::read(file)?,
        None => b"{}".to_vec(),
    };
    Ok(Order(body.into()))
}

/// Routes for measuring whether many of them cost more than one.
struct Routes(Vec<String>);

#[global_setup]
async fn routes() -> Result<Routes> {
    let count = match std::env::var("PEERS_ROUTES") {
        Ok(count) => count.parse()?,
        Err(_) => 1,
    };
    Ok(Routes((0..count).map(|route| format!("/items/{route}")).collect()))
}

/// Gets a cookie, which all further requests of this user carry.
#[setup_session]
async fn log_in(session: &mut Session) -> Result {
    if std::env::var_os("PEERS_LOG_IN").is_some() {
        session.get("/login").send().await?;
    }
    Ok(())
}

#[scenario(weight = 40, tags("get"))]
async fn look(session: &mut Session) -> Result {
    session.get("/items/{id}").path("id", 7).send().await?;
    Ok(())
}

#[scenario(weight = 60, tags("get"))]
async fn look_again(session: &mut Session) -> Result {
    session.get("/items/7").name("/items/{again}").send().await?;
    Ok(())
}

#[scenario(weight = 40, tags("post"))]
async fn buy(session: &mut Session, order: &Order) -> Result {
    post(session, order).await
}

#[scenario(weight = 60, tags("post"))]
async fn buy_again(session: &mut Session, order: &Order) -> Result {
    post(session, order).await
}

async fn post(session: &Session, order: &Order) -> Result {
    session.post("/items").header("content-type", "application/json").body(order.0.clone()).send().await?;
    Ok(())
}

#[scenario(tags("routes"))]
async fn roam(session: &mut Session, routes: &Routes, iteration: Iteration) -> Result {
    let Iteration(iteration) = iteration;
    let route = usize::try_from(iteration).unwrap_or(0) % routes.0.len();
    session.get(&routes.0[route]).send().await?;
    Ok(())
}

/// An idle user with one open connection.
#[scenario(tags("idle"))]
async fn stay(session: &mut Session) -> Result {
    session.get("/items/{id}").path("id", 7).send().await?;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    Ok(())
}

molotov::main!(Plan::users(64));
