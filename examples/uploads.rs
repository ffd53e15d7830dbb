//! Uploads: files and forms are read while they are sent, a compressed response is decoded, and a password is never
//! printed.
//!
//! `cargo run --example uploads -- --users 5 --max-runs 20`

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use molotov::prelude::*;
use tokio::net::TcpListener;

/// Any file; it may be larger than the memory.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

/// It prints `***` everywhere.
struct Password(Secret);

#[setup]
async fn password() -> Password {
    Password(std::env::var("SHOP_PASSWORD").unwrap_or_else(|_| "open sesame".into()).into())
}

#[setup_session]
async fn log_in(session: &mut Session, password: &mut Password) -> Result {
    session.set_accept_compressed(); // gzip and deflate, for all requests of this user
    session.set_basic_auth("Aladdin", &password.0)
}

#[scenario]
async fn send_a_form(session: &mut Session, user: UserId) -> Result {
    let small = Part::bytes(vec![0xff, 0xd8]).file_name("small.jpg").content_type("image/jpeg");
    let form =
        Multipart::new().text("title", format!("of user {user}")).file("text", FILE).part("thumbnail", small);
    session.post("/forms").multipart(form).expect_status(201).send().await?;
    Ok(())
}

#[scenario]
async fn send_a_file(session: &mut Session) -> Result {
    let length: u64 = session.post("/files").body_file(FILE).send().await?.json()?;
    session.check("all of it came", length == std::fs::metadata(FILE)?.len());
    Ok(())
}

#[scenario]
async fn read_back(session: &mut Session) -> Result {
    session.get("/files").bearer_auth("a token of this request alone").send().await?;
    Ok(())
}

/// Accepts only a complete form.
async fn take_form(headers: HeaderMap, body: Bytes) -> StatusCode {
    let body = String::from_utf8_lossy(&body);
    let is_form =
        headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
    let is_complete = body.contains("filename=\"README.md\"") && body.ends_with("--\r\n");
    if is_form && is_complete { StatusCode::CREATED } else { StatusCode::BAD_REQUEST }
}

async fn take_file(body: Bytes) -> String {
    body.len().to_string()
}

async fn show_file(headers: HeaderMap) -> StatusCode {
    if headers.contains_key("authorization") { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
}

#[global_setup]
async fn server() -> std::io::Result<Target> {
    let app = Router::new().route("/forms", post(take_form)).route("/files", post(take_file).get(show_file));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let target = Target::from(listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(target)
}

molotov::main!();
