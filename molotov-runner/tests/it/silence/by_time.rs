//! Services that are bad for a part of their users or of the time, under a closed model that sends them little.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use molotov_core::{Scenario, ScenarioBuilder, Session, Suite, Timeouts};
use molotov_runner::{ExitCode, OddityKind, Plan, Report, RunExt, SizingOutcome};
use proptest::prelude::*;

use super::service::{Asked, Does, Service, broken, cases, on_paused_clock, run, visiting};
use crate::support::{MS, SECS};

/// Responds after 20 ms; from this time on it never responds on connections for which `which` returns `true`.
fn hangs_on(which: fn(u64) -> bool, from: u64) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    move |asked| {
        if asked.at >= SECS(from) && which(asked.connection) { Does::Hangs } else { Does::Answers(MS(20)) }
    }
}

const HALF: fn(u64) -> bool = |connection| connection.is_multiple_of(2);
const NINE_OF_TEN: fn(u64) -> bool = |connection| !connection.is_multiple_of(10);

fn kinds(report: &Report) -> Vec<OddityKind> {
    report.oddities().iter().map(|oddity| oddity.kind).collect()
}

#[test]
fn users_who_get_no_answer_break_thresholds_by_their_time() {
    for (which, users) in [(HALF, 2), (HALF, 10), (NINE_OF_TEN, 10), (NINE_OF_TEN, 40)] {
        let plan = Plan::users(users)
            .duration(SECS(20))
            .grace(SECS(1))
            .threshold("p99 < 200ms, errors < 5%, p95 < 1m");
        let report = on_paused_clock(run(plan, hangs_on(which, 1)));

        assert_eq!(report.exit_code(), ExitCode::Thresholds, "{report}");
        assert_eq!(broken(&report), [true, true, false], "{report}");
        assert!(report.thresholds[0].time_share.is_some(), "{report}");
        assert_eq!(kinds(&report), [OddityKind::UsersStuck], "{report}");
    }
}

#[test]
fn rows_and_notes_say_in_how_much_of_the_time_a_threshold_was_not_kept() {
    let plan = Plan::users(10).duration(SECS(20)).grace(SECS(1)).threshold("p99 < 200ms, errors < 5%");
    let text = on_paused_clock(run(plan, hangs_on(NINE_OF_TEN, 1))).to_string();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");

    assert!(text.contains("p99 < 200ms 20.0 ms 1,450 FAIL: in 85.5"), "{text}");
    assert!(text.contains("Also: 9 of 10 users waited in vain from 1.0 s to the end"), "{text}");
    assert!(
        text.contains(
            "of visitors who come evenly in time would have waited longer than 200ms, and a p99 allows 1%"
        ),
        "{text}"
    );
    assert!(text.contains("in time would have had no good answer, and the limit is 5%"), "{text}");
}

#[test]
fn users_who_get_no_answer_are_odd_without_thresholds() {
    let plan = Plan::users(10).duration(SECS(20)).grace(SECS(1));
    let report = on_paused_clock(run(plan, hangs_on(NINE_OF_TEN, 1)));

    assert_eq!(
        (report.exit_code(), kinds(&report)),
        (ExitCode::Ok, vec![OddityKind::UsersStuck]),
        "{report}"
    );
    let odd = &report.oddities()[0];
    assert_eq!((odd.part, odd.whole), (9.0, 10.0));
    assert!(odd.to_string().starts_with("9 of 10 users waited in vain from 1.0"), "{odd}");
}

#[test]
fn one_user_of_ten_who_waits_is_odd_and_no_share() {
    for users in [10, 20] {
        let count = Arc::new(AtomicU64::new(0));
        let lost = move |_| match count.fetch_add(1, Ordering::Relaxed) {
            700 => Does::Hangs,
            _ => Does::Answers(MS(20)),
        };
        let plan = Plan::users(users).duration(SECS(20)).threshold("p99 < 100ms, errors < 1%");
        let report = on_paused_clock(run(plan, lost));

        assert_eq!(report.exit_code(), ExitCode::Ok, "{report}");
        assert_eq!(kinds(&report) == [OddityKind::UsersStuck], users == 10, "{report}");
    }
}

