//! A user's crate, as small as they are at first; its build is timed.

use molotov::prelude::*;

#[scenario(weight = 60)]
async fn browse(session: &mut Session) -> Result {
    session.get("/items").send().await?;
    session.get("/items/{id}").path("id", 7).send().await?;
    Ok(())
}

#[scenario(weight = 30)]
async fn search(session: &mut Session) -> Result {
    let found = session.get("/search").query("q", "shoes").send().await?;
    session.check("something is found", !found.text()?.is_empty());
    Ok(())
}

#[scenario(weight = 10)]
async fn buy(session: &mut Session) -> Result {
    session.post("/basket").json(&[7, 8]).expect_status(201).send().await?;
    session.post("/checkout").form([("card", "4242")]).send().await?;
    Ok(())
}

molotov::main!(Plan::users(20));
