//! The last windows of thresholds, with requests that end after the load or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use molotov_core::Timeouts;
use molotov_runner::{Plan, Report};
use proptest::prelude::*;

use super::service::{Asked, Does, broken, cases, chance, on_paused_clock, run};
use crate::support::{MS, SECS};

/// A pseudo-random number below a thousand.
fn permille(n: u64) -> u64 {
    chance(n) % 1_000
}

/// One of two servers stands still from 36 s on, and its requests end in this way.
fn stands_still(does: fn(u64, u64) -> Does, to: u64) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    move |asked| {
        let at = asked.at.as_millis() as u64;
        let is_still = asked.connection.is_multiple_of(2) && (36_000..to).contains(&at);
        if is_still { does(at, to) } else { Does::Answers(MS(15 + at % 10)) }
    }
}

/// A closed run of 40 s, and an open one with a sufficient number of users.
fn runs(thresholds: &str, service: impl Fn(Asked) -> Does + Clone + Send + 'static) -> [Report; 2] {
    [Plan::users(20), Plan::rate("30/s").up_to(1_600)].map(|plan| {
        let plan = plan.duration(SECS(40)).threshold(thresholds);
        on_paused_clock(run(plan, service.clone()))
    })
}

/// The end of the stall, after the load.
const ENDS: [u64; 3] = [40_020, 40_300, 41_000];

#[test]
fn stall_that_ends_after_the_load_fills_its_last_window() {
    // Half of the visitors wait for 3.8 to 4 s of the last five, which are an eighth of all.
    let text = "p90(5s) < 250ms, p55(5s) < 250ms, p90 < 250ms, p90(2s) < 250ms, p90(5s) < 250ms after 30s";
    for to in ENDS {
        for report in runs(text, stands_still(|_, to| Does::AnswersAt(MS(to)), to)) {
            assert_eq!(broken(&report), [true, false, false, true, true], "{to} {report}");
        }
    }
}

#[test]
fn failures_of_a_stall_that_ends_after_the_load_fill_its_last_window() {
    for to in ENDS {
        for report in runs(
            "errors(5s) < 10%, failed_requests(5s) < 55%, errors < 8%",
            stands_still(|at, to| Does::Fails(MS(to - at)), to),
        ) {
            assert_eq!(broken(&report), [true, false, false], "{to} {report}");
        }
    }
}

#[test]
fn stall_that_the_end_cuts_fills_the_last_window() {
    let text = "p90(5s) < 250ms, p55(5s) < 250ms, p90 < 250ms, errors(5s) < 10%, failed_requests(5s) < 55%";
    for report in runs(text, stands_still(|_, _| Does::Hangs, u64::MAX)) {
        assert_eq!(broken(&report), [true, false, false, true, false], "{report}");
    }
}

#[test]
fn row_has_the_part_of_the_last_window_in_a_stall() {
    for (does, to) in
        [((|_, to| Does::AnswersAt(MS(to))) as fn(u64, u64) -> Does, 40_020), (|_, _| Does::Hangs, u64::MAX)]
    {
        let [closed, _] = runs("p90(5s) < 250ms", stands_still(does, to));
        let share = closed.thresholds[0].time_share.unwrap().in_percent();

        // 3.77 or 4 of 5 s, for half of the visitors.
        assert!((36.0..41.0).contains(&share), "{share} {closed}");
    }
}

/// One of many users waits in vain, which is no share of them.
#[test]
fn one_user_who_waits_to_the_end_fills_no_window() {
    let hangs = |asked: Asked| match (asked.connection, asked.at > SECS(36)) {
        (3, true) => Does::Hangs,
        _ => Does::Answers(MS(20)),
    };
    let report = on_paused_clock(run(Plan::users(20).duration(SECS(40)).threshold("p97(5s) < 250ms"), hangs));

    assert_eq!(broken(&report), [false], "{report}");
}

