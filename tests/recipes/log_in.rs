//! `docs/recipes/log-in.md`.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;

use crate::recipes::page::Page;
use crate::recipes::service::{Service, field, header};

/// The visitors, by the number in their cookie.
type Visitors = Arc<Mutex<Vec<Visitor>>>;

#[derive(Default)]
struct Visitor {
    name: Option<String>,
    orders: u32,
}

async fn form(State(visitors): State<Visitors>) -> ([(&'static str, String); 1], String) {
    let mut visitors = visitors.lock().unwrap();
    let id = visitors.len();
    visitors.push(Visitor::default());
    let page = format!(r#"<form><input type="hidden" name="csrf" value="token-of-{id}"></form>"#);
    ([("set-cookie", format!("id={id}"))], page)
}

async fn log_in(State(visitors): State<Visitors>, headers: HeaderMap, form: String) -> (StatusCode, String) {
    let id = id(&headers);
    if field(&form, "csrf") != format!("token-of-{id}") {
        return (StatusCode::FORBIDDEN, "wrong token".into());
    }
    visitors.lock().unwrap()[id].name = Some(field(&form, "name"));
    (StatusCode::OK, "<a href='/logout'>Sign out</a>".into())
}

async fn orders(State(visitors): State<Visitors>, headers: HeaderMap) -> StatusCode {
    let visitor = &mut visitors.lock().unwrap()[id(&headers)];
    visitor.orders += 1;
    if visitor.name.is_some() { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
}

fn id(headers: &HeaderMap) -> usize {
    header(headers, "cookie").trim_start_matches("id=").parse().unwrap()
}

#[test]
fn each_user_logs_in_once_with_the_token_of_its_own_form() {
    let visitors = Visitors::default();
    let app = Router::new().route("/login", get(form).post(log_in)).route("/orders", get(orders));
    let service = Service::start(app.with_state(Arc::clone(&visitors)));

    let page = Page::read("log-in").option("--host", service.url()).option("--users", "3");
    let ended = page.option("--max-runs", "4").run();

    ended.assert_code(0);
    let visitors = visitors.lock().unwrap();
    let mut seen: Vec<_> = visitors.iter().map(|visitor| (visitor.name.as_deref(), visitor.orders)).collect();
    seen.sort_unstable();
    assert_eq!(seen, [(Some("user-0"), 4), (Some("user-1"), 4), (Some("user-2"), 4)]);
}
