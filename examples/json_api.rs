//! A JSON API: requests and responses as types of your own.
//!
//! `cargo run --example json_api -- --users 10 --duration 2s`

use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use molotov::prelude::*;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    id: u64,
    text: String,
}

#[scenario]
async fn write_and_read(session: &mut Session, user: UserId) -> Result {
    let note = Note { id: user.0.into(), text: "remember the milk".into() };

    let created = session.post("/notes").json(&note).expect_status(201).send().await?;
    let echoed: Note = created.json()?; // a body that is not a `Note` is a failure of the iteration

    // The report has one row for the template `GET /notes/{id}`, for any number of ids.
    let read: Note = session.get("/notes/{id}").path("id", echoed.id).send().await?.json()?;
    session.check("what was written is read", read == note);

    session.get("/notes").query("tag", "food & drink").query("page", 2).send().await?;
    Ok(())
}

/// A target returned by a global set-up is the base URL of every session, unless `--host` names another one.
#[global_setup]
async fn api() -> std::io::Result<Target> {
    let milk = |id| Note { id, text: "remember the milk".into() };
    let app = Router::new()
        .route("/notes", get(|| async { "[]" }))
        .route("/notes", post(|Json(note): Json<Note>| async { (StatusCode::CREATED, Json(note)) }))
        .route("/notes/{id}", get(move |Path(id): Path<u64>| async move { Json(milk(id)) }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let target = Target::from(listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(target)
}

molotov::main!();
