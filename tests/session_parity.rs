//! A session in a run, seen from outside: the state that lives from iteration to iteration, the counts, and the values
//! that are never printed.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Redirect;
use axum::routing::get;
use molotov::error::FailureKind;
use molotov::prelude::*;
use molotov::registry::Context;
use tokio::net::TcpListener;

/// The number of visits of each visitor, by the number in its cookie; and the received values of `Authorization`.
#[derive(Clone, Default)]
struct Guests(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    visits: HashMap<String, u32>,
    authorizations: Vec<String>,
}

impl Guests {
    /// A visitor without a cookie gets one.
    async fn visit(self, headers: HeaderMap) -> [(&'static str, String); 1] {
        let text =
            |name: &str| headers.get(name).map_or(String::new(), |value| value.to_str().unwrap().into());
        let mut book = self.0.lock().unwrap();
        book.authorizations.push(text("authorization"));
        let cookie = text("cookie");
        if !cookie.is_empty() {
            *book.visits.entry(cookie).or_default() += 1;
            return [("x-known", "yes".into())];
        }
        let id = format!("id={}", book.visits.len());
        book.visits.insert(id.clone(), 1);
        [("set-cookie", id)]
    }

    /// A server that recognizes its guests, and redirects them.
    async fn serve(&self) -> u16 {
        let guests = self.clone();
        let app = Router::new()
            .route("/", get(move |headers: HeaderMap| guests.clone().visit(headers)))
            .route("/old", get(|| async { Redirect::permanent("/older") }))
            .route("/older", get(|| async { Redirect::to("/oldest") }))
            .route("/oldest", get(|| async { "here" }))
            .route("/loop", get(|| async { Redirect::to("/pool") }))
            .route("/pool", get(|| async { Redirect::to("/loop") }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async { axum::serve(listener, app).await });
        port
    }
}

async fn visit(session: &mut Session) -> Result {
    session.get("/").send().await?;
    Ok(())
}

async fn wander(session: &mut Session) -> Result {
    let text = session.get("/old").send().await?;
    session.check("it leads there", text.text()? == "here");
    session.get("/loop").send().await?;
    Ok(())
}

fn suite(
    name: &str,
    scenario: impl for<'a> Fn(Context<'a>) -> molotov::registry::BoxFuture<'a, Result> + Send + Sync + 'static,
) -> Suite {
    Suite::new().scenario(Scenario::builder(name, scenario))
}

#[tokio::test]
async fn cookies_stay_with_their_user_across_iterations() {
    for host in ["127.0.0.1", "localhost"] {
        let guests = Guests::default();
        let port = guests.serve().await;

        let plan = Plan::users(3).max_runs(4).host(format!("http://{host}:{port}").as_str());
        let report = suite("visit", |mut cx| Box::pin(visit(cx.arg()))).run(plan).await.unwrap();

        assert_eq!((report.iterations.ok, report.requests.ok), (12, 12));
        let book = guests.0.lock().unwrap();
        let mut visits: Vec<_> = book.visits.iter().map(|(id, count)| (id.as_str(), *count)).collect();
        visits.sort_unstable();
        assert_eq!(visits, [("id=0", 4), ("id=1", 4), ("id=2", 4)], "{host}");
    }
}

#[tokio::test]
async fn each_hop_of_a_redirect_is_counted_and_a_loop_is_a_failure_of_its_own() {
    let port = Guests::default().serve().await;

    let plan = Plan::users(1).max_runs(2).host(format!("http://127.0.0.1:{port}").as_str());
    let report = suite("wander", |mut cx| Box::pin(wander(cx.arg()))).run(plan).await.unwrap();

    let ok = |name: &str| report.route(name).map(|row| row.ok.count());
    assert_eq!(ok("GET /old"), Some(2));
    assert_eq!(ok("GET /older (redirected)"), Some(2));
    assert_eq!(ok("GET /oldest (redirected)"), Some(2));
    assert_eq!(ok("GET /pool (redirected)"), Some(2 * 5));
    assert_eq!((report.requests.attempted, report.requests.ok), (2 * (3 + 11), 2 * (3 + 10)));
    assert_eq!(report.failures[0].kind, FailureKind::RedirectLoop);
    assert_eq!(report.iterations.failed, 2);
}

#[tokio::test]
async fn the_user_and_password_of_the_host_are_sent_and_printed_nowhere() {
    let guests = Guests::default();
    let port = guests.serve().await;

    let plan =
        Plan::users(1).max_runs(1).host(format!("http://Aladdin:open%20sesame@127.0.0.1:{port}").as_str());
    let planned = format!("{plan:?}");
    let report = suite("visit", |mut cx| Box::pin(visit(cx.arg()))).run(plan).await.unwrap();

    assert_eq!(report.iterations.ok, 1);
    let book = guests.0.lock().unwrap();
    assert_eq!(book.authorizations, ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="]);
    assert_eq!(report.settings.targets, [format!("http://127.0.0.1:{port}")]);
    for printed in [planned, format!("{report:?}")] {
        assert!(["Aladdin", "sesame", "QWxh"].iter().all(|secret| !printed.contains(secret)), "{printed}");
    }
}
