//! Visitors of a shop of ten routes, for the services of this folder.
//!
//! ```text
//! cargo run --release --example visitors -- --host http://127.0.0.1:8090 --rate 80/s --duration 10s
//! ```

use molotov::prelude::*;

/// The pages besides the search.
const PAGES: [&str; 9] =
    ["/", "/items", "/news", "/basket", "/orders", "/account", "/reviews", "/help", "/terms"];

/// Opens one page, each in its turn.
#[scenario(weight = 90)]
async fn browse(session: &mut Session, user: UserId, iteration: Iteration) -> Result {
    let turn = u64::from(user.0) + iteration.0;
    let page = PAGES[turn as usize % PAGES.len()];
    session.get(page).send().await?;
    Ok(())
}

/// Searches for a word.
#[scenario(weight = 10)]
async fn search(session: &mut Session, iteration: Iteration) -> Result {
    session.get("/search").query("q", iteration.0).send().await?;
    Ok(())
}

molotov::main!(Plan::users(20).duration(secs(10)));
