//! Law A1 for loads with due times, faults and ends of all kinds, on a paused clock: no due iteration is lost.

#![allow(clippy::unwrap_used)]

use molotov_core::{Error, Rate, Scenario, ScenarioBuilder, Session, Suite};
use molotov_runner::{Plan, Report, RunExt, Window};
use proptest::prelude::*;
use tokio::time::sleep;

use crate::support::MS;

/// A scenario with varying durations, which occasionally fails, panics or stops the run.
fn moody(name: &str) -> ScenarioBuilder {
    Scenario::builder(name, |mut cx| {
        let session: &mut Session = cx.arg();
        let (takes, mood) = (session.rng().range(0..6usize), session.rng().range(0..60u8));
        Box::pin(async move {
            sleep(MS([0, 1, 5, 50, 300, 3_000][takes])).await;
            match mood {
                0..5 => return Err(Error::msg("no")),
                5..10 => panic!("on purpose"),
                10 if takes == 3 => session.stop("enough"),
                _ => {}
            }
            Ok(())
        })
    })
}

fn arrivals() -> impl Strategy<Value = Plan> {
    let stages = [
        "burst 30, 0..50/s in 2s, burst 7",
        "3/h for 1s, 100/s for 1s",
        "80..0/s in 1s, 0/s for 1s, burst 9",
    ];
    prop_oneof![
        (1u32..300, 400u64..4_000, 0u64..700).prop_map(|(rate, time, ramp_up)| {
            Plan::rate(Rate::per_second(rate)).duration(MS(time)).ramp_up(MS(ramp_up))
        }),
        prop::sample::select(stages.to_vec()).prop_map(Plan::stages),
        Just(Plan::rate("17/s").poisson().duration(MS(3_000))),
    ]
    .prop_flat_map(|plan| (Just(plan), 1u32..9).prop_map(|(plan, users)| plan.up_to(users)))
}

fn paced() -> impl Strategy<Value = Plan> {
    let stages = ["0..5 in 1s, 5 for 1s, 5..1 in 1s", "3 for 500ms, 1 for 500ms, 3 for 500ms"];
    let users = prop_oneof![
        prop::sample::select(stages.to_vec()).prop_map(Plan::stages),
        (1u32..6, 1u64..7).prop_map(|(users, runs)| Plan::users(users).max_runs(runs)),
        (1u32..6, 0u64..700)
            .prop_map(|(users, ramp)| Plan::users(users).duration(MS(2_000)).ramp_up(MS(ramp))),
    ];
    (users, 20u64..400).prop_map(|(plan, every)| plan.pacing(MS(every)))
}

/// The load with further settings.
fn plan(load: impl Strategy<Value = Plan>) -> impl Strategy<Value = Plan> {
    let late = prop::sample::select(vec![1u64, 20, 500, 10_000]);
    let more = (late, prop::sample::select(vec![0u64, 100, 10_000]), 0u64..300, any::<u64>(), 0u8..8);
    (load, more).prop_map(|(load, (late, grace, warm_up, seed, kind))| {
        let plan = load.max_late(MS(late)).grace(MS(grace)).warm_up(MS(warm_up)).seed(seed);
        match kind {
            0 => plan.fail_fast(),
            1 | 2 => plan.fresh_session(),
            _ => plan,
        }
    })
}

fn run(suite: Suite, plan: Plan) -> Report {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(suite.run(plan)).unwrap()
}

fn check(report: &Report) -> Result<(), TestCaseError> {
    let (offered, counts) = (report.offered.as_ref().unwrap(), report.iterations);
    prop_assert_eq!(offered.scheduled, counts.started + offered.dropped);
    prop_assert_eq!(counts.started, counts.ok + counts.failed + counts.panicked + counts.cancelled);
    let sum = |of: fn(&Window) -> u64| report.windows.iter().map(of).sum::<u64>();
    prop_assert_eq!(sum(|window| window.scheduled), offered.scheduled);
    prop_assert_eq!(sum(|window| window.started), counts.started);
    prop_assert_eq!(sum(|window| window.dropped), offered.dropped);
    prop_assert_eq!(sum(|window| window.iterations), counts.finished());
    prop_assert_eq!(sum(|window| window.failed_iterations), counts.failures());
    let rows = report.scenarios.iter().map(|row| row.count() + row.warm_up + row.cancelled);
    prop_assert_eq!(rows.sum::<u64>(), counts.started);
    let failures = report.scenarios.iter().map(|row| row.failed.count() + row.warm_up_failed);
    prop_assert_eq!(failures.sum::<u64>(), counts.failures());
    // Timers are as coarse as a millisecond.
    let late = offered.start_lag.max().unwrap_or_default();
    prop_assert!(late <= report.settings.load.max_late + MS(2), "{late:?}");
    for row in report.scenarios.iter().filter(|row| row.count() > 0) {
        let service = row.service.as_ref().unwrap();
        prop_assert_eq!((service.ok.count(), service.failed.count()), (row.ok.count(), row.failed.count()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_arrival_is_lost(plan in plan(arrivals()), own in 1u32..60) {
        let suite = Suite::new().scenario(moody("a")).scenario(moody("b").weight(2));
        let suite = suite.scenario(moody("own").rate(Rate::per_second(own)));

        check(&run(suite, plan))?;
    }

    #[test]
    fn no_due_time_of_a_paced_user_is_lost(plan in plan(paced())) {
        check(&run(Suite::new().scenario(moody("a")).scenario(moody("b")), plan))?;
    }
}
