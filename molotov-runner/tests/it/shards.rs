//! A run that is split between several processes: all shards together are the run of one process.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use molotov_core::{Data, Feed, Iteration, Row, Run, Scenario, Session, Shard, Suite, UserId};
use molotov_runner::{ExitCode, Plan, Report, RunExt};

use crate::support::calling;

struct Shuffled(u64);
struct Random(u64);
struct Unique(u64);
struct Next(u64);

/// Everything that a single iteration saw.
type Seen = (UserId, Iteration, [u64; 4], u32);

/// A suite that notes its iterations.
fn suite(seen: &Arc<Mutex<Vec<Seen>>>) -> Suite {
    let seen = Arc::clone(seen);
    let call = calling(move |mut cx| {
        let session: &mut Session = cx.arg();
        let (shuffled, random, unique): (Row<Shuffled>, Row<Random>, Row<Unique>) =
            (cx.arg(), cx.arg(), cx.arg());
        let numbers = [shuffled.0, random.0, unique.0, session.rng().u64()];
        let users = session.run().users;
        seen.lock().unwrap().push((session.user_id(), session.iteration(), numbers, users));
        Box::pin(async { Ok(()) })
    });
    let scenario = Scenario::builder("note", call).needs::<&mut Session>();
    Suite::new()
        .data(Data::new("shuffled", || Feed::rows((0..20).map(Shuffled)).shuffled()))
        .data(Data::new("random", || Feed::rows((0..1000).map(Random)).random()))
        .data(Data::new("unique", || Feed::rows((0..50).map(Unique)).unique()))
        .scenario(scenario.needs::<Row<Shuffled>>().needs::<Row<Random>>().needs::<Row<Unique>>())
}

/// What all shards of this many saw, in order, and their merged report.
async fn run(plan: Plan, shards: u32) -> (Vec<Seen>, Report) {
    let seen = Arc::default();
    let mut reports = Vec::new();
    for index in 0..shards {
        let plan = plan.clone().shard(Shard::new(index, shards).unwrap());
        reports.push(suite(&seen).run(plan).await.unwrap());
    }
    let mut all = seen.lock().unwrap().clone();
    all.sort();
    (all, reports.into_iter().reduce(Report::merge).unwrap())
}

#[tokio::test]
async fn users_have_the_seeds_and_rows_that_they_have_in_one_process() {
    let plan = || Plan::users(7).max_runs(3).seed(42);

    let (of_one, one) = run(plan(), 1).await;

    assert_eq!(of_one.len(), 21);
    for shards in [2, 3, 4, 7] {
        let (all, merged) = run(plan(), shards).await;
        assert_eq!(all, of_one, "{shards} shards");
        assert_eq!(
            (merged.settings.users, merged.iterations.ok, merged.exit_code()),
            (7, one.iterations.ok, ExitCode::Ok)
        );
    }
}

/// The start of an iteration in milliseconds, its user and number, and the scenario that the user picked.
type Start = (u128, UserId, Iteration, &'static str);

/// The starts of all shards of this many, in order.
async fn starts(plan: Plan, shards: u32) -> Vec<Start> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    for index in 0..shards {
        let begin = tokio::time::Instant::now();
        let scenario = |name: &'static str| {
            let seen = Arc::clone(&seen);
            let call = calling(move |mut cx| {
                let session: &mut Session = cx.arg();
                let at = begin.elapsed().as_millis();
                seen.lock().unwrap().push((at, session.user_id(), session.iteration(), name));
                Box::pin(async {
                    tokio::time::sleep(Duration::from_millis(70)).await;
                    Ok(())
                })
            });
            Scenario::builder(name, call).needs::<&mut Session>()
        };
        let suite = Suite::new().scenario(scenario("browse").weight(3)).scenario(scenario("buy"));
        suite.run(plan.clone().shard(Shard::new(index, shards).unwrap())).await.unwrap();
    }
    let mut all = seen.lock().unwrap().clone();
    all.sort_unstable();
    all
}

