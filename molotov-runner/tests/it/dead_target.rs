//! The rule for giving up on a dead target, on a paused clock. The target is a Unix socket that does not exist, which
//! the system reports at once.

#![allow(clippy::unwrap_used)]
#![cfg(unix)]

use molotov_core::{Error, GlobalSetup, Scenario, Session, Suite};
use molotov_runner::{Ended, ExitCode, Plan, Report, RunExt, SizingOutcome};
use tokio::time::sleep;

use crate::support::{MS, SECS, visiting_after};

/// A socket without a listener.
const NOWHERE: &str = "unix:///nowhere/at/all.sock";

fn visiting() -> Suite {
    visiting_after(MS(100))
}

async fn run(plan: Plan) -> Report {
    visiting().run(plan.host(NOWHERE)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_dead_for_five_seconds_ends_the_run() {
    let report = run(Plan::users(10).duration(SECS(3_600))).await;

    let Ended::DeadTarget(why) = &report.ended else { panic!("{}", report.ended) };
    assert!(why.starts_with(NOWHERE) && why.contains("the latest with connect.not_found"), "{why}");
    assert!(why.contains("requests of the last 5 s failed"), "{why}");
    assert_eq!((report.exit_code(), report.exit_code().code()), (ExitCode::DeadTarget, 6));
    assert!((SECS(5)..SECS(6)).contains(&report.elapsed), "{:?}", report.elapsed);
    let counts = report.iterations;
    assert_eq!(counts.started, counts.failed + counts.cancelled, "{counts:?}");
    let text = report.to_string();
    assert!(
        text.starts_with("FAILED: the target is dead:") || text.contains("\nFAILED: the target is dead:"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_window_may_be_another_one() {
    let report = run(Plan::users(10).duration(SECS(3_600)).dead_target_window(SECS(30))).await;

    assert!(matches!(report.ended, Ended::DeadTarget(_)), "{}", report.ended);
    assert!((SECS(30)..SECS(31)).contains(&report.elapsed), "{:?}", report.elapsed);
}

#[tokio::test(start_paused = true)]
async fn run_without_responses_is_dead_before_the_window_is_full() {
    let by_time = run(Plan::users(10).duration(MS(4_500))).await;
    let by_runs = run(Plan::users(10).max_runs(3)).await;

    for report in [by_time, by_runs] {
        let Ended::DeadTarget(why) = &report.ended else { panic!("{}", report.ended) };
        assert!(why.contains("(the latest with connect.not_found), none was answered"), "{why}");
        assert_eq!(report.exit_code(), ExitCode::DeadTarget);
    }
}

#[tokio::test(start_paused = true)]
async fn option_turns_the_check_off() {
    let report = run(Plan::users(10).duration(SECS(20)).no_dead_target_check()).await;

    assert_eq!((report.exit_code(), report.ended), (ExitCode::Failures, Ended::Duration));
    assert!(report.elapsed >= SECS(20), "{:?}", report.elapsed);
}

#[tokio::test(start_paused = true)]
async fn failures_of_the_scenario_do_not_make_the_target_dead() {
    let suite = Suite::new().scenario(Scenario::builder("broken", |_| {
        Box::pin(async {
            sleep(MS(100)).await;
            Err(Error::msg("the scenario is wrong"))
        })
    }));

    let report = suite.run(Plan::users(10).duration(SECS(20))).await.unwrap();

    assert_eq!(report.ended, Ended::Duration);
    assert!(report.iterations.failed > 100);
}

#[tokio::test(start_paused = true)]
async fn a_single_run_comes_to_its_end() {
    let slow = Scenario::builder("slow", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            for _ in 0..40 {
                sleep(MS(500)).await;
                drop(session.get("/").send().await);
            }
            Ok(())
        })
    });
    let suite = Suite::new().scenario(slow.needs::<&mut Session>());

    let report = suite.run(Plan::users(1).single_run().host(NOWHERE)).await.unwrap();

    assert_eq!((report.exit_code(), report.ended), (ExitCode::Ok, Ended::Completed));
}

#[tokio::test(start_paused = true)]
async fn a_sizing_knocks_for_two_seconds() {
    let report = run(Plan::sizing("p99 < 200ms")).await;

    let Ended::DeadTarget(why) = &report.ended else { panic!("{}", report.ended) };
    assert!(why.contains("attempts to connect failed (connect.not_found)"), "{why}");
    assert!((SECS(2)..SECS(3)).contains(&report.elapsed), "{:?}", report.elapsed);
    assert_eq!(report.sizing.unwrap().outcome, SizingOutcome::Unfinished);

    let goes_on = run(Plan::sizing("errors < 5%").no_dead_target_check()).await;

    assert_eq!(goes_on.ended, Ended::Sized, "everything fails, which is an answer too");
}

/// As before: a failed set-up counts as such, even if it is the target's fault.
#[tokio::test(start_paused = true)]
async fn a_set_up_that_cannot_connect_is_a_set_up_that_failed() {
    let ping = GlobalSetup::builder("ping", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move { session.get("/ping").send().await.map(|_| 1u8) })
    });
    let suite = visiting().global_setup(ping.needs::<&mut Session>());

    let report = suite.run(Plan::users(10).host(NOWHERE)).await.unwrap();

    assert!(matches!(&report.ended, Ended::SetupFailed(why) if why.contains("ping")), "{}", report.ended);
    assert_eq!(report.exit_code(), ExitCode::Failures);
}
