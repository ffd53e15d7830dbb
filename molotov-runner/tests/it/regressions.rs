//! Regressions found in a review of the runner: each test failed before its fix.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use molotov_core::{Error, GlobalSetup, Hook, Picker, Scenario, Session, Setup, Suite};
use molotov_runner::{Ended, ExitCode, Plan, RunExt};
use tokio::time::sleep;

use crate::support::{MS, idle, sleeping};

#[tokio::test(start_paused = true)]
async fn a_picker_that_panics_is_a_failed_iteration() {
    let suite = Suite::new().scenario(idle("a")).picker(Picker::new(|_, iteration| {
        assert!(iteration.0 != 1, "no name for it");
        "a"
    }));

    let report = suite.run(Plan::users(1).max_runs(3)).await.unwrap();

    assert_eq!((report.iterations.ok, report.iterations.failures()), (2, 1));
    assert_eq!(report.exit_code(), ExitCode::Failures);
}

#[tokio::test(start_paused = true)]
async fn a_set_up_by_hand_that_panics_before_its_future_has_failed() {
    let suite = Suite::new()
        .scenario(idle("a"))
        .setup(Setup::builder("own", |_| -> molotov_core::BoxFuture<'_, molotov_core::Result<u8>> {
            panic!("no basket")
        }));

    let report = suite.run(Plan::users(1).max_runs(3)).await.unwrap();

    assert!(
        matches!(&report.ended, Ended::SetupFailed(why) if why.contains("no basket")),
        "{}",
        report.ended
    );
    assert_eq!(report.exit_code(), ExitCode::Failures);
}

#[tokio::test(start_paused = true)]
async fn a_set_up_without_a_base_url_fails_the_run() {
    let suite = Suite::new().scenario(idle("a")).setup_session(
        Hook::builder("log_in", |mut cx| {
            let session: &mut Session = cx.arg();
            Box::pin(async move { session.post("/login").send().await.map(drop) })
        })
        .needs::<&mut Session>(),
    );

    let report = suite.run(Plan::users(1).max_runs(1)).await.unwrap();

    assert_eq!(report.iterations.started, 0);
    assert!(matches!(&report.ended, Ended::SetupFailed(why) if why.contains("--host")), "{}", report.ended);
    assert_eq!(report.exit_code(), ExitCode::Usage);
}

#[tokio::test(start_paused = true)]
async fn late_failure_of_a_set_up_is_reported() {
    let suite = Suite::new().scenario(idle("a")).setup(Setup::builder("slow", |_| {
        Box::pin(async {
            sleep(MS(1500)).await;
            Err::<u8, _>(Error::msg("no account"))
        })
    }));

    let report = suite.run(Plan::users(1).duration(MS(1000))).await.unwrap();

    assert_eq!(report.exit_code(), ExitCode::Failures, "{}", report.ended);
}

#[tokio::test(start_paused = true)]
async fn dropped_run_ends() {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let suite = Suite::new().scenario(Scenario::builder("a", move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {
            sleep(MS(10)).await;
            Ok(())
        })
    }));

    tokio::time::timeout(MS(500), suite.run(Plan::users(1).duration(MS(1000)))).await.unwrap_err();
    sleep(MS(5000)).await;
    let then = count.load(Ordering::Relaxed);
    sleep(MS(5000)).await;

    assert_eq!(count.load(Ordering::Relaxed), then);
}

#[tokio::test(start_paused = true)]
async fn the_course_begins_with_the_first_user_and_not_with_the_set_up() {
    let suite = Suite::new()
        .global_setup(GlobalSetup::builder("slow", |_| {
            Box::pin(async {
                sleep(MS(20_000)).await;
                Ok(1u8)
            })
        }))
        .scenario(sleeping("a", MS(100)));

    let report = suite.run(Plan::users(1).duration(MS(5000))).await.unwrap();

    let starts: Vec<_> = report.windows.iter().map(|window| window.start.as_millis() / 100).collect();
    assert_eq!(starts[..5], [0, 10, 20, 30, 40], "{:?}", report.windows);
    assert!(report.windows[..5].iter().all(|window| window.iterations >= 9), "{:?}", report.windows);
}