/// Quick for a while, and then each request takes a different time of 0.5 to 2 s.
fn slow_from(millis: u64) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(0));
    move |asked| {
        let n = count.fetch_add(1, Ordering::Relaxed);
        Does::Answers(if asked.at < MS(millis) { MS(1) } else { MS(500 + n * 377 % 1_500) })
    }
}

#[test]
fn slow_part_counts_by_its_time_and_not_by_its_few_samples() {
    for users in [1, 2, 10, 30] {
        let report = |text| {
            on_paused_clock(run(Plan::users(users).duration(SECS(10)).threshold(text), slow_from(1_500)))
        };

        let report_90 = report("p90 < 200ms");
        assert_eq!(report_90.exit_code(), ExitCode::Thresholds, "{report_90}");
        let report_10 = report("p10 < 200ms, p90 < 3s, errors < 1%");
        assert_eq!(report_10.exit_code(), ExitCode::Ok, "{report_10}");
    }
}

#[test]
fn part_that_fails_by_time_outs_counts_by_its_time() {
    for users in [1, 5, 20] {
        let service = |asked: Asked| {
            if (SECS(5)..SECS(10)).contains(&asked.at) { Does::Hangs } else { Does::Answers(MS(5)) }
        };
        let report = on_paused_clock(async {
            let service = Service::start(service);
            let mut timeouts = Timeouts::default();
            timeouts.head = MS(800);
            let text =
                "errors < 5%, failed_requests < 5%, p95 < 500ms, errors{scenario=visit} < 30%, p60 < 500ms";
            let plan = Plan::users(users)
                .duration(SECS(20))
                .timeouts(timeouts)
                .no_dead_target_check()
                .threshold(text);
            visiting().run(plan.host(service.url().as_str())).await.unwrap()
        });

        assert_eq!(broken(&report), [true, true, true, false, false], "{report}");
    }
}

/// One request in eight is never answered.
fn loses(every: u64) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(0));
    move |_| match count.fetch_add(1, Ordering::Relaxed) % every {
        3 => Does::Hangs,
        _ => Does::Answers(MS(20)),
    }
}

#[test]
fn arrivals_that_never_get_an_answer_are_not_good() {
    let text = "errors < 1%, failed_requests < 1%, errors{scenario=visit} < 20%, errors{route=\"GET /d\"} < 1%, \
                failed_iterations < 1%";
    let plan = Plan::rate("20/s").duration(SECS(10)).up_to(300).grace(SECS(2)).threshold(text);
    let report = on_paused_clock(run(plan, loses(8)));

    assert_eq!(broken(&report), [true, true, false, true, true], "{report}");
    assert_eq!((report.requests.failed, report.requests.cancelled), (0, 25), "{report}");
    let hint = report.thresholds[0].hint.as_deref().unwrap();
    assert_eq!(hint, "25 that were cut after a wait in vain for an answer count as not good");
    assert!(report.to_string().contains("25 of 200 arrivals had no answer"), "{report}");
}

#[test]
fn sizing_does_not_keep_users_whose_requests_hang() {
    for objectives in ["p99 < 200ms, errors < 5%", "errors < 5%"] {
        for plan in [Plan::sizing(objectives).ramp_up(SECS(30)), Plan::sizing(objectives).in_steps()] {
            let report = on_paused_clock(run(plan.up_to(20), hangs_on(HALF, 0)));

            let sizing = report.sizing.as_ref().unwrap();
            assert!(matches!(sizing.outcome, SizingOutcome::Broken { .. }), "{report}");
        }
    }
}

#[test]
fn sizing_keeps_users_of_whom_one_at_a_time_waits_for_a_slow_request() {
    for (objectives, every, long) in [("p95 < 200ms, errors < 5%", 150, 1_200), ("errors < 5%", 400, 1_500)] {
        let count = Arc::new(AtomicU64::new(0));
        let service = move |_| {
            let is_slow = count.fetch_add(1, Ordering::Relaxed) % every == every - 1;
            Does::Answers(MS(if is_slow { long } else { 20 }))
        };
        let report = on_paused_clock(run(Plan::sizing(objectives).ramp_up(SECS(10)).up_to(20), service));

        assert!(matches!(report.sizing.as_ref().unwrap().outcome, SizingOutcome::NoLimit), "{report}");
    }
}

