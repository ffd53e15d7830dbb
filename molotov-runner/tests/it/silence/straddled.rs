//! Stalls that start before a threshold does or end after the load, and stalls with a good end.

use molotov_runner::Plan;
use proptest::prelude::*;

use super::service::{Asked, Does, broken, cases, on_paused_clock, run};
use crate::support::{MS, SECS};

/// One of two servers stands still for this time, and the requests meanwhile end together; or are never answered.
fn stands_still(
    (from, to): (u64, u64),
    ends: impl Fn(u64) -> Does + Clone + Send + 'static,
) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    move |asked| {
        let at = asked.at.as_millis() as u64;
        let is_still = asked.connection.is_multiple_of(2) && (from..to).contains(&at);
        if is_still { ends(to) } else { Does::Answers(MS(15 + at % 10)) }
    }
}

#[test]
fn stall_that_began_before_a_threshold_counts_from_then_on() {
    for (warm_up, after) in [(5, ""), (0, " after 5s")] {
        // Half of the visitors wait for 19 s of 55.
        let text = format!("p95 < 250ms{after}, p80 < 250ms{after}, p95(5s) < 250ms{after}");
        let plan = |plan: Plan| plan.warm_up(SECS(warm_up)).duration(SECS(60)).threshold(&text);
        let service = || stands_still((4_000, 24_000), |to| Does::AnswersAt(MS(to)));

        let closed = on_paused_clock(run(plan(Plan::users(20)), service()));
        let open = on_paused_clock(run(plan(Plan::rate("20/s").up_to(400)), service()));

        let expected = vec![true, false, true];
        assert_eq!((broken(&closed), broken(&open)), (expected.clone(), expected), "{closed}\n{open}");
    }
}

#[test]
fn failures_of_a_stall_that_began_before_a_threshold_count() {
    let fails = |asked: Asked| match asked.connection.is_multiple_of(2)
        && asked.at > SECS(4)
        && asked.at < SECS(24)
    {
        true => Does::Fails(SECS(24) - asked.at),
        false => Does::Answers(MS(20)),
    };
    for (text, is_broken) in [("errors < 5% after 5s", true), ("errors < 25% after 5s", false)] {
        let closed = on_paused_clock(run(Plan::users(20).duration(SECS(60)).threshold(text), fails));

        assert_eq!(broken(&closed), [is_broken], "{closed}");
    }
}

/// The whole service stands still for 1.1 s at this time, and then responds or fails.
fn stands_still_for_a_moment(
    at: u64,
    does: fn(u64) -> Does,
) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    move |asked| {
        let now = asked.at.as_millis() as u64;
        if (at..at + 1_100).contains(&now) { does(at + 1_100 - now) } else { Does::Answers(MS(20)) }
    }
}

#[test]
fn windows_of_errors_are_kept_where_a_stall_ends_well() {
    let plans = || [Plan::users(10), Plan::rate("20/s").up_to(100)];
    for at in [5_000, 5_350, 18_800] {
        for plan in plans() {
            let plan = plan.duration(SECS(20)).threshold("errors(1s) < 10%, errors < 1% abort");
            let report =
                on_paused_clock(run(plan, stands_still_for_a_moment(at, |rest| Does::Answers(MS(rest)))));
            assert_eq!(broken(&report), [false, false], "{at} {report}");
        }
        for plan in plans() {
            let plan = plan.duration(SECS(20)).threshold("errors(1s) < 10%");
            let report =
                on_paused_clock(run(plan, stands_still_for_a_moment(at, |rest| Does::Fails(MS(rest)))));
            assert_eq!(broken(&report), [true], "{at} {report}");
        }
    }
}

/// Its windows are over before the end of the gap is known, and the window of that end has many good responses.
#[test]
fn window_of_a_gap_that_ends_in_failures_is_broken_afterwards() {
    let fails = |asked: Asked| match asked.at {
        at if (SECS(12)..SECS(15)).contains(&at) => Does::Fails(SECS(15) - at),
        _ => Does::Answers(MS(2)),
    };
    let plan = Plan::users(10).duration(SECS(20)).threshold("errors(1s) < 40%");
    let report = on_paused_clock(run(plan, fails));

    let result = &report.thresholds[0];
    assert!(!result.passed() && result.broken_at.is_some_and(|at| at < SECS(14)), "{report}");
}

/// The end of the gap with its last windows is known only after the load.
#[test]
fn last_windows_of_errors_are_broken_where_the_gap_does_not_end_well() {
    let hangs = |asked: Asked| if asked.at < SECS(27) { Does::Answers(MS(20)) } else { Does::Hangs };
    let fails = |asked: Asked| match asked.at {
        at if (SECS(27)..SECS(33)).contains(&at) => Does::Fails(SECS(33) - at),
        _ => Does::Answers(MS(20)),
    };
    let text = "errors(5s) < 10%, failed_requests(4s) < 10%";
    let plan = |plan: Plan| plan.duration(SECS(30)).no_dead_target_check().threshold(text);
    for users in [1, 10] {
        let hung = on_paused_clock(run(plan(Plan::users(users)), hangs));
        let failed = on_paused_clock(run(plan(Plan::users(users)), fails));
        assert_eq!(
            (broken(&hung), broken(&failed)),
            (vec![true, true], vec![true, true]),
            "{hung}\n{failed}"
        );
    }
    let open = on_paused_clock(run(plan(Plan::rate("20/s").up_to(2)), fails));
    assert_eq!(broken(&open), [true, true], "{open}");
}

proptest! {
    #![proptest_config(cases(8))]

    /// One stall of one server, which may start in the warm-up or end with the run.
    #[test]
    fn closed_and_open_runs_judge_one_stall_alike(
        from in 1_000u64..30_000,
        long in 1_500u64..20_000,
        (warm_up, is_after) in prop::sample::select(vec![(0u64, false), (5_000, false), (5_000, true)]),
        users in prop_oneof![Just(16u32), Just(40)],
        ends in any::<bool>(),
        percent in prop::sample::select(vec![70u32, 90, 95]),
    ) {
        let to = if ends { from + long } else { 40_000 };
        let seen = to.saturating_sub(250).min(40_000).saturating_sub(from.max(warm_up));
        let share = seen as f64 / 2.0 / (40_000 - warm_up) as f64;
        let allowed = 1.0 - f64::from(percent) / 100.0;
        prop_assume!(!((0.5..2.0).contains(&(share / allowed)) || (share - allowed).abs() < 0.04));
        // It must be over in time, and before requests fail after 30 s without a response.
        prop_assume!(if ends { to < 45_000 } else { from > 11_000 });
        let after = if is_after { format!(" after {warm_up}ms") } else { String::new() };
        let text = format!("p{percent} < 250ms{after}");
        let plan = |plan: Plan| {
            let plan = plan.duration(SECS(40)).threshold(&text);
            if is_after { plan } else { plan.warm_up(MS(warm_up)) }
        };
        let service = || stands_still((from, to), move |to| if ends { Does::AnswersAt(MS(to)) } else { Does::Hangs });

        let closed = on_paused_clock(run(plan(Plan::users(users)), service()));
        let open = on_paused_clock(run(plan(Plan::rate("30/s").up_to(1_600)), service()));

        let expected = vec![share > allowed];
        prop_assert_eq!((broken(&closed), broken(&open)), (expected.clone(), expected), "{} {}\n{}\n{}", text, share, closed, open);
    }
}
