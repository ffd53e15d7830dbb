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

/// The names of the visitors after three users have read their orders four times, each with the number of its reads.
fn visitors(change: fn(Page) -> Page) -> Vec<(Option<String>, u32)> {
    let visitors = Visitors::default();
    let app = Router::new().route("/login", get(form).post(log_in)).route("/orders", get(orders));
    let service = Service::start(app.with_state(Arc::clone(&visitors)));

    let page = Page::read("log-in").option("--host", service.url()).option("--users", "3");
    let ended = change(page.option("--max-runs", "4")).run();

    ended.assert_code(0);
    let visitors = visitors.lock().unwrap();
    let mut seen: Vec<_> = visitors.iter().map(|visitor| (visitor.name.clone(), visitor.orders)).collect();
    seen.sort_unstable();
    seen
}

fn user(number: u32) -> Option<String> {
    Some(format!("user-{number}"))
}

#[test]
fn each_user_logs_in_once_with_the_token_of_its_own_form() {
    assert_eq!(visitors(|page| page), [(user(0), 4), (user(1), 4), (user(2), 4)]);
}

#[test]
fn fresh_sessions_log_in_for_each_iteration() {
    let seen = visitors(|page| page.flag("--fresh-session"));

    assert_eq!(seen, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2].map(|number| (user(number), 1)));
}
