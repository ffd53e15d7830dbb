//! Users that start late, leave and return: time is weighted by their number.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use molotov_core::Timeouts;
use molotov_runner::{Ended, ExitCode, Plan};
use proptest::prelude::*;

use super::service::{Asked, Does, broken, cases, on_paused_clock, run};
use crate::support::{MS, SECS};

/// Requests between these times get their response, or a failure, after 300 to 800 ms.
fn slow_between(from: u64, to: u64, fails: bool) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(0));
    move |asked| {
        let n = count.fetch_add(1, Ordering::Relaxed);
        let slow = MS(300 + n * 377 % 500);
        match (MS(from)..MS(to)).contains(&asked.at) {
            true if fails => Does::Fails(slow),
            true => Does::Answers(slow),
            false => Does::Answers(MS(60 + n % 20)),
        }
    }
}

/// It stands still between these times.
fn still_between(from: u64, to: u64) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    move |asked| match (MS(from)..MS(to)).contains(&asked.at) {
        true => Does::AnswersAt(MS(to)),
        false => Does::Answers(MS(20)),
    }
}

const BREAK: [(&str, &str); 2] = [
    ("10 for 10s, 0 for 60s, 10 for 10s", "20/s for 10s, 0/s for 60s, 20/s for 10s"),
    ("20 for 10s, 2 for 60s, 20 for 10s", "40/s for 10s, 4/s for 60s, 40/s for 10s"),
];

#[test]
fn time_without_users_is_no_time_of_the_load() {
    for (users, rates) in BREAK {
        for text in ["p85 < 200ms", "p60 < 200ms", "p95(2s) < 200ms"] {
            let closed = Plan::stages(users).threshold(text);
            let open = Plan::stages(rates).up_to(200).threshold(text);

            let closed = on_paused_clock(run(closed, slow_between(75_000, 80_000, false)));
            let open = on_paused_clock(run(open, slow_between(75_000, 80_000, false)));

            assert_eq!(broken(&closed), broken(&open), "{text}\n{closed}\n{open}");
            assert_eq!(broken(&closed), [!text.contains("p60")], "{closed}");
        }
    }
}

#[test]
fn stall_counts_by_the_users_who_are_there() {
    for (users, rates) in BREAK {
        for (stall, is_broken) in [((72_000, 75_000), true), ((30_000, 33_000), false)] {
            let closed = Plan::stages(users).threshold("p92 < 200ms, errors < 8%");
            let open = Plan::stages(rates).up_to(300).threshold("p92 < 200ms, errors < 8%");

            let closed = on_paused_clock(run(closed, still_between(stall.0, stall.1)));
            let open = on_paused_clock(run(open, still_between(stall.0, stall.1)));

            assert_eq!(broken(&closed), broken(&open), "{closed}\n{open}");
            assert_eq!(broken(&closed), [is_broken, false], "{closed}");
        }
    }
}

/// On half of the connections it does not answer between these times; or never again from the first one on.
fn half_is_still(from: u64, to: Option<u64>) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    move |asked| {
        let at = asked.at.as_millis() as u64;
        match asked.connection.is_multiple_of(2) && (from..to.unwrap_or(u64::MAX)).contains(&at) {
            true => to.map_or(Does::Hangs, |to| Does::AnswersAt(MS(to))),
            false => Does::Answers(MS(15 + at % 10)),
        }
    }
}

/// Judges a service by users in stages and by rates in the same shape.
fn judged(
    (users, rates): (&str, &str),
    text: &str,
    service: impl Fn(Asked) -> Does + Clone + Send + 'static,
) -> [Vec<bool>; 2] {
    [Plan::stages(users), Plan::stages(rates).up_to(1_600)]
        .map(|plan| broken(&on_paused_clock(run(plan.threshold(text), service.clone()))))
}

/// Half of the visitors wait in vain in the last 4 s of the last five.
#[test]
fn users_who_wait_to_the_end_are_a_share_of_those_who_are_there() {
    for shape in [
        ("20 for 30s, 4 for 10s", "40/s for 30s, 8/s for 10s"),
        ("40 for 30s, 10 for 10s", "80/s for 30s, 20/s for 10s"),
    ] {
        let broken = judged(shape, "p80(5s) < 250ms, p50(5s) < 250ms", half_is_still(36_000, None));

        assert_eq!(broken, [[true, false], [true, false]], "{shape:?}");
    }
}