#[tokio::test(start_paused = true)]
async fn users_start_pick_and_leave_as_in_one_process() {
    let seconds = Duration::from_secs;
    for (name, plan) in [
        ("ramp-up", Plan::users(50).ramp_up(seconds(5)).max_runs(4)),
        ("pacing", Plan::users(50).pacing(seconds(1)).duration(seconds(4))),
        ("stages", Plan::stages("50 for 3s, 7 for 3s, 30 for 2s")),
    ] {
        let plan = plan.seed(8);
        let of_one = starts(plan.clone(), 1).await;
        assert!(of_one.len() > 190, "{name}: {}", of_one.len());
        for shards in [2, 7, 50] {
            assert_eq!(starts(plan.clone(), shards).await, of_one, "{name}, {shards} shards");
        }
    }
}

/// The due times of arrivals in milliseconds, as all shards of this many make them.
async fn due(plan: Plan, shards: u32) -> (Vec<u128>, Report) {
    let at = Arc::new(Mutex::new(Vec::new()));
    let mut reports = Vec::new();
    for index in 0..shards {
        let (at, begin) = (Arc::clone(&at), tokio::time::Instant::now());
        let call = calling(move |_| {
            at.lock().unwrap().push(begin.elapsed().as_millis());
            Box::pin(async { Ok(()) })
        });
        let suite = Suite::new().scenario(Scenario::builder("arrive", call));
        let plan = plan.clone().shard(Shard::new(index, shards).unwrap());
        reports.push(suite.run(plan).await.unwrap());
    }
    let mut at = at.lock().unwrap().clone();
    at.sort_unstable();
    (at, reports.into_iter().reduce(Report::merge).unwrap())
}

#[tokio::test(start_paused = true)]
async fn arrivals_are_due_as_in_one_process() {
    let plan = Plan::rate("10/s").duration(Duration::from_secs(6)).seed(1);

    let (at, merged) = due(plan, 3).await;

    assert_eq!(at, (0..60).map(|number| number * 100).collect::<Vec<_>>());
    let offered = merged.offered.as_ref().unwrap();
    assert_eq!((offered.scheduled, merged.iterations.started, offered.dropped), (60, 60, 0));
    assert_eq!(merged.settings.load.rate.unwrap().to_string(), "10/s");
}

#[tokio::test]
async fn iterations_of_all_users_together_are_divided() {
    for shards in [1, 3] {
        let (_, merged) = due(Plan::users(5).shared_runs(11).seed(1), shards).await;
        assert_eq!((merged.iterations.ok, merged.settings.load.shared_runs), (11, Some(11)));
    }
}

#[tokio::test]
async fn row_that_is_given_once_goes_to_one_shard() {
    let rows = Arc::new(Mutex::new(Vec::new()));
    for index in 0..3 {
        let rows = Arc::clone(&rows);
        let call = calling(move |mut cx| {
            let row: Row<Next> = cx.arg();
            rows.lock().unwrap().push(row.0);
            Box::pin(async { Ok(()) })
        });
        let suite = Suite::new()
            .data(Data::new("next", || Feed::rows((0..100).map(Next)).once()))
            .scenario(Scenario::builder("use", call).needs::<Row<Next>>());
        suite.run(Plan::users(6).seed(1).shard(Shard::new(index, 3).unwrap())).await.unwrap();
    }

    let mut rows = rows.lock().unwrap().clone();
    rows.sort_unstable();
    assert_eq!(rows, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn scenarios_know_their_shard_and_it_judges_nothing() {
    let known = Arc::new(Mutex::new(Vec::new()));
    let fails = |known: &Arc<Mutex<Vec<Option<Shard>>>>| {
        let known = Arc::clone(known);
        let call = calling(move |mut cx| {
            let run: &Run = cx.arg();
            known.lock().unwrap().push(run.shard());
            Box::pin(async { Err(molotov_core::Error::msg("no")) })
        });
        Suite::new().scenario(Scenario::builder("fail", call).needs::<&Run>())
    };
    let plan = || Plan::users(2).max_runs(1).seed(1).threshold("errors < 1%");

    let of_shard = fails(&known).run(plan().shard("1/2")).await.unwrap();
    let whole = fails(&known).run(plan()).await.unwrap();

    assert_eq!(*known.lock().unwrap(), [Shard::new(1, 2), None, None]);
    assert_eq!((of_shard.exit_code(), whole.exit_code()), (ExitCode::Ok, ExitCode::Thresholds));
    let text = of_shard.to_string();
    assert!(text.contains("Part 1/2 of a run"), "{text}");
    let other = fails(&known).run(plan().shard("0/2")).await.unwrap();
    assert_eq!(Report::merge(of_shard, other).exit_code(), ExitCode::Thresholds);
}
