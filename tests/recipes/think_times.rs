//! `docs/recipes/think-times.md`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;

use crate::recipes::page::Page;
use crate::recipes::service::Service;

/// The pages that were read.
type Pages = Arc<Mutex<Vec<String>>>;

async fn items(State(pages): State<Pages>, Query(query): Query<HashMap<String, String>>) -> &'static str {
    pages.lock().unwrap().push(query["page"].clone());
    "no more items"
}

#[test]
fn visitors_pause_before_a_page_and_leave_after_the_last_one() {
    let pages = Pages::default();
    let app = Router::new().route("/", get(async || "hello")).route("/items", get(items));
    let service = Service::start(app.with_state(Arc::clone(&pages)));

    let page = Page::read("think-times").option("--host", service.url()).option("--users", "20");
    let ended = page.option("--duration", "3500ms").run();

    ended.assert_code(0);
    let pages = pages.lock().unwrap();
    assert!(!pages.is_empty() && pages.iter().all(|page| page == "1"), "{pages:?}");
    // A pause of a second at least for the first page, and the delay of two before the next visit.
    assert!(pages.len() <= 20 * 2, "{pages:?}");
}
