//! The code of `docs/recipes/private-ca.md`.

use molotov::prelude::*;

#[scenario]
async fn read_stock(session: &mut Session) -> Result {
    session.get("/stock").send().await?;
    Ok(())
}

molotov::main!();
