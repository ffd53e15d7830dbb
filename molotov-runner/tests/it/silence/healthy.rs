//! Services that respond, each in its way: no gap is reported, and no threshold is broken by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use molotov_core::{Context, Hook, Scenario, Session, Suite};
use molotov_runner::{Ended, ExitCode, Plan, Report, RunExt};
use tokio::time::sleep;

use super::service::{Asked, Does, Service, broken, on_paused_clock, run, visiting};
use crate::support::{MS, SECS};

fn is_fine(report: &Report) {
    assert_eq!(report.exit_code(), ExitCode::Ok, "{report}");
    assert!(report.gaps.longest.is_empty(), "{report}");
    assert!(!report.thresholds.is_empty() && report.thresholds.iter().all(|result| result.passed()));
}

/// Latencies with a long tail: 10 ms, and one in 500 up to 300 ms.
fn heavy_tailed() -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(0));
    move |_| {
        let n = count.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        Does::Answers(if n.is_multiple_of(500) { MS(50 + n % 250) } else { MS(5 + n % 10) })
    }
}

#[test]
fn long_tail_of_many_users_is_no_gap() {
    for users in [5, 20, 200] {
        let plan = Plan::users(users).duration(SECS(10)).threshold("p99 < 40ms, p99.9 < 400ms, errors < 1%");
        is_fine(&on_paused_clock(run(plan, heavy_tailed())));
    }
}

/// Fifty users log in before the first of twenty arrivals.
#[test]
fn log_ins_before_the_first_arrival_are_in_no_rate() {
    let report = on_paused_clock(async {
        let service = Service::start(|_| Does::Answers(MS(20)));
        let log_in = Hook::builder("log_in", |mut cx: Context<'_>| {
            let session: &mut Session = cx.arg();
            Box::pin(async move { session.get("/log_in").send().await.map(drop) })
        });
        let suite = visiting().setup_session(log_in.needs::<&mut Session>());
        let plan =
            Plan::rate("10/s").duration(SECS(2)).up_to(50).threshold("requests < 11/s, requests > 9/s");
        suite.run(plan.host(service.url().as_str())).await.unwrap()
    });

    let rates = report.routes.iter().map(|row| (&*row.name, row.ok.count(), row.in_load));
    assert_eq!(rates.collect::<Vec<_>>(), [("GET /d", 20, 20), ("GET /log_in", 50, 0)], "{report}");
    assert_eq!(broken(&report), [false; 2], "{report}");
}

#[test]
fn few_requests_with_long_pauses_are_no_gap() {
    let plan = Plan::users(3).duration(SECS(300)).delay(SECS(10)).threshold("p50 < 100ms, errors < 1%");
    is_fine(&on_paused_clock(run(plan, |_| Does::Answers(MS(20)))));
}

#[test]
fn slow_requests_are_no_gap_at_their_usual_length() {
    let plan = Plan::users(1).duration(SECS(60)).threshold("p50 < 4s, errors < 1%");
    is_fine(&on_paused_clock(run(plan, |_| Does::Answers(SECS(3)))));
}

/// One user on a route that takes 3 s, cut after 1 s.
#[test]
fn one_user_cut_in_a_slow_request_is_no_gap() {
    let plan = Plan::users(1).duration(SECS(10)).grace(MS(0)).threshold("p50 < 4s, errors < 1%");
    let report = on_paused_clock(run(plan, |_| Does::Answers(SECS(3))));
    assert_eq!((report.exit_code(), report.requests.cancelled), (ExitCode::Ok, 1), "{report}");
}

#[test]
fn cuts_without_grace_move_no_percentile() {
    for users in [1, 10, 100] {
        let plan = Plan::users(users)
            .duration(SECS(5))
            .grace(MS(0))
            .threshold("p99 < 100ms, errors < 1%, max < 100ms");
        is_fine(&on_paused_clock(run(plan, |asked| Does::Answers(MS(20 + asked.at.as_millis() as u64 % 7)))));
    }
}

/// Sends requests to these routes in turn.
fn asking(paths: &'static [&'static str]) -> Suite {
    let count = AtomicU64::new(0);
    let ask = Scenario::builder("ask", move |mut cx| {
        let session: &mut Session = cx.arg();
        let path = paths[count.fetch_add(1, Ordering::Relaxed) as usize % paths.len()];
        Box::pin(async move { session.get(path).send().await.map(drop) })
    });
    Suite::new().scenario(ask.needs::<&mut Session>())
}

async fn of_routes(suite: Suite, plan: Plan) -> Report {
    let service = Service::start(|asked| match asked.path.as_str() {
        "/slow" => Does::Answers(SECS(3)),
        "/poll" => Does::Answers(SECS(25)),
        _ => Does::Answers(MS(20)),
    });
    suite.run(plan.host(service.url().as_str())).await.unwrap()
}

