//! `docs/recipes/unique-data.md`.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};

use crate::recipes::page::Page;
use crate::recipes::service::Service;

/// The words that the service got, each of which it accepts one time.
type Seen = Arc<Mutex<Vec<String>>>;

async fn redeem(State(seen): State<Seen>, Path(code): Path<String>) -> StatusCode {
    accept(&seen, code)
}

async fn sign_up(State(seen): State<Seen>, Json(name): Json<String>) -> StatusCode {
    accept(&seen, name)
}

fn accept(seen: &Seen, word: String) -> StatusCode {
    let mut seen = seen.lock().unwrap();
    let status = if seen.contains(&word) { StatusCode::CONFLICT } else { StatusCode::CREATED };
    seen.push(word);
    status
}

#[test]
fn nothing_is_sent_twice_and_the_last_voucher_ends_the_run() {
    let seen = Seen::default();
    let app = Router::new().route("/vouchers/{code}", post(redeem)).route("/accounts", post(sign_up));
    let service = Service::start(app.with_state(Arc::clone(&seen)));

    let page = Page::read("unique-data").block_as_file("csv", "vouchers.csv");
    let ended = page.option("--host", service.url()).option("--users", "3").run();

    ended.assert_code(0);
    assert_eq!(ended.report().iterations.failed, 0);
    let seen = seen.lock().unwrap();
    let mut vouchers: Vec<&str> =
        seen.iter().map(String::as_str).filter(|word| !word.starts_with("visitor-")).collect();
    vouchers.sort_unstable();
    assert_eq!(vouchers, ["SUN-1", "SUN-2", "SUN-3", "SUN-4"]);
    assert!(seen.len() > vouchers.len(), "{seen:?}");
}