/// Most users leave during the stall, and their waits are not those of visitors who come afterwards.
#[test]
fn stall_counts_while_its_users_are_there() {
    let shape = ("20 for 10s, 2 for 60s", "40/s for 10s, 4/s for 60s");
    let broken = judged(shape, "p80 < 250ms, p95 < 250ms", half_is_still(9_500, Some(30_000)));

    assert_eq!(broken, [[false, true], [false, true]]);
}

#[test]
fn waits_in_vain_count_while_their_users_are_there() {
    let shape = ("40 for 10s, 10 for 10s", "80/s for 10s, 20/s for 10s");
    let broken = judged(shape, "p80 < 250ms, p95 < 250ms", half_is_still(9_000, None));

    assert_eq!(broken, [[false, true], [false, true]]);
}

#[test]
fn users_who_come_again_are_as_slow_as_they_are_while_there() {
    // Half of the connections are slow, always.
    let half = |asked: Asked| Does::Answers(MS(if asked.connection.is_multiple_of(2) { 800 } else { 20 }));
    for (text, code) in [("p60 < 200ms", ExitCode::Thresholds), ("p40 < 200ms", ExitCode::Ok)] {
        let plan = Plan::stages("10 for 10s, 0 for 60s, 10 for 10s").threshold(text);
        let report = on_paused_clock(run(plan, half));

        assert_eq!(report.exit_code(), code, "{report}");
    }
}

#[test]
fn ramp_up_counts_by_started_users() {
    let rates = "0..20/s in 20s, 20/s for 10s";
    // The first ten seconds are an eighth of the users' time, and the last six three tenths. If all fail it is a gap,
    // too, and these are weighted by time alone.
    for (from, to, text, expected) in [
        (0, 10_000, "p75 < 200ms", [false, true]),
        (0, 10_000, "p60 < 200ms", [false, false]),
        (0, 10_000, "p95 < 200ms", [true, true]),
        (24_000, 30_000, "p75 < 200ms", [true, true]),
        (24_000, 30_000, "p60 < 200ms", [false, false]),
    ] {
        for (fails, is_broken) in [false, true].into_iter().zip(expected) {
            let percent = text[1..3].parse::<u32>().unwrap();
            let text = if fails { format!("errors < {}%", 100 - percent) } else { text.to_owned() };
            let closed =
                Plan::users(20).ramp_up(SECS(20)).duration(SECS(10)).no_dead_target_check().threshold(&text);
            let open = Plan::stages(rates).up_to(200).no_dead_target_check().threshold(&text);

            let closed = on_paused_clock(run(closed, slow_between(from, to, fails)));
            let open = on_paused_clock(run(open, slow_between(from, to, fails)));

            assert_eq!(
                (broken(&closed), broken(&open)),
                (vec![is_broken], vec![is_broken]),
                "{text}\n{closed}\n{open}"
            );
        }
    }
}

#[test]
fn a_run_of_users_who_come_and_go_ends_with_its_stages() {
    for stages in ["0..4 in 1s, 4..0 in 1s", "3 for 1s, 0 for 1s", "5 for 500ms"] {
        let report = on_paused_clock(run(Plan::stages(stages), |_| Does::Answers(MS(7))));

        assert_eq!(report.ended, Ended::Duration, "{stages} {report}");
    }
}

/// Stages of users, and of rates in the same shape.
fn shapes(stages: &[(u32, u32, u32)]) -> (String, String) {
    let users = stages.iter().map(|(from, to, seconds)| format!("{from}..{to} in {seconds}s"));
    let rates = stages.iter().map(|(from, to, seconds)| format!("{}..{}/s in {seconds}s", from * 2, to * 2));
    (users.collect::<Vec<_>>().join(", "), rates.collect::<Vec<_>>().join(", "))
}

/// The share between these seconds of the load's time, and of the users' time.
fn shares(stages: &[(u32, u32, u32)], from: f64, to: f64) -> [f64; 2] {
    [share(stages, |_| 1.0, from, to), share(stages, |users| users, from, to)]
}

