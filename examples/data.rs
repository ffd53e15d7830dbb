//! Data feeders: rows of files, which scenarios and set-ups take as arguments, by their type.
//!
//! ```text
//! cargo run --example data -- --users 3 --max-runs 4
//! cargo test --example data                            # each scenario once, with the first rows
//! ```
//!
//! Each row is checked before the load: a wrong row is reported with its file and line, and nothing is sent.

mod shop;

use molotov::prelude::*;
use serde::Deserialize;

use shop::{CATALOGUE, Item, Order, Payment};

/// The service under load, so that this example needs no other one.
#[global_setup]
async fn open_shop() -> std::io::Result<Target> {
    shop::open().await
}

#[derive(Deserialize)]
struct Account {
    name: String,
    card: String,
}

/// Two users never have the same account: each has a share of the rows.
#[data]
fn accounts() -> Feed<Account> {
    Feed::csv("examples/data/accounts.csv").unique()
}

#[derive(Deserialize)]
struct Search {
    word: String,
    /// `None` for a line without this field.
    most: Option<usize>,
}

/// Each user goes through all searches, in an order of its own, which is the same in each run with the same `--seed`.
#[data]
fn searches() -> Feed<Search> {
    Feed::json_lines("examples/data/searches.jsonl").shuffled()
}

/// A set-up gets the first row of its user. Its return value keeps the data for later.
#[setup]
async fn account(account: Row<Account>) -> Row<Account> {
    account
}

#[setup_session]
async fn log_in(session: &mut Session, account: &mut Row<Account>) -> Result {
    session.set_header("x-customer", &account.name)
}

/// A fresh row in each iteration.
#[scenario(weight = 80)]
async fn search(session: &mut Session, search: Row<Search>) -> Result {
    let found: Vec<Item> = session.get("/search").query("q", &search.word).send().await?.json()?;
    if let Some(most) = search.most {
        session.check("no more than there are", found.len() <= most);
    }
    Ok(())
}

/// Random numbers are also the same in each run with the same `--seed`.
#[scenario(weight = 20)]
async fn buy(session: &mut Session, account: &mut Row<Account>) -> Result {
    let id = session.rng().range(0..CATALOGUE);
    let item: Item = session.get("/items/{id}").path("id", id).send().await?.json()?;
    session.post("/basket").json(&item.id).expect_status(201).send().await?;
    let payment = Payment { card: account.card.clone(), amount: item.price };
    let order: Order = session.post("/checkout").json(&payment).expect_status(201).send().await?.json()?;
    session.check("what was paid is the price", order.paid == item.price && order.items == [item.id]);
    Ok(())
}

molotov::main!(Plan::users(3).max_runs(4));
