//! Think times: from the seed, and interrupted by the end of the run.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use molotov_core::{
    BoxFuture, Error, GlobalSetup, Hook, Iteration, Result, Scenario, Session, Suite, UserId,
};
use molotov_runner::{Ended, ExitCode, Plan, Report, RunExt};
use tokio::time::Instant;

use crate::support::calling;

const SECOND: Duration = Duration::from_secs(1);

/// The pauses of each iteration.
type Pauses = BTreeMap<(UserId, Iteration), Vec<Duration>>;

/// A scenario that measures its pauses and draws a number between them.
fn measured(pauses: &Arc<Mutex<Pauses>>) -> Suite {
    let pauses = Arc::clone(pauses);
    let call = calling(move |mut cx| {
        let (session, pauses): (&mut Session, _) = (cx.arg(), Arc::clone(&pauses));
        Box::pin(async move {
            let mut own = Vec::new();
            for _ in 0..3 {
                let began = Instant::now();
                session.pause("1s..3s").await?;
                own.push(began.elapsed());
            }
            pauses.lock().unwrap().insert((session.user_id(), session.iteration()), own);
            Ok(())
        })
    });
    Suite::new().scenario(Scenario::builder("think", call).needs::<&mut Session>())
}

async fn pauses(plan: Plan) -> Pauses {
    let pauses = Arc::default();
    measured(&pauses).run(plan).await.unwrap();
    Arc::try_unwrap(pauses).unwrap().into_inner().unwrap()
}

#[tokio::test(start_paused = true)]
async fn pauses_come_from_the_seed_and_a_replay_has_the_same() {
    let plan = || Plan::users(4).max_runs(5).seed(7);
    let first = pauses(plan()).await;
    let again = pauses(plan()).await;
    let other = pauses(plan().seed(8)).await;
    let one = pauses(plan().replay(2, 3)).await;

    assert_eq!((first.len(), &first), (20, &again));
    assert_ne!(first, other);
    let key = (UserId(2), Iteration(3));
    assert_eq!(one, BTreeMap::from([(key, first[&key].clone())]));
    let mut all: Vec<Duration> = first.into_values().flatten().collect();
    assert!(all.iter().all(|pause| (SECOND..SECOND * 3 + SECOND / 100).contains(pause)), "{all:?}");
    all.sort_unstable();
    all.dedup();
    assert!(all.len() > 55, "few of 60 are alike: {}", all.len());
}

