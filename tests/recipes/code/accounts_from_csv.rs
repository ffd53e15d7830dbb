//! The code of `docs/recipes/accounts-from-csv.md`.

use molotov::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Account {
    name: String,
    password: Secret<String>,
}

/// Each user has rows that no other user gets.
#[data]
fn accounts() -> Feed<Account> {
    Feed::csv("accounts.csv").unique()
}

/// Keeps the first row of the user for all of its iterations.
#[setup]
async fn account(account: Row<Account>) -> Row<Account> {
    account
}

#[setup_session]
async fn log_in(session: &mut Session, account: &mut Row<Account>) -> Result {
    let fields = [("name", account.name.as_str()), ("password", account.password.expose())];
    session.post("/login").form(fields).send().await?;
    Ok(())
}

#[scenario]
async fn read_inbox(session: &mut Session, account: &mut Row<Account>) -> Result {
    session.get("/inbox/{name}").path("name", &account.name).send().await?;
    Ok(())
}

molotov::main!();
