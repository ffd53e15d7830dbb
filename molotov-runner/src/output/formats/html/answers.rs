//! The results on the first screen: findings and figures.

use super::table;
use super::writer::Html;
use crate::output::escape::escape;
use crate::output::text;
use crate::report::{Finding, Report};
use crate::units::{NONE, count, latency_or_none, percentage, rate_over};

/// Findings, in the order of their numbers in the charts.
pub(super) fn findings(html: &mut Html, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    html.open_section("findings", "What happened");
    table::list(
        html,
        "ol",
        "findings",
        findings.iter().map(|finding| text::sentence(&escape(&finding.text))),
    );
    html.close();
}

/// The figures of the run.
pub(super) fn figures(html: &mut Html, report: &Report) {
    if report.iterations.started == 0 {
        return;
    }
    html.open_section("figures", "How fast");
    let figures = all(report);
    table::facts(html, "tiles", figures.iter().map(|(label, figure)| (label.as_str(), figure.as_str())));
    html.close();
}

fn all(report: &Report) -> Vec<(String, String)> {
    let of_requests = report.requests.attempted > 0;
    let mut figures = Vec::new();
    if of_requests {
        figures.push(("requests".into(), rate(report.steady_request_rate().in_second(), report)));
        let ended = report.requests.attempted - report.requests.cancelled;
        figures.push(("requests failed".into(), percentage(report.requests.failures(), ended)));
        for (name, percent) in [("p50", 50.0), ("p90", 90.0), ("p99", 99.0)] {
            figures.push((name.into(), latency_or_none(report.latency.percentile(percent))));
        }
        figures.push(("max".into(), latency_or_none(report.latency.max())));
        let samples = if report.requests.failures() > 0 { "samples, all ok" } else { "samples" };
        figures.push((samples.into(), count(report.latency.count())));
    }
    if let Some(service) = &report.service {
        figures.push(("service time p99".into(), latency_or_none(service.percentile(99.0))));
    }
    figures.push(("iterations".into(), rate(report.steady_iteration_rate().in_second(), report)));
    figures.push((
        "iterations failed".into(),
        percentage(report.iterations.failures(), report.iterations.finished()),
    ));
    if let Some(offered) = &report.offered {
        figures.push(("arrivals dropped".into(), count(offered.dropped)));
    }
    figures.push(("users".into(), count(report.settings.users.into())));
    figures
}

fn rate(per_second: f64, report: &Report) -> String {
    rate_over(per_second, report.elapsed).unwrap_or_else(|| NONE.into())
}
