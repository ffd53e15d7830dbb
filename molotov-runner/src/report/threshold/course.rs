//! The time from which a threshold was broken, by the course of the run.

use std::time::Duration;

use super::observation::Observations;
use super::whole::judge_whole;
use super::{ThresholdOutcome, ThresholdResult};
use crate::plan::threshold::{Metric, Threshold};
use crate::report::{Report, Window};

impl ThresholdResult {
    /// The time from which it was broken, since the first user started: where it was judged while the run went on, the first
    /// time; of others the start of the window from which all that had ended until then broke it, to the end. None where it
    /// was kept, or where the windows do not tell.
    pub(crate) fn broken_from(&self, report: &Report) -> Option<Duration> {
        if self.outcome != ThresholdOutcome::Broken {
            return None;
        }
        self.broken_at.or_else(|| broken_in_course(&self.planned, report))
    }
}

/// Windows have no samples of one route, and a warm-up is in them.
fn broken_in_course(threshold: &Threshold, report: &Report) -> Option<Duration> {
    let is_of_all = threshold.of.is_none() && threshold.phase.is_none() && threshold.is_of_whole_run();
    if !is_of_all || report.warm_up.is_some() || report.requests.attempted == 0 {
        return None;
    }
    let mut seen = Observations::default();
    let mut from = None;
    for window in &report.windows {
        add(&mut seen, window, threshold.metric)?;
        let time = window.start + window.length;
        let is_broken = judge_whole(threshold, &seen, time).outcome == ThresholdOutcome::Broken;
        from = is_broken.then(|| from.unwrap_or(window.start));
    }
    from
}

/// Adds the samples of a window, where it has those that the metric is of.
fn add(seen: &mut Observations, window: &Window, metric: Metric) -> Option<()> {
    match metric {
        Metric::Percentile(_) | Metric::Mean | Metric::Max => {
            seen.latencies.add(&window.latency.to_latencies());
            seen.ended += window.requests;
        }
        Metric::Errors => {
            seen.ended += window.iterations;
            seen.failed += window.failed_iterations;
        }
        Metric::FailedRequests => {
            seen.ended += window.requests;
            seen.failed += window.failed_requests;
        }
        _ => return None,
    }
    Some(())
}
