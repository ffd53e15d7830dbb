//! The spectrum of percentiles: the latencies of the slowest half, tenth, hundredth and so on.

use molotov_core::Latencies;

use super::chart::{Frame, Look, Unit, ValueScale, WIDTH, curve, path};
use super::table;
use super::writer::Html;
use crate::report::Report;
use crate::units::{count, latency_or_none};

/// The height of the chart, in pixels.
const HEIGHT: f64 = 160.0;

/// The number of points per decade; the share of slower requests falls to a tenth with each decade.
const POINTS: usize = 20;

/// The maximum number of decades: p99.999.
const MOST_DECADES: usize = 5;

const PERCENTILES: [f64; 8] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99, 99.999];

/// Latencies, with their name and their look.
struct Spectrum {
    name: &'static str,
    look: Look,
    times: Latencies,
    /// The percentiles with enough samples: the decade of each, and its latency in microseconds.
    points: Vec<(f64, f64)>,
}

/// Writes the spectrum of all requests; writes nothing if none ended.
pub(super) fn write(html: &mut Html, report: &Report) {
    let spectra = spectra(report);
    let Some(most) =
        spectra.iter().flat_map(|spectrum| &spectrum.points).map(|point| point.0).reduce(f64::max)
    else {
        return;
    };
    html.open_section("spectrum", "Percentiles");
    chart(html, &spectra, most.max(1.0));
    html.open("details", &[]);
    html.element("summary", &[("id", "spectrum-table")], "Percentiles as a table");
    let mut columns = vec!["of".to_owned(), "count".to_owned()];
    columns.extend(PERCENTILES.iter().map(|percent| name(*percent)));
    let columns: Vec<_> = columns.iter().map(String::as_str).collect();
    let rows: Vec<_> =
        spectra.iter().map(|spectrum| (spectrum.name.to_owned(), cells(&spectrum.times))).collect();
    table::whole(html, "spectrum-table", &columns, &rows);
    html.close();
    html.close();
}

fn chart(html: &mut Html, spectra: &[Spectrum], most: f64) {
    let values = spectra.iter().flat_map(|spectrum| &spectrum.points).map(|point| point.1.max(1.0));
    let (least, greatest) =
        values.fold((f64::MAX, 0.0), |(low, high), value| (value.min(low), value.max(high)));
    let scale = ValueScale::log(least, greatest);
    let words: Vec<_> = spectra
        .iter()
        .map(|spectrum| {
            let (p50, p99) = (spectrum.times.percentile(50.0), spectrum.times.percentile(99.0));
            format!("{}: p50 {}, p99 {}", spectrum.name, latency_or_none(p50), latency_or_none(p99))
        })
        .collect();
    let frame = Frame {
        id: "percentiles",
        title: "Latency of requests",
        note: "by the share of requests that were as fast",
        words: &format!("Percentiles of latency. {}.", words.join("; ")),
        height: HEIGHT,
        scale: &scale,
        unit: Unit::Time,
    };
    let ticks = PERCENTILES.into_iter().filter(|percent| ![75.0, 95.0].contains(percent));
    let ticks =
        ticks.map(|percent| (decade(percent) / most, name(percent))).filter(|(share, _)| *share <= 1.001);
    frame.open(html, spectra.iter().map(|spectrum| (spectrum.name, spectrum.look)), ticks);
    frame.open_body(html);
    for spectrum in spectra.iter().rev() {
        let points = spectrum.points.iter();
        let points =
            points.map(|(decade, time)| (decade / most * WIDTH, HEIGHT * (1.0 - scale.share(*time))));
        path(html, &spectrum.look, &curve(points));
    }
    html.close();
    Frame::close(html);
}

fn spectra(report: &Report) -> Vec<Spectrum> {
    let ok = if report.service.is_some() { "from when they were due" } else { "that were ok" };
    let mut failed = Latencies::default();
    report.routes.iter().for_each(|row| failed.add(&row.failed));
    let spectra = [
        (ok, Look::stroke("p99", "#c03a00", "2", ""), report.latency.clone()),
        (
            "service times",
            Look::stroke("p90", "#111111", "1.5", "5 3"),
            report.service.clone().unwrap_or_default(),
        ),
        ("that failed", Look::stroke("max", "#767676", "1.5", "1 2"), failed),
    ];
    let spectra = spectra.into_iter().map(|(name, look, times)| {
        let points = points(&times);
        Spectrum { name, look, times, points }
    });
    spectra.filter(|spectrum| spectrum.points.len() > 1).collect()
}

fn points(times: &Latencies) -> Vec<(f64, f64)> {
    let decades = (1..=MOST_DECADES * POINTS).map(|point| point as f64 / POINTS as f64);
    let points = decades.map_while(|decade| {
        let time = times.percentile(100.0 * (1.0 - 10f64.powf(-decade)))?;
        Some((decade, time.as_secs_f64() * 1e6))
    });
    points.collect()
}

/// The place of a percentile: 1 for p90, 2 for p99.
fn decade(percent: f64) -> f64 {
    -(1.0 - percent / 100.0).log10()
}

fn name(percent: f64) -> String {
    format!("p{percent}")
}

fn cells(times: &Latencies) -> Vec<String> {
    let mut cells = vec![count(times.count())];
    for percent in PERCENTILES {
        cells.push(latency_or_none(times.percentile(percent)));
    }
    cells
}
