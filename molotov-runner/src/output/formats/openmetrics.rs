//! OpenMetrics text for GitLab's metrics report and Prometheus. Times are in seconds.

use molotov_core::Latencies;

use super::series;
use crate::report::{Report, TrendRow};

/// Quantiles of latencies, in percent, with their labels.
const QUANTILES: [(f64, &str); 4] = [(50.0, "0.5"), (90.0, "0.9"), (99.0, "0.99"), (99.9, "0.999")];

/// Quantiles of trends.
const OF_TRENDS: [(f64, &str); 3] = [(50.0, "0.5"), (95.0, "0.95"), (99.0, "0.99")];

pub(super) fn render(report: &Report) -> String {
    let mut text = OpenMetrics::default();
    totals(report, &mut text);
    latencies(report, &mut text);
    thresholds(report, &mut text);
    own(report, &mut text);
    text.0.push_str("# EOF\n");
    text.0
}

/// The text that is being written.
#[derive(Default)]
struct OpenMetrics(String);

impl OpenMetrics {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.0.push_str(&format!("# TYPE molotov_{name} {kind}\n# HELP molotov_{name} {help}\n"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape_label(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        self.0.push_str(&format!("molotov_{name}{labels} {}\n", number(value)));
    }
}

fn totals(report: &Report, text: &mut OpenMetrics) {
    let (iterations, requests) = (&report.iterations, &report.requests);
    text.family("iterations", "counter", "Iterations that were started.");
    for (result, count) in [
        ("ok", iterations.ok),
        ("failed", iterations.failed),
        ("panicked", iterations.panicked),
        ("cancelled", iterations.cancelled),
    ] {
        text.sample("iterations_total", &[("result", result)], count as f64);
    }
    text.family("requests", "counter", "Requests that were attempted.");
    for (result, count) in [
        ("ok", requests.ok),
        ("http_error", requests.http_error),
        ("failed", requests.failed),
        ("cancelled", requests.cancelled),
    ] {
        text.sample("requests_total", &[("result", result)], count as f64);
    }
    text.family("iteration_rate", "gauge", "Iterations that ended, per second.");
    text.sample("iteration_rate", &[], report.iteration_rate().in_second());
    text.family("request_rate", "gauge", "Requests that ended, per second.");
    text.sample("request_rate", &[], report.request_rate().in_second());
    text.family("exit_code", "gauge", "Exit code of the run.");
    text.sample("exit_code", &[], f64::from(report.exit_code().code()));
}

fn latencies(report: &Report, text: &mut OpenMetrics) {
    text.family("latency_seconds", "summary", "Latencies of what ended well.");
    for (kind, row) in series(report) {
        summary(text, "latency_seconds", &[("kind", kind), ("name", &row.name)], &row.ok);
    }
    text.family("failures", "counter", "What ended and failed.");
    for (kind, row) in series(report) {
        text.sample("failures_total", &[("kind", kind), ("name", &row.name)], row.failed.count() as f64);
    }
}

fn summary(text: &mut OpenMetrics, name: &str, labels: &[(&str, &str)], latencies: &Latencies) {
    for (percent, quantile) in QUANTILES {
        if let Some(time) = latencies.percentile(percent) {
            text.sample(name, &[labels, &[("quantile", quantile)]].concat(), time.as_secs_f64());
        }
    }
    text.sample(&format!("{name}_count"), labels, latencies.count() as f64);
    text.sample(&format!("{name}_sum"), labels, latencies.sum().as_secs_f64());
}

fn thresholds(report: &Report, text: &mut OpenMetrics) {
    text.family("threshold_kept", "gauge", "1 where the threshold was kept.");
    for result in &report.thresholds {
        let kept = if result.passed() { 1.0 } else { 0.0 };
        text.sample("threshold_kept", &[("threshold", &result.threshold)], kept);
    }
}

/// Metrics of the user's own.
fn own(report: &Report, text: &mut OpenMetrics) {
    text.family("checks", "counter", "Soft checks.");
    for row in &report.soft_checks {
        for (result, count) in [("passed", row.passed), ("failed", row.failed)] {
            text.sample("checks_total", &[("name", &row.name), ("result", result)], count as f64);
        }
    }
    text.family("counter", "gauge", "Sums of counters of the user's own.");
    report.counters.iter().for_each(|row| text.sample("counter", &[("name", &row.name)], row.sum));
    text.family("gauge", "gauge", "Last values of gauges of the user's own.");
    report.gauges.iter().for_each(|row| text.sample("gauge", &[("name", &row.name)], row.last));
    text.family("trend", "summary", "Trends of the user's own.");
    report.trends.iter().for_each(|row| trend(text, row));
}

fn trend(text: &mut OpenMetrics, row: &TrendRow) {
    let name = ("name", &*row.name);
    for (percent, quantile) in OF_TRENDS {
        if let Some(value) = row.percentile(percent) {
            text.sample("trend", &[name, ("quantile", quantile)], value);
        }
    }
    text.sample("trend_count", &[name], row.count as f64);
    text.sample("trend_sum", &[name], row.sum);
}

/// A value of a label: three characters have escapes, and invisible ones are escaped as in the text report.
fn escape_label(value: &str) -> String {
    let value = crate::output::escape::escape(value);
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

fn number(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".into(),
        f64::INFINITY => "+Inf".into(),
        f64::NEG_INFINITY => "-Inf".into(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_labels_are_those_of_the_format() {
        let numbers = [0.0, 1.5, f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(number);

        assert_eq!(numbers, ["0", "1.5", "+Inf", "-Inf", "NaN"]);
        assert_eq!(escape_label("a \"b\" \\ \n"), "a \\\"b\\\" \\\\ \\\\n");
    }
}
