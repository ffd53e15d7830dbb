//! The guarantees of `--shared-runs`, on the clock of the test.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use molotov_core::{BoxFuture, Iteration, UserId};
use molotov_core::{Context as CallContext, Data, Error, Feed, Result, Row, Scenario, Session, Setup, Suite};
use tokio::runtime::Builder;
use tokio::time::sleep;

use super::*;
use crate::execute::RunExt;
use crate::plan::Plan;
use crate::report::Report;

const MS: fn(u64) -> Duration = Duration::from_millis;
const HOUR: Duration = Duration::from_secs(3_600);

/// One scenario whose iterations take a different number of milliseconds for each user.
fn suite() -> Suite {
    Suite::new()
        .scenario(Scenario::builder("works", calling(|mut cx| works(cx.arg()))).needs::<&mut Session>())
}

fn works(session: &mut Session) -> BoxFuture<'_, Result<()>> {
    let time = MS(7 + u64::from(session.user_id().0));
    Box::pin(async move {
        sleep(time).await;
        Ok(())
    })
}

/// Turns a closure into a function of a suite, independent of its borrows.
fn calling<T, F: for<'a> Fn(CallContext<'a>) -> BoxFuture<'a, Result<T>>>(call: F) -> F {
    call
}

fn on_paused_clock(suite: Suite, plan: Plan) -> Report {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(suite.run(plan)).unwrap()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    #[test]
    fn shared_runs_are_exact_with_any_number_of_users(users in 1u32..12, runs in 1u64..60, ramp in 0u64..100, delay in 0u64..30) {
        let plan = Plan::users(users).shared_runs(runs).ramp_up(MS(ramp)).delay(MS(delay));

        let report = on_paused_clock(suite(), plan);

        proptest::prop_assert_eq!((report.iterations.started, report.iterations.ok), (runs, runs));
        proptest::prop_assert_eq!(&report.ended, &Ended::Completed);
proptest::prop_assert_eq!(report.exit_code(), crate::report::ExitCode::Ok, "{}", report);
    }
}

#[test]
fn threads_that_race_make_exactly_so_many() {
    for _ in 0..10 {
        let suite = Suite::new().scenario(Scenario::builder("idle", |_| Box::pin(async { Ok(()) })));
        let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();

        let report = runtime.block_on(suite.run(Plan::users(16).shared_runs(1_003))).unwrap();

        assert_eq!((report.iterations.started, report.iterations.ok), (1_003, 1_003));
    }
}

#[test]
fn faster_users_make_more_of_them() {
    let made = Arc::new(Mutex::new(BTreeMap::<UserId, u64>::new()));
    let counting = Arc::clone(&made);
    let call = calling(move |mut cx| {
        let session: &mut Session = cx.arg();
        *counting.lock().unwrap().entry(session.user_id()).or_default() += 1;
        let time = MS(if session.user_id() == UserId(0) { 1 } else { 100 });
        Box::pin(async move {
            sleep(time).await;
            Ok(())
        })
    });
    let suite = Suite::new().scenario(Scenario::builder("works", call).needs::<&mut Session>());

    on_paused_clock(suite, Plan::users(3).shared_runs(50));

    assert_eq!(made.lock().unwrap().values().copied().collect::<Vec<_>>(), [48, 1, 1]);
}

#[test]
fn users_without_an_iteration_are_set_up_and_torn_down() {
    let (made, away) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (set_up, tear_down) = (Arc::clone(&made), Arc::clone(&away));
    let setup = Setup::builder("state", move |_| {
        set_up.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    });
    let hook = molotov_core::Hook::builder("away", move |_| {
        tear_down.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    });

    let report = on_paused_clock(suite().setup(setup).teardown(hook), Plan::users(9).shared_runs(3));

    assert_eq!(report.iterations.ok, 3);
    assert_eq!(made.load(Ordering::Relaxed), away.load(Ordering::Relaxed));
    assert!(report.teardown_failures.is_empty());
}

#[test]
fn failed_and_panicked_iterations_count() {
    let calls = AtomicU64::new(0);
    let call = calling(move |_| {
        let number = calls.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            assert!(number % 5 != 2, "one in five panics");
            if number % 5 == 4 { Err(Error::msg("one in five fails")) } else { Ok(()) }
        })
    });

    let suite = Suite::new().scenario(Scenario::builder("works", call));
    let report = on_paused_clock(suite, Plan::users(4).shared_runs(100));

    let counts = &report.iterations;
    assert_eq!((counts.started, counts.ok, counts.failed, counts.panicked), (100, 60, 20, 20));
}

#[test]
fn fail_fast_ends_them() {
    let suite =
        Suite::new().scenario(Scenario::builder("fails", |_| Box::pin(async { Err(Error::msg("it does")) })));

    let report = on_paused_clock(suite, Plan::users(1).shared_runs(100).fail_fast());

    assert_eq!((report.iterations.started, report.ended), (1, Ended::FailFast));
}