/// This number of a thousand requests takes this number of milliseconds from this time on.
fn slow_from(
    from: u64,
    (slow, millis): (u64, u64),
    salt: u64,
) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(salt << 32));
    move |asked| {
        let n = count.fetch_add(1, Ordering::Relaxed);
        let is_slow = asked.at >= MS(from) && permille(n) < slow;
        Does::Answers(MS(if is_slow { millis } else { 15 + n % 10 }))
    }
}

#[test]
fn slow_requests_that_merely_end_after_the_load_fill_no_window() {
    for salt in 0..4 {
        // From the beginning, or only near the end.
        for (from, of) in [(0, (50, 2_000)), (0, (10, 2_000)), (17_000, (10, 2_000)), (18_500, (20, 2_000))] {
            // A number of users that never wait all at once.
            let plan = Plan::users(60).duration(SECS(20)).threshold("p90(5s) < 250ms");
            let report = on_paused_clock(run(plan, slow_from(from, of, salt)));

            assert_eq!(broken(&report), [false], "{salt} {from} {of:?} {report}");
        }
    }
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn requests_that_are_slow_each_by_itself_fill_no_last_window(
        slow in 1u64..60,
        millis in 300u64..4_000,
        users in 4u32..60,
        length in 6u64..20,
        quick in prop_oneof![Just(0u64), 0u64..20_000],
        think in prop_oneof![Just(0u64), Just(50)],
        grace in prop::sample::select(vec![0u64, 1_000, 10_000]),
        salt in 0u64..1 << 20,
    ) {
        let plan = Plan::users(users).delay(MS(think)).duration(SECS(length)).grace(MS(grace));
        let text = "p80(1s) < 200ms, p80(5s) < 200ms, p80 < 200ms";
        let report = on_paused_clock(run(plan.threshold(text), slow_from(quick, (slow, millis), salt)));

        prop_assert!(report.thresholds.iter().all(|result| result.time_share.is_none()), "{report}");
    }

    #[test]
    fn closed_and_open_runs_judge_the_last_windows_alike(
        long in 500u64..6_000,
        after in 0u64..4_000,
        servers in 2u64..4,
        users in prop_oneof![Just(24u32), Just(48)],
        fails in any::<bool>(),
        percent in prop::sample::select(vec![75u32, 90, 95]),
        window in prop::sample::select(vec![2_000u64, 5_000]),
    ) {
        let (from, to) = (30_000 - long, 30_000 + after);
        let limit = if fails { 0 } else { 250 };
        let seen = 30_000.min(to - limit.min(to)).saturating_sub(from.max(30_000 - window));
        let (share, allowed) = (seen as f64 / (servers * window) as f64, 1.0 - f64::from(percent) / 100.0);
        prop_assume!(!((0.5..2.0).contains(&(share / allowed)) || (share - allowed).abs() < 0.06));
        let text = if fails { format!("errors({window}ms) < {}%", 100 - percent) } else { format!("p{percent}({window}ms) < 250ms") };
        let mut timeouts = Timeouts::default();
        timeouts.head = SECS(20);
        let service = || move |asked: Asked| {
            let at = asked.at.as_millis() as u64;
            let is_still = asked.connection.is_multiple_of(servers) && (from..to).contains(&at);
            match (is_still, fails) {
                (true, true) => Does::Fails(MS(to - at)),
                (true, false) => Does::AnswersAt(MS(to)),
                _ => Does::Answers(MS(15 + at % 10)),
            }
        };
        let plan = |plan: Plan| plan.duration(SECS(30)).timeouts(timeouts).threshold(&text);

        let closed = on_paused_clock(run(plan(Plan::users(users)), service()));
        let open = on_paused_clock(run(plan(Plan::rate("40/s").up_to(1_600)), service()));

        prop_assert_eq!((broken(&closed), broken(&open)), (vec![share > allowed], vec![share > allowed]), "{} {}\n{}\n{}", text, share, closed, open);
    }
}
