//! The code of `docs/recipes/breakpoint.md`.

use molotov::prelude::*;

#[scenario(weight = 80)]
async fn browse(session: &mut Session) -> Result {
    let id = session.rng().range(1..=1000);
    session.get("/items/{id}").path("id", id).send().await?;
    Ok(())
}

#[scenario(weight = 20)]
async fn buy(session: &mut Session) -> Result {
    session.post("/basket").json(&7).expect_status(201).send().await?;
    Ok(())
}

molotov::main!();
