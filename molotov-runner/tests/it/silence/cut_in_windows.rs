//! Requests and iterations that the end of a run cancels, in the windows of thresholds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use molotov_runner::{Plan, Report};

use super::service::{Asked, Does, broken, on_paused_clock, run};
use crate::support::{MS, SECS};

const GRACES: [u64; 5] = [0, 500, 1_000, 2_000, 10_000];

/// Responds after 20 ms, except for one of this number of requests from this time on.
fn one_of(count: u64, from: Duration, does: Does) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    let number = Arc::new(AtomicU64::new(0));
    move |asked| {
        let is_it = asked.at >= from && number.fetch_add(1, Ordering::Relaxed).is_multiple_of(count);
        if is_it { does } else { Does::Answers(MS(20)) }
    }
}

/// An open run and a closed one of 30 s, with about twenty requests in each second.
fn plans(grace: u64, thresholds: &str) -> [Plan; 2] {
    [Plan::rate("20/s").up_to(300), Plan::users(20).delay(MS(900))]
        .map(|plan| plan.duration(SECS(30)).grace(MS(grace)).threshold(thresholds))
}

fn hang(plan: Plan, count: u64, from: Duration) -> Report {
    on_paused_clock(run(plan, one_of(count, from, Does::Hangs)))
}

/// Half of the arrivals of the last two seconds, which are less than a fiftieth of all.
#[test]
fn requests_that_the_end_cuts_count_in_the_last_window() {
    let latencies = "p95(2s) < 100ms, p80(2s) < 100ms, max(2s) < 100ms, p80(2s) < 100ms after 5s";
    let text =
        format!("{latencies}, p95 < 100ms, p95{{route=\"GET /d\"}}(2s) < 100ms, waiting.p80(2s) < 100ms");
    for grace in GRACES {
        for plan in plans(grace, &text) {
            let report = hang(plan, 2, SECS(28));

            assert_eq!(broken(&report), [true, true, true, true, false, true, true], "{grace} {report}");
            assert!(report.thresholds[1].observed.unwrap().to_string().starts_with("at least"), "{report}");
        }
    }
}

#[test]
fn iterations_that_the_end_cuts_count_in_the_last_window() {
    for grace in GRACES {
        for plan in plans(grace, "p80{scenario=visit}(2s) < 100ms, p95{scenario=visit} < 100ms") {
            let report = hang(plan, 2, SECS(28));

            assert_eq!(broken(&report), [true, false], "{grace} {report}");
        }
    }
}

/// Visitors in the last second meet them, and alone they are too few for a percentile.
#[test]
fn few_requests_that_the_end_cuts_count_beside_those_that_ended() {
    for grace in GRACES {
        for plan in plans(grace, "p80(2s) < 100ms, p95(5s) < 100ms, p80(5s) < 100ms") {
            let report = hang(plan, 2, SECS(29));

            assert_eq!(broken(&report), [true, true, false], "{grace} {report}");
        }
    }
}

#[test]
fn cut_requests_that_waited_in_vain_are_errors_in_the_last_window() {
    let text = "errors(2s) < 20%, failed_requests(2s) < 20%, errors < 20%, errors < 20% after 27s";
    for grace in [2_000, 10_000] {
        for plan in plans(grace, text) {
            let report = hang(plan, 2, SECS(28));

            assert_eq!(broken(&report), [true, true, false, true], "{grace} {report}");
        }
    }
}

#[test]
fn failures_after_the_load_count_in_its_last_window() {
    for plan in
        plans(10_000, "failed_requests(2s) < 5, failed_iterations(2s) < 2/s, errors(2s) < 20%, errors < 20%")
    {
        let report = on_paused_clock(run(plan, one_of(2, SECS(28), Does::Fails(SECS(4)))));

        assert_eq!(broken(&report), [true, true, true, false], "{report}");
    }
}

/// One of forty in the last two seconds, which arrives alone after the load.
#[test]
fn stragglers_are_few_of_the_last_window() {
    for grace in GRACES {
        for plan in plans(grace, "p50(2s) < 100ms, p90(2s) < 100ms, errors(2s) < 10%, rate(2s) > 15/s") {
            let report = hang(plan, 20, SECS(28));

            assert_eq!(broken(&report), [false; 4], "{grace} {report}");
        }
    }
}
