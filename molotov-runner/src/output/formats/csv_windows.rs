//! A row for each second of the run. Times are in seconds, latencies in milliseconds.

use super::csv::millis;
use super::seconds;
use crate::report::{Report, Window};

const HEADER: &str = "start_s,length_s,users,scheduled,started,dropped,iterations,failed_iterations,requests,\
                      failed_requests,p50_ms,p95_ms,p99_ms,connections,connecting_ms,lag_ms,cpu_used_ms,kinds";

pub(super) fn render(report: &Report) -> String {
    let rows = report.windows.iter().map(|window| format!("{}\n", row(window)));
    format!("{HEADER}\n{}", rows.collect::<String>())
}

fn row(window: &Window) -> String {
    let counts = [
        u64::from(window.users),
        window.scheduled,
        window.started,
        window.dropped,
        window.iterations,
        window.failed_iterations,
        window.requests,
        window.failed_requests,
    ];
    let mut cells = vec![seconds(window.start), seconds(window.length)];
    for count in counts {
        cells.push(count.to_string());
    }
    cells.extend([millis(window.p50), millis(window.p95), millis(window.p99)]);
    cells.push(window.connections.to_string());
    for time in [window.connecting, window.lag, window.cpu_used] {
        cells.push(millis(Some(time)));
    }
    let kinds = window.kinds.iter().map(|(kind, count)| format!("{kind}={count}"));
    cells.push(kinds.collect::<Vec<_>>().join(" "));
    cells.join(",")
}
