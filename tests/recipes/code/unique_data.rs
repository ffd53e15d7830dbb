//! The code of `docs/recipes/unique-data.md`.

use molotov::prelude::*;

/// Vouchers that exist, each of which is accepted one time. The run ends when all are used.
#[derive(serde::Deserialize)]
struct Voucher {
    code: String,
}

#[data]
fn vouchers() -> Feed<Voucher> {
    Feed::csv("vouchers.csv").once()
}

#[scenario]
async fn redeem(session: &mut Session, voucher: Row<Voucher>) -> Result {
    session.post("/vouchers/{code}").path("code", &voucher.code).expect_status(201).send().await?;
    Ok(())
}

/// Names that must be new: made of the run's seed, the user and its iteration.
#[scenario]
async fn sign_up(session: &mut Session, run: &Run, user: UserId, iteration: Iteration) -> Result {
    let name = format!("visitor-{}-{user}-{iteration}", run.seed);
    session.post("/accounts").json(&name).expect_status(201).send().await?;
    Ok(())
}

molotov::main!();