#[test]
fn requests_that_are_slow_each_by_chance_count_as_often_as_they_are() {
    for users in [1, 2, 20] {
        let count = Arc::new(AtomicU64::new(0));
        let service = move |_| {
            let n = count.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            Does::Answers(if n.is_multiple_of(100) { SECS(1) } else { MS(10) })
        };
        let text = "p95 < 200ms, p98 < 200ms, errors < 1%";
        let report = on_paused_clock(run(Plan::users(users).duration(SECS(30)).threshold(text), service));
        assert!(report.thresholds.iter().all(|result| result.time_share.is_none()), "{report}");
        // A wait of a second by all of a few users is a gap.
        assert!(users < 20 || (report.exit_code(), kinds(&report)) == (ExitCode::Ok, vec![]), "{report}");
    }
}

#[test]
fn slow_beginning_is_allowed_for_as_much_of_the_time_as_the_percentile_leaves() {
    for (users, percent, code) in [
        (10, 90, ExitCode::Ok),
        (10, 99, ExitCode::Thresholds),
        (20, 90, ExitCode::Ok),
        (20, 99, ExitCode::Thresholds),
    ] {
        let count = Arc::new(AtomicU64::new(0));
        let service = move |asked: Asked| {
            let n = count.fetch_add(1, Ordering::Relaxed);
            Does::Answers(if asked.at < SECS(2) { MS(400 + n * 37 % 200) } else { MS(40) })
        };
        let plan = Plan::users(users).duration(SECS(40)).threshold(format!("p{percent} < 200ms"));
        let report = on_paused_clock(run(plan, service));
        assert_eq!(report.exit_code(), code, "{report}");
    }
}

/// Two routes in turn, of which the second takes this long, and a pause.
fn two_routes(pause: u64) -> Suite {
    let both = Scenario::builder("both", move |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            session.get("/quick").send().await?;
            session.get("/slow").send().await?;
            session.pause(MS(pause)).await
        })
    });
    Suite::new().scenario(both.needs::<&mut Session>())
}

#[test]
fn slow_route_beside_a_quick_one_and_pauses_count_as_often_as_they_are() {
    for (users, pause) in [(1, 0), (1, 500), (3, 2_000), (20, 0), (20, 700)] {
        let report = on_paused_clock(async {
            let service = Service::start(|asked: Asked| match asked.path.as_str() {
                "/slow" => Does::Answers(MS(900)),
                _ => Does::Answers(MS(10)),
            });
            let text =
                "p40 < 200ms, p95{route=\"GET /quick\"} < 200ms, p95{route=\"GET /slow\"} < 1s, errors < 1%";
            let plan = Plan::users(users).duration(SECS(60)).threshold(text);
            two_routes(pause).run(plan.host(service.url().as_str())).await.unwrap()
        });
        assert_eq!(broken(&report), [false; 4], "{users} {pause} {report}");
    }
}

/// For a part of each cycle it is slow, with a different time for each request; or it fails.
fn slow_parts(every: u64, part: u64, fails: bool) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(0));
    move |asked| {
        let n = count.fetch_add(1, Ordering::Relaxed);
        let slow = MS(300 + n * 377 % 500);
        match asked.at.as_millis() as u64 % every < every * part / 100 {
            true if fails => Does::Fails(slow),
            true => Does::Answers(slow),
            false => Does::Answers(MS(15 + n % 10)),
        }
    }
}

