//! Each chart of a page as a snapshot of its own.

use super::{Report, render, test_reports};

/// A figure of the page, without the columns that only a pointer finds.
fn chart(page: &str, id: &str) -> String {
    let (_, figure) = page.split_once(&format!("<figure class=\"chart\" id=\"{id}\">")).expect("the chart");
    let (figure, _) = figure.split_once("</figure>").expect("its end");
    let (before, hits) = figure.split_once("<g class=\"hits\"").unwrap_or((figure, "</g>\n"));
    let (_, after) = hits.split_once("</g>\n").expect("the end of the columns");
    format!("{before}{after}")
}

/// A short run with all that charts show: failures of two kinds, connections, and a load generator that was late.
fn report() -> Report {
    let mut report = test_reports::short();
    let (ok, service) = (report.latency.clone(), report.routes[0].ok.clone());
    report.offered = Some(crate::report::Offered::default());
    report.service = Some(service);
    for (window, n) in report.windows.iter_mut().zip(1u64..) {
        (window.users, window.scheduled, window.dropped) = (20, 210 * n, 5 * n);
        (window.failed_requests, window.connections) = (7 * n, 20 / n);
        window.kinds =
            [(molotov_core::FailureKind::Http5xx, 5 * n), (molotov_core::FailureKind::TimeoutHead, 2 * n)]
                .into();
        window.lag = std::time::Duration::from_millis(3 * n);
        window.cpu_used = std::time::Duration::from_millis(400 * n);
    }
    Report { latency: ok, ..report }
}

#[test]
fn charts_are_drawn_as_they_were() {
    let page = render(&report());
    for id in ["rate", "failed", "latency", "users", "connections", "lag", "processors", "percentiles"] {
        insta::assert_snapshot!(id, chart(&page, id));
    }
}
