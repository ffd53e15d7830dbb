//! The code of `docs/recipes/think-times.md`.

use molotov::prelude::*;

/// The delay follows each iteration: another visitor comes a while later.
#[scenario(delay = "2s..5s")]
async fn leaf_through(session: &mut Session) -> Result {
    session.get("/").send().await?;

    let pages = session.rng().range(2..=5);
    for page in 1..=pages {
        session.pause("1s..3s").await?; // reads before turning the page
        let items = session.get("/items").query("page", page).send().await?;
        if items.text()?.contains("no more items") {
            break;
        }
    }
    Ok(())
}

molotov::main!();