proptest! {
    #![proptest_config(cases(4))]

    #[test]
    fn closed_and_open_runs_judge_slow_parts_alike(
        every in 6_000u64..10_000,
        // A part that is shorter than its requests stops all users of a closed model at once, which is a gap.
        part in prop_oneof![Just(0u64), 10u64..70],
        users in prop_oneof![Just(8u32), Just(16)],
        fails in any::<bool>(),
    ) {
        let texts: Vec<_> = [50u64, 90, 95, 99]
            .into_iter()
            // Far enough from the border to exclude chance: three standard deviations of 32 slow samples or more.
            .filter(|percent| !(60..300).contains(&(part * 100 / (100 - percent))))
            .map(|percent| match fails {
                true => format!("errors < {}%", 100 - percent),
                false => format!("p{percent} < 200ms"),
            })
            .collect();
        prop_assume!(!texts.is_empty());
        for text in texts {
            let closed = Plan::users(users).duration(SECS(40)).threshold(&text);
            let open = Plan::rate("20/s").duration(SECS(60)).up_to(200).threshold(&text);

            let closed = on_paused_clock(run(closed, slow_parts(every, part, fails)));
            let open = on_paused_clock(run(open, slow_parts(every, part, fails)));

            prop_assert_eq!(broken(&closed), broken(&open), "{} {} {}\n{}\n{}", text, every, part, closed, open);
        }
    }

    #[test]
    fn closed_and_open_runs_judge_services_alike_that_are_dead_for_some(
        from in 1u64..10,
        share in 2u64..10,
        users in prop_oneof![Just(10u32), Just(20), Just(30)],
    ) {
        let service = move |asked: Asked| {
            if asked.at >= SECS(from) && asked.connection % 10 < share { Does::Hangs } else { Does::Answers(MS(20)) }
        };
        let text = "p99 < 200ms, errors < 5%";
        let closed = Plan::users(users).duration(SECS(20)).grace(SECS(1)).threshold(text);
        let open = Plan::rate("20/s").duration(SECS(20)).up_to(400).grace(SECS(1)).threshold(text);

        let closed = on_paused_clock(run(closed, service));
        let open = on_paused_clock(run(open, service));

        prop_assert_eq!((broken(&closed), broken(&open)), (vec![true; 2], vec![true; 2]), "{}\n{}", closed, open);
    }
}

#[test]
fn time_that_users_lose_on_late_failures_is_odd() {
    let late = |asked: Asked| match asked.at >= SECS(1) && NINE_OF_TEN(asked.connection) {
        true => Does::Fails(SECS(3)),
        false => Does::Answers(MS(20)),
    };
    let plan = Plan::users(10).duration(SECS(20)).threshold("errors < 50%, p50 < 200ms");
    let report = on_paused_clock(run(plan, late));

    assert_eq!(kinds(&report).first(), Some(&OddityKind::TimeLost), "{report}");
    assert!(report.oddities()[0].to_string().contains("of the users' time went by on requests"), "{report}");
}

#[test]
fn waits_to_the_end_break_thresholds_with_windows() {
    let plan =
        Plan::users(10).duration(SECS(10)).grace(SECS(1)).threshold("p95(1s) < 200ms, errors(1s) < 5%");
    let report = on_paused_clock(run(plan, hangs_on(NINE_OF_TEN, 1)));

    assert_eq!(broken(&report), [true, true], "{report}");
}

#[test]
fn iterations_that_the_end_finds_under_way_are_no_missed_rate() {
    let plan = Plan::rate("10/s").duration(SECS(8)).grace(MS(0));
    let report = on_paused_clock(run(plan, |_| Does::Answers(MS(900))));

    assert!(report.iterations.cancelled > 5, "{report}");
    assert_eq!(kinds(&report), [], "{report}");
}

/// The behaviour of a service that is bad for some of its users.
#[derive(Clone, Copy, Debug)]
enum Bad {
    Slow(u64),
    Late503(u64),
    /// It never responds, and the client times out after this number of milliseconds.
    TimesOut(u64),
}

