//! The tables without latencies: the mix of scenarios, and metrics of the user's own.

use crate::output::table::{Table, TableRow};
use crate::output::text_style::TextStyle;
use crate::report::{CounterRow, GaugeRow, Mix, Report, SoftCheckRow, TrendRow};
use crate::units::{NONE, count, estimate, number, percentage, rate_over, share};

/// Planned against actual shares of the scenarios; a single scenario has no mix.
pub(super) fn mix(report: &Report, look: &TextStyle) -> String {
    if report.mix.len() < 2 || report.iterations.started == 0 {
        return String::new();
    }
    let rows = report.mix.iter().map(mix_row).collect();
    table("Mix of iterations started", &["wanted", "actual", "difference"], rows, look)
}

fn mix_row(mix: &Mix) -> TableRow {
    TableRow::new(&mix.scenario, vec![share(mix.wanted), share(mix.actual), difference(mix)])
}

/// The difference between the actual share and the planned one.
pub(in crate::output) fn difference(mix: &Mix) -> String {
    let points = ((mix.actual.fraction() - mix.wanted.fraction()) * 1_000.0).round() / 10.0;
    if points == 0.0 { "0.0 points".into() } else { format!("{points:+.1} points") }
}

/// Soft checks.
pub(super) fn checks(report: &Report, look: &TextStyle) -> String {
    let rows = report.soft_checks.iter().map(check_row).collect();
    table("Checks", &["passed", "failed", "passed %"], rows, look)
}

fn check_row(check: &SoftCheckRow) -> TableRow {
    let share = percentage(check.passed, check.passed + check.failed);
    TableRow::new(&check.name, vec![count(check.passed), count(check.failed), share])
}

/// Counters of the user's own.
pub(super) fn counters(report: &Report, look: &TextStyle) -> String {
    let rows = report.counters.iter().map(|counter| counter_row(counter, report)).collect();
    table("Counters", &["sum", "rate"], rows, look)
}

fn counter_row(counter: &CounterRow, report: &Report) -> TableRow {
    let rate = rate_over(counter.sum / report.elapsed.as_secs_f64(), report.elapsed);
    TableRow::new(&counter.name, vec![number(counter.sum), rate.unwrap_or_else(|| NONE.into())])
}

/// Gauges of the user's own.
pub(super) fn gauges(report: &Report, look: &TextStyle) -> String {
    let rows = report.gauges.iter().map(gauge_row).collect();
    table("Gauges", &["last", "min", "max"], rows, look)
}

fn gauge_row(gauge: &GaugeRow) -> TableRow {
    TableRow::new(&gauge.name, vec![number(gauge.last), number(gauge.min), number(gauge.max)])
}

/// Trends of the user's own.
pub(super) fn trends(report: &Report, look: &TextStyle) -> String {
    let columns = &["count", "mean", "min", "p50", "p95", "p99", "max"];
    table("Trends", columns, report.trends.iter().map(trend_row).collect(), look)
}

fn trend_row(trend: &TrendRow) -> TableRow {
    let mean = (trend.count > 0).then(|| trend.sum / trend.count as f64);
    let mut cells = vec![count(trend.count), estimate_or_none(mean), number(trend.min)];
    cells.extend([estimate_or_none(trend.p50), estimate_or_none(trend.p95), estimate_or_none(trend.p99)]);
    cells.push(number(trend.max));
    TableRow::new(&trend.name, cells)
}

fn estimate_or_none(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.into(), estimate)
}

fn table(
    title: &'static str,
    counts: &'static [&'static str],
    rows: Vec<TableRow>,
    look: &TextStyle,
) -> String {
    Table { title, counts, spread: &[], rows }.render(look)
}
