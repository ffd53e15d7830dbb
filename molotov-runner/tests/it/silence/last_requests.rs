//! Requests that are cancelled at the end of a run: those that prove the service dead, and those that are only slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use molotov_core::{Scenario, Session, Suite};
use molotov_runner::{Conclusion, Ended, ExitCode, Plan, Report, RunExt};
use tokio::time::timeout;

use super::service::{Asked, Does, Service, dies_at, on_paused_clock, run, visiting};
use crate::support::{MS, SECS};

/// A service that takes 20 ms, but 3 s for this one.
fn slow_once(which: u64) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(0));
    move |_| Does::Answers(if count.fetch_add(1, Ordering::Relaxed) + 1 == which { SECS(3) } else { MS(20) })
}

#[track_caller]
fn is_only_cut(report: &Report) {
    assert_eq!((report.exit_code(), report.requests.cancelled), (ExitCode::Ok, 1), "{report}");
    assert_eq!(report.requests.failed, 0, "{report}");
}

#[test]
fn one_slow_request_at_the_end_is_only_cut() {
    let rate = || Plan::rate("40/s").duration(SECS(5));
    let plans = [
        (rate().grace(SECS(1)), 200),
        (rate().poisson().grace(MS(900)), 190),
        (Plan::stages("20/s for 2s, 60/s for 1s").grace(SECS(1)), 100),
        (Plan::users(5).max_runs(10).duration(MS(1_500)).grace(MS(500)), 50),
        (Plan::users(2).duration(SECS(2)).pacing(SECS(1)).grace(MS(700)), 4),
        (Plan::users(5).duration(SECS(20)).delay(SECS(9)).grace(SECS(1)), 10),
    ];
    for (plan, which) in plans {
        let report = on_paused_clock(run(plan, slow_once(which)));
        // In a Poisson process the last arrival is unknown.
        if report.requests.cancelled == 1 {
            is_only_cut(&report);
        }
    }
}

#[test]
fn one_slow_request_that_is_cut_late_is_a_silence_where_it_is_a_fifth_of_the_run() {
    let report = on_paused_clock(run(Plan::rate("40/s").duration(SECS(5)).grace(SECS(1)), slow_once(200)));

    is_only_cut(&report);
    assert_eq!(report.gaps.longest[0].waiting, 1);
    assert_eq!(report.conclusion(), Conclusion::Counted, "{report}");

    let plan = Plan::rate("40/s").duration(SECS(2)).grace(SECS(1));
    let report = on_paused_clock(run(plan, slow_once(80)));

    assert_eq!(report.conclusion(), Conclusion::Warning, "{report}");
    assert_eq!(report.oddities()[0].kind.as_str(), "went_silent");
}

#[test]
fn the_only_user_or_two_that_wait_say_that_it_is_dead() {
    let one = Plan::users(1).duration(SECS(4)).grace(MS(700));
    let open = Plan::rate("40/s").duration(SECS(5)).up_to(1).grace(SECS(1));
    let two = Plan::users(2).duration(SECS(4)).grace(MS(700));

    for plan in [one, open, two] {
        let report = on_paused_clock(run(plan, dies_at(MS(3_700))));
        assert_eq!(report.exit_code(), ExitCode::DeadTarget, "{report}");
    }
}

#[test]
fn one_request_is_dead_when_it_has_waited_for_the_window() {
    let plan = |grace| Plan::users(3).max_runs(10).duration(SECS(2)).ramp_up(MS(90)).grace(grace);
    let hangs = || {
        let count = Arc::new(AtomicU64::new(0));
        move |_| if count.fetch_add(1, Ordering::Relaxed) == 29 { Does::Hangs } else { Does::Answers(MS(20)) }
    };

    is_only_cut(&on_paused_clock(run(plan(SECS(2)), hangs())));
    let report = on_paused_clock(run(plan(SECS(9)), hangs()));
    assert_eq!(report.exit_code(), ExitCode::DeadTarget, "{report}");
}

#[test]
fn pause_at_the_end_is_dead_from_a_tenth_of_the_load_or_a_second_on() {
    for (load, dies, grace, is_dead) in [
        (10_000, 9_700, 200, false),
        (3_000, 2_850, 100, false),
        (3_000, 2_650, 100, true),
        (60_000, 59_500, 300, false),
        (60_000, 59_300, 500, true),
    ] {
        let plan = Plan::users(10).duration(MS(load)).grace(MS(grace));
        let report = on_paused_clock(run(plan, dies_at(MS(dies))));
        assert_eq!(report.exit_code() == ExitCode::DeadTarget, is_dead, "{load} {dies}: {report}");
    }
}