/// Responds after about 20 ms; on this number of ten connections it is bad from this time on.
fn bad_for(share: u64, from: u64, bad: Bad) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(0));
    move |asked| {
        let n = count.fetch_add(1, Ordering::Relaxed);
        match bad {
            _ if asked.at < MS(from) || asked.connection % 10 >= share => Does::Answers(MS(15 + n % 10)),
            Bad::Slow(millis) => Does::Answers(MS(millis + n * 37 % (millis / 4))),
            Bad::Late503(millis) => Does::Fails(MS(millis + n * 37 % (millis / 4))),
            Bad::TimesOut(_) => Does::Hangs,
        }
    }
}

fn judged_with(plan: Plan, bad: Bad, share: u64, from: u64) -> Report {
    let mut timeouts = Timeouts::default();
    if let Bad::TimesOut(millis) = bad {
        timeouts.head = MS(millis);
    }
    // A time-out closes the connection: the next one is as bad.
    let plan = plan.timeouts(timeouts).no_dead_target_check();
    on_paused_clock(run(plan, bad_for(share, from, bad)))
}

#[test]
fn users_who_are_always_slow_count_by_their_time() {
    for users in [10, 40] {
        for (text, code) in [
            ("p95 < 200ms", ExitCode::Thresholds),
            ("p50 < 200ms", ExitCode::Thresholds),
            ("p95(2s) < 200ms", ExitCode::Thresholds),
            ("p5 < 200ms, p95 < 3s, errors < 1%", ExitCode::Ok),
        ] {
            let report =
                judged_with(Plan::users(users).duration(SECS(20)).threshold(text), Bad::Slow(2_000), 9, 0);

            assert_eq!(report.exit_code(), code, "{report}");
        }
    }
}

#[test]
fn half_of_the_users_who_are_slow_are_half_of_the_visitors() {
    for (text, code) in [("p90 < 500ms", ExitCode::Thresholds), ("p40 < 500ms", ExitCode::Ok)] {
        let report = judged_with(Plan::users(10).duration(SECS(20)).threshold(text), Bad::Slow(1_000), 5, 0);

        assert_eq!(report.exit_code(), code, "{report}");
    }
}

#[test]
fn users_who_get_late_failures_count_by_their_time() {
    for bad in [Bad::Late503(2_000), Bad::TimesOut(1_500)] {
        let report = judged_with(Plan::users(20).duration(SECS(20)).threshold("errors < 5%"), bad, 9, 1_000);

        // A time-out closes its connection, and the next one may be good.
        assert_eq!(report.exit_code(), ExitCode::Thresholds, "{bad:?} {report}");
    }
}