#[test]
fn time_ends_them_too() {
    let plan = |runs| Plan::users(1).shared_runs(runs).duration(MS(75));

    let many = on_paused_clock(suite(), plan(1_000));
    let few = on_paused_clock(suite(), plan(5));

    assert_eq!((many.iterations.started, many.ended), (11, Ended::Duration));
    assert_eq!((few.iterations.started, few.ended), (5, Ended::Completed));
}

#[test]
fn run_ends_with_its_last_iteration() {
    let late = on_paused_clock(suite(), Plan::users(1_000).shared_runs(10).ramp_up(HOUR));
    let pausing = on_paused_clock(suite(), Plan::users(3).shared_runs(4).delay(HOUR));

    assert!(late.elapsed < Duration::from_secs(60), "{:?}", late.elapsed);
    assert_eq!(late.iterations.ok, 10);
    assert!(pausing.elapsed < HOUR + MS(500), "{:?}", pausing.elapsed);
    assert_eq!(pausing.iterations.ok, 4);
}

#[test]
fn an_iteration_that_takes_longer_than_the_grace_is_not_cut() {
    let call = calling(|_| {
        Box::pin(async {
            sleep(HOUR).await;
            Ok(())
        })
    });
    let suite = Suite::new().scenario(Scenario::builder("slow", call));

    let report = on_paused_clock(suite, Plan::users(3).shared_runs(4).grace(MS(10)));

    assert_eq!((report.iterations.ok, report.iterations.cancelled), (4, 0));
}

#[test]
fn data_that_ends_ends_them() {
    let data = Data::new("rows", || Feed::rows(0..6u32).then_stop());
    let call = calling(|mut cx| {
        let _: Row<u32> = cx.arg();
        Box::pin(async { Ok(()) })
    });
    let suite = Suite::new().data(data).scenario(Scenario::builder("draws", call).needs::<Row<u32>>());

    let report = on_paused_clock(suite, Plan::users(2).shared_runs(10));

    assert_eq!(report.iterations.ok, 6);
    assert!(matches!(report.ended, Ended::DataExhausted(_)), "{:?}", report.ended);
}

#[test]
fn sessions_of_one_iteration_are_made_for_those_that_there_are() {
    let report = on_paused_clock(suite(), Plan::users(5).shared_runs(23).fresh_session());

    assert_eq!((report.iterations.started, report.iterations.ok), (23, 23));
}

#[test]
fn each_of_them_can_be_executed_once_more() {
    type Drawn = BTreeMap<(UserId, Iteration), u64>;
    fn drawing(drawn: &Arc<Mutex<Drawn>>) -> Suite {
        let drawn = Arc::clone(drawn);
        let call = calling(move |mut cx| {
            let session: &mut Session = cx.arg();
            let number = session.rng().u64();
            drawn.lock().unwrap().insert((session.user_id(), session.iteration()), number);
            let nap = session.rng().duration(Duration::ZERO..MS(9));
            Box::pin(async move {
                sleep(nap).await;
                Ok(())
            })
        });
        Suite::new().scenario(Scenario::builder("draws", call).needs::<&mut Session>())
    }
    let plan = || Plan::users(4).shared_runs(20).seed(7);
    let all = Arc::<Mutex<Drawn>>::default();
    on_paused_clock(drawing(&all), plan());
    let all = all.lock().unwrap();
    assert_eq!(all.len(), 20);

    for ((user, iteration), number) in all.iter() {
        let once = Arc::<Mutex<Drawn>>::default();
        let report = on_paused_clock(drawing(&once), plan().replay(user.0, iteration.0));

        assert_eq!(report.iterations.started, 1);
        assert_eq!(*once.lock().unwrap(), BTreeMap::from([((*user, *iteration), *number)]));
    }
}

#[tokio::test]
async fn excluded_settings_are_refused_with_the_reason() {
    for (plan, part) in [
        (Plan::rate("5/s").shared_runs(9), "rate times the duration"),
        (Plan::stages("5/s for 1s").shared_runs(9), "rate times the duration"),
        (Plan::users(2).shared_runs(9).max_runs(3), "leave out one of them"),
        (Plan::users(2).shared_runs(9).pacing(MS(10)), "leave out one of them"),
        (Plan::sizing("p99 < 1s").shared_runs(9), "users that go on"),
        (Plan::users(2).shared_runs(9).seed(1).replay(0, 9), "9 iterations"),
    ] {
        let error = suite().run(plan).await.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
#[should_panic(expected = "at least 1 iteration")]
fn their_absence_is_a_mistake() {
    drop(Plan::users(2).shared_runs(0));
}

#[test]
fn dropped_start_goes_to_another_user() {
    let source = SharedRuns::new(1, Arc::new(Shutdown::new()));
    let mut turn = UserTurn::new(crate::execute::slot::LocalUser::nth(0).slot);
    let mut context = Context::from_waker(std::task::Waker::noop());
    let mut is_given = || source.poll_next(&mut turn, &mut context).map(|start| start.is_some());

    assert_eq!(is_given(), Poll::Ready(true));
    assert_eq!(is_given(), Poll::Ready(false));
    source.drop_start();
    assert!(source.has_more());
    assert_eq!(is_given(), Poll::Ready(true));
}
