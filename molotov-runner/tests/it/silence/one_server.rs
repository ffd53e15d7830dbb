//! Stalls of a part of a service, in which each user waits once: together they are not chance.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use molotov_core::Timeouts;
use molotov_runner::{ExitCode, Plan};
use proptest::prelude::*;

use super::service::{Asked, Does, broken, cases, chance, on_paused_clock, run};
use crate::support::{MS, SECS};

/// The end of a request in a stall.
#[derive(Clone, Copy, Debug)]
enum End {
    Answer,
    Failure,
}

/// Several servers with bound connections. The first stands still at the end of each cycle, and the requests meanwhile
/// end together.
fn stalling(
    servers: u64,
    (every, long): (u64, u64),
    end: End,
) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(0));
    move |asked| {
        let n = count.fetch_add(1, Ordering::Relaxed);
        let at = asked.at.as_millis() as u64;
        let rest = every - at % every;
        match (asked.connection.is_multiple_of(servers) && rest <= long, end) {
            (true, End::Answer) => Does::AnswersAt(MS(at + rest)),
            (true, End::Failure) => Does::Fails(MS(rest)),
            _ => Does::Answers(MS(15 + n * 7 % 11)),
        }
    }
}

#[test]
fn stall_of_one_server_counts_for_its_share_of_the_visitors() {
    for (servers, users) in [(2, 10), (2, 40), (3, 30)] {
        for end in [End::Answer, End::Failure] {
            // A quarter of the time.
            let share = 100 / 4 / servers;
            for (most, is_broken) in [(share / 2, true), (share * 2, false)] {
                let text = match end {
                    End::Answer => format!("p{} < 200ms", 100 - most),
                    End::Failure => format!("errors < {most}%"),
                };
                let closed = Plan::users(users).duration(SECS(60)).threshold(&text);
                let open = Plan::rate("20/s").duration(SECS(60)).up_to(300).threshold(&text);

                let closed = on_paused_clock(run(closed, stalling(servers, (20_000, 5_000), end)));
                let open = on_paused_clock(run(open, stalling(servers, (20_000, 5_000), end)));

                assert_eq!(
                    (broken(&closed), broken(&open)),
                    (vec![is_broken], vec![is_broken]),
                    "{closed}\n{open}"
                );
            }
        }
    }
}

/// Of half a minute it is a twentieth, and three tenths of its worst five seconds.
#[test]
fn stall_of_one_server_fills_a_window() {
    for (end, text) in [
        (End::Answer, "p92 < 200ms, p95(5s) < 200ms, p60(5s) < 200ms, p95(5s) < 200ms after 22s"),
        (End::Failure, "errors < 8%, errors(5s) < 5%, failed_requests(5s) < 40%, errors(5s) < 5% after 22s"),
    ] {
        for users in [16, 48] {
            let closed = Plan::users(users).duration(SECS(30)).threshold(text);
            let open = Plan::rate("20/s").duration(SECS(30)).up_to(300).threshold(text);

            let closed = on_paused_clock(run(closed, stalling(2, (20_000, 3_000), end)));
            let open = on_paused_clock(run(open, stalling(2, (20_000, 3_000), end)));

            let expected = vec![false, true, false, false];
            assert_eq!((broken(&closed), broken(&open)), (expected.clone(), expected), "{closed}\n{open}");
        }
    }
}

#[test]
fn stalls_of_a_third_of_a_second_are_seen() {
    for users in [10, 40] {
        let pausing = || stalling(2, (700, 350), End::Answer);
        let plan = |plan: Plan| plan.duration(SECS(30)).threshold("p95 < 100ms, p60 < 100ms");

        let closed = on_paused_clock(run(plan(Plan::users(users)), pausing()));
        let open = on_paused_clock(run(plan(Plan::rate("40/s").up_to(300)), pausing()));

        assert_eq!(
            (broken(&closed), broken(&open)),
            (vec![true, false], vec![true, false]),
            "{closed}\n{open}"
        );
    }
}

/// Six users wait in each stall, which is too few to exclude chance in one window alone.
#[test]
fn stalls_significant_in_the_whole_run_fill_their_windows() {
    for text in ["p85 < 200ms, p90(3s) < 200ms", "p85 < 200ms, p90(5s) < 200ms"] {
        let plan = Plan::users(12).duration(SECS(60)).threshold(text);
        let report = on_paused_clock(run(plan, stalling(2, (8_236, 1_700), End::Answer)));

        assert_eq!(broken(&report), [false, true], "{report}");
    }
}

#[test]
fn rows_and_notes_say_in_how_much_of_a_window_a_threshold_was_not_kept() {
    let plan = Plan::users(20).duration(SECS(30)).threshold("p95(5s) < 200ms");
    let text = on_paused_clock(run(plan, stalling(2, (20_000, 3_000), End::Answer))).to_string();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");

    // 2.8 of 5 s, for half of the visitors.
    assert!(text.contains("FAIL: in 27."), "{text}");
    assert!(text.contains("% of a window"), "{text}");
    assert!(text.contains("in a window of 5s: 27."), "{text}");
}