/// Users of a closed model that fail at once send their next request at once, so that their share of failures exceeds
/// their share of time. The observed share counts: it is never less than in an open run.
#[test]
fn quick_failures_count_as_often_as_they_happen() {
    let fails_for_a_while = |asked: Asked| match asked.at.as_millis() as u64 % 10_000 {
        at if at < 2_000 => Does::Fails(MS(5)),
        _ => Does::Answers(MS(50)),
    };
    for (text, expected) in
        [("errors < 10%", [true, true]), ("errors < 50%", [true, false]), ("errors < 80%", [false, false])]
    {
        let closed = Plan::users(10).duration(SECS(30)).no_dead_target_check().threshold(text);
        let open = Plan::rate("20/s").duration(SECS(30)).up_to(100).no_dead_target_check().threshold(text);

        let closed = on_paused_clock(run(closed, fails_for_a_while));
        let open = on_paused_clock(run(open, fails_for_a_while));

        let expected = expected.map(|is_broken| vec![is_broken]);
        assert_eq!([broken(&closed), broken(&open)], expected, "{closed}\n{open}");
    }
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn closed_and_open_runs_judge_services_alike_that_are_bad_for_some(
        share in 0u64..10,
        from in prop_oneof![Just(0u64), 1_000u64..12_000],
        users in prop_oneof![Just(10u32), Just(20), Just(40)],
        bad in prop_oneof![(400u64..3_000).prop_map(Bad::Slow), (300u64..3_000).prop_map(Bad::Late503)],
    ) {
        for percent in [50u64, 90, 95, 99] {
            // Far enough from the border to exclude chance.
            let bad_share = share * (30_000 - from) / 3_000;
            if (60..250).contains(&(bad_share * 100 / (100 - percent))) {
                continue;
            }
            let text = match bad {
                Bad::Slow(_) => format!("p{percent} < 200ms"),
                _ => format!("errors < {}%", 100 - percent),
            };
            let closed = judged_with(Plan::users(users).duration(SECS(30)).threshold(&text), bad, share, from);
            let open = Plan::rate("20/s").duration(SECS(30)).up_to(400).threshold(&text);
            let open = judged_with(open, bad, share, from);

            prop_assert_eq!(broken(&closed), broken(&open), "{} {} {:?}\n{}\n{}", text, users, bad, closed, open);
        }
    }

    /// Each request is slow or fails independently, for any user.
    #[test]
    fn slowness_and_failures_by_chance_keep_thresholds_that_allow_them(
        permille in 1u64..30,
        millis in 200u64..3_000,
        users in prop_oneof![1u32..6, Just(10u32), Just(40)],
        fails in any::<bool>(),
        salt in any::<u64>(),
    ) {
        let count = Arc::new(AtomicU64::new(0));
        let service = move |_| {
            let n = count.fetch_add(1, Ordering::Relaxed).wrapping_add(salt).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let n = (n ^ n >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 40;
            match n % 1_000 < permille {
                true if fails => Does::Fails(MS(millis)),
                true => Does::Answers(MS(millis)),
                false => Does::Answers(MS(10 + n % 20)),
            }
        };
        let text = if fails {
            "errors < 5%, failed_requests < 4%, errors(2s) < 5%, failed_requests(5s) < 5%"
        } else {
            "p95 < 100ms, p96 < 150ms, p95(1s) < 100ms, p96(5s) < 150ms"
        };
        let report = on_paused_clock(run(Plan::users(users).duration(SECS(30)).threshold(text), service));

        prop_assert!(report.thresholds.iter().all(|result| result.time_share.is_none()), "{report}");
    }
}

#[test]
fn sizing_does_not_keep_users_of_whom_some_are_always_slow() {
    for (bad, objectives) in [
        (Bad::Slow(400), "p95 < 200ms, errors < 5%"),
        (Bad::Slow(1_200), "p90 < 200ms"),
        (Bad::Late503(800), "errors < 10%"),
    ] {
        for plan in [Plan::sizing(objectives).ramp_up(SECS(30)), Plan::sizing(objectives).in_steps()] {
            let report = judged_with(plan.up_to(20), bad, 5, 0);

            let sizing = report.sizing.as_ref().unwrap();
            // Late failures may leave too few samples for a result.
            assert!(!matches!(sizing.outcome, SizingOutcome::NoLimit), "{report}");
        }
    }
}

#[test]
fn sizing_keeps_users_who_are_slow_each_by_chance() {
    for in_steps in [false, true] {
        let count = Arc::new(AtomicU64::new(0));
        let service = move |_| {
            let nth = count.fetch_add(1, Ordering::Relaxed);
            let n = nth.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            // With one or two users each slow request would be a gap.
            Does::Answers(MS(if nth > 3_000 && n.is_multiple_of(60) { 700 } else { 15 + n % 9 }))
        };
        let plan = Plan::sizing("p95 < 200ms, errors < 1%").up_to(40);
        let plan = if in_steps { plan.in_steps() } else { plan.ramp_up(SECS(60)) };
        let report = on_paused_clock(run(plan, service));

        assert!(matches!(report.sizing.as_ref().unwrap().outcome, SizingOutcome::NoLimit), "{report}");
    }
}

/// Slow for the users of half of the connections in the second half of each of these cycles.
fn half_in_half(cycle: u64, slow: u64) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(0));
    move |asked| {
        let n = count.fetch_add(1, Ordering::Relaxed);
        let is_slow = HALF(asked.connection) && asked.at.as_millis() as u64 % cycle >= cycle / 2;
        Does::Answers(MS(if is_slow { slow + n * 37 % (slow / 4) } else { 15 + n % 10 }))
    }
}

