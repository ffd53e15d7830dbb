//! Fixtures, in the order of a run. The rule for arguments: `&mut T` belongs to the user, `&T` to all users.
//!
//! `cargo run --example fixtures -- --users 3 --max-runs 2`

use std::sync::atomic::{AtomicU32, Ordering};

use axum::{Router, routing::get};
use molotov::prelude::*;

/// 1. Once, for all users; this fixture sets the base URL.
#[global_setup]
async fn server() -> std::io::Result<Target> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let target = Target::from(listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, Router::new().route("/", get(|| async { "hi" }))).await });
    Ok(target)
}

#[derive(Default)]
struct Accounts(AtomicU32);

/// There may be several, one for each type. The return value of this fixture is `&Accounts` from then on.
#[global_setup]
async fn accounts() -> Accounts {
    Accounts::default()
}

struct Account(String);

/// 2. For each user. The return value is this user's `&mut Account`.
#[setup]
async fn account(user: UserId, accounts: &Accounts) -> Account {
    accounts.0.fetch_add(1, Ordering::Relaxed);
    Account(format!("user-{user}"))
}

/// 3. For each user's session: the headers of each request.
#[setup_session(timeout = "5s")]
async fn log_in(session: &mut Session, account: &mut Account) -> Result {
    session.set_header("x-name", &account.0)
}

/// 4. In each iteration.
#[scenario]
async fn read_news(session: &mut Session) -> Result {
    session.get("/").send().await?;
    Ok(())
}

/// 5. For each user, also when the run was interrupted.
#[teardown]
async fn close(accounts: &Accounts, _account: &mut Account) {
    accounts.0.fetch_sub(1, Ordering::Relaxed);
}

/// 6. Once, at the end. It may read the report; a failure is shown.
#[global_teardown]
async fn all_is_clean(accounts: &Accounts, report: &Report) -> Result<(), String> {
    let left = accounts.0.load(Ordering::Relaxed);
    (left == 0).then_some(()).ok_or_else(|| format!("{left} accounts left after {:.1?}", report.elapsed))
}

molotov::main!();
