//! `docs/recipes/uploads-and-downloads.md`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::recipes::page::Page;
use crate::recipes::service::Service;

/// The files that were uploaded, by the path under which they are read.
type Files = Arc<Mutex<HashMap<String, Bytes>>>;

/// A file that is not UTF-8 and takes several reads.
fn photo() -> Vec<u8> {
    (0..300_000_u32).map(|n| (n % 251) as u8).chain([0xff, 0xd8]).collect()
}

/// Stores the file of a form.
async fn share(State(files): State<Files>, form: Bytes) -> Result<(StatusCode, Json<Value>), StatusCode> {
    let photo = photo();
    let at = form.windows(photo.len()).position(|part| part == photo).ok_or(StatusCode::BAD_REQUEST)?;
    let mut files = files.lock().unwrap();
    let id = files.len();
    files.insert(format!("/photos/{id}"), form.slice(at..at + photo.len()));
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))))
}

async fn store(State(files): State<Files>, uri: Uri, file: Bytes) {
    files.lock().unwrap().insert(uri.path().to_owned(), file);
}

async fn read(State(files): State<Files>, uri: Uri) -> Bytes {
    files.lock().unwrap()[uri.path()].clone()
}

#[test]
fn uploaded_files_come_back_unchanged() {
    let files = Files::default();
    let app = Router::new()
        .route("/photos", post(share))
        .route("/photos/{id}", get(read))
        .route("/backups/{user}", put(store).get(read))
        .layer(DefaultBodyLimit::disable());
    let service = Service::start(app.with_state(Arc::clone(&files)));

    let page = Page::read("uploads-and-downloads").option("--host", service.url()).option("--users", "2");
    let ended = page.option("--max-runs", "4").file("photo.jpg", photo()).run();

    ended.assert_code(0);
    let files = files.lock().unwrap();
    assert_eq!(files.len(), 4 + 2, "{:?}", files.keys());
    assert!(files.values().all(|file| *file == photo()));
    for check in ["the photo came back unchanged", "the backup is complete"] {
        let line = ended.stdout.lines().find(|line| line.contains(check));
        assert!(line.is_some_and(|line| line.contains("100")), "{}", ended.stdout);
    }
}