#[test]
fn half_of_the_users_in_half_of_the_time_are_a_quarter_of_the_visitors() {
    for (cycle, slow, percents) in
        [(8_000, 2_000, [95, 95]), (8_000, 500, [90, 85]), (20_000, 2_000, [90, 90])]
    {
        for users in [10, 40] {
            let [small, large] = percents;
            let broken_one = if users == 10 { small } else { large };
            let text = format!("p{broken_one} < 200ms, p60 < 200ms");
            let report = on_paused_clock(run(
                Plan::users(users).duration(SECS(40)).threshold(&text),
                half_in_half(cycle, slow),
            ));

            assert_eq!(broken(&report), [true, false], "{cycle} {slow} {report}");
        }
    }
}

/// Many requests of a quick route and then some of a slow one, in each iteration.
fn phases(quick: u32, slow: u32) -> ScenarioBuilder {
    Scenario::builder("phases", move |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            for _ in 0..quick {
                session.get("/quick").send().await?;
            }
            for _ in 0..slow {
                session.get("/slow").send().await?;
            }
            Ok(())
        })
    })
    .needs::<&mut Session>()
}

fn by_route(slow: u64) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    move |asked| match asked.path.as_str() {
        "/slow" => Does::Answers(MS(slow)),
        _ => Does::Answers(MS(10 + asked.at.as_millis() as u64 % 10)),
    }
}

#[test]
fn phases_of_a_scenario_that_are_slow_by_design_count_as_often_as_they_are() {
    for users in [3, 10, 40] {
        for ramp_up in [0, 5] {
            let report = on_paused_clock(async {
                let service = Service::start(by_route(300));
                let plan =
                    Plan::users(users).duration(SECS(40)).ramp_up(SECS(ramp_up)).threshold("p70 < 200ms");
                let suite = Suite::new().scenario(phases(60, 20));
                suite.run(plan.host(service.url().as_str())).await.unwrap()
            });

            assert_eq!(broken(&report), [false], "{users} {ramp_up} {report}");
        }
    }
}

/// Twenty requests of one route in each iteration.
fn twenty(name: &'static str, path: &'static str, weight: u32) -> ScenarioBuilder {
    Scenario::builder(name, move |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            for _ in 0..20 {
                session.get(path).send().await?;
            }
            Ok(())
        })
    })
    .needs::<&mut Session>()
    .weight(weight)
}

#[test]
fn slow_scenario_by_design_counts_by_its_frequency() {
    for users in [10, 40] {
        let report = on_paused_clock(async {
            let service = Service::start(by_route(300));
            let plan = Plan::users(users).duration(SECS(40)).ramp_up(SECS(5)).threshold("p85 < 200ms");
            let suite = Suite::new();
            let suite = suite.scenario(twenty("quick", "/quick", 9)).scenario(twenty("slow", "/slow", 1));
            suite.run(plan.host(service.url().as_str())).await.unwrap()
        });

        assert_eq!(broken(&report), [false], "{users} {report}");
    }
}

#[test]
fn users_who_make_the_same_number_of_iterations_are_judged_by_the_samples() {
    let plan = Plan::users(10).max_runs(20).ramp_up(SECS(2)).threshold("p40 < 200ms, p60 < 200ms");
    let report = judged_with(plan, Bad::Slow(1_000), 5, 0);

    assert_eq!(broken(&report), [false, true], "{report}");
}

#[test]
fn sizing_keeps_suites_with_a_request_that_is_slow_by_design() {
    for (quick, slow) in [(60, 1), (60, 6)] {
        for in_steps in [false, true] {
            let report = on_paused_clock(async {
                let service = Service::start(by_route(400));
                let plan = Plan::sizing("p75 < 200ms, errors < 5%").up_to(20);
                let plan = if in_steps { plan.in_steps() } else { plan.ramp_up(SECS(40)) };
                let suite = Suite::new().scenario(phases(quick, slow));
                suite.run(plan.host(service.url().as_str())).await.unwrap()
            });

            let outcome = &report.sizing.as_ref().unwrap().outcome;
            assert!(matches!(outcome, SizingOutcome::NoLimit), "{quick} {slow} {in_steps} {report}");
        }
    }
}
