//! The code of `docs/recipes/polling.md`.

use molotov::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Job {
    id: u64,
    state: String,
}

#[scenario(timeout = "30s")]
async fn export(session: &mut Session) -> Result {
    let job: Job = session.post("/exports").expect_status(202).send().await?.json()?;
    session.measure("export", finished(session, job.id)).await?;
    session.get("/exports/{id}/file").path("id", job.id).discard().await?;
    Ok(())
}

/// Polls until the job is done. Not a think time: a test must wait here, too.
async fn finished(session: &Session, id: u64) -> Result {
    loop {
        let job: Job = session.get("/exports/{id}").path("id", id).send().await?.json()?;
        match job.state.as_str() {
            "done" => return Ok(()),
            "failed" => return Err(Error::msg("the export failed")),
            _ => tokio::time::sleep(millis(200)).await,
        }
    }
}

molotov::main!();
