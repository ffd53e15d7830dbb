//! The observations of a run about the load generator itself. Times are lower bounds, so that no machine is too slow.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use molotov_core::{Scenario, Session, Suite};
use molotov_runner::{ExitCode, Plan, ReasonKind, Report, RunExt, Verdict};

use crate::support::MS;

/// One iteration that blocks its thread for this time, and then yields to other tasks.
async fn blocked(time: Duration) -> Report {
    let suite = Suite::new().scenario(Scenario::builder("block", move |_| {
        Box::pin(async move {
            std::thread::sleep(time);
            tokio::time::sleep(MS(1)).await;
            Ok(())
        })
    }));
    suite.run(Plan::users(1).max_runs(1)).await.unwrap()
}

fn kinds(report: &Report) -> Vec<ReasonKind> {
    report.reasons().iter().map(|reason| reason.kind).collect()
}

#[tokio::test]
async fn a_scenario_that_blocks_its_thread_makes_a_run_suspect() {
    let report = blocked(MS(800)).await;

    assert!(kinds(&report).contains(&ReasonKind::Heartbeat), "{:?}", report.reasons());
    let heartbeat = &report.generator.heartbeats[0];
    assert!(heartbeat.delays.max().unwrap() >= MS(700), "{heartbeat:?}");
    assert!(heartbeat.late >= 10, "{heartbeat:?}");
    assert_ne!(report.verdict(), Verdict::Valid);
}

#[tokio::test]
async fn one_that_blocks_it_for_seconds_makes_it_invalid() {
    let report = blocked(MS(2_500)).await;

    assert_eq!((report.verdict(), report.exit_code()), (Verdict::Invalid, ExitCode::Invalid));
    let first = &report.reasons()[0];
    assert_eq!((first.kind, first.verdict), (ReasonKind::Heartbeat, Verdict::Invalid));
    let text = report.to_string();
    assert!(text.contains("own\n1 iteration, none failed"), "{text}");
}

#[tokio::test]
async fn arrivals_that_a_blocked_thread_starts_late_are_reported() {
    let is_first = AtomicBool::new(true);
    let suite = Suite::new().scenario(Scenario::builder("block", move |_| {
        if is_first.swap(false, Ordering::Relaxed) {
            std::thread::sleep(MS(800));
        }
        Box::pin(async { Ok(()) })
    }));

    let report = suite.run(Plan::rate("100/s").duration(MS(1_500))).await.unwrap();

    let lag = &report.generator.starts.lag;
    assert!(lag.max().unwrap() >= MS(700), "{lag:?}");
    assert!(kinds(&report).contains(&ReasonKind::StartLag), "{:?}", report.reasons());
}

#[tokio::test(start_paused = true)]
async fn arrivals_that_no_user_is_free_for_are_reported() {
    let slow = Scenario::builder("slow", |_| {
        Box::pin(async {
            tokio::time::sleep(MS(290)).await;
            Ok(())
        })
    });

    let plan = Plan::rate("10/s").duration(MS(30_000)).up_to(1).max_late(MS(5));
    let report = Suite::new().scenario(slow).run(plan).await.unwrap();

    let reasons = report.reasons();
    let dropped = reasons.iter().find(|reason| reason.kind == ReasonKind::DroppedArrivals).unwrap();
    let text = "never began: 200 (67%), because all users were busy";
    assert!(dropped.text.contains(text), "{}", dropped.text);
    assert_eq!(dropped.verdict, Verdict::Valid, "the service was slow, not the load generator");
}

#[tokio::test(start_paused = true)]
async fn on_a_paused_clock_nothing_is_late_and_a_debug_build_is_reported() {
    let suite = Suite::new().scenario(Scenario::builder("wait", |_| {
        Box::pin(async {
            tokio::time::sleep(MS(30)).await;
            Ok(())
        })
    }));

    let report = suite.run(Plan::users(5).duration(MS(10_000))).await.unwrap();

    let heartbeat = &report.generator.heartbeats[0];
    assert!(heartbeat.delays.count() >= 199 && heartbeat.late == 0, "{heartbeat:?}");
    let expected: &[ReasonKind] = if cfg!(debug_assertions) { &[ReasonKind::DebugBuild] } else { &[] };
    let mut kinds = kinds(&report);
    // Its clock is the system's, and the duration of the test is unknown.
    kinds.retain(|kind| ![ReasonKind::Processor, ReasonKind::Unknown].contains(kind));
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn a_sizing_that_ends_too_soon_has_too_few_samples_for_its_percentile() {
    let stopping = Scenario::builder("stopping", |mut cx| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            session.stop("enough");
            Ok(())
        })
    });
    let suite = Suite::new().scenario(stopping.needs::<&mut Session>());

    let report = suite.run(Plan::sizing("p99.9 < 1s")).await.unwrap();

    let reasons = report.reasons();
    let reason = reasons.iter().find(|reason| reason.kind == ReasonKind::FewSamples).unwrap();
    assert!(reason.text.contains("too few for the p99.9") && reason.text.contains("1000"), "{}", reason.text);
}
