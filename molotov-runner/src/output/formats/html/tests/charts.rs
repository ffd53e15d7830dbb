//! Each chart of a page as a snapshot of its own.

use super::{Report, render, test_reports};

/// A figure of the page, without its invisible columns.
fn chart(page: &str, id: &str) -> String {
    let (_, figure) = page.split_once(&format!("<figure class=\"chart\" id=\"{id}\">")).expect("the chart");
    let (figure, _) = figure.split_once("</figure>").expect("its end");
    let (before, hits) = figure.split_once("<g class=\"hits\"").unwrap_or((figure, "</g>\n"));
    let (_, after) = hits.split_once("</g>\n").expect("the end of the columns");
    format!("{before}{after}")
}

/// A short run with all content of charts: failures of two kinds, connections, and a late load generator.
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

#[test]
fn stages_and_an_early_end_are_marked_in_all_charts() {
    let mut report = report();
    report.settings.load = crate::Plan::stages("20 for 1s, 20..40 in 1s").load.settings();
    report.ended = crate::report::Ended::Stopped("</script>".into());
    report.gaps.time = std::time::Duration::from_millis(1_500);

    let page = render(&report);

    for id in ["rate", "failed", "latency", "users", "connections", "lag", "processors"] {
        let chart = chart(&page, id);
        for part in [
            "<path class=\"mark plan\" fill=\"none\" stroke=\"#595959\"",
            "<title>stage 2: 20..40 in 1s</title>",
            "S2</text>",
            "<title>ended before its time, at 1.5 s: a scenario stopped it: &lt;/script&gt;</title>",
            "■</text>",
        ] {
            assert!(chart.contains(part), "{id}, {part}: {chart}");
        }
    }
}
