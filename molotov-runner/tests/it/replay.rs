//! One seed, one course: each user's behaviour is the same in each run, independent of the timing, and one iteration
//! can be replayed.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use molotov_core::{Data, Error, Feed, Iteration, Picker, Row, Scenario, Session, Setup, Suite, UserId};
use molotov_runner::{ExitCode, Plan, Report, RunExt};

use crate::support::calling;

/// The record of an iteration: its scenario, its rows, its random numbers, and the draws of its user's set-up.
type Said = (String, u64, u64, Option<u64>, Vec<u64>, Set);

/// The records of each user, by iteration.
type Course = BTreeMap<(UserId, Iteration), Said>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set {
    number: u64,
    row: u64,
}

struct Shuffled(u64);
struct Random(u64);
struct Unique(u64);

/// Three scenarios, one of which also draws from another feed, and one of which fails occasionally.
fn suite(course: &Arc<Mutex<Course>>) -> Suite {
    let say = |name: &'static str, course: &Arc<Mutex<Course>>, weight| {
        let course = Arc::clone(course);
        let call = calling(move |mut cx| {
            let session: &mut Session = cx.arg();
            let (shuffled, random, set): (Row<Shuffled>, Row<Random>, &mut Set) =
                (cx.arg(), cx.arg(), cx.arg());
            let unique: Option<Row<Unique>> = (name == "c").then(|| cx.arg());
            let numbers: Vec<u64> = (0..3).map(|_| session.rng().u64()).collect();
            let nap = session.rng().duration(Duration::ZERO..Duration::from_micros(300));
            let fails = session.rng().chance(0.1);
            let said = (name.to_owned(), shuffled.0, random.0, unique.map(|row| row.0), numbers, *set);
            let before = course.lock().unwrap().insert((session.user_id(), session.iteration()), said);
            assert!(before.is_none());
            Box::pin(async move {
                tokio::time::sleep(nap).await;
                if fails { Err(Error::msg(format!("no {name}"))) } else { Ok(()) }
            })
        });
        let scenario =
            Scenario::builder(name, call).weight(weight).needs::<Row<Shuffled>>().needs::<Row<Random>>();
        let scenario = scenario.needs::<&mut Session>().needs::<&mut Set>();
        if name == "c" { scenario.needs::<Row<Unique>>() } else { scenario }
    };
    let set_up = calling(|mut cx| {
        let (session, row): (&mut Session, Row<Unique>) = (cx.arg(), cx.arg());
        let number = session.rng().u64();
        Box::pin(async move { Ok(Set { number, row: row.0 }) })
    });
    Suite::new()
        .data(Data::new("shuffled", || Feed::rows((0..20).map(Shuffled)).shuffled()))
        .data(Data::new("random", || Feed::rows((0..1000).map(Random)).random()))
        .data(Data::new("unique", || Feed::rows((0..50).map(Unique)).unique()))
        .setup(Setup::builder("set_up", set_up).needs::<&mut Session>().needs::<Row<Unique>>())
        .scenario(say("a", course, 3))
        .scenario(say("b", course, 2))
        .scenario(say("c", course, 1))
}

fn on_threads(threads: usize, plan: Plan, change: fn(Suite) -> Suite) -> (Course, Report) {
    let course = Arc::default();
    let suite = change(suite(&course));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap();
    let report = runtime.block_on(suite.run(plan)).unwrap();
    drop(runtime);
    (Arc::try_unwrap(course).unwrap().into_inner().unwrap(), report)
}

fn run(threads: usize, seed: u64) -> Course {
    on_threads(threads, Plan::users(8).max_runs(40).seed(seed), |suite| suite).0
}

#[test]
fn one_seed_gives_each_user_the_same_course_on_any_number_of_threads() {
    let one = run(1, 42);

    assert_eq!(one.len(), 8 * 40);
    assert_eq!(one, run(2, 42));
    assert_eq!(one, run(4, 42));
    assert_ne!(one, run(1, 43));
}

#[test]
fn users_and_iterations_differ() {
    let course = run(2, 42);

    let mut numbers: Vec<u64> = course.values().flat_map(|said| said.4.clone()).collect();
    let all = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    let of = |user| course.range((UserId(user), Iteration(0))..(UserId(user + 1), Iteration(0)));
    let scenarios = |user| of(user).map(|(_, said)| said.0.clone()).collect::<Vec<_>>();

    assert_eq!(numbers.len(), all);
    assert_ne!(scenarios(0), scenarios(1));
}

