//! Rows of feeders in a run: their distribution to users, their end, and the mistakes that are reported before anything
//! runs.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use molotov_core::{
    Data, FailureKind, Feed, Hook, Row, Scenario, ScenarioBuilder, Session, Setup, Suite, UserId,
};
use molotov_runner::{Ended, ExitCode, Plan, RunExt};

use crate::support::calling;

/// The rows of each user, in order.
type Seen = Arc<Mutex<HashMap<UserId, Vec<u32>>>>;

/// A scenario that records its row.
fn taking(name: &str, seen: &Seen) -> ScenarioBuilder {
    let seen = Arc::clone(seen);
    let call = calling(move |mut cx| {
        let (user, row): (UserId, Row<u32>) = (cx.arg(), cx.arg());
        seen.lock().unwrap().entry(user).or_default().push(*row);
        Box::pin(async {
            tokio::task::yield_now().await;
            Ok(())
        })
    });
    Scenario::builder(name, call).needs::<Row<u32>>()
}

fn data(feed: impl Fn() -> Feed<u32> + Send + Sync + 'static) -> Data {
    Data::new("numbers", feed)
}

#[tokio::test]
async fn rows_that_are_given_once_are_each_given_to_one_user_and_end_the_run() {
    let seen = Seen::default();
    let suite = Suite::new().data(data(|| Feed::rows(0..100).once())).scenario(taking("use", &seen));

    let report = suite.run(Plan::users(7)).await.unwrap();

    let mut rows: Vec<u32> = seen.lock().unwrap().values().flatten().copied().collect();
    rows.sort_unstable();
    assert_eq!(rows, (0..100).collect::<Vec<_>>());
    let why = "the data `numbers` is used up: all of its 100 rows were given";
    assert_eq!(report.ended, Ended::DataExhausted(why.into()));
    assert_eq!((report.iterations.started, report.iterations.ok), (100, 100));
    assert_eq!(report.exit_code(), ExitCode::Ok);
}

#[tokio::test]
async fn end_of_rows_as_a_failure_fails_each_further_iteration() {
    let seen = Seen::default();
    let feed = || Feed::rows(0..10).unique().then_fail();
    let suite = Suite::new().data(data(feed)).scenario(taking("use", &seen));

    let report = suite.run(Plan::users(5).max_runs(3)).await.unwrap();

    assert_eq!((report.iterations.started, report.iterations.ok, report.iterations.failed), (15, 10, 5));
    let [group] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!((group.kind, group.count, group.first.0.0), (FailureKind::DataExhausted, 5, 2));
    assert!(
        group.message.contains("all of this user's share of its 10 rows were given"),
        "{}",
        group.message
    );
    assert_eq!(report.exit_code(), ExitCode::Failures);
    for (user, rows) in &*seen.lock().unwrap() {
        assert_eq!(*rows, [user.0, user.0 + 5]);
    }
}

#[tokio::test]
async fn two_rows_of_one_feed_are_two_rows() {
    let call = calling(|mut cx| {
        let (from, to): (Row<u32>, Row<u32>) = (cx.arg(), cx.arg());
        assert_eq!((*from + 1) % 4, *to % 4);
        Box::pin(async { Ok(()) })
    });
    let scenario = Scenario::builder("transfer", call).needs::<Row<u32>>().needs::<Row<u32>>();
    let suite = Suite::new().data(data(|| Feed::rows(0..4))).scenario(scenario);

    let report = suite.run(Plan::users(1).max_runs(5)).await.unwrap();

    assert_eq!(report.iterations.ok, 5, "{:?}", report.failures);
}

/// A user that panics is set up anew, with the same account.
#[tokio::test]
async fn set_ups_get_the_first_row_of_their_user_each_time() {
    struct Account(u32);
    let setup = calling(|mut cx| {
        let row: Row<u32> = cx.arg();
        Box::pin(async move { Ok(Account(*row)) })
    });
    let scenario = calling(|mut cx| {
        let (user, account): (UserId, &mut Account) = (cx.arg(), cx.arg());
        assert_eq!(account.0, user.0);
        Box::pin(async move { panic!("out of luck") })
    });
    let prepared = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&prepared);
    let hook = calling(move |mut cx| {
        let (session, row): (&mut Session, Row<u32>) = (cx.arg(), cx.arg());
        assert_eq!(*row, session.user_id().0);
        counted.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    });
    let suite = Suite::new()
        .data(data(|| Feed::rows(0..9).unique()))
        .setup(Setup::builder("account", setup).needs::<Row<u32>>())
        .setup_session(Hook::builder("log_in", hook).needs::<&mut Session>().needs::<Row<u32>>())
        .scenario(Scenario::builder("work", scenario).needs::<&mut Account>());

    let report = suite.run(Plan::users(3).max_runs(4)).await.unwrap();

    assert_eq!((report.iterations.started, report.iterations.panicked), (12, 12), "{}", report.ended);
    assert_eq!(report.failures.len(), 1, "{:?}", report.failures);
    assert_eq!(prepared.load(Ordering::Relaxed), 12);
}

