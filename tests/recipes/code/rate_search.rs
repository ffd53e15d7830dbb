//! The code of `docs/recipes/rate-search.md`.

use molotov::prelude::*;

#[scenario]
async fn search(session: &mut Session) -> Result {
    let word = ["lamp", "chair", "table"][session.rng().range(0..3)];
    session.get("/search").query("q", word).send().await?;
    Ok(())
}

molotov::main!();
