//! `cargo test --test load`, and as a load: `cargo test --test load -- --bench --users 5`

use molotov::prelude::*;
use tokio::net::TcpListener;

struct Service(String);

#[global_setup]
async fn start() -> std::io::Result<Service> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app_tests::app()).await });
    Ok(Service(url))
}

#[setup_session]
async fn base(session: &mut Session, service: &Service) -> Result {
    session.set_base(&service.0)
}

#[scenario(weight = 3)]
async fn list(session: &mut Session) -> Result {
    session.get("/items").send().await?;
    Ok(())
}

#[scenario(name = "one item")]
async fn item(session: &mut Session) -> Result {
    session.get("/items/{id}").path("id", 2).send().await?;
    Ok(())
}

molotov::main!(Plan::users(2).max_runs(2));
