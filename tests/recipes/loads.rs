//! `docs/recipes/soak.md`, `spike.md`, `breakpoint.md` and `rate-search.md`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};

use crate::recipes::page::Page;
use crate::recipes::service::Service;

/// A shop that serves a number of requests at a time, for 10 ms each, and refuses further ones.
struct Shop {
    capacity: u32,
    under_way: AtomicU32,
}

async fn read(State(shop): State<Arc<Shop>>) -> StatusCode {
    shop.serve(StatusCode::OK).await
}

async fn buy(State(shop): State<Arc<Shop>>) -> StatusCode {
    shop.serve(StatusCode::CREATED).await
}

impl Shop {
    fn open(capacity: u32) -> Service {
        let app = Router::new()
            .route("/items/{id}", get(read))
            .route("/search", get(read))
            .route("/basket", post(buy));
        Service::start(app.with_state(Arc::new(Self { capacity, under_way: AtomicU32::new(0) })))
    }

    async fn serve(&self, status: StatusCode) -> StatusCode {
        let number = self.under_way.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(10)).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        if number < self.capacity { status } else { StatusCode::SERVICE_UNAVAILABLE }
    }
}

#[test]
fn soak_keeps_its_course_in_a_file() {
    let service = Shop::open(1000);

    let page = Page::read("soak").block_as_file("toml", "molotov.toml").option("--host", service.url());
    let page = page.option("--users", "3").option("--ramp-up", "0s").option("--duration", "2s");
    let page = page.option("--delay", "10ms..20ms");
    let ended = page.option("--threshold", "p95(1s) < 10s, errors < 1%").run();

    ended.assert_code(0);
    assert_eq!(ended.report().thresholds.len(), 2);
    assert!(ended.file("soak.jsonl").lines().count() > 2);
}

#[test]
fn spike_offers_the_arrivals_of_its_stages() {
    let service = Shop::open(1000);

    let page = Page::read("spike").option("--host", service.url());
    let page = page.option("--stages", "20/s for 1s, 20..100/s in 500ms, 100/s for 500ms, 20/s for 1s");
    let ended = page.option("--threshold", "errors < 1%, p95(1s) < 10s after 2s").run();

    ended.assert_code(0);
    assert_eq!(ended.report().offered.as_ref().unwrap().scheduled, 20 + 30 + 50 + 20);
    assert_eq!(ended.report().thresholds.len(), 2);
}

#[test]
fn breakpoint_is_found_near_the_capacity() {
    let service = Shop::open(5);

    let page = Page::read("breakpoint").option("--host", service.url());
    let ended = page.option("--users", "12").option("--ramp-up", "12s").run();

    ended.assert_code(0);
    let sizing = ended.report().sizing.as_ref().unwrap();
    assert_eq!(sizing.outcome, "broken");
    let (good, broken) = (sizing.good.as_ref().unwrap().users, sizing.broken.as_ref().unwrap().users);
    assert!((3..=6).contains(&good) && (6..=9).contains(&broken), "{sizing:?}");
}

/// One step of the search, since the next ones take as long. A busy machine is at its limit before.
#[test]
fn rate_search_begins_with_the_rate_of_the_page() {
    let service = Shop::open(1000);

    let page = Page::read("rate-search").option("--host", service.url());
    let ended = page.option("--sizing-time", "16s").run();

    ended.assert_code(1);
    let text = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("50/s held once") || text.contains("at its limit at 50/s"), "{text}");
}