#[tokio::test]
async fn a_set_up_without_a_row_fails_the_run() {
    let setup = calling(|mut cx| {
        let row: Row<u32> = cx.arg();
        Box::pin(async move { Ok(*row) })
    });
    let suite = Suite::new()
        .data(data(|| Feed::rows(0..2).once().then_fail()))
        .setup(Setup::builder("account", setup).needs::<Row<u32>>())
        .scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));

    let report = suite.run(Plan::users(3).max_runs(1)).await.unwrap();

    assert!(
        matches!(&report.ended, Ended::SetupFailed(why) if why.contains("is used up")),
        "{}",
        report.ended
    );
}

#[tokio::test]
async fn mistakes_in_data_are_found_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, "n\n1\nx\n2\ny\n").unwrap();
    let seen = Seen::default();
    let wrong = file.clone();
    let csv = Suite::new().data(data(move || Feed::csv(&wrong))).scenario(taking("use", &seen));
    let few = Suite::new().data(data(|| Feed::rows(0..2).unique())).scenario(taking("use", &seen));

    let problems = csv.run(Plan::users(1)).await.unwrap_err();
    let unique = few.clone().run(Plan::users(3)).await.unwrap_err();
    let enough = few.run(Plan::users(2).max_runs(1)).await;

    let place = format!("the data `numbers` (built by hand): {}", file.display());
    let why = "column `n`: invalid digit found in string";
    assert_eq!(problems.problems(), [format!("{place}:3: {why}"), format!("{place}:5: {why}")]);
    assert!(unique.to_string().contains("has 2 rows for 3 users"), "{unique}");
    assert_eq!(enough.unwrap().iterations.ok, 2);
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn unrequested_file_may_be_missing() {
    let seen = Seen::default();
    let idle = Scenario::builder("idle", |_| Box::pin(async { Ok(()) }));
    let suite = Suite::new()
        .data(data(|| Feed::csv("no/such/file.csv")))
        .scenario(taking("use", &seen))
        .scenario(idle);

    let asked = suite.clone().run(Plan::users(1).max_runs(1)).await;
    let unasked = suite.run(Plan::users(1).max_runs(1).scenarios(["idle"])).await;

    assert!(asked.unwrap_err().to_string().contains("no/such/file.csv: cannot be read"));
    assert_eq!(unasked.unwrap().iterations.ok, 1);
}

#[tokio::test]
async fn unreachable_rows_are_reported_with_the_existing_ones() {
    let idle = |name: &str| Scenario::builder(name, |_| Box::pin(async { Ok(()) }));
    let suite = Suite::new()
        .data(data(|| Feed::rows([1])))
        .data(Data::new("again", || Feed::rows([1u32])))
        .scenario(idle("a").needs::<Row<u64>>())
        .teardown(Hook::builder("z", |_| Box::pin(async { Ok(()) })).needs::<Row<u32>>());
    let bare = Suite::new().scenario(idle("a").needs::<Row<u64>>());
    let borrowed = Suite::new().scenario(idle("a").needs::<&Row<u64>>().needs::<&mut Row<u8>>());

    let text = suite.run(Plan::users(1)).await.unwrap_err().to_string();
    let references = borrowed.run(Plan::users(1)).await.unwrap_err().to_string();
    let alone = bare.run(Plan::users(1)).await.unwrap_err().to_string();

    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "two functions with `#[data]` return `Feed<u32>`: `numbers` (built by hand) and `again` (built by hand); \
             `Row<u32>` could be either, wrap one in a type of its own",
            "scenario `a` (built by hand) takes `Row<u64>`, which no `#[data]` yields; there is `Row<u32>` (built by \
             hand), `Row<u32>` (built by hand)",
            "teardown `z` (built by hand) takes `Row<u32>`, but rows are drawn for scenarios, `#[setup]`s and the \
             `#[setup_session]` only; keep what is needed of one in what a `#[setup]` returns",
        ]
    );
    assert!(references.contains("rows are taken by value, as `Row<u64>`"), "{references}");
    assert!(references.contains("rows are taken by value, as `Row<u8>`"), "{references}");
    assert!(alone.ends_with("there is no `#[data]`, add one that returns `Feed<u64>`"), "{alone}");
}