/// Runs a scenario that pauses once, with a hook before and behind.
async fn run(
    pause: impl Fn(&Session) -> BoxFuture<'_, Result> + Send + Sync + 'static,
    plan: Plan,
) -> Report {
    let call = calling(move |mut cx| pause(cx.arg::<&mut Session>()));
    Suite::new().scenario(Scenario::builder("think", call)).run(plan).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_pause_takes_a_duration_or_a_range_of_them() {
    for (report, least, most) in [
        (run(|session| session.pause(SECOND * 2), Plan::users(1).max_runs(10)).await, 20.0, 20.2),
        (run(|session| session.pause(SECOND..SECOND * 2), Plan::users(1).max_runs(10)).await, 10.0, 20.2),
        (run(|session| session.pause("250ms"), Plan::users(1).max_runs(10)).await, 2.5, 2.7),
        (run(|session| session.pause(Duration::ZERO), Plan::users(1).max_runs(10)).await, 0.0, 0.2),
    ] {
        assert_eq!((report.iterations.ok, report.exit_code()), (10, ExitCode::Ok));
        let took = report.elapsed.as_secs_f64();
        assert!((least..most).contains(&took), "{took}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_run_interrupts_a_pause_without_the_grace() {
    let began = Instant::now();

    let report =
        run(|session| session.pause("1h"), Plan::users(50).duration(SECOND * 5).grace(SECOND * 60)).await;

    assert!(began.elapsed() < SECOND * 6, "{:?}", began.elapsed());
    assert_eq!((report.iterations.started, report.iterations.cancelled), (50, 50));
    assert_eq!((report.iterations.failures(), report.ended.clone()), (0, Ended::Duration));
}

#[tokio::test(start_paused = true)]
async fn error_of_an_interrupted_pause_is_no_failure() {
    fn words(session: &Session) -> BoxFuture<'_, Result> {
        let pause = session.pause("1h");
        Box::pin(async { pause.await.map_err(|error| Error::msg(error.to_string())) })
    }
    fn panics(session: &Session) -> BoxFuture<'_, Result> {
        let pause = session.pause("1h");
        Box::pin(async {
            pause.await.unwrap();
            Ok(())
        })
    }
    /// Continues in spite of it; its next pauses end at once.
    fn goes_on(session: &Session) -> BoxFuture<'_, Result> {
        let pauses: Vec<_> = (0..1000).map(|_| session.pause("1h")).collect();
        Box::pin(async {
            for pause in pauses {
                drop(pause.await);
            }
            Ok(())
        })
    }
    let plan = || Plan::users(1).duration(SECOND).grace(SECOND * 60);

    let reports = [run(words, plan()).await, run(panics, plan()).await, run(goes_on, plan()).await];

    for report in &reports {
        assert_eq!(report.iterations.failures(), 0, "{:?}", report.failures);
        assert!(report.elapsed < SECOND * 2, "{:?}", report.elapsed);
    }
    assert_eq!(reports.map(|report| report.iterations.cancelled), [1, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn requests_beside_an_interrupted_pause_keep_their_grace() {
    fn both(session: &Session) -> BoxFuture<'_, Result> {
        let pause = session.pause("1h");
        Box::pin(async {
            let request = tokio::time::sleep(SECOND * 3);
            drop(tokio::join!(pause, request));
            Ok(())
        })
    }

    let report = run(both, Plan::users(1).duration(SECOND).grace(SECOND * 10)).await;

    assert_eq!((report.iterations.ok, report.iterations.cancelled), (1, 0));
    assert!(report.elapsed >= SECOND * 3, "{:?}", report.elapsed);
}

#[tokio::test(start_paused = true)]
async fn pauses_of_fixtures_have_their_length() {
    let naps = Arc::new(Mutex::new(Vec::new()));
    let nap = |name: &'static str| {
        let naps = Arc::clone(&naps);
        Hook::builder(
            name,
            calling(move |mut cx| {
                let (session, naps): (&mut Session, _) = (cx.arg(), Arc::clone(&naps));
                Box::pin(async move {
                    let began = Instant::now();
                    session.pause("2s").await?;
                    naps.lock().unwrap().push((name, began.elapsed().as_secs()));
                    Ok(())
                })
            }),
        )
    };
    let made = GlobalSetup::builder(
        "made",
        calling(|mut cx| {
            let session: &mut Session = cx.arg();
            Box::pin(async move { session.pause(SECOND).await.map(|()| 1_u8) })
        }),
    );
    let think = calling(|mut cx| cx.arg::<&mut Session>().pause("1h"));
    let suite = Suite::new()
        .global_setup(made)
        .setup_session(nap("setup_session"))
        .teardown_session(nap("teardown_session"))
        .teardown(nap("teardown"))
        .scenario(Scenario::builder("think", think));

    let report = suite.run(Plan::users(1).duration(SECOND * 4)).await.unwrap();

    assert_eq!(report.iterations.cancelled, 1);
    assert!(report.teardown_failures.is_empty(), "{:?}", report.teardown_failures);
    assert_eq!(*naps.lock().unwrap(), [("setup_session", 2), ("teardown_session", 2), ("teardown", 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_text_fails_with_the_cure_and_waits_for_nothing() {
    let report = run(|session| session.pause("1..3s"), Plan::users(1).max_runs(1)).await;

    assert_eq!(report.iterations.failed, 1);
    assert_eq!(
        report.failures[0].message,
        "invalid pause `1..3s`: a duration needs a unit, for example 1s, 1ms or 1m"
    );
}
