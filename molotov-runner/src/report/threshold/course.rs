//! The time from which on thresholds were broken, in the course of the run.

use std::time::Duration;

use super::observation::Observations;
use super::{ThresholdOutcome, ThresholdResult};
use crate::plan::threshold::{Kind, Metric, Threshold};
use crate::report::{Report, Window};

impl Report {
    /// The first broken threshold, and the time since the first user started.
    pub(crate) fn first_broken(&self) -> Option<(Duration, &ThresholdResult)> {
        self.broken_thresholds().into_iter().min_by_key(|(from, _)| *from)
    }

    /// The broken thresholds, each with the time since the first user started. A threshold that was judged during the
    /// run broke at its recorded time; a threshold of the whole run at the start of the window from which on the totals
    /// so far broke it, up to the end. Thresholds that the windows cannot show are left out.
    pub(crate) fn broken_thresholds(&self) -> Vec<(Duration, &ThresholdResult)> {
        let broken = self.thresholds.iter().filter(|result| result.outcome == ThresholdOutcome::Broken);
        let (watched, others): (Vec<_>, Vec<_>) = broken.partition(|result| result.broken_at.is_some());
        let watched = watched.into_iter().filter_map(|result| Some((result.broken_at?, result)));
        watched.chain(broken_in_course(&others, self)).collect()
    }
}

/// Thresholds of one metric, which is measured once for all of them.
struct SameMetric<'r> {
    metric: Metric,
    unit: Kind,
    /// Each with the time since which it is broken.
    results: Vec<(Option<Duration>, &'r ThresholdResult)>,
}

/// Those of these that the windows can show, each with the time from which on it was broken.
///
/// Windows have no samples of single routes, and include the warm-up. They are added up once for any number of
/// thresholds.
fn broken_in_course<'r>(
    results: &[&'r ThresholdResult],
    report: &Report,
) -> Vec<(Duration, &'r ThresholdResult)> {
    if report.warm_up.is_some() || report.requests.attempted == 0 {
        return Vec::new();
    }
    let mut metrics = by_metric(results);
    let needs_latencies = metrics.iter().any(|same| is_latency(same.metric));
    let mut sums = WindowSums::default();
    for window in report.windows.iter().filter(|_| !results.is_empty()) {
        sums.add(window, needs_latencies);
        metrics.iter_mut().for_each(|same| same.judge(&sums, window));
    }
    let results = metrics.into_iter().flat_map(|same| same.results);
    results.filter_map(|(from, result)| Some((from?, result))).collect()
}

/// Thresholds of the whole run and of all its samples, by their metric.
fn by_metric<'r>(results: &[&'r ThresholdResult]) -> Vec<SameMetric<'r>> {
    let mut metrics: Vec<SameMetric<'r>> = Vec::new();
    for result in results.iter().filter(|result| is_of_all(&result.planned)) {
        let (metric, unit) = (result.planned.metric, result.planned.limit.kind());
        let known = metrics.iter_mut().find(|same| (same.metric, same.unit) == (metric, unit));
        match known {
            Some(same) => same.results.push((None, result)),
            None => metrics.push(SameMetric { metric, unit, results: vec![(None, result)] }),
        }
    }
    metrics
}

fn is_of_all(threshold: &Threshold) -> bool {
    let is_counted = matches!(threshold.metric, Metric::Errors | Metric::FailedRequests);
    let is_whole = threshold.of.is_none() && threshold.phase.is_none() && threshold.is_of_whole_run();
    is_whole && (is_counted || is_latency(threshold.metric))
}

fn is_latency(metric: Metric) -> bool {
    matches!(metric, Metric::Percentile(_) | Metric::Mean | Metric::Max)
}

impl SameMetric<'_> {
    /// Records the thresholds that the totals up to the end of this window break.
    fn judge(&mut self, sums: &WindowSums, window: &Window) {
        let Some((_, first)) = self.results.first() else { return };
        let time = window.start + window.length;
        let measured = first.planned.measure(sums.of_metric(self.metric), time);
        let measured = measured.filter(|measured| measured.samples > 0);
        for (from, result) in &mut self.results {
            let is_broken = measured.is_some_and(|measured| !result.planned.holds(&measured));
            *from = is_broken.then(|| from.unwrap_or(window.start));
        }
    }
}

/// The iterations and the requests of some windows.
#[derive(Default)]
struct WindowSums {
    iterations: Observations,
    requests: Observations,
}

impl WindowSums {
    fn add(&mut self, window: &Window, needs_latencies: bool) {
        if needs_latencies {
            self.requests.latencies.add(&window.latency.to_latencies());
        }
        self.requests.ended += window.requests;
        self.requests.failed += window.failed_requests;
        self.iterations.ended += window.iterations;
        self.iterations.failed += window.failed_iterations;
    }

    fn of_metric(&self, metric: Metric) -> &Observations {
        if metric == Metric::Errors { &self.iterations } else { &self.requests }
    }
}