#[tokio::test(start_paused = true)]
async fn after_the_last_panic_nothing_is_set_up_again() {
    let setups = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&setups);
    let suite = Suite::new()
        .setup(Setup::builder("own", move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Ok(1u8) })
        }))
        .scenario(Scenario::builder("a", |_| Box::pin(async { panic!("no") })));

    suite.clone().run(Plan::users(1).max_runs(2)).await.unwrap();
    assert_eq!(setups.swap(0, Ordering::Relaxed), 2);

    suite.clone().run(Plan::users(1).single_run()).await.unwrap();
    assert_eq!(setups.swap(0, Ordering::Relaxed), 1);

    suite.run(Plan::users(1).fail_fast()).await.unwrap();
    assert_eq!(setups.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_scenario_that_blocks_does_not_keep_the_clock_from_its_turn() {
    let suite = Suite::new().scenario(Scenario::builder("blocks", |_| {
        Box::pin(async {
            std::thread::sleep(MS(20));
            Ok(())
        })
    }));

    let report = suite.run(Plan::users(1).duration(MS(100))).await.unwrap();

    assert!(report.iterations.ok < 50, "{:?}", report.iterations);
}

/// With any step that is quadratic in the number of users, this would not end.
#[tokio::test(start_paused = true)]
async fn as_many_users_as_one_likes_start_and_are_cut() {
    let suite = Suite::new()
        .scenario(Scenario::builder("idle", |_| Box::pin(std::future::pending::<molotov_core::Result>())));

    let report = suite.run(Plan::users(20_000).duration(MS(1000)).grace(MS(10))).await.unwrap();

    assert_eq!((report.iterations.started, report.iterations.cancelled), (20_000, 20_000));
}

#[tokio::test(start_paused = true)]
async fn a_delay_without_end_is_only_long() {
    let suite = Suite::new().scenario(idle("a").delay(Duration::MAX));

    let report = suite.run(Plan::users(1).delay(MS(1)).duration(MS(1000))).await.unwrap();

    assert_eq!(report.ended, Ended::Duration);
    assert_eq!(report.iterations.ok, 1);
}

struct Bomb;
impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("boom in drop");
    }
}

#[tokio::test(start_paused = true)]
async fn state_that_panics_when_it_is_dropped_is_reported() {
    let suite =
        Suite::new().scenario(idle("a")).setup(Setup::builder("bomb", |_| Box::pin(async { Ok(Bomb) })));

    let report = suite.run(Plan::users(1).max_runs(1)).await.unwrap();

    assert_eq!(report.teardown_failure_count, 1);
    assert!(report.teardown_failures[0].contains("boom in drop"), "{:?}", report.teardown_failures);
}

#[tokio::test(start_paused = true)]
async fn tear_downs_are_cut_by_their_own_limit_only_and_the_global_one_runs_in_any_case() {
    let done = Arc::new(std::sync::Mutex::new(Vec::new()));
    let lasting = |name: &'static str, time: Duration| {
        let done = Arc::clone(&done);
        Hook::builder(name, move |_| {
            let done = Arc::clone(&done);
            Box::pin(async move {
                sleep(time).await;
                done.lock().unwrap().push(name);
                Ok(())
            })
        })
    };
    let idle = Scenario::builder("a", |_| {
        Box::pin(async {
            sleep(MS(10)).await;
            Ok(())
        })
    });
    let suite = Suite::new()
        .scenario(idle.clone())
        .teardown(lasting("slow", Duration::from_secs(40)))
        .global_teardown(lasting("global", Duration::from_secs(30)));
    let hanging = Suite::new()
        .scenario(idle)
        .teardown(lasting("for ever", Duration::from_secs(1_000_000)))
        .global_teardown(lasting("global", Duration::from_secs(30)));
    let plan = || Plan::users(1).duration(Duration::from_secs(1)).grace(Duration::from_secs(1));

    let slow = suite.run(plan()).await.unwrap();
    let hung = hanging.run(plan()).await.unwrap();

    assert_eq!(*done.lock().unwrap(), ["slow", "global", "global"]);
    assert_eq!(slow.teardown_failure_count, 0, "{:?}", slow.teardown_failures);
    assert_eq!(hung.teardown_failure_count, 1, "{:?}", hung.teardown_failures);
    assert!(
        hung.teardown_failures[0].contains("longer than its limit of 60s"),
        "{:?}",
        hung.teardown_failures
    );
}
