//! A run that only sends requests.

use molotov::prelude::*;

/// Sends this many requests, one after the other.
pub(crate) async fn run(base: &str, requests: u64) -> Report {
    let get = Scenario::builder("get", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            session.get("/").send().await?;
            Ok(())
        })
    });
    let plan = Plan::users(1).max_runs(requests).host(Target::parse(base).unwrap());
    Suite::new().scenario(get.needs::<&mut Session>()).run(plan).await.unwrap()
}
