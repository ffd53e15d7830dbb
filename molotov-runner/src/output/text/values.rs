//! The tables without latencies: the mix of scenarios, and metrics of the user's own.

use crate::output::table::{Table, TableRow};
use crate::output::text_style::TextStyle;
use crate::report::Report;
use crate::units::{NONE, count, estimate, number, percentage, share, told_rate};

/// Wanted against actual shares of the scenarios; one scenario has no mix.
pub(super) fn mix(report: &Report, look: &TextStyle) -> String {
    if report.mix.len() < 2 || report.iterations.started == 0 {
        return String::new();
    }
    let row = |mix: &crate::report::Mix| {
        let points = ((mix.actual.fraction() - mix.wanted.fraction()) * 1_000.0).round() / 10.0;
        let difference = if points == 0.0 { "0.0 points".into() } else { format!("{points:+.1} points") };
        TableRow::new(&mix.scenario, vec![share(mix.wanted), share(mix.actual), difference])
    };
    let rows = report.mix.iter().map(row).collect();
    table("Mix of iterations started", &["wanted", "actual", "difference"], rows, look)
}

/// Soft checks.
pub(super) fn checks(report: &Report, look: &TextStyle) -> String {
    let row = |check: &crate::report::SoftCheckRow| {
        let all = check.passed + check.failed;
        TableRow::new(
            &check.name,
            vec![count(check.passed), count(check.failed), percentage(check.passed, all)],
        )
    };
    table("Checks", &["passed", "failed", "passed %"], report.soft_checks.iter().map(row).collect(), look)
}

/// Counters of the user's own.
pub(super) fn counters(report: &Report, look: &TextStyle) -> String {
    let row = |counter: &crate::report::CounterRow| {
        let rate = told_rate(counter.sum / report.elapsed.as_secs_f64(), report.elapsed);
        let rate = rate.unwrap_or_else(|| NONE.into());
        TableRow::new(&counter.name, vec![number(counter.sum), rate])
    };
    table("Counters", &["sum", "rate"], report.counters.iter().map(row).collect(), look)
}

/// Gauges of the user's own.
pub(super) fn gauges(report: &Report, look: &TextStyle) -> String {
    let row = |gauge: &crate::report::GaugeRow| {
        TableRow::new(&gauge.name, vec![number(gauge.last), number(gauge.min), number(gauge.max)])
    };
    table("Gauges", &["last", "min", "max"], report.gauges.iter().map(row).collect(), look)
}

/// Trends of the user's own.
pub(super) fn trends(report: &Report, look: &TextStyle) -> String {
    let row = |trend: &crate::report::TrendRow| {
        let percentile = |value: Option<f64>| value.map_or_else(|| NONE.into(), estimate);
        let mean = if trend.count > 0 { estimate(trend.sum / trend.count as f64) } else { NONE.into() };
        let percentiles = [trend.p50, trend.p95, trend.p99].map(percentile);
        let mut cells = vec![count(trend.count), mean, number(trend.min)];
        cells.extend(percentiles);
        cells.push(number(trend.max));
        TableRow::new(&trend.name, cells)
    };
    let columns = &["count", "mean", "min", "p50", "p95", "p99", "max"];
    table("Trends", columns, report.trends.iter().map(row).collect(), look)
}

fn table(
    title: &'static str,
    counts: &'static [&'static str],
    rows: Vec<TableRow>,
    look: &TextStyle,
) -> String {
    Table { title, counts, spread: &[], rows }.render(look)
}
