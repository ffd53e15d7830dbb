//! An interval log of HdrHistogram (version 1.3), which its tools read in every language: for each series one interval
//! with the whole run, and one for each second of the course. Values are in microseconds.
//!
//! The interval without a tag has the latencies of all good requests; those tagged `requests` have the requests that
//! ended in a second, good or failed. The others are tagged `KIND:NAME:OF`, for instance `route:GET%20/items:ok`.

use std::time::{Duration, SystemTime};

use molotov_core::Latencies;

use super::series;
use crate::report::{Report, SeriesRow};

const COLUMNS: &str = r#""StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram""#;

pub(super) fn render(report: &Report) -> String {
    let started = report.started_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut text = String::from("#[Histogram log format version 1.3]\n");
    text.push_str(&format!(
        "#[StartTime: {:.3} (seconds since epoch), {}]\n",
        started.as_secs_f64(),
        humantime::format_rfc3339_millis(report.started_at)
    ));
    let whole = (Duration::ZERO, report.elapsed);
    text.push_str(&format!("{COLUMNS}\n{}", interval("", whole, &report.latency)));
    for window in report.windows.iter().filter(|window| window.requests > 0) {
        let time = (window.start, window.length);
        text.push_str(&interval("Tag=requests,", time, &window.latency.to_latencies()));
    }
    for (kind, row) in series(report) {
        for (of, latencies) in parts(row).into_iter().filter(|(_, latencies)| latencies.count() > 0) {
            let tag = format!("Tag={kind}:{}:{of},", percent_encoded(&row.name));
            text.push_str(&interval(&tag, whole, latencies));
        }
    }
    text
}

fn parts(row: &SeriesRow) -> Vec<(&'static str, &Latencies)> {
    let mut parts = vec![("ok", &row.ok), ("failed", &row.failed)];
    if let Some(service) = &row.service {
        parts.extend([("ok_service", &service.ok), ("failed_service", &service.failed)]);
    }
    parts
}

fn interval(tag: &str, (start, length): (Duration, Duration), latencies: &Latencies) -> String {
    let (start, length) = (start.as_secs_f64(), length.as_secs_f64());
    let greatest = latencies.max().unwrap_or_default().as_secs_f64() * 1e3;
    let histogram = latencies.compressed_histogram();
    format!("{tag}{start:.3},{length:.3},{greatest:.3},{histogram}\n")
}

/// A name without the characters that end a tag: spaces, commas, control characters. The percent sign itself is encoded
/// too.
fn percent_encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'%' | b',' | b'"' | b'#' | b'=' | 0..=b' ' | 0x7f.. => encoded.push_str(&format!("%{byte:02X}")),
            _ => encoded.push(char::from(byte)),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_no_character_that_ends_them() {
        assert_eq!(percent_encoded("GET /a,b é\n100%"), "GET%20/a%2Cb%20%C3%A9%0A100%25");
    }
}
