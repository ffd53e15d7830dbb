//! Closed and open runs of one service lead to the same judgement.

use molotov_runner::{Ended, Plan, Report};
use proptest::prelude::*;

use super::service::{Asked, Does, cases, dies_at, on_paused_clock, run};
use crate::support::{MS, SECS};

/// Responds after 20 ms, except in stalls: requests in a stall are answered at its end.
fn stalling(every: u64, long: u64) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    move |asked| {
        let at = asked.at.as_millis() as u64;
        let place = at % every;
        if place < every - long { Does::Answers(MS(20)) } else { Does::AnswersAt(MS(at - place + every)) }
    }
}

fn judged(report: &Report) -> Vec<bool> {
    report.thresholds.iter().map(|result| result.passed()).collect()
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn closed_and_open_runs_agree(every in 2_000u64..6_000, part in 1u64..60, limit in 60u64..800, users in 2u32..8) {
        let long = every * part / 100;
        // The share of visitors with a wait longer than the limit.
        let share = 100.0 * long.saturating_sub(limit) as f64 / every as f64;
        for percent in [50.0f64, 90.0, 95.0, 99.0] {
            let allowed = 100.0 - percent;
            if (share / allowed - 1.0).abs() < 0.4 || (share > 0.0 && long < limit * 5 / 4 + 60) || long.abs_diff(limit) < 60 {
                // Too close to the border.
                continue;
            }
            let text = format!("p{percent} < {limit}ms");
            let closed = Plan::users(users).duration(SECS(60)).threshold(&text);
            let open = Plan::rate("20/s").duration(SECS(60)).up_to(400).threshold(&text);

            let closed = on_paused_clock(run(closed, stalling(every, long)));
            let open = on_paused_clock(run(open, stalling(every, long)));

            prop_assert_eq!(judged(&closed), judged(&open), "{} {}\n{}\n{}", text, share, closed, open);
            prop_assert_eq!(judged(&closed), vec![share < allowed]);
        }
    }
}

#[test]
fn shared_runs_are_judged_like_the_same_users_of_a_closed_model() {
    let thresholds = "p99 < 300ms, p99(10s) < 300ms";
    let shared = |runs| Plan::users(4).shared_runs(runs).duration(SECS(60)).threshold(thresholds);
    let closed = || Plan::users(4).duration(SECS(60)).threshold(thresholds);
    for service in [stalling(5_000, 1_000), stalling(5_000, 20)] {
        let closed = on_paused_clock(run(closed(), service.clone()));
        let shared = on_paused_clock(run(shared(10_000_000), service));

        assert_eq!(judged(&shared), judged(&closed));
        assert_eq!(shared.iterations.started, closed.iterations.started);
        assert_eq!(shared.gaps.longest.len(), closed.gaps.longest.len());
    }
}

#[test]
fn a_service_that_hangs_is_seen_where_runs_are_shared() {
    let plan = || Plan::users(8).threshold("p99 < 300ms").grace(SECS(1));
    let closed = on_paused_clock(run(plan().duration(SECS(60)), dies_at(SECS(20))));
    let shared = on_paused_clock(run(plan().shared_runs(1_000_000).duration(SECS(60)), dies_at(SECS(20))));

    let is_dead = |report: &Report| matches!(report.ended, Ended::DeadTarget(_));
    assert!(is_dead(&closed) && is_dead(&shared), "{:?}", shared.ended);
    assert_eq!(judged(&shared), [false]);
    assert_eq!(shared.exit_code(), closed.exit_code());
}
