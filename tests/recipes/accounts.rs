//! `docs/recipes/accounts-from-csv.md`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};

use crate::recipes::page::Page;
use crate::recipes::service::{Service, field, header};

/// Each account with the number of its log-ins and of its inbox being read.
type Accounts = Arc<Mutex<BTreeMap<String, (u32, u32)>>>;

async fn log_in(State(accounts): State<Accounts>, form: String) -> [(&'static str, String); 1] {
    let name = field(&form, "name");
    assert!(!field(&form, "password").is_empty());
    accounts.lock().unwrap().entry(name.clone()).or_default().0 += 1;
    [("set-cookie", format!("name={name}"))]
}

async fn inbox(State(accounts): State<Accounts>, Path(name): Path<String>, headers: HeaderMap) -> StatusCode {
    if header(&headers, "cookie") != format!("name={name}") {
        return StatusCode::FORBIDDEN;
    }
    accounts.lock().unwrap().entry(name).or_default().1 += 1;
    StatusCode::OK
}

#[test]
fn no_two_users_have_an_account_in_common() {
    let accounts = Accounts::default();
    let app = Router::new().route("/login", post(log_in)).route("/inbox/{name}", get(inbox));
    let service = Service::start(app.with_state(Arc::clone(&accounts)));

    let page = Page::read("accounts-from-csv").block_as_file("csv", "accounts.csv");
    let ended = page.option("--host", service.url()).option("--max-runs", "4").run();

    ended.assert_code(0);
    let accounts = accounts.lock().unwrap();
    assert_eq!(accounts.len(), 3);
    assert!(accounts.values().all(|counts| *counts == (1, 4)), "{accounts:?}");
}

#[test]
fn more_users_than_accounts_are_refused() {
    let page = Page::read("accounts-from-csv").block_as_file("csv", "accounts.csv");
    let ended = page.option("--users", "4").run();

    ended.assert_code(2);
    assert!(ended.stderr.contains("has 3 rows for 4 users"), "{}", ended.stderr);
}
