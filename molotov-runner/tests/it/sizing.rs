//! The number of users that a service sustains, on a paused clock: services that break at a known number of users.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use molotov_core::{
    BoxFuture, Context, Error, FailureKind, GlobalSetup, Iteration, Result, Scenario, Session, Setup, Suite,
    UserId,
};
use molotov_runner::{
    Breach, Ended, ExitCode, IterationCounts, Measured, Plan, Report, RunExt, Share, Sizing, SizingOutcome,
    SizingStep, Throughput,
};
use tokio::time::sleep;

use crate::support::{MS, SECS};

/// The response of the service, depending on the number of users that it serves at this time.
fn service(answer: impl Fn(u32) -> (Duration, Result) + Send + Sync + 'static) -> Suite {
    let busy = Arc::<AtomicU32>::default();
    let answer = Arc::new(answer);
    Suite::new().scenario(Scenario::builder("visit", move |_| {
        let (busy, answer) = (Arc::clone(&busy), Arc::clone(&answer));
        Box::pin(async move {
            let (time, result) = answer(busy.fetch_add(1, Ordering::SeqCst) + 1);
            sleep(time).await;
            busy.fetch_sub(1, Ordering::SeqCst);
            result
        })
    }))
}

/// It responds within 50 ms, and only with failures while it serves more users than this.
fn breaking_beyond(users: u32) -> Suite {
    service(move |busy| (MS(50), if busy > users { Err(Error::msg("too much")) } else { Ok(()) }))
}

fn numbered(answer: impl Fn(UserId, Iteration) -> Result + Send + Sync + 'static) -> Suite {
    let answer = Arc::new(answer);
    Suite::new().scenario(
        Scenario::builder("visit", move |mut cx: Context<'_>| {
            let answer = Arc::clone(&answer);
            let (user, iteration) = (cx.arg::<UserId>(), cx.arg::<Iteration>());
            Box::pin(async move {
                sleep(MS(50)).await;
                answer(user, iteration)
            })
        })
        .needs::<UserId>()
        .needs::<Iteration>(),
    )
}

async fn size(suite: Suite, plan: Plan) -> (Report, Sizing) {
    let report = suite.run(plan).await.unwrap();
    let IterationCounts { started, ok, failed, panicked, cancelled, .. } = report.iterations;
    assert_eq!(started, ok + failed + panicked + cancelled, "law A1");
    let sizing = report.sizing.clone().unwrap();
    (report, sizing)
}

