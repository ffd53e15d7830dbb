//! The tables of latencies: scenarios, routes, timers, the opening of connections.

use molotov_core::Latencies;

use super::notes::{self, MOST_ROWS};
use crate::output::table::{BESIDE, Table, TableRow};
use crate::output::text_style::TextStyle;
use crate::report::{Report, SeriesRow};
use crate::units::{NONE, count, latency_or_none, many, rate_over};

const COUNTS: &[&str] = &["count", "failed", "rate"];
const ROUTE_COUNTS: &[&str] = &["count", "failed", "rate", "status"];
const SPREAD: &[&str] = &["min", "p50", "p90", "p95", "p99", "p99.9", "max"];

/// The part of the waiting time from which on the time of receiving is shown: a tenth.
const TOLD: u32 = 10;

const PERCENTILES: [f64; 5] = [50.0, 90.0, 95.0, 99.0, 99.9];

/// Iterations by scenario.
pub(super) fn scenarios(report: &Report, look: &TextStyle) -> String {
    let rows = report.scenarios.iter().cloned().chain(all(&report.scenarios, "(all scenarios)"));
    let rows = rows.map(|row| line(&row, report)).collect();
    Table { title: "Scenarios", counts: COUNTS, spread: SPREAD, rows }.render(look)
}

/// Requests by route, with the statuses of the responses.
pub(super) fn routes(report: &Report, look: &TextStyle) -> String {
    let (shown, rest) = busiest(&report.routes, look, "routes");
    let mut rows: Vec<_> = shown.iter().map(|row| route(row, report)).collect();
    rows.extend(all(&report.routes, "(all routes)").into_iter().map(|row| route(&row, report)));
    let table = Table { title: "Routes", counts: ROUTE_COUNTS, spread: SPREAD, rows }.render(look);
    if rest.is_empty() {
        return table;
    }
    // The cure is more useful than the rows.
    [notes::of_routes(report, look), vec![table], rest].concat().join("\n")
}

/// The rows of a table that shows its own rows only if they are few: those with the most samples, and a note on the
/// others.
fn busiest(rows: &[SeriesRow], look: &TextStyle, what: &str) -> (Vec<SeriesRow>, Vec<String>) {
    if rows.len() <= MOST_ROWS {
        return (rows.to_vec(), Vec::new());
    }
    let mut shown = SeriesRow::busiest_first(rows);
    let hidden = shown.split_off(MOST_ROWS);
    let samples: u64 = hidden.iter().map(|row| row.count()).sum();
    let text = format!(
        "and {} more {what}, with {}; `--report FILE.json` has all of them",
        count(hidden.len() as u64),
        many(samples, "sample", "samples")
    );
    (shown.into_iter().cloned().collect(), look.wrap(&text, look.narrow(), usize::MAX))
}

/// Renders the times of `session.measure`.
pub(super) fn timers(report: &Report, look: &TextStyle) -> String {
    let (shown, rest) = busiest(&report.timers, look, "timers");
    let rows = shown.iter().map(|row| line(row, report)).collect();
    let table = Table { title: "Timers", counts: COUNTS, spread: SPREAD, rows }.render(look);
    [vec![table], rest].concat().join("\n")
}

/// Renders the times of opening connections, by phase.
pub(super) fn connections(report: &Report, look: &TextStyle) -> String {
    let connections = &report.connections;
    let phases =
        [("name lookup", &connections.dns), ("connect", &connections.connect), ("TLS", &connections.tls)];
    let rows = phases
        .into_iter()
        .filter(|(_, times)| times.max().is_some_and(|max| !max.is_zero()))
        .map(|(name, times)| TableRow::new(name, vec![count(times.count())]).spread(BESIDE, cells(times)));
    Table { title: "New connections", counts: &["count"], spread: SPREAD, rows: rows.collect() }.render(look)
}

/// Returns all rows as one, if there are several.
fn all(rows: &[SeriesRow], name: &str) -> Option<SeriesRow> {
    if rows.len() > 1 { SeriesRow::sum(rows, name) } else { None }
}

/// A row with the statuses; their counts are shown if there are several.
fn route(row: &SeriesRow, report: &Report) -> TableRow {
    let several = (row.statuses.len() > 1).then(|| {
        let all: Vec<_> =
            row.statuses.iter().map(|(status, n)| format!("{status} × {}", count(*n))).collect();
        format!("status {}", all.join(", "))
    });
    let statuses: Vec<_> = row.statuses.keys().map(u16::to_string).collect();
    let status = match statuses.as_slice() {
        [] => NONE.into(),
        [first, _, _, ..] => format!("{first}, …"),
        few => few.join(", "),
    };
    let line = spreads(TableRow::new(&row.name, [counts(row, report), vec![status]].concat()), row);
    phases(line, row).below(several)
}

/// Adds the times in which a route waited for its responses and received them, if receiving is a significant part of
/// its latency.
fn phases(line: TableRow, row: &SeriesRow) -> TableRow {
    let told = row.phases.as_ref().filter(|phases| phases.receiving.sum() * TOLD >= phases.waiting.sum());
    match told.filter(|phases| !phases.receiving.sum().is_zero()) {
        Some(phases) => {
            line.spread("waiting", cells(&phases.waiting)).spread("receiving", cells(&phases.receiving))
        }
        None => line,
    }
}

/// A row.
fn line(row: &SeriesRow, report: &Report) -> TableRow {
    spreads(TableRow::new(&row.name, counts(row, report)), row)
}

fn counts(row: &SeriesRow, report: &Report) -> Vec<String> {
    vec![count(row.count()), count(row.failed.count()), rate_cell(row, report)]
}

/// The rate of a row. A row of set-ups alone has none in the load.
pub(in crate::output) fn rate_cell(row: &SeriesRow, report: &Report) -> String {
    let of_load = row.in_load > 0 || row.count() == 0;
    let rate = rate_over(report.steady_rate_of(row).in_second(), report.elapsed).filter(|_| of_load);
    rate.unwrap_or_else(|| NONE.into())
}

/// Adds the spreads of good samples and of failures, which never share a percentile.
fn spreads(line: TableRow, row: &SeriesRow) -> TableRow {
    let service = row.service.as_ref();
    let line = both(line, BESIDE, &row.ok, service.map(|service| &service.ok));
    both(line, "failed", &row.failed, service.map(|service| &service.failed))
}

/// Latencies, and below them their service times if they had due times.
fn both(mut line: TableRow, label: &'static str, times: &Latencies, service: Option<&Latencies>) -> TableRow {
    if times.count() > 0 {
        line = line.spread(label, cells(times));
        line = service.into_iter().fold(line, |line, service| line.spread("service", cells(service)));
    }
    line
}

fn cells(times: &Latencies) -> Vec<String> {
    let mut cells = vec![latency_or_none(times.min())];
    for percent in PERCENTILES {
        cells.push(latency_or_none(times.percentile(percent)));
    }
    cells.push(latency_or_none(times.max()));
    cells
}
