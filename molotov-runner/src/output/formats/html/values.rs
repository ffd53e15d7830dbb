//! Connections and phases, the mix of scenarios, and metrics of the user's own.

use molotov_core::Latencies;

use super::table;
use super::writer::Html;
use crate::output::escape::{fit, name};
use crate::output::text;
use crate::report::{Mix, Report};
use crate::units::{NONE, count, estimate, latency_or_none, number, percentage, share};

/// The maximum number of rows of a table.
const MOST_ROWS: usize = 100;

/// The maximum width of a name, in columns.
const LONGEST_NAME: usize = 160;

const SPREAD: [&str; 8] = ["times of", "count", "min", "p50", "p90", "p99", "p99.9", "max"];

/// The times of opening connections, and of waiting for responses and receiving them.
pub(super) fn phases(html: &mut Html, report: &Report) {
    let connections = &report.connections;
    let mut phases = vec![
        ("name lookup", connections.dns.clone()),
        ("connect", connections.connect.clone()),
        ("TLS", connections.tls.clone()),
    ];
    let mut waiting = Latencies::default();
    let mut receiving = Latencies::default();
    for phases in report.routes.iter().filter_map(|row| row.phases.as_ref()) {
        waiting.add(&phases.waiting);
        receiving.add(&phases.receiving);
    }
    phases.extend([("first byte of a response", waiting), ("rest of a response", receiving)]);
    phases.retain(|(_, times)| times.max().is_some_and(|max| !max.is_zero()));
    let rows: Vec<_> = phases.iter().map(|(name, times)| ((*name).to_owned(), spread(times))).collect();
    table::section(html, "phases", "Phases", &SPREAD, &rows);
}

fn spread(times: &Latencies) -> Vec<String> {
    let mut cells = vec![count(times.count()), latency_or_none(times.min())];
    for percent in [50.0, 90.0, 99.0, 99.9] {
        cells.push(latency_or_none(times.percentile(percent)));
    }
    cells.push(latency_or_none(times.max()));
    cells
}

/// Planned against actual shares of the scenarios; a single scenario has no mix.
pub(super) fn mix(html: &mut Html, report: &Report) {
    if report.mix.len() < 2 || report.iterations.started == 0 {
        return;
    }
    let rows = report.mix.iter().map(|mix| (shown(&mix.scenario), mix_cells(mix)));
    section(html, "mix", "Mix of scenarios", &["scenario", "wanted", "actual", "difference"], rows);
}

fn mix_cells(mix: &Mix) -> Vec<String> {
    vec![share(mix.wanted), share(mix.actual), text::mix_difference(mix)]
}

/// Checks, counters, gauges and trends.
pub(super) fn metrics(html: &mut Html, report: &Report) {
    let checks = report.soft_checks.iter().map(|check| {
        let share = percentage(check.passed, check.passed + check.failed);
        (shown(&check.name), vec![count(check.passed), count(check.failed), share])
    });
    section(html, "checks", "Checks", &["check", "passed", "failed", "passed %"], checks);
    let counters =
        report.counters.iter().map(|row| (shown(&row.name), vec![number(row.sum), count(row.count)]));
    section(html, "counters", "Counters", &["counter", "sum", "additions"], counters);
    let gauges = report
        .gauges
        .iter()
        .map(|row| (shown(&row.name), vec![number(row.last), number(row.min), number(row.max)]));
    section(html, "gauges", "Gauges", &["gauge", "last", "min", "max"], gauges);
    let trends = report.trends.iter().map(|row| {
        let mut cells = vec![count(row.count)];
        for figure in [row.mean(), Some(row.min), row.p50, row.p95, row.p99, Some(row.max)] {
            cells.push(figure.map_or_else(|| NONE.into(), estimate));
        }
        (shown(&row.name), cells)
    });
    let columns = ["trend", "count", "mean", "min", "p50", "p95", "p99", "max"];
    section(html, "trends", "Trends", &columns, trends);
}

fn section(
    html: &mut Html,
    id: &'static str,
    title: &'static str,
    columns: &[&str],
    rows: impl Iterator<Item = (String, Vec<String>)>,
) {
    table::section(html, id, title, columns, &rows.take(MOST_ROWS).collect::<Vec<_>>());
}

fn shown(text: &str) -> String {
    fit(&name(text), LONGEST_NAME).into_owned()
}
