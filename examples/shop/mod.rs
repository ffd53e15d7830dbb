//! A small shop under load: a list, a search, items, a basket for each visitor, and a checkout.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use molotov::Target;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// The number of items.
pub(crate) const CATALOGUE: u32 = 1_000;

/// The number of items on a page.
const PAGE: u32 = 20;

/// An item for sale.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) id: u32,
    pub(crate) name: String,
    /// In cents.
    pub(crate) price: u32,
}

/// The request of a checkout.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) card: String,
    pub(crate) amount: u32,
}

/// The response of a checkout.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) items: Vec<u32>,
    pub(crate) paid: u32,
}

/// Opens a shop on a free port of this machine. It closes with its runtime.
pub(crate) async fn open() -> io::Result<Target> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let target = Target::from(listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, routes()).await });
    Ok(target)
}

/// The baskets, by the number in their owner's cookie.
#[derive(Default)]
struct Baskets {
    next: AtomicU64,
    open: Mutex<HashMap<u64, Vec<u32>>>,
}

impl Baskets {
    fn change<T>(&self, change: impl FnOnce(&mut HashMap<u64, Vec<u32>>) -> T) -> T {
        change(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn routes() -> Router {
    Router::new()
        .route("/items", get(list))
        .route("/search", get(search))
        .route("/items/{id}", get(item))
        .route("/basket", post(put_into_basket))
        .route("/checkout", post(check_out))
        .with_state(Arc::<Baskets>::default())
}

/// As slow as a nearby database.
async fn query(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}

fn catalogue() -> impl Iterator<Item = Item> {
    (0..CATALOGUE).map(|id| Item { id, name: format!("item {id}"), price: 100 + id % 900 })
}

async fn list() -> Json<Vec<Item>> {
    query(2).await;
    Json(catalogue().take(PAGE as usize).collect())
}

#[derive(Deserialize)]
struct Search {
    q: String,
}

async fn search(Query(Search { q }): Query<Search>) -> Json<Vec<Item>> {
    query(5).await;
    Json(catalogue().filter(|item| item.name.contains(&q)).take(PAGE as usize).collect())
}

async fn item(Path(id): Path<u32>) -> Result<Json<Item>, StatusCode> {
    query(1).await;
    catalogue().nth(id as usize).map(Json).ok_or(StatusCode::NOT_FOUND)
}

/// A visitor without a basket gets one, and its number in a cookie.
async fn put_into_basket(
    State(baskets): State<Arc<Baskets>>,
    headers: HeaderMap,
    Json(item): Json<u32>,
) -> Response {
    query(2).await;
    let basket = owner(&headers).unwrap_or_else(|| baskets.next.fetch_add(1, Ordering::Relaxed));
    baskets.change(|open| open.entry(basket).or_default().push(item));
    (StatusCode::CREATED, [(SET_COOKIE, format!("basket={basket}; Path=/; HttpOnly"))]).into_response()
}

async fn check_out(
    State(baskets): State<Arc<Baskets>>,
    headers: HeaderMap,
    Json(payment): Json<Payment>,
) -> Result<(StatusCode, Json<Order>), StatusCode> {
    query(8).await;
    let basket = owner(&headers).ok_or(StatusCode::BAD_REQUEST)?;
    let items = baskets.change(|open| open.remove(&basket)).ok_or(StatusCode::CONFLICT)?;
    let price: u32 = items.iter().filter_map(|id| catalogue().nth(*id as usize)).map(|item| item.price).sum();
    if payment.amount != price {
        return Err(StatusCode::PAYMENT_REQUIRED);
    }
    Ok((StatusCode::CREATED, Json(Order { items, paid: price })))
}

fn owner(headers: &HeaderMap) -> Option<u64> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    cookies.split("; ").find_map(|cookie| cookie.strip_prefix("basket=")?.parse().ok())
}
