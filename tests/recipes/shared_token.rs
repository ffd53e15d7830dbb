//! `docs/recipes/shared-token.md`.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::recipes::page::Page;
use crate::recipes::service::{Service, header};

/// A service that grants numbered tokens, and keeps those of the requests for orders.
#[derive(Default)]
struct Api {
    expires_in: u64,
    granted: AtomicU32,
    used: Mutex<Vec<String>>,
}

async fn grant(State(api): State<Arc<Api>>) -> Json<Value> {
    let token = format!("token-{}", api.granted.fetch_add(1, Ordering::SeqCst));
    Json(json!({ "access_token": token, "expires_in": api.expires_in }))
}

async fn orders(State(api): State<Arc<Api>>, headers: HeaderMap) {
    api.used.lock().unwrap().push(header(&headers, "authorization"));
}

/// The tokens of 20 requests for orders by five users, for tokens that expire after this number of seconds.
fn tokens(expires_in: u64) -> Vec<String> {
    let api = Arc::new(Api { expires_in, ..Api::default() });
    let app = Router::new().route("/oauth/token", post(grant)).route("/orders", get(orders));
    let service = Service::start(app.with_state(Arc::clone(&api)));

    let page = Page::read("shared-token").option("--host", service.url()).option("--users", "5");
    let ended = page.option("--max-runs", "4").run();

    ended.assert_code(0);
    let mut tokens = api.used.lock().unwrap().clone();
    tokens.sort();
    tokens
}

#[test]
fn all_users_share_a_token_that_is_valid() {
    assert_eq!(tokens(3600), vec!["Bearer token-0"; 20]);
}

#[test]
fn tokens_that_expired_are_replaced() {
    let mut tokens = tokens(0);
    tokens.dedup();
    assert_eq!(tokens.len(), 20);
}
