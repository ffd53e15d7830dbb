//! The common parts of many of these tests.

use std::time::Duration;

use molotov_core::{BoxFuture, Context, Result, Scenario, ScenarioBuilder, Session, Suite};
use molotov_runner::{IterationCounts, Plan, Report, RunExt};
use tokio::time::sleep;

pub(crate) const MS: fn(u64) -> Duration = Duration::from_millis;
pub(crate) const SECS: fn(u64) -> Duration = Duration::from_secs;

/// A scenario without any action.
pub(crate) fn idle(name: &str) -> ScenarioBuilder {
    Scenario::builder(name, |_| Box::pin(async { Ok(()) }))
}

/// A scenario that takes this time.
pub(crate) fn sleeping(name: &str, time: Duration) -> ScenarioBuilder {
    Scenario::builder(name, move |_| {
        Box::pin(async move {
            sleep(time).await;
            Ok(())
        })
    })
}

/// A suite whose iterations wait for this time and then send one request.
pub(crate) fn visiting_after(pause: Duration) -> Suite {
    let visit = calling(move |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            session.get("/d").send().await.map(drop)
        })
    });
    Suite::new().scenario(Scenario::builder("visit", visit).needs::<&mut Session>())
}

/// Constrains a closure to be callable with every context; the compiler does not infer that by itself.
pub(crate) fn calling<T, F: for<'a> Fn(Context<'a>) -> BoxFuture<'a, Result<T>>>(call: F) -> F {
    call
}

/// Runs a suite, and checks that each of its iterations had exactly one end.
pub(crate) async fn run(suite: Suite, plan: Plan) -> Report {
    let report = suite.run(plan).await.unwrap();
    let IterationCounts { started, ok, failed, panicked, cancelled, .. } = report.iterations;
    assert_eq!(started, ok + failed + panicked + cancelled, "law A1");
    report
}