#[test]
fn stall_of_users_who_think_is_no_chance_either() {
    let plan = Plan::users(40).delay(MS(400)).duration(SECS(60)).threshold("p95 < 200ms, p70 < 200ms");
    let report = on_paused_clock(run(plan, stalling(2, (20_000, 5_000), End::Answer)));

    assert_eq!(broken(&report), [true, false], "{report}");
}

#[test]
fn stall_before_the_begin_of_a_threshold_is_ignored() {
    for (text, is_broken) in [("p95 < 200ms", true), ("p95 < 200ms after 20s", false)] {
        let plan = Plan::users(20).duration(SECS(40)).threshold(text);
        let once = |asked: Asked| match asked.connection.is_multiple_of(2)
            && asked.at > SECS(4)
            && asked.at < SECS(14)
        {
            true => Does::AnswersAt(SECS(14)),
            false => Does::Answers(MS(20)),
        };
        let report = on_paused_clock(run(plan, once));

        assert_eq!(broken(&report), [is_broken], "{report}");
    }
}

/// Those that end when no request starts any more are as many as by chance, too.
#[test]
fn requests_that_are_late_by_chance_at_the_end_are_no_stall() {
    for salt in 0..4 {
        let plan = Plan::users(40).duration(SECS(20)).threshold("p96 < 150ms, p95 < 300ms");
        let report = on_paused_clock(run(plan, by_chance(Chance::Bimodal(16, 2_400), salt)));

        assert_eq!(broken(&report), [false; 2], "{report}");
    }
}

/// For a hundredth of the time all requests are slow, each by a different time: visitors meanwhile get a quick
/// response.
#[test]
fn slow_requests_that_begin_together_and_end_one_by_one_are_no_stall() {
    for users in [8, 40] {
        let count = Arc::new(AtomicU64::new(0));
        let slow = move |asked: Asked| {
            let n = count.fetch_add(1, Ordering::Relaxed);
            let is_slow = asked.at.as_millis() % 6_000 < 60;
            Does::Answers(MS(if is_slow { 300 + n * 377 % 500 } else { 15 + n % 10 }))
        };
        let plan = Plan::users(users).duration(SECS(40)).threshold("p95 < 200ms");
        let report = on_paused_clock(run(plan, slow));

        assert_eq!(broken(&report), [false], "{report}");
    }
}

/// Each third connection fails its first request after a second, and is closed.
fn bad_connections() -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let asked_before = Arc::new(AtomicU64::new(0));
    move |asked| {
        let is_first = asked_before.fetch_max(asked.connection + 1, Ordering::Relaxed) <= asked.connection;
        if is_first && asked.connection % 3 == 1 { Does::Fails(SECS(1)) } else { Does::Answers(MS(20)) }
    }
}

/// A user with a good connection keeps it: the failures depend on the number of users in both models, and all iterations
/// are affected if each is a newcomer.
#[test]
fn bad_connections_are_met_by_newcomers_in_both_models() {
    for (fresh, failed) in [(false, Some(4)), (true, None)] {
        let plan = |plan: Plan| {
            let plan = plan.duration(SECS(60)).threshold("errors < 10%");
            if fresh { plan.fresh_session() } else { plan }
        };
        let closed = on_paused_clock(run(plan(Plan::users(12)), bad_connections()));
        let open = on_paused_clock(run(plan(Plan::rate("10/s").up_to(12)), bad_connections()));

        assert_eq!((broken(&closed), broken(&open)), (vec![fresh], vec![fresh]), "{closed}\n{open}");
        if let Some(failed) = failed {
            assert_eq!(
                (closed.iterations.failed, open.iterations.failed),
                (failed, failed),
                "{closed}\n{open}"
            );
        }
    }
}

/// From 0 to 1, without 1.
fn part(n: u64) -> f64 {
    (chance(n) >> 11) as f64 / (1u64 << 53) as f64
}

/// The durations of requests that are late independently.
#[derive(Clone, Copy, Debug)]
enum Chance {
    /// This number of a thousand takes this number of milliseconds.
    Bimodal(u64, u64),
    Exponential(u64),
    /// More and more of them, up to this number of a thousand, take a second.
    Growing(u64),
    /// This number of a thousand in one half of each ten seconds, and a tenth of that in the other half.
    Unsteady(u64),
}

fn by_chance(kind: Chance, salt: u64) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(salt << 32));
    move |asked| {
        let (n, seconds) = (part(count.fetch_add(1, Ordering::Relaxed)), asked.at.as_secs_f64());
        let slow =
            |permille: f64, millis| MS(if n * 1e3 < permille { millis } else { 15 + (n * 1e6) as u64 % 10 });
        Does::Answers(match kind {
            Chance::Bimodal(permille, millis) => slow(permille as f64, millis),
            Chance::Exponential(mean) => MS((-(1.0 - n).ln() * mean as f64) as u64 + 1),
            Chance::Growing(permille) => slow(permille as f64 * seconds / 60.0, 1_000),
            Chance::Unsteady(permille) => {
                slow(permille as f64 * if seconds % 10.0 < 5.0 { 1.0 } else { 0.1 }, 1_000)
            }
        })
    }
}