#[track_caller]
fn broken(sizing: &Sizing) -> (&SizingStep, &Breach) {
    match (&sizing.outcome, &sizing.good) {
        (SizingOutcome::Broken { breach }, Some(good)) => (good, breach),
        _ => panic!("{sizing:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_number_is_found_within_a_window_of_the_ramp_up() {
    for users in [5, 17, 40] {
        // One more user each second, and windows of one second.
        let (report, sizing) =
            size(breaking_beyond(users), Plan::sizing("errors < 5%").up_to(60).ramp_up(SECS(60))).await;

        let (good, breach) = broken(&sizing);
        assert!((users.saturating_sub(7).max(1)..=users).contains(&good.users), "{users}: {sizing:?}");
        assert!((users + 1..=users + 2).contains(&breach.users), "{users}: {sizing:?}");
        assert_eq!(breach.objective, "errors < 5%");
        assert!(
            matches!(breach.measured, Measured::Errors(share) if share >= Share::percent(5.0)),
            "{breach:?}"
        );
        assert_eq!((report.ended.clone(), report.exit_code()), (Ended::Sized, ExitCode::Ok));
        assert!(report.elapsed < SECS(u64::from(users) + 4), "it ends at once: {:?}", report.elapsed);
    }
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_the_one_that_was_reached_with_the_good_number_of_users() {
    let (_, sizing) =
        size(breaking_beyond(40), Plan::sizing("errors < 5%").up_to(60).ramp_up(SECS(60))).await;

    let (good, _) = broken(&sizing);
    // Each user makes 20 iterations a second.
    let least = f64::from(good.users) * 20.0;
    assert!((least..least * 1.1).contains(&good.iteration_rate.in_second()), "{good:?}");
    assert_eq!(good.request_rate, Throughput::default());
    assert_eq!(good.iteration_rate, Throughput::new(good.iterations, good.window));
    assert!(good.iterations >= 100 && good.window >= SECS(1), "{good:?}");
    assert_eq!(good.p50.unwrap().as_millis(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_slow_ramp_up_finds_it_more_exactly_than_a_fast_one() {
    let width = async |ramp_up| {
        let (_, sizing) =
            size(breaking_beyond(40), Plan::sizing("errors < 5%").up_to(100).ramp_up(ramp_up)).await;
        let (good, breach) = broken(&sizing);
        assert!((good.users..breach.users).contains(&40), "{sizing:?}");
        breach.users - good.users
    };
    assert!(width(SECS(300)).await <= 3);
    assert!(width(SECS(20)).await > 3);
}

#[tokio::test(start_paused = true)]
async fn failures_are_held_against_all_iterations() {
    // Of 20 iterations one fails: 5% of all, and 5.3% of those that are ok.
    let suite =
        || numbered(|_, iteration| if iteration.0 % 20 == 19 { Err(Error::msg("no")) } else { Ok(()) });
    let plan = |objective| Plan::sizing(objective).up_to(20).ramp_up(SECS(300));

    let (report, all) = size(suite(), plan("errors <= 6%")).await;
    let (_, none) = size(suite(), plan("errors <= 4%")).await;

    assert_eq!((&all.outcome, report.exit_code()), (&SizingOutcome::NoLimit, ExitCode::Ok));
    assert!(report.iterations.failed > 100, "they are tolerated, not forgotten: {:?}", report.iterations);
    assert!(matches!(none.outcome, SizingOutcome::Broken { .. }), "{none:?}");
}

#[tokio::test(start_paused = true)]
async fn five_percent_are_tolerated_without_a_bound_of_errors() {
    let failing = |one_in: u64| {
        numbered(move |user, iteration| {
            let turn = iteration.0 + u64::from(user.0) * 7;
            if turn % one_in == 0 { Err(Error::msg("no")) } else { Ok(()) }
        })
    };
    let plan = || Plan::sizing("p99 < 1s").up_to(20).ramp_up(SECS(300));

    let (_, tolerated) = size(failing(25), plan()).await;
    let (_, too_many) = size(failing(10), plan()).await;

    assert_eq!(tolerated.outcome, SizingOutcome::NoLimit);
    assert_eq!(tolerated.objectives, ["p99 < 1s", "errors <= 5%"]);
    assert!(
        matches!(&too_many.outcome, SizingOutcome::Broken { breach } if breach.objective == "errors <= 5%")
    );
}

#[tokio::test(start_paused = true)]
async fn a_latency_objective_finds_where_the_service_becomes_slow() {
    // A queue: from 30 users on each user makes it 10 ms slower for all.
    let queue = || service(|busy| (MS(50 + 10 * u64::from(busy.saturating_sub(30))), Ok(())));

    let (report, sizing) =
        size(queue(), Plan::sizing("p99 < 200ms, errors < 1%").up_to(120).ramp_up(SECS(120))).await;

    let (good, breach) = broken(&sizing);
    // 50 + 10 × 15 are 200 ms, so the 45th user is one too many.
    assert!((40..45).contains(&good.users), "{sizing:?}");
    assert!((45..=48).contains(&breach.users), "{sizing:?}");
    assert_eq!(breach.objective, "p99 < 200ms");
    assert!(
        matches!(breach.measured, Measured::Latency(p99) if p99 >= MS(200) && p99 < MS(250)),
        "{breach:?}"
    );
    assert!(good.p99.unwrap() < MS(200), "{good:?}");
    assert_eq!((report.iterations.failed, report.exit_code()), (0, ExitCode::Ok));
}

#[tokio::test(start_paused = true)]
async fn one_slow_iteration_in_a_hundred_is_more_than_a_p99_allows_and_less_than_a_p95() {
    // The second in a hundred lies beyond the 99th percentile.
    let suite = || {
        let count = AtomicU32::new(0);
        service(move |_| {
            let slow = count.fetch_add(1, Ordering::SeqCst) % 50 == 49;
            (if slow { MS(500) } else { MS(50) }, Ok(()))
        })
    };
    let plan = |objective| Plan::sizing(objective).up_to(10).ramp_up(SECS(60));

    assert!(matches!(size(suite(), plan("p99 < 200ms")).await.1.outcome, SizingOutcome::Broken { .. }));
    assert_eq!(size(suite(), plan("p95 < 200ms")).await.1.outcome, SizingOutcome::NoLimit);
}

#[tokio::test(start_paused = true)]
async fn unbroken_search_is_reported_soon_after_the_last_user() {
    let (report, sizing) =
        size(breaking_beyond(1_000), Plan::sizing("errors < 1%").up_to(30).ramp_up(SECS(60))).await;

    assert_eq!((&sizing.outcome, sizing.most_users), (&SizingOutcome::NoLimit, 30));
    assert_eq!(sizing.good.unwrap().users, 30);
    assert!(report.elapsed > SECS(58) && report.elapsed < SECS(61), "{:?}", report.elapsed);
    assert_eq!((report.ended.clone(), report.exit_code()), (Ended::Sized, ExitCode::Ok));
    assert_eq!(report.settings.duration, None);
}

#[tokio::test(start_paused = true)]
async fn a_duration_holds_all_users_for_so_long() {
    let plan = || Plan::sizing("errors < 1%").up_to(10).ramp_up(SECS(10)).duration(SECS(30));
    let tired = || {
        let count = AtomicU32::new(0);
        service(move |_| {
            let failed = count.fetch_add(1, Ordering::SeqCst) > 5_000;
            (MS(50), if failed { Err(Error::msg("tired")) } else { Ok(()) })
        })
    };

    let (holding, no_limit) = size(breaking_beyond(1_000), plan()).await;
    let (_, tired) = size(tired(), plan()).await;

    assert_eq!((no_limit.outcome, &holding.ended), (SizingOutcome::NoLimit, &Ended::Duration));
    assert!(holding.elapsed >= SECS(40), "{:?}", holding.elapsed);
    let (good, breach) = broken(&tired);
    assert_eq!((good.users, breach.users), (10, 10), "it broke while all users went on");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_always_fails_has_no_good_number() {
    let (report, sizing) =
        size(breaking_beyond(0), Plan::sizing("errors < 5%").up_to(60).ramp_up(SECS(60))).await;

    assert!(matches!(&sizing.outcome, SizingOutcome::Broken { breach } if breach.users <= 4), "{sizing:?}");
    assert_eq!((sizing.good, report.exit_code()), (None, ExitCode::Failures));
}

#[tokio::test(start_paused = true)]
async fn samples_out_of_the_window_are_forgotten() {
    // All fail in the first three seconds of the first user: less than 100 iterations.
    let warm = numbered(|_, iteration| if iteration.0 < 1 { Err(Error::msg("cold")) } else { Ok(()) });

    let (_, sizing) = size(warm, Plan::sizing("errors < 1%").up_to(4).ramp_up(SECS(300))).await;

    assert_eq!(sizing.outcome, SizingOutcome::NoLimit, "{sizing:?}");
}

#[tokio::test(start_paused = true)]
async fn too_few_samples_are_reported() {
    let slow = || service(|_| (SECS(10), Err(Error::msg("no"))));

    let (report, sizing) = size(slow(), Plan::sizing("errors < 5%").up_to(10).ramp_up(SECS(60))).await;

    assert_eq!((&sizing.outcome, &sizing.good), (&SizingOutcome::TooFewSamples, &None));
    assert_eq!((report.ended.clone(), report.exit_code()), (Ended::Sized, ExitCode::Failures));
    assert!(report.iterations.failed > 50 && report.elapsed < SECS(60 + 60 + 15), "{:?}", report.elapsed);
}

#[tokio::test(start_paused = true)]
async fn percentile_gets_enough_samples_or_has_a_note() {
    let plan = |objective, users| Plan::sizing(objective).up_to(users).ramp_up(SECS(60));

    let (_, enough) = size(breaking_beyond(99), plan("p99.9 < 1s", 10)).await;
    let (_, too_few) = size(breaking_beyond(99), plan("p99.99 < 1s", 4)).await;

    assert_eq!(enough.outcome, SizingOutcome::NoLimit);
    assert!(enough.good.unwrap().iterations >= 1_000);
    assert_eq!(too_few.outcome, SizingOutcome::TooFewSamples, "4 users make 4,800 iterations in a minute");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_hangs_at_some_number_is_not_taken_for_good_beyond_it() {
    let hanging = service(|busy| if busy > 12 { (SECS(3_600), Ok(())) } else { (MS(50), Ok(())) });

    let (report, sizing) =
        size(hanging, Plan::sizing("p99 < 1s").up_to(60).ramp_up(SECS(60)).grace(MS(100))).await;

    assert_eq!(sizing.outcome, SizingOutcome::TooFewSamples);
    assert!((5..=12).contains(&sizing.good.as_ref().unwrap().users), "{sizing:?}");
    assert_eq!(report.exit_code(), ExitCode::Failures);
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_this_machine_is_not_taken_for_the_services() {
    let no_port = || Error::with_kind(FailureKind::LocalPorts, "no local port left");
    let limited = service(move |busy| (MS(50), if busy > 12 { Err(no_port()) } else { Ok(()) }));

    let (report, sizing) = size(limited, Plan::sizing("errors < 5%").up_to(60).ramp_up(SECS(60))).await;

    assert!(
        matches!(sizing.outcome, SizingOutcome::GeneratorLimit { users, .. } if (13..=15).contains(&users)),
        "{sizing:?}"
    );
    assert!((6..=12).contains(&sizing.good.as_ref().unwrap().users), "{sizing:?}");
    assert_eq!((report.ended.clone(), report.exit_code()), (Ended::Sized, ExitCode::Failures));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ends_before_is_not_an_answer() {
    let stopping = Suite::new().scenario(
        Scenario::builder("visit", |mut cx: Context<'_>| {
            let session: &mut Session = cx.arg();
            Box::pin(async move {
                sleep(MS(50)).await;
                if session.user_id() == UserId(20) {
                    session.stop("sold out");
                }
                Ok(())
            })
        })
        .needs::<&mut Session>(),
    );

    let (report, sizing) = size(stopping, Plan::sizing("errors < 5%").up_to(60).ramp_up(SECS(60))).await;

    assert_eq!((&sizing.outcome, report.exit_code()), (&SizingOutcome::Unfinished, ExitCode::Failures));
    assert!((10..=20).contains(&sizing.good.unwrap().users), "what was found so far is told");
    assert_eq!(report.ended, Ended::Stopped("sold out".into()));
}

#[tokio::test(start_paused = true)]
async fn a_set_up_that_fails_is_a_failed_set_up() {
    let suite = breaking_beyond(99)
        .setup(Setup::builder("own", |_| Box::pin(async { Err::<u8, _>(Error::msg("no account")) })));

    let (report, sizing) = size(suite, Plan::sizing("errors < 5%")).await;

    assert!(
        matches!(&report.ended, Ended::SetupFailed(why) if why.contains("no account")),
        "{}",
        report.ended
    );
    assert_eq!((sizing.outcome, report.exit_code()), (SizingOutcome::Unfinished, ExitCode::Failures));
}

fn visit(mut cx: Context<'_>) -> BoxFuture<'_, Result> {
    let session: &mut Session = cx.arg();
    Box::pin(async move { session.get("/").send().await.map(drop) })
}

/// Real time and a real socket: the port has no listener.
#[tokio::test]
async fn a_dead_target_ends_it_within_seconds() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let suite = || Suite::new().scenario(Scenario::builder("visit", visit).needs::<&mut Session>());
    let url = format!("http://127.0.0.1:{port}");

    let (report, sizing) = size(suite(), Plan::sizing("p99 < 200ms").host(url.as_str())).await;

    let Ended::DeadTarget(why) = &report.ended else { panic!("{}", report.ended) };
    assert!(why.contains(&url) && why.contains("connect.refused"), "{why}");
    assert_eq!((report.exit_code(), report.exit_code().code()), (ExitCode::DeadTarget, 6));
    assert_eq!((sizing.outcome, sizing.good), (SizingOutcome::Unfinished, None));
    assert_eq!(report.requests.sent(), 0);

    let ping = GlobalSetup::builder("ping", move |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move { session.get("/ping").send().await.map(|_| 1u8) })
    });
    let ping = suite().global_setup(ping.needs::<&mut Session>());
    let (report, _) = size(ping, Plan::sizing("p99 < 200ms").host(url.as_str())).await;
    let Ended::DeadTarget(why) = &report.ended else { panic!("{}", report.ended) };
    assert!(why.contains(&url) && why.contains("ping"), "{why}");
    assert_eq!((report.exit_code(), report.iterations.started), (ExitCode::DeadTarget, 0));

    let report = suite().run(Plan::users(1).max_runs(3).host(url.as_str())).await.unwrap();
    assert_eq!((report.exit_code(), report.requests.failed), (ExitCode::DeadTarget, 3));
}

#[tokio::test(start_paused = true)]
async fn contradictions_of_a_sizing_are_found_before_it_begins() {
    for (plan, says) in [
        (Plan::sizing("p99 < 1s").max_runs(3), "leave the number of iterations out"),
        (Plan::sizing("p99 < 1s").single_run(), "a single run has one"),
        (Plan::sizing("p99 < 1s").ramp_up(Duration::ZERO), "it cannot be 0"),
        (Plan::sizing("p99 < 1s").fail_fast(), "leave fail-fast out"),
        (Plan::sizing("p99 < 1s").tolerate(3), "leave the number of failures out"),
    ] {
        let error = breaking_beyond(9).run(plan).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    let all = Plan::sizing("p99 < 1s").max_runs(3).fail_fast().tolerate(3);
    assert_eq!(breaking_beyond(9).run(all).await.unwrap_err().problems().len(), 3);
}

#[test]
#[should_panic(expected = "a time needs a unit, for example `p99 < 200ms`")]
fn an_objective_in_code_that_is_none_panics_with_the_cure() {
    drop(Plan::sizing("p99 < 200"));
}

#[tokio::test(start_paused = true)]
async fn other_runs_have_no_sizing() {
    let report = breaking_beyond(9).run(Plan::users(1).max_runs(1)).await.unwrap();

    assert_eq!(report.sizing, None);
}

#[tokio::test(start_paused = true)]
async fn in_steps_the_number_is_found_exactly_and_confirmed() {
    for users in [1, 5, 17, 40] {
        let (report, sizing) =
            size(breaking_beyond(users), Plan::sizing("errors < 5%").in_steps().up_to(60)).await;

        let (good, breach) = broken(&sizing);
        assert_eq!((good.users, breach.users), (users, users + 1), "{sizing:?}");
        assert_eq!((report.ended.clone(), report.exit_code()), (Ended::Sized, ExitCode::Ok));
        let rate = f64::from(users) * 20.0;
        assert!((good.iteration_rate.in_second() / rate - 1.0).abs() < 0.02, "{good:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn in_steps_a_limit_that_is_not_there_or_of_this_machine_is_reported() {
    let plan = || Plan::sizing("errors < 5%").in_steps().up_to(30);
    let (report, none) = size(breaking_beyond(1_000), plan()).await;
    assert_eq!((&none.outcome, none.good.unwrap().users), (&SizingOutcome::NoLimit, 30));
    assert!(report.elapsed < SECS(120), "{:?}", report.elapsed);

    let no_port = || Error::with_kind(FailureKind::LocalPorts, "no local port left");
    let limited = service(move |busy| (MS(50), if busy > 12 { Err(no_port()) } else { Ok(()) }));
    let (report, sizing) = size(limited, plan()).await;
    let SizingOutcome::GeneratorLimit { users, why } = &sizing.outcome else { panic!("{sizing:?}") };
    assert_eq!((*users, sizing.good.as_ref().unwrap().users), (16, 8));
    assert!(why.contains("ports") && report.exit_code() == ExitCode::Failures, "{why}");

    let (_, nothing) = size(breaking_beyond(0), plan()).await;
    assert!(matches!(&nothing.outcome, SizingOutcome::Broken { breach } if breach.users == 1), "{nothing:?}");
    assert_eq!(nothing.good, None);
}
