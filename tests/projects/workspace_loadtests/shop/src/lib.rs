//! The service: a list and its items.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

/// Its routes. Where the environment says so, the items are broken.
pub fn app() -> Router {
    Router::new().route("/items", get(|| async { "1, 2, 3" })).route("/items/{id}", get(item))
}

async fn item() -> (StatusCode, &'static str) {
    match std::env::var_os("ITEMS_ARE_BROKEN") {
        Some(_) => (StatusCode::INTERNAL_SERVER_ERROR, "broken"),
        None => (StatusCode::OK, "an item"),
    }
}