#[test]
fn any_iteration_can_be_executed_once_more_and_nothing_else_is() {
    let course = run(2, 42);

    for (user, iteration) in [(0, 0), (0, 39), (3, 17), (7, 1), (7, 38)] {
        let plan =
            Plan::users(8).max_runs(40).ramp_up(Duration::from_secs(100)).seed(42).replay(user, iteration);
        let (again, report) = on_threads(1, plan, |suite| suite);

        let place = (UserId(user), Iteration(iteration));
        assert_eq!(again, BTreeMap::from([(place, course[&place].clone())]));
        assert_eq!(report.iterations.started, 1);
        assert_eq!(report.settings.replay, Some(place));
        assert!(report.elapsed < Duration::from_secs(50));
    }
}

#[test]
fn a_picker_and_a_single_run_are_replayed_too() {
    let picking = |suite: Suite| {
        suite.picker(Picker::new(
            |user, iteration| if (u64::from(user.0) + iteration.0) % 3 == 0 { "c" } else { "a" },
        ))
    };
    let picked = |plan: Plan| on_threads(1, plan.seed(5), picking).0;
    let listed = |plan: Plan| on_threads(1, plan.seed(5).single_run(), |suite| suite).0;
    let (course, single) = (picked(Plan::users(4).max_runs(20)), listed(Plan::users(1)));

    let again = picked(Plan::users(4).replay(2, 13));
    let third = listed(Plan::users(1).replay(0, 2));

    let (place, last) = ((UserId(2), Iteration(13)), (UserId(0), Iteration(2)));
    assert_eq!(again, BTreeMap::from([(place, course[&place].clone())]));
    assert_eq!(third, BTreeMap::from([(last, single[&last].clone())]));
    assert_eq!(third[&last].0, "c");
}

#[test]
fn failure_has_its_replay_options_and_the_replay_fails_alike() {
    let plan = || Plan::users(8).max_runs(40).seed(42).tolerate(1_000);
    let (_, report) = on_threads(2, plan(), |suite| suite);

    assert_eq!(report.exit_code(), ExitCode::Ok);
    assert!(report.iterations.failed > 0);
    for failure in &report.failures {
        let (iteration, user) = failure.first;
        assert_eq!(report.replay_of(failure), format!("--seed 42 --replay {user}:{iteration}"));

        let (_, again) = on_threads(1, plan().replay(user.0, iteration.0), |suite| suite);

        let [same] = &again.failures[..] else { panic!("{:?}", again.failures) };
        assert_eq!(
            (&same.place, &same.message, same.first),
            (&failure.place, &failure.message, failure.first)
        );
        assert_eq!((again.exit_code(), again.iterations.started), (ExitCode::Failures, 1));
    }
}

#[test]
fn limits_of_a_load_do_not_judge_one_iteration() {
    let plan =
        || Plan::users(8).max_runs(4).seed(42).tolerate(1_000).threshold("rate > 1000000/s, p99 < 1us");
    let code = |plan: Plan| on_threads(1, plan, |suite| suite).1.exit_code();

    let codes: Vec<ExitCode> = (0..20).map(|iteration| code(plan().replay(1, iteration))).collect();

    assert_eq!(code(plan()), ExitCode::Thresholds);
    assert!(codes.contains(&ExitCode::Ok) && codes.contains(&ExitCode::Failures), "{codes:?}");
    assert!(codes.iter().all(|code| [ExitCode::Ok, ExitCode::Failures].contains(code)), "{codes:?}");
}

/// Independent of its due time, and of the number of users at that time.
#[test]
fn replay_executes_one_iteration_of_any_load() {
    let plans: [fn() -> Plan; 4] = [
        || Plan::users(8).max_runs(6).warm_up(Duration::from_millis(5)),
        || Plan::users(8).max_runs(6).pacing(Duration::from_millis(5)),
        || Plan::stages("0..8 in 100ms, 8 for 150ms, 8..0 in 50ms"),
        || Plan::rate("400/s").duration(Duration::from_millis(300)).up_to(8),
    ];
    for plan in plans {
        let (course, _) = on_threads(2, plan().seed(42), |suite| suite);
        let (place, said) = course.iter().next_back().unwrap();

        let (again, report) = on_threads(1, plan().seed(42).replay(place.0.0, place.1.0), |suite| suite);

        assert_eq!(again, BTreeMap::from([(*place, said.clone())]));
        assert_eq!((report.iterations.started, report.iterations.finished()), (1, 1));
        let failed = if report.iterations.ok == 1 { ExitCode::Ok } else { ExitCode::Failures };
        assert_eq!(report.exit_code(), failed);
    }
}