#[test]
fn one_slow_route_of_ten_is_no_gap() {
    for users in [1, 2, 10] {
        let paths = &["/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h", "/i", "/slow"];
        let plan = Plan::users(users).duration(SECS(60)).threshold("p50 < 100ms, errors < 1%");
        let report = on_paused_clock(of_routes(asking(paths), plan));
        is_fine(&report);
    }
}

#[test]
fn long_poll_is_no_gap_where_its_own_limit_allows_it() {
    for users in [1, 4] {
        let plan =
            Plan::users(users).duration(SECS(120)).threshold("p50 < 100ms, p50{route=\"GET /poll\"} < 30s");
        let report = on_paused_clock(of_routes(asking(&["/a", "/a", "/poll"]), plan.clone()));
        is_fine(&report);

        // Cancelled before it ends, which its limit allows as well.
        let short = on_paused_clock(of_routes(
            asking(&["/a", "/a", "/poll"]),
            plan.duration(SECS(10)).grace(SECS(1)),
        ));
        assert_eq!(short.ended, Ended::Duration, "{short}");
    }
}

#[test]
fn slow_route_in_the_drain_is_no_gap() {
    let paths = &["/a", "/a", "/a", "/slow"];
    let plan = Plan::users(20).duration(SECS(20)).threshold("p50 < 100ms, errors < 1%");
    is_fine(&on_paused_clock(of_routes(asking(paths), plan)));
}

#[test]
fn straggler_among_answered_requests_is_not_dead() {
    let count = Arc::new(AtomicU64::new(0));
    let service = move |_| match count.fetch_add(1, Ordering::Relaxed) {
        700 => Does::Hangs,
        _ => Does::Answers(MS(20)),
    };
    let plan = Plan::users(10).duration(SECS(20)).threshold("p99 < 100ms, errors < 1%");
    let report = on_paused_clock(run(plan, service));
    assert_eq!((report.exit_code(), report.requests.cancelled), (ExitCode::Ok, 1), "{report}");
}

#[test]
fn straggler_beside_users_who_pause_is_no_hang() {
    let count = Arc::new(AtomicU64::new(0));
    let service = move |_| match count.fetch_add(1, Ordering::Relaxed) {
        3 => Does::Hangs,
        _ => Does::Answers(MS(20)),
    };
    // Of ten requests it is the one that was not good.
    let plan = Plan::users(3).duration(SECS(25)).delay(SECS(8)).threshold("p50 < 100ms, errors < 30%");
    let report = on_paused_clock(run(plan, service));
    assert_eq!((report.exit_code(), &report.ended), (ExitCode::Ok, &Ended::Duration), "{report}");
}

#[test]
fn iterations_that_compute_or_sleep_do_not_wait() {
    let thinking = Scenario::builder("think", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            session.get("/a").send().await?;
            sleep(SECS(7)).await;
            session.get("/b").send().await.map(drop)
        })
    });
    let suite = Suite::new().scenario(thinking.needs::<&mut Session>());
    let plan =
        Plan::users(2).duration(SECS(100)).threshold("p50 < 100ms, p50{scenario=think} < 8s, errors < 1%");
    is_fine(&on_paused_clock(of_routes(suite, plan)));
}

/// The end of the run cancels pauses.
#[test]
fn pauses_are_no_gap_of_their_scenario() {
    let pausing = Scenario::builder("think", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            session.get("/a").send().await?;
            session.pause("50ms..150ms").await?;
            session.get("/b").send().await.map(drop)
        })
    });
    let suite = Suite::new().scenario(pausing.needs::<&mut Session>());
    let plan =
        Plan::users(3).duration(SECS(2)).threshold("p50{scenario=think} < 1s, errors{scenario=think} < 1%");
    is_fine(&on_paused_clock(of_routes(suite, plan)));
}

#[test]
fn service_that_answers_with_errors_lives() {
    let service = |asked: Asked| if asked.at < SECS(2) { Does::Answers(MS(20)) } else { Does::Fails(MS(20)) };
    let plan = Plan::users(5).duration(SECS(4)).threshold("p99 < 100ms, errors < 90%");
    let report = on_paused_clock(run(plan, service));
    assert_eq!(report.ended, Ended::Duration, "{report}");
}

/// It stands still for 2 of every 3 s, so more than one in a hundred requests waited meanwhile.
#[test]
fn frequent_stalls_of_the_whole_service_are_named_and_odd() {
    let stalls = |asked: Asked| {
        let late = asked.at.as_millis() as u64 % 3_000;
        Does::Answers(MS(if late < 1_000 { 10 } else { 3_010 - late }))
    };
    let plan = Plan::users(8).duration(SECS(6)).threshold("errors < 5%");
    let report = on_paused_clock(run(plan, stalls));

    assert_eq!(report.exit_code(), ExitCode::Ok, "{report}");
    assert!(!report.gaps.longest.is_empty(), "{report}");
    assert!(report.to_string().contains("nothing ended although requests were waiting"), "{report}");
}
