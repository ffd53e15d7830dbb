//! The shown rates are those of the steady part of a load.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use molotov_core::{Context, Scenario, Session, Suite};
use molotov_runner::{Plan, Report, RunExt};
use tokio::time::sleep;

use crate::support::SECS;

/// An iteration takes 100 ms, and that of user 1 a multiple of it.
fn visit(times: u32) -> Suite {
    let scenario = Scenario::builder("visit", move |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        let user = session.user_id().0;
        Box::pin(async move {
            sleep(Duration::from_millis(100) * if user == 1 { times } else { 1 }).await;
            Ok(())
        })
    });
    Suite::new().scenario(scenario)
}

/// The text on one line.
fn text(report: &Report) -> String {
    report.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(start_paused = true)]
async fn a_ramp_up_is_in_no_rate_that_is_shown() {
    let report = visit(1).run(Plan::users(5).ramp_up(SECS(10)).duration(SECS(10))).await.unwrap();

    let steady = report.steady.as_ref().unwrap();
    assert!(steady.from >= SECS(10) && steady.from < SECS(11), "{steady:?}");
    let (shown, whole) = (report.steady_iteration_rate().in_second(), report.iteration_rate().in_second());
    assert!((49.0..=51.0).contains(&shown) && whole < 45.0, "{shown} and {whole}");
    let text = text(&report);
    assert!(text.contains("Rates are those of the steady part of the load, from 10."), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_steady_part_ends_when_the_first_user_is_done() {
    let report = visit(10).run(Plan::users(2).max_runs(50)).await.unwrap();

    let steady = report.steady.as_ref().unwrap();
    assert!(steady.time >= SECS(5) && steady.time < SECS(6), "{steady:?}");
    assert!(report.elapsed >= SECS(50), "the other one takes ten times as long");
    let shown = report.steady_iteration_rate().in_second();
    assert!((10.0..=11.5).contains(&shown), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn equally_fast_load_has_no_finding() {
    let report = visit(1).run(Plan::users(5).duration(SECS(10))).await.unwrap();

    let text = text(&report);
    assert!(report.steady.is_some() && !text.contains("steady part"), "{text}");
}
