//! Searches that end without a result, on a paused clock: the state so far is reported, for any end.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use molotov_core::{Context, Data, Error, Feed, Rate, Result, Row, Scenario, Session, Suite};
use molotov_runner::{CapacityOutcome, Ended, ExitCode, Plan, RunExt, SizingOutcome};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use crate::support::{MS, SECS, run};

/// Ten at once, each for 50 ms: it sustains 200/s.
fn queue() -> Suite {
    let places = Arc::new(Semaphore::new(10));
    Suite::new().scenario(Scenario::builder("visit", move |_| {
        let places = Arc::clone(&places);
        Box::pin(async move {
            let _place = places.acquire().await.unwrap();
            sleep(MS(50)).await;
            Ok(())
        })
    }))
}

/// It fails with more users than this.
fn breaking_beyond(users: u32) -> Suite {
    let busy = Arc::<AtomicU32>::default();
    Suite::new().scenario(Scenario::builder("visit", move |_| {
        let busy = Arc::clone(&busy);
        Box::pin(async move {
            let now = busy.fetch_add(1, Ordering::SeqCst) + 1;
            sleep(MS(50)).await;
            busy.fetch_sub(1, Ordering::SeqCst);
            if now > users { Err(Error::msg("too much")) } else { Ok(()) }
        })
    }))
}

fn rates() -> Plan {
    Plan::sizing("p99 < 200ms").starting_at("20/s")
}

#[tokio::test(start_paused = true)]
async fn search_of_rates_ends_by_time_with_the_held_and_broken_rate() {
    // 20, 40, 80 and 160 hold for 13 s each, 320 breaks, and 240 is the current attempt.
    let report = run(queue(), rates().sizing_time(SECS(75))).await;

    let capacity = report.capacity.as_ref().unwrap();
    assert_eq!(capacity.outcome, CapacityOutcome::TimeOver);
    assert_eq!((capacity.good, capacity.bad), (Some(Rate::per_second(160)), Some(Rate::per_second(320))));
    assert_eq!((capacity.held(capacity.good.unwrap()), capacity.broke(capacity.bad.unwrap())), (1, 1));
    assert_eq!(capacity.trying, Some(Rate::per_second(240)));
    assert!(report.elapsed >= SECS(75) && report.elapsed < SECS(77), "{:?}", report.elapsed);
    // A range is a result.
    assert_eq!((&report.ended, report.exit_code()), (&Ended::Sized, ExitCode::Ok));
}

#[tokio::test(start_paused = true)]
async fn a_time_that_is_over_before_anything_broke_is_no_answer() {
    let report = run(queue(), rates().sizing_time(SECS(45))).await;

    let capacity = report.capacity.as_ref().unwrap();
    assert_eq!((&capacity.outcome, capacity.bad), (&CapacityOutcome::TimeOver, None));
    assert_eq!(capacity.good, Some(Rate::per_second(80)));
    assert_eq!(report.exit_code(), ExitCode::Failures);
}

#[tokio::test(start_paused = true)]
async fn a_search_that_ends_before_its_time_is_not_changed_by_it() {
    let report = run(queue(), rates().sizing_time(SECS(3_600))).await;

    assert_eq!(report.capacity.unwrap().outcome, CapacityOutcome::Found);
}

#[tokio::test(start_paused = true)]
async fn users_in_steps_have_the_same_time() {
    let plan = Plan::sizing("errors < 5%").in_steps().up_to(200).sizing_time(SECS(100));

    let report = run(breaking_beyond(20), plan).await;

    let sizing = report.sizing.as_ref().unwrap();
    let (good, bad) = (sizing.good.as_ref().unwrap(), sizing.bad.as_ref().unwrap());
    assert_eq!(sizing.outcome, SizingOutcome::TimeOver);
    assert!(good.users <= 20 && bad.users > 20 && !good.confirmed, "{sizing:?}");
    assert!(sizing.trying.is_some_and(|users| users > good.users && users < bad.users), "{sizing:?}");
    assert_eq!(report.exit_code(), ExitCode::Ok);
}

#[tokio::test(start_paused = true)]
async fn users_that_are_raised_evenly_have_the_same_time() {
    let plan = Plan::sizing("errors < 5%").up_to(60).ramp_up(SECS(60)).sizing_time(SECS(20));

    let report = run(breaking_beyond(100), plan).await;

    let sizing = report.sizing.as_ref().unwrap();
    assert_eq!((&sizing.outcome, &sizing.bad), (&SizingOutcome::TimeOver, &None));
    assert!((15..=20).contains(&sizing.good.as_ref().unwrap().users), "{sizing:?}");
    assert_eq!(report.exit_code(), ExitCode::Failures);
}