/// The start of each iteration, in milliseconds.
async fn thinking(seed: u64) -> BTreeMap<(UserId, Iteration), u128> {
    let begun = Arc::<Mutex<BTreeMap<_, _>>>::default();
    let (noted, start) = (Arc::clone(&begun), tokio::time::Instant::now());
    let call = calling(move |mut cx| {
        let place: (UserId, Iteration) = (cx.arg(), cx.arg());
        noted.lock().unwrap().insert(place, start.elapsed().as_millis());
        Box::pin(async { Ok(()) })
    });
    let (least, most) = (Duration::from_secs(1), Duration::from_secs(3));
    let suite = Suite::new().scenario(Scenario::builder("think", call).delay(least..most));
    suite.run(Plan::users(3).max_runs(30).seed(seed).delay(Duration::from_secs(10))).await.unwrap();
    let begun = begun.lock().unwrap();
    begun.clone()
}

#[tokio::test(start_paused = true)]
async fn think_times_are_those_of_the_seed() {
    let (one, same, other) = (thinking(7).await, thinking(7).await, thinking(8).await);

    let gaps = |course: &BTreeMap<(UserId, Iteration), u128>, user| {
        let begun: Vec<u128> = (0..30).map(|n| course[&(UserId(user), Iteration(n))]).collect();
        begun.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>()
    };
    for user in 0..3 {
        let gaps = gaps(&one, user);
        assert!(gaps.iter().all(|gap| (11_000..=13_010).contains(gap)), "{gaps:?}");
        assert!(gaps.iter().any(|gap| *gap < 12_000) && gaps.iter().any(|gap| *gap > 12_000), "{gaps:?}");
    }
    // The clock of the test advances in whole milliseconds.
    let apart = one.iter().map(|(place, begun)| begun.abs_diff(same[place]));
    assert!(apart.max().unwrap() <= 60, "{one:?}, {same:?}");
    assert_ne!(gaps(&one, 0), gaps(&one, 1));
    assert_ne!(gaps(&one, 0), gaps(&other, 0));
}

/// With one user, no other user draws from the pile.
#[test]
fn rows_of_one_pile_are_replayed_for_one_user() {
    let seen = Arc::<Mutex<Vec<u32>>>::default();
    let suite = || {
        let seen = Arc::clone(&seen);
        let call = calling(move |mut cx| {
            let row: Row<u32> = cx.arg();
            seen.lock().unwrap().push(*row);
            Box::pin(async { Ok(()) })
        });
        let setup = calling(|mut cx| {
            let row: Row<u32> = cx.arg();
            Box::pin(async move { Ok(*row) })
        });
        Suite::new()
            .data(Data::new("pile", || Feed::rows(0..30u32)))
            .setup(Setup::builder("set_up", setup).needs::<Row<u32>>())
            .scenario(Scenario::builder("take", call).needs::<Row<u32>>())
    };
    let run = |plan: Plan| {
        seen.lock().unwrap().clear();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(suite().run(plan)).unwrap();
        seen.lock().unwrap().clone()
    };

    let all = run(Plan::users(1).max_runs(9).seed(1));

    assert_eq!(all, (1..10).collect::<Vec<_>>());
    assert_eq!(run(Plan::users(1).seed(1).replay(0, 7)), [all[7]]);
}

#[tokio::test]
async fn replay_of_a_missing_iteration_is_refused() {
    let idle = || Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
    let refused = async |plan: Plan| idle().run(plan).await.unwrap_err().to_string();

    let seedless = refused(Plan::users(4).replay(3, 17)).await;
    let unknown = refused(Plan::users(3).seed(1).replay(3, 17)).await;
    let alone = refused(Plan::users(1).seed(1).replay(3, 17)).await;
    let short = refused(Plan::users(1).seed(1).single_run().replay(0, 1)).await;

    assert_eq!(
        seedless,
        "--replay 3:17 needs the seed of the run that it repeats; add --seed N, its report has it"
    );
    assert!(unknown.contains("there are 3 users, the last one is 2"), "{unknown}");
    assert!(alone.contains("there is one user, which is user 0;"), "{alone}");
    assert!(short.contains("a single run of 1 scenario has fewer iterations"), "{short}");
}
