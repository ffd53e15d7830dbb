//! `docs/recipes/polling.md`.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::recipes::page::Page;
use crate::recipes::service::Service;

/// The number of polls of each job.
type Jobs = Arc<Mutex<Vec<u32>>>;

async fn start(State(jobs): State<Jobs>) -> (StatusCode, Json<Value>) {
    let mut jobs = jobs.lock().unwrap();
    jobs.push(0);
    (StatusCode::ACCEPTED, Json(json!({ "id": jobs.len() - 1, "state": "queued" })))
}

/// A job is done at the third poll, and the fifth job fails.
async fn poll(State(jobs): State<Jobs>, Path(id): Path<usize>) -> Json<Value> {
    let polls = &mut jobs.lock().unwrap()[id];
    *polls += 1;
    let state = match (*polls, id) {
        (3.., 4) => "failed",
        (3.., _) => "done",
        _ => "running",
    };
    Json(json!({ "id": id, "state": state }))
}

#[test]
fn jobs_are_polled_until_they_are_done() {
    let jobs = Jobs::default();
    let app = Router::new()
        .route("/exports", post(start))
        .route("/exports/{id}", get(poll))
        .route("/exports/{id}/file", get(async || "a file"));
    let service = Service::start(app.with_state(Arc::clone(&jobs)));

    let page = Page::read("polling").option("--host", service.url()).option("--users", "5");
    let ended = page.option("--max-runs", "1").run();

    ended.assert_code(1);
    assert_eq!(*jobs.lock().unwrap(), [3; 5]);
    let report = ended.report();
    assert_eq!((report.iterations.ok, report.iterations.failed), (4, 1));
    assert!(ended.stdout.contains("the export failed"), "{}", ended.stdout);
}
