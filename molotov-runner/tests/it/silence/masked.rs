//! Slow parts that are hidden from a closed model by something else: many routes, an outlier, a little lateness.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use molotov_core::{Scenario, Session, Suite, Timeouts};
use molotov_runner::{ExitCode, Plan, Report, RunExt};

use super::service::{Asked, Does, Service, broken, chance, on_paused_clock, visiting};
use crate::support::{MS, SECS};

/// A service with the time in milliseconds, a pseudo-random number, and its usual response after 15 to 25 ms as inputs.
fn service(
    does: impl Fn(&Asked, u64, u64, Does) -> Does + Clone + Send + 'static,
) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let count = Arc::new(AtomicU64::new(0));
    move |asked| {
        let n = count.fetch_add(1, Ordering::Relaxed);
        let at = asked.at.as_millis() as u64;
        does(&asked, at, chance(n), Does::Answers(MS(15 + chance(n + 7) % 10)))
    }
}

fn is_half(asked: &Asked) -> bool {
    asked.connection.is_multiple_of(2)
}

/// This number of scenarios with one request, each with its own route.
fn scenarios(count: usize) -> Suite {
    (0..count).fold(Suite::new(), |suite, number| {
        let visit = Scenario::builder(format!("s{number}"), move |mut cx| {
            let session: &mut Session = cx.arg();
            Box::pin(async move { session.get(format!("/r{number}")).send().await.map(drop) })
        });
        suite.scenario(visit.needs::<&mut Session>())
    })
}

fn one_run(suite: Suite, plan: Plan, does: impl Fn(Asked) -> Does + Clone + Send + 'static) -> Report {
    let mut timeouts = Timeouts::default();
    timeouts.head = SECS(120);
    let plan = plan.duration(SECS(60)).timeouts(timeouts).no_dead_target_check();
    on_paused_clock(async {
        let service = Service::start(does);
        suite.run(plan.host(service.url().as_str())).await.unwrap()
    })
}

/// Both models break these thresholds.
fn both_break<F: Fn(Asked) -> Does + Clone + Send + 'static>(
    (users, suite): (u32, fn() -> Suite),
    service: impl Fn() -> F,
    thresholds: &str,
) {
    let closed = one_run(suite(), Plan::users(users).grace(SECS(2)).threshold(thresholds), service());
    let open =
        one_run(suite(), Plan::rate("20/s").up_to(600).grace(SECS(2)).threshold(thresholds), service());

    let all = vec![true; closed.thresholds.len()];
    assert_eq!((broken(&closed), broken(&open)), (all.clone(), all), "{closed}\n{open}");
}

#[test]
fn slow_users_are_seen_who_come_to_each_route_once_at_most() {
    let nine_of_ten = || {
        service(|asked, _, n, quick| match asked.connection % 10 < 9 {
            true => Does::Answers(MS(2_000 + n % 500)),
            false => quick,
        })
    };
    both_break((10, || scenarios(40)), nine_of_ten, "p50 < 200ms, p75 < 200ms, p85 < 200ms");

    let half = || {
        service(
            |asked, _, n, quick| if is_half(asked) { Does::Answers(MS(8_000 + n % 1_000)) } else { quick },
        )
    };
    both_break((20, || scenarios(8)), half, "p99 < 200ms");
}

#[test]
fn slow_requests_are_seen_that_are_each_followed_by_a_quick_one() {
    let in_turn = || {
        let nths = Arc::new(Mutex::new(HashMap::<u64, u64>::new()));
        service(move |asked, _, n, quick| {
            let mut nths = nths.lock().unwrap();
            let nth = nths.entry(asked.connection).or_default();
            *nth += 1;
            if is_half(asked) && nth.is_multiple_of(2) { Does::Answers(MS(1_500 + n % 500)) } else { quick }
        })
    };
    let report = one_run(visiting(), Plan::users(20).threshold("p90 < 200ms, p60 < 200ms"), in_turn());

    assert_eq!(broken(&report), [true, false], "{report}");
}

#[test]
fn users_without_an_answer_are_not_explained_by_a_few_slow_answers() {
    let one = || {
        let slow = Arc::new(AtomicU64::new(0));
        service(move |asked, at, _, quick| match at {
            35_000.. if is_half(asked) => Does::Hangs,
            2_000.. if slow.fetch_add(1, Ordering::Relaxed) == 0 => Does::Answers(SECS(15)),
            _ => quick,
        })
    };
    both_break((20, visiting), one, "p99 < 200ms, errors < 1%");

    let one_of_a_thousand = || {
        service(|asked, at, n, quick| match at {
            35_000.. if is_half(asked) => Does::Hangs,
            _ if n.is_multiple_of(1_000) => Does::Answers(MS(8_000 + (n >> 20) % 3_000)),
            _ => quick,
        })
    };
    both_break((20, visiting), one_of_a_thousand, "p95 < 200ms, errors < 5%");
}

#[test]
fn users_who_are_slow_by_chance_at_the_end_do_not_wait_in_vain() {
    for (permille, millis) in [(10, 5_000), (5, 8_000), (20, 3_000)] {
        let slow = service(move |_, _, n, quick| match n % 1_000 < permille {
            true => Does::Answers(MS(millis)),
            false => quick,
        });
        let report = one_run(visiting(), Plan::users(20).threshold("errors < 1%").grace(SECS(0)), slow);

        assert_eq!(report.exit_code(), ExitCode::Ok, "{report}");
        assert!(report.oddities().is_empty(), "{report}");
    }
}

#[test]
fn stall_of_one_server_is_seen_beside_a_little_lateness_and_quick_failures() {
    let late = || {
        service(|asked, at, n, quick| match at % 20_000 {
            place @ 12_000.. if is_half(asked) => Does::Answers(MS(20_000 - place)),
            _ if n % 1_000 < 20 => Does::Answers(MS(210 + (n >> 20) % 90)),
            _ => quick,
        })
    };
    both_break((20, visiting), late, "p95 < 200ms");

    let fails = || {
        service(|asked, at, n, quick| match at % 20_000 {
            place @ 12_000.. if is_half(asked) => Does::Fails(MS(20_000 - place)),
            _ if n % 1_000 < 20 => Does::Fails(MS(20)),
            _ => quick,
        })
    };
    both_break((20, visiting), fails, "errors < 5%");
}

#[test]
fn stall_of_one_server_is_seen_behind_many_routes() {
    let stall = || {
        service(|asked, at, _, quick| match at % 10_000 {
            place @ 5_000.. if is_half(asked) => Does::Answers(MS(10_000 - place)),
            _ => quick,
        })
    };
    both_break((20, || scenarios(20)), stall, "p95 < 200ms");
}
