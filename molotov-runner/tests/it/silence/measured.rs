//! A suite that sends nothing through its session, and measures the calls of its own client.

use std::future::pending;
use std::time::Duration;

use molotov_core::{Error, Scenario, Session, Suite};
use molotov_runner::{ExitCode, GapEnd, Plan, Report, RunExt};
use tokio::time::{Instant, sleep};

use super::service::on_paused_clock;
use crate::support::{MS, SECS};

/// A run of one measured call in each iteration, whose duration depends on its start; `None` never ends.
fn run(plan: Plan, takes: impl Fn(Duration) -> Option<Duration> + Copy + Send + Sync + 'static) -> Report {
    on_paused_clock(async move {
        let begin = Instant::now();
        let call = Scenario::builder("visit", move |mut cx| {
            let session: &mut Session = cx.arg();
            Box::pin(async move {
                let call = async {
                    match takes(begin.elapsed()) {
                        Some(time) => sleep(time).await,
                        None => pending().await,
                    }
                    Ok::<_, Error>(())
                };
                session.measure("call", call).await
            })
        });
        let suite = Suite::new().scenario(call.needs::<&mut Session>());
        suite.run(plan).await.unwrap()
    })
}

/// A service that stands still in this interval.
fn stall(from: Duration, to: Duration) -> impl Fn(Duration) -> Option<Duration> + Copy + Send + Sync {
    move |at| Some(if (from..to).contains(&at) { to - at + MS(20) } else { MS(20) })
}

#[test]
fn a_stall_of_measured_calls_breaks_thresholds_by_its_time() {
    let plan =
        Plan::users(5).duration(SECS(10)).threshold("p99{scenario=visit} < 200ms, p99 < 200ms, p90 < 20s");
    let report = run(plan, stall(SECS(4), SECS(6)));

    assert_eq!(report.exit_code(), ExitCode::Thresholds, "{report}");
    let gap = report.gaps.longest[0];
    assert_eq!((gap.waiting, gap.ended_by), (5, GapEnd::Response), "{report}");
    let broken: Vec<_> = report.thresholds.iter().map(|result| result.gaps.is_some()).collect();
    assert_eq!(broken, [true, true, false], "{report}");
    let hint = report.thresholds[0].hint.as_deref().unwrap();
    assert!(hint.starts_with("there were gaps, in which users waited and nothing ended: for 18."), "{hint}");
    assert!(hint.ends_with("waited longer than 200ms, and a p99 allows 1%"), "{hint}");
    assert!(
        report.to_string().contains("nothing ended from 4.0 s to 6.0 s while 5 measured calls waited"),
        "{report}"
    );
}

#[test]
fn a_service_that_dies_under_measured_calls_is_not_there_for_the_rest_of_the_time() {
    let plan = Plan::users(5).duration(SECS(6)).grace(SECS(1)).threshold("errors < 5%");
    let report = run(plan, |at| (at < SECS(2)).then_some(MS(20)));

    assert_eq!(report.exit_code(), ExitCode::Thresholds, "{report}");
    assert_eq!(report.gaps.longest[0].ended_by, GapEnd::Cut, "{report}");
    let hint = report.thresholds[0].hint.as_deref().unwrap();
    assert!(
        hint.starts_with("there were gaps, in which users waited and nothing ended well: they are 66."),
        "{hint}"
    );
    assert!(hint.ends_with("% of the time, and the limit is 5%"), "{hint}");
}

#[test]
fn measured_calls_that_are_answered_make_no_gaps() {
    let plan =
        Plan::users(5).duration(SECS(60)).delay(MS(700)).threshold("p99{scenario=visit} < 2s, errors < 1%");
    let report = run(plan, |at| Some(MS(500 + at.as_millis() as u64 % 370)));

    assert_eq!((report.exit_code(), report.gaps.longest.len()), (ExitCode::Ok, 0), "{report}");
}

#[test]
fn a_measured_call_with_a_threshold_of_its_own_is_judged_by_that_alone() {
    let of_all = "p99{scenario=visit} < 200ms";
    let with_own = format!("p99{{timer=call}} < 9s, {of_all}");
    for (thresholds, code) in [(with_own.as_str(), ExitCode::Ok), (of_all, ExitCode::Thresholds)] {
        let report = run(Plan::users(1).duration(SECS(10)).threshold(thresholds), stall(SECS(4), SECS(6)));
        assert_eq!(report.exit_code(), code, "{report}");
    }
}