/// The share between these seconds of the total over time, weighted by the number of users.
fn share(stages: &[(u32, u32, u32)], of: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    let (mut at, mut all, mut part) = (0.0, 0.0, 0.0);
    for (first, last, seconds) in stages {
        for step in 0..seconds * 100 {
            let time = at + f64::from(step) / 100.0;
            let height = f64::from(*first)
                + (f64::from(*last) - f64::from(*first)) * f64::from(step) / f64::from(seconds * 100);
            all += of(height);
            part += if (from..to).contains(&time) && height > 0.0 { of(height) } else { 0.0 };
        }
        at += f64::from(*seconds);
    }
    part / all
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn closed_and_open_runs_of_one_shape_judge_slow_parts_alike(
        heights in prop::collection::vec(prop_oneof![Just(0u32), Just(10), Just(20), Just(30)], 3..6),
        seconds in prop::collection::vec(5u32..20, 5),
        from in 0.0f64..0.9,
        part in 0.05f64..0.5,
        fails in any::<bool>(),
        percent in prop::sample::select(vec![50u32, 75, 90, 95]),
    ) {
        let stages: Vec<_> = heights.windows(2).zip(&seconds).map(|(pair, seconds)| (pair[0], pair[1], *seconds)).collect();
        let length: f64 = stages.iter().map(|(_, _, seconds)| f64::from(*seconds)).sum();
        prop_assume!(heights.iter().filter(|height| **height > 0).count() >= 2);
        let (from, to) = (from * length, (from + part).min(1.0) * length);
        let ([of_time, of_users], (users, rates)) = (shares(&stages, from, to), shapes(&stages));
        // If all fail it is a gap, too.
        let shares = if fails { vec![of_users, of_time] } else { vec![of_users] };
        let service = || slow_between((from * 1e3) as u64, (to * 1e3) as u64, fails);
        let allowed = 1.0 - f64::from(percent) / 100.0;
        // Far enough from the border to exclude chance.
        prop_assume!(!shares.iter().any(|share| (0.5..2.0).contains(&(share / allowed)) || (share - allowed).abs() < 0.05));
        let is_broken = shares.iter().any(|share| *share > allowed);
        let text = if fails { format!("errors < {}%", 100 - percent) } else { format!("p{percent} < 200ms") };
        let mut timeouts = Timeouts::default();
        timeouts.head = SECS(5);
        let closed = Plan::stages(&users).timeouts(timeouts).no_dead_target_check().threshold(&text);
        let open = Plan::stages(&rates).up_to(200).timeouts(timeouts).no_dead_target_check().threshold(&text);

        let closed = on_paused_clock(run(closed, service()));
        let open = on_paused_clock(run(open, service()));

        prop_assert_eq!(broken(&closed), broken(&open), "{} {:?} {}\n{}\n{}", text, shares, users, closed, open);
        prop_assert_eq!(broken(&closed), vec![is_broken], "{} {:?} {}\n{}", text, shares, users, closed);
    }

    #[test]
    fn closed_and_open_runs_of_one_shape_judge_slow_windows_alike(
        heights in prop::collection::vec(prop_oneof![Just(10u32), Just(20), Just(30)], 3..5),
        seconds in prop::collection::vec(8u32..20, 5),
        from in 0.1f64..0.8,
        millis in 0u64..4_000,
        window in 2u64..6,
        fails in any::<bool>(),
        percent in prop::sample::select(vec![50u32, 75, 90]),
    ) {
        let stages: Vec<_> = heights.windows(2).zip(&seconds).map(|(pair, seconds)| (pair[0], pair[1], *seconds)).collect();
        let length: f64 = stages.iter().map(|(_, _, seconds)| f64::from(*seconds)).sum();
        let from = (from * length * 1e3) as u64;
        // A part that is shorter than its requests stops all users of a closed model at once, which is a gap.
        prop_assume!(millis == 0 || millis > 1_000);
        let share = (millis as f64 / 1e3 / window as f64).min(1.0);
        let allowed = 1.0 - f64::from(percent) / 100.0;
        prop_assume!(!((0.5..2.0).contains(&(share / allowed)) || (share - allowed).abs() < 0.2));
        let text = if fails { format!("errors({window}s) < {}%", 100 - percent) } else { format!("p{percent}({window}s) < 200ms") };
        let (users, rates) = shapes(&stages);
        let closed = Plan::stages(&users).no_dead_target_check().threshold(&text);
        let open = Plan::stages(&rates).up_to(200).no_dead_target_check().threshold(&text);

        let closed = on_paused_clock(run(closed, slow_between(from, from + millis, fails)));
        let open = on_paused_clock(run(open, slow_between(from, from + millis, fails)));

        prop_assert_eq!(broken(&closed), broken(&open), "{} {} {}\n{}\n{}", text, share, users, closed, open);
        prop_assert_eq!(broken(&closed), vec![share > allowed], "{} {} {}\n{}", text, share, users, closed);
    }
}
