//! Stalls of a whole service with a slow route beside a quick one: the number of waiting requests, and the report of
//! the stall.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use molotov_core::{Scenario, Session, Suite};
use molotov_runner::{Conclusion, ExitCode, Plan, Report, RunExt};
use tokio::time::timeout;

use super::service::{Asked, Does, Service, chance, on_paused_clock, run};
use crate::support::{MS, SECS};

const SLOW: u64 = 800;

/// Sends to a slow route or to a quick one, `slow` times of ten to the slow one.
fn either(slow: u64) -> Suite {
    let count = AtomicU64::new(0);
    let either = Scenario::builder("either", move |mut cx| {
        let session: &mut Session = cx.arg();
        let n = count.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let path = if n % 10 < slow { "/slow" } else { "/quick" };
        Box::pin(async move { session.get(path).send().await.map(drop) })
    });
    Suite::new().scenario(either.needs::<&mut Session>())
}

/// Like a process that is stopped and continued: requests meanwhile are answered at its end.
fn stopping(from: u64, to: u64) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    move |asked| {
        let at = asked.at.as_millis() as u64;
        let due = at + if asked.path == "/slow" { SLOW } else { 20 };
        if at < to && due >= from { Does::AnswersAt(MS(due.max(to))) } else { Does::Answers(MS(due - at)) }
    }
}

fn stopped(plan: Plan, slow: u64, from: u64, to: u64) -> Report {
    on_paused_clock(async move {
        let service = Service::start(stopping(from, to));
        either(slow).run(plan.host(service.url().as_str())).await.unwrap()
    })
}

#[test]
fn all_that_waited_in_a_stall_are_counted() {
    for users in [5, 10, 30] {
        let plan = Plan::users(users).duration(SECS(6)).threshold("p99 < 1s");
        let report = stopped(plan, 5, 2_000, 4_000);

        let gap = report.gaps.longest.iter().max_by_key(|gap| gap.length()).unwrap();
        assert_eq!(gap.waiting, u64::from(users), "{report}");
        assert_eq!(report.exit_code(), ExitCode::Thresholds);
    }
}

#[test]
fn stall_is_reported_where_a_slow_route_holds_most_users() {
    for (users, slow, seconds) in [(10, 5, 4), (10, 9, 6), (6, 3, 4), (20, 2, 4)] {
        let report = stopped(Plan::users(users).duration(SECS(seconds)), slow, 1_500, 3_000);

        assert_eq!(report.conclusion(), Conclusion::Warning, "{users} {slow}: {report}");
        assert_eq!(report.oddities()[0].kind.as_str(), "stood_still", "{report}");
        assert_eq!(report.gaps.longest[0].waiting, u64::from(users), "{report}");
    }
}

#[test]
fn slow_route_without_a_stall_has_no_finding() {
    for (users, slow) in [(10, 5), (10, 9), (6, 3), (20, 2), (40, 1), (4, 8)] {
        let report = stopped(Plan::users(users).duration(SECS(20)), slow, 0, 0);

        assert_eq!((report.conclusion(), report.gaps.longest.len()), (Conclusion::Counted, 0), "{report}");
    }
}

/// Some take much longer than others of their route, so that nearly all users wait in one of these.
#[test]
fn a_route_that_is_quick_or_slow_by_chance_does_not_stand_still() {
    for seed in 0..2 {
        for (users, long, part) in
            [(10, 3_000, 5), (10, 1_500, 20), (30, 3_000, 50), (5, 2_000, 4), (8, 900, 10)]
        {
            let count = Arc::new(AtomicU64::new(seed * 100_000));
            let does = move |_| {
                let n = chance(count.fetch_add(1, Ordering::Relaxed));
                Does::Answers(MS(if n.is_multiple_of(part) { long + n % 499 } else { 20 + n % 41 }))
            };
            let plan = Plan::users(users).duration(SECS(60));
            let report = on_paused_clock(run(plan, does));

            assert_eq!(report.conclusion(), Conclusion::Counted, "{users} {long} {part}: {report}");
        }
    }
}

/// A short run on a busy machine has a pause of a tenth now and then.
#[test]
fn a_stall_of_less_than_a_second_is_no_oddity() {
    let short = stopped(Plan::users(10).duration(MS(700)), 0, 300, 430);
    assert_eq!(short.conclusion(), Conclusion::Counted, "{short}");
    let longer = stopped(Plan::users(10).duration(SECS(5)), 0, 2_000, 2_900);
    assert_eq!((longer.conclusion(), longer.gaps.longest.len()), (Conclusion::Counted, 1), "{longer}");
    let long = stopped(Plan::users(10).duration(SECS(5)), 0, 2_000, 3_100);
    assert_eq!(long.conclusion(), Conclusion::Warning, "{long}");
}

/// A user that gives up and tries again waits once.
#[test]
fn users_who_try_again_in_a_stall_are_counted_once() {
    let patient = Scenario::builder("patient", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            let _ = timeout(MS(500), session.get("/quick").send()).await;
            Ok(())
        })
    });
    let report = on_paused_clock(async move {
        let service = Service::start(stopping(2_000, 5_000));
        let suite = Suite::new().scenario(patient.needs::<&mut Session>());
        suite.run(Plan::users(5).duration(SECS(8)).host(service.url().as_str())).await.unwrap()
    });

    let gap = report.gaps.longest[0];
    assert!(gap.length() > MS(2_500) && gap.waiting == 5, "{report}");
}