fn chances() -> impl Strategy<Value = Chance> {
    prop_oneof![
        (1u64..200, 300u64..3_000).prop_map(|(permille, millis)| Chance::Bimodal(permille, millis)),
        (10u64..90).prop_map(Chance::Exponential),
        (5u64..60).prop_map(Chance::Growing),
        (5u64..60).prop_map(Chance::Unsteady),
    ]
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn closed_and_open_runs_judge_stalls_of_one_server_alike(
        servers in 2u64..4,
        every in 6_000u64..15_000,
        part in 8u64..45,
        users in prop_oneof![Just(12u32), Just(24), Just(48)],
        fails in any::<bool>(),
        percent in prop::sample::select(vec![75u32, 90, 95, 99]),
        window in prop_oneof![Just(None), Just(Some(3_000u64)), Just(Some(5_000))],
    ) {
        let long = every * part / 100;
        let late = (long as f64 - if fails { 0.0 } else { 200.0 }) / servers as f64;
        // In no window two of them end, and a p99 has too few samples.
        let share = window.map_or(late / every as f64, |window| late / late.max(window as f64));
        prop_assume!(window.is_none() || percent < 99);
        let of = window.map(|window| format!("({window}ms)")).unwrap_or_default();
        let allowed = 1.0 - f64::from(percent) / 100.0;
        // Far enough from the border to exclude chance.
        prop_assume!(!((0.5..2.0).contains(&(share / allowed)) || (share - allowed).abs() < 0.04));
        let text = if fails { format!("errors{of} < {}%", 100 - percent) } else { format!("p{percent}{of} < 200ms") };
        let mut timeouts = Timeouts::default();
        timeouts.head = SECS(20);
        let end = if fails { End::Failure } else { End::Answer };
        let closed = Plan::users(users).duration(SECS(60)).timeouts(timeouts).threshold(&text);
        let open = Plan::rate("20/s").duration(SECS(60)).up_to(400).timeouts(timeouts).threshold(&text);

        let closed = on_paused_clock(run(closed, stalling(servers, (every, long), end)));
        let open = on_paused_clock(run(open, stalling(servers, (every, long), end)));

        prop_assert_eq!(broken(&closed), broken(&open), "{} {} {} {}\n{}\n{}", text, share, every, long, closed, open);
        prop_assert_eq!(broken(&closed), vec![share > allowed], "{} {}\n{}", text, share, closed);
    }

    /// Also, all users send at once at the start.
    #[test]
    fn requests_that_are_late_each_by_itself_are_no_stall(
        kind in chances(),
        users in prop_oneof![2u32..6, Just(10u32), Just(40)],
        ramp_up in prop_oneof![Just(0u64), Just(10)],
        think in prop_oneof![Just(0u64), Just(50), Just(500)],
        salt in 0u64..1 << 20,
    ) {
        let plan = Plan::users(users).ramp_up(SECS(ramp_up)).delay(MS(think)).duration(SECS(60 - ramp_up));
        let text = "p70 < 200ms, p70(1s) < 200ms, p70(5s) < 200ms, p75(20s) < 200ms";
        let report = on_paused_clock(run(plan.threshold(text), by_chance(kind, salt)));

        prop_assert!(report.thresholds.iter().all(|result| result.time_share.is_none()), "{report}");
    }
}

/// Forty users meet the first of many slow requests nearly at once.
#[test]
fn share_of_slow_requests_that_changes_at_once_is_no_stall() {
    for (permille, salt) in [(53, 384_635), (54, 512_847)] {
        let plan = Plan::users(40).duration(SECS(60)).threshold("p70(1s) < 200ms, p70(5s) < 200ms");
        let report = on_paused_clock(run(plan, by_chance(Chance::Unsteady(permille), salt)));

        assert_eq!(broken(&report), [false, false], "{report}");
    }
}

#[test]
fn pauses_that_are_shorter_than_the_limit_and_queues_are_no_stall() {
    // The whole service pauses for 150 ms of each second; or two requests are served at a time, each for 20 ms.
    let pauses = |asked: Asked| match asked.at.as_millis() as u64 % 1_000 {
        late @ 850.. => Does::Answers(MS(1_020 - late)),
        _ => Does::Answers(MS(20)),
    };
    let free = Arc::new([const { AtomicU64::new(0) }; 2]);
    let queue = move |asked: Asked| {
        let at = asked.at.as_millis() as u64;
        let first = free.iter().min_by_key(|free| free.load(Ordering::Relaxed)).unwrap();
        let end = first.load(Ordering::Relaxed).max(at) + 20;
        first.store(end, Ordering::Relaxed);
        Does::Answers(MS(end - at))
    };
    let plan = |users| Plan::users(users).duration(SECS(30)).threshold("p98 < 200ms, errors < 1%");

    let report = on_paused_clock(run(plan(20), pauses));
    assert_eq!(report.exit_code(), ExitCode::Ok, "{report}");
    let report = on_paused_clock(run(plan(15), queue));
    assert_eq!(report.exit_code(), ExitCode::Ok, "{report}");
}