#[tokio::test(start_paused = true)]
async fn cut_window_is_reported_and_not_counted() {
    // From 40/s on it fails; 40/s is measured from 16 s on, after 3 s of settling from 13 s on.
    let begin = Instant::now();
    let suite = Suite::new().scenario(Scenario::builder("visit", move |_| {
        Box::pin(async move { if begin.elapsed() > SECS(15) { Err(Error::msg("too much")) } else { Ok(()) } })
    }));

    let report = run(suite, rates().sizing_time(SECS(22))).await;

    let capacity = report.capacity.as_ref().unwrap();
    assert_eq!((capacity.good, capacity.bad), (Some(Rate::per_second(20)), None), "{capacity:?}");
    assert_eq!(capacity.trying, Some(Rate::per_second(40)));
    assert_eq!(capacity.trying_broken.as_deref(), Some("100.0% failed (errors <= 5%)"));
}

#[tokio::test(start_paused = true)]
async fn same_is_reported_of_users() {
    let plan = Plan::sizing("errors < 5%").in_steps().up_to(100).sizing_time(SECS(35));

    let report = run(breaking_beyond(3), plan).await;

    let sizing = report.sizing.as_ref().unwrap();
    assert_eq!((sizing.good.as_ref().unwrap().users, &sizing.bad, sizing.trying), (2, &None, Some(4)));
    assert!(sizing.trying_broken.as_ref().is_some_and(|breach| breach.users == 4), "{sizing:?}");
}

/// A scenario that stops the run, and a feeder without rows: each some time after 320/s broke.
fn ending(how: &str) -> Suite {
    let begin = Instant::now();
    let places = Arc::new(Semaphore::new(10));
    let stops = how == "stopped";
    let visit = Scenario::builder("visit", move |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        let places = Arc::clone(&places);
        Box::pin(async move {
            let _place = places.acquire().await.unwrap();
            sleep(MS(50)).await;
            if stops && begin.elapsed() > SECS(75) {
                session.stop("sold out");
            }
            Ok(())
        })
    });
    Suite::new().scenario(visit.needs::<&mut Session>())
}

#[tokio::test(start_paused = true)]
async fn stopped_run_reports_the_held_and_the_broken_level() {
    let report = run(ending("stopped"), rates()).await;

    let capacity = report.capacity.as_ref().unwrap();
    assert_eq!(
        (&report.ended, &capacity.outcome),
        (&Ended::Stopped("sold out".into()), &CapacityOutcome::Unfinished)
    );
    assert_eq!((capacity.good, capacity.bad), (Some(Rate::per_second(160)), Some(Rate::per_second(320))));
    assert_eq!(report.exit_code(), ExitCode::Failures);
}

#[tokio::test(start_paused = true)]
async fn run_out_of_rows_reports_the_held_level() {
    let places = Arc::new(Semaphore::new(10));
    let visit = Scenario::builder("visit", move |mut cx: Context<'_>| {
        let _row: Row<u32> = cx.arg();
        let places = Arc::clone(&places);
        Box::pin(async move {
            let _place = places.acquire().await.unwrap();
            sleep(MS(50)).await;
            Ok(())
        }) as molotov_core::BoxFuture<'_, Result>
    });
    let rows = Data::new("rows", || Feed::rows(0..1_500u32).then_stop());

    let report = run(Suite::new().scenario(visit.needs::<Row<u32>>()).data(rows), rates()).await;

    let capacity = report.capacity.as_ref().unwrap();
    assert!(matches!(&report.ended, Ended::DataExhausted(_)), "{}", report.ended);
    assert_eq!(capacity.good, Some(Rate::per_second(40)), "{capacity:?}");
}

#[tokio::test(start_paused = true)]
async fn a_time_in_which_nothing_can_be_judged_is_a_mistake() {
    for (plan, says) in [
        (rates().sizing_time(SECS(13)), "a sizing time of less than 14s"),
        (Plan::sizing("errors < 1%").in_steps().sizing_time(SECS(5)), "less than 14s"),
        (Plan::sizing("errors < 1%").sizing_time(SECS(5)), "less than 5s 500ms"),
    ] {
        let error = queue().run(plan).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