/// Responses in the warm-up are in no latency, but count as responses.
#[test]
fn a_service_that_dies_in_the_warm_up_is_dead() {
    for (users, dies) in [(1, 1), (1, 500), (3, 900)] {
        let plan = Plan::users(users).duration(SECS(4)).warm_up(SECS(1)).grace(MS(200));
        let report = on_paused_clock(run(plan, dies_at(MS(dies))));
        assert_eq!(report.exit_code(), ExitCode::DeadTarget, "{report}");
    }
}

/// Sends to a quick route, and then to one that takes 3 s.
fn both() -> Suite {
    let both = Scenario::builder("both", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            session.get("/a").send().await?;
            session.get("/b").send().await.map(drop)
        })
    });
    Suite::new().scenario(both.needs::<&mut Session>())
}

/// Two scenarios: one is quick, and the other sends a request that is never answered, but gives up after this time.
fn apart(patience: Duration) -> Suite {
    let quick = Scenario::builder("quick", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move { session.get("/a").send().await.map(drop) })
    });
    let slow = Scenario::builder("slow", move |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            let _ = timeout(patience, session.get("/b").send()).await;
            Ok(())
        })
    });
    Suite::new().scenario(quick.needs::<&mut Session>()).scenario(slow.needs::<&mut Session>())
}

fn slow_route(suite: Suite, plan: Plan, slow: Duration) -> Report {
    on_paused_clock(async move {
        let service = Service::start(move |asked| match asked.path.as_str() {
            "/b" => Does::Answers(slow),
            _ => Does::Answers(MS(10)),
        });
        suite.run(plan.host(service.url().as_str())).await.unwrap()
    })
}

#[test]
fn a_route_that_was_never_answered_is_not_dead_before_the_window_is_full() {
    for users in [1, 3, 10] {
        let cut = |grace| slow_route(both(), Plan::users(users).duration(SECS(1)).grace(grace), SECS(3));
        // No iteration has ended, which is the same as none at all.
        assert_eq!(cut(MS(0)).exit_code(), ExitCode::Failures);
        assert_eq!(cut(MS(900)).exit_code(), ExitCode::Failures);
        assert_eq!(cut(MS(3_500)).exit_code(), ExitCode::Ok);
        let full = slow_route(both(), Plan::users(users).duration(SECS(1)).grace(SECS(6)), SECS(30));
        assert_eq!(full.exit_code(), ExitCode::DeadTarget, "{full}");
    }
}

#[test]
fn a_slow_route_beside_a_quick_one_is_not_dead_where_iterations_end() {
    for (users, patience, slow) in [(2, 30_000, 3_000), (4, 30_000, 4_000), (6, 700, 3_000)] {
        let plan = Plan::users(users).duration(SECS(2)).grace(MS(0)).seed(7);
        let report = slow_route(apart(MS(patience)), plan, MS(slow));
        assert_eq!(report.ended, Ended::Duration, "{report}");
    }
}

#[test]
fn a_route_that_was_never_answered_keeps_no_threshold_of_latency() {
    for (threshold, code) in [
        ("p99 < 500ms", ExitCode::Thresholds),
        ("max{route=\"GET /b\"} < 500ms", ExitCode::Thresholds),
        ("p50{route=\"GET /b\"} < 900ms", ExitCode::Thresholds),
    ] {
        let plan = Plan::users(1).duration(SECS(1)).grace(MS(0)).threshold(threshold);
        let report = slow_route(both(), plan, SECS(3));
        assert_eq!(report.exit_code(), code, "{report}");
    }
}

#[test]
fn outcome_of_requests_since_the_last_response_is_reported() {
    let ended = |report: &Report| report.ended.to_string();
    let refused = on_paused_clock(async {
        let service = Service::refusing_from(MS(1_500), MS(20));
        visiting().run(Plan::users(10).duration(SECS(3)).host(service.url().as_str())).await.unwrap()
    });
    let waited = on_paused_clock(run(Plan::users(10).duration(SECS(3)).grace(SECS(1)), dies_at(SECS(2))));
    let mixed = on_paused_clock(run(Plan::users(10).duration(SECS(3)).grace(SECS(1)), |asked: Asked| {
        match asked.at {
            at if at < SECS(2) => Does::Answers(MS(20)),
            at if at < MS(2_800) => Does::Closes,
            _ => Does::Hangs,
        }
    }));

    let words = ended(&refused);
    assert!(words.contains("requests since then failed (") || words.contains("the last "), "{words}");
    assert!(words.contains(" with connect.not_found)"), "{words}");
    assert!(!words.contains("waited in vain"), "{words}");
    let words = ended(&waited);
    assert!(words.contains("the 10 requests since then waited in vain for up to 2.0 s"), "{words}");
    let words = ended(&mixed);
    assert!(words.contains(" with closed.before_response) or waited in vain for up to 1."), "{words}");
}
