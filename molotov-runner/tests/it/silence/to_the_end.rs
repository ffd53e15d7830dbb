//! A service whose responses are all failures from some time on, to the end of the run.

use std::time::Duration;

use molotov_core::{Error, Scenario, Session, Suite};
use molotov_runner::{Conclusion, ExitCode, Plan, Report, RunExt};
use tokio::time::Instant;

use super::service::{Asked, Does, Service, on_paused_clock, run};
use crate::support::{MS, SECS};

fn kinds(report: &Report) -> Vec<&'static str> {
    report.oddities().iter().map(|oddity| oddity.kind.as_str()).collect()
}

fn fails_from(time: Duration) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    fails_between(time, Duration::MAX)
}

fn fails_between(from: Duration, to: Duration) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    move |asked| {
        if (from..to).contains(&asked.at) { Does::Fails(MS(20)) } else { Does::Answers(MS(20)) }
    }
}

/// The plan of a run whose failures are tolerated.
fn tolerant(most: &str) -> Plan {
    Plan::users(5).duration(SECS(6)).threshold(most)
}

#[track_caller]
fn is_told(report: &Report, kind: &str, text: &str) {
    assert_eq!(kinds(report), [kind], "{report}");
    assert_eq!(report.oddities()[0].to_string(), text);
    assert_eq!((report.conclusion(), report.exit_code()), (Conclusion::Warning, ExitCode::Ok), "{report}");
    assert!(report.to_string().contains(&format!("WARNING: {text}\n")), "{report}");
}

#[test]
fn a_service_that_fails_to_the_end_is_odd_where_a_threshold_tolerates_it() {
    for (at, text) in [(3_980, "4.0 s"), (4_480, "4.5 s"), (4_880, "4.9 s")] {
        let report = on_paused_clock(run(tolerant("errors < 50%"), fails_from(MS(at))));
        is_told(&report, "failed_to_the_end", &format!("from {text} to the end every request failed"));
    }
}

#[test]
fn a_service_that_fails_to_the_end_is_odd_at_a_rate_too() {
    let plan = Plan::rate("10/s").duration(SECS(6)).threshold("errors < 50%");
    let report = on_paused_clock(run(plan, fails_from(MS(3_980))));

    is_told(&report, "failed_to_the_end", "from 4.0 s to the end every request failed");
}

#[test]
fn service_that_fails_to_the_end_is_reported_beside_a_broken_threshold() {
    let report = on_paused_clock(run(tolerant("errors < 1%"), fails_from(MS(3_980))));

    assert_eq!(report.exit_code(), ExitCode::Thresholds);
    assert!(report.to_string().contains("Also: from 4.0 s to the end every request failed"), "{report}");
}

#[test]
fn a_service_that_closes_its_connections_to_the_end_is_odd() {
    let closes = |asked: Asked| if asked.at < MS(3_980) { Does::Answers(MS(20)) } else { Does::Closes };
    let plan = Plan::users(2).duration(SECS(6)).threshold("errors < 99.9%").no_dead_target_check();
    let report = on_paused_clock(run(plan, closes));

    assert_eq!(kinds(&report), ["failed_to_the_end"], "{report}");
}

#[test]
fn failures_of_less_than_a_second_or_before_a_good_response_are_no_end() {
    for does in [
        fails_between(MS(5_100), SECS(9)),
        fails_between(MS(3_000), MS(5_900)),
        fails_between(SECS(0), SECS(2)),
    ] {
        let report = on_paused_clock(run(tolerant("errors < 80%"), does));
        assert_eq!(kinds(&report), [""; 0], "{report}");
    }
}

#[test]
fn few_requests_that_fail_at_the_end_are_no_end() {
    let plan = Plan::users(1).max_runs(8).delay(SECS(1)).threshold("errors < 90%");
    let report = on_paused_clock(run(plan, fails_from(MS(4_500))));

    assert_eq!(report.requests.failures(), 3, "{report}");
    assert_eq!(kinds(&report), [""; 0], "{report}");
}

#[test]
fn a_service_that_often_fails_may_end_so_by_chance() {
    // Nine times in ten, and the last ten of them.
    let flaky = |asked: Asked| {
        let is_good = (asked.at.as_millis() as u64 / 200).is_multiple_of(10);
        if is_good { Does::Answers(MS(20)) } else { Does::Fails(MS(20)) }
    };
    let plan = Plan::users(1).duration(MS(5_990)).delay(MS(180)).threshold("errors < 99%");
    let report = on_paused_clock(run(plan, flaky));

    assert!(report.requests.failures() > 20, "{report}");
    assert_eq!(kinds(&report), [""; 0], "{report}");
}

#[test]
fn one_route_that_fails_beside_others_that_do_not_is_no_end() {
    let does = |asked: Asked| match asked.path.as_str() {
        "/bad" if asked.at > SECS(3) => Does::Fails(MS(900)),
        _ => Does::Answers(MS(20)),
    };
    let report = on_paused_clock(async {
        let service = Service::start(does);
        let both = Scenario::builder("both", |mut cx| {
            let session: &mut Session = cx.arg();
            Box::pin(async move {
                session.get("/good").send().await?;
                let _ = session.get("/bad").send().await;
                Ok(())
            })
        });
        let suite = Suite::new().scenario(both.needs::<&mut Session>());
        let plan = Plan::users(3).duration(SECS(6)).threshold("failed_requests < 50%");
        suite.run(plan.host(service.url().as_str())).await.unwrap()
    });

    assert!(!kinds(&report).contains(&"failed_to_the_end"), "{report}");
}

async fn think() -> Result<(), Error> {
    tokio::time::sleep(MS(20)).await;
    Ok(())
}

/// Iterations that fail from 4 s on, each with a good request, or with none.
async fn failing_iterations(sends: bool, plan: Plan) -> Report {
    let service = Service::start(|_| Does::Answers(MS(20)));
    let begin = Instant::now();
    let buy = Scenario::builder("buy", move |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            match sends {
                true => drop(session.get("/d").send().await?),
                false => session.measure("buy", think()).await?,
            }
            if begin.elapsed() < SECS(4) { Ok(()) } else { Err(Error::msg("the basket is empty")) }
        })
    });
    let suite = Suite::new().scenario(buy.needs::<&mut Session>());
    suite.run(plan.host(service.url().as_str())).await.unwrap()
}

#[test]
fn iterations_that_fail_to_the_end_are_odd_despite_good_requests() {
    for sends in [true, false] {
        let report = on_paused_clock(failing_iterations(sends, tolerant("errors < 50%")));
        is_told(&report, "iterations_failed_to_the_end", "from 4.0 s to the end every iteration failed");
    }
}

#[test]
fn failures_after_the_load_are_no_end() {
    // Requests in flight at the end of the load time out five seconds later.
    let does = |asked: Asked| if asked.at < SECS(3) { Does::Answers(MS(20)) } else { Does::Fails(SECS(4)) };
    let plan = Plan::users(20).duration(MS(3_500)).grace(SECS(9)).threshold("errors < 50%");
    let report = on_paused_clock(run(plan, does));

    assert_eq!(report.requests.failures(), 20, "{report}");
    assert!(!kinds(&report).contains(&"failed_to_the_end"), "{report}");
}
