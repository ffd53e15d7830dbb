//! A row for each scenario, route and timer, for spreadsheets and data frames. Times are in milliseconds; a cell is
//! empty if there are too few samples.

use std::time::Duration;

use super::series;
use crate::output::escape::escape;
use crate::report::{Report, SeriesRow};

const HEADER: &str = "kind,name,count,ok,failed,cancelled,per_second,min_ms,mean_ms,p50_ms,p90_ms,p95_ms,p99_ms,\
                      p99_9_ms,max_ms,failed_p50_ms,failed_max_ms,service_p50_ms,service_p99_ms,warm_up";

/// First characters of cells that spreadsheets interpret as formulas.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(super) fn render(report: &Report) -> String {
    let mut text = format!("{HEADER}\n");
    for (kind, row) in series(report) {
        let mut cells = vec![kind.to_owned(), cell(&row.name)];
        for count in [row.count(), row.ok.count(), row.failed.count(), row.cancelled] {
            cells.push(count.to_string());
        }
        cells.push(format!("{:.3}", report.rate_of(row).in_second()));
        for time in times(row) {
            cells.push(millis(time));
        }
        cells.push(row.warm_up.to_string());
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

fn times(row: &SeriesRow) -> [Option<Duration>; 12] {
    let (ok, failed) = (&row.ok, &row.failed);
    let service = row.service.as_ref().map(|service| &service.ok);
    [
        ok.min(),
        ok.mean(),
        ok.percentile(50.0),
        ok.percentile(90.0),
        ok.percentile(95.0),
        ok.percentile(99.0),
        ok.percentile(99.9),
        ok.max(),
        failed.percentile(50.0),
        failed.max(),
        service.and_then(|service| service.percentile(50.0)),
        service.and_then(|service| service.percentile(99.0)),
    ]
}

/// A time in milliseconds, or empty text.
pub(super) fn millis(time: Option<Duration>) -> String {
    time.map(|time| format!("{:.3}", time.as_secs_f64() * 1e3)).unwrap_or_default()
}

/// An external text as a cell: on one line, quoted if necessary, and no formula.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(FORMULA) { "'" } else { "" };
    let text = format!("{guard}{}", escape(text));
    if text.contains([',', '"', '\'']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_no_formulas_and_stay_on_their_line() {
        for (text, written) in [
            ("GET /items/{id}", "GET /items/{id}"),
            ("a, \"b\"", "\"a, \"\"b\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("-2", "\"'-2\""),
            ("\tx", "\"'\\tx\""),
            ("one\r\ntwo", "one\\r\\ntwo"),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
