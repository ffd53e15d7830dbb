//! Each cell of a page is a figure of the JSON report.

use std::cmp::Reverse;
use std::time::Duration;

use molotov_core::Latencies;
use serde_json::{Value, json};

use super::{Report, render, test_reports};
use crate::units::{self, NONE};

const PERCENTILES: [&str; 6] = ["min_ms", "p50_ms", "p90_ms", "p99_ms", "p99_9_ms", "max_ms"];

/// The cells of each row of a section's table, except for drawings.
fn table(page: &str, id: &str) -> Vec<Vec<String>> {
    let Some((_, section)) = page.split_once(&format!("<section id=\"{id}\"")) else { return Vec::new() };
    let (section, _) = section.split_once("</section>").expect("its end");
    let Some((_, body)) = section.split_once("</thead>") else { return Vec::new() };
    body.split("<tr").skip(1).map(cells).collect()
}

fn cells(row: &str) -> Vec<String> {
    let cells = row.split("<t").skip(1).filter_map(|cell| cell.split_once('>'));
    let texts = cells.filter(|(tag, text)| tag.starts_with(['h', 'd']) && !text.starts_with("<svg"));
    let texts = texts.map(|(_, text)| text.split('<').next().unwrap_or_default());
    let texts = texts.map(|text| text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\""));
    // A cell for a drawing may be empty.
    texts.filter(|text| !text.is_empty()).collect()
}

fn parsed(report: &Report) -> Value {
    serde_json::from_str(&report.to_json()).expect("JSON")
}

fn items<'j>(json: &'j Value, key: &str) -> &'j [Value] {
    json[key].as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn count(value: &Value) -> String {
    units::count(value.as_u64().expect("a count"))
}

fn latency(millis: &Value) -> String {
    let time = millis.as_f64().map(|millis| Duration::from_nanos((millis * 1e6).round() as u64));
    units::latency_or_none(time)
}

fn share(part: &Value, whole: &Value) -> String {
    units::percentage(part.as_u64().unwrap(), whole.as_u64().unwrap())
}

fn spread(times: &Value) -> Vec<String> {
    PERCENTILES.iter().map(|key| latency(&times[key])).collect()
}

/// The rows of a table of latencies, and of several rows their sum.
fn series(json: &Value, key: &str) -> Vec<Vec<String>> {
    let mut rows: Vec<_> = items(json, key).to_vec();
    rows.sort_by_key(|row| Reverse(row["count"].as_u64()));
    rows.extend((rows.len() > 1).then(|| sum(&rows)));
    rows.iter().flat_map(|row| of_series(json, row, key == "routes")).collect()
}

/// The sum of rows: their histograms added up.
fn sum(rows: &[Value]) -> Value {
    let per_second: f64 = rows.iter().filter_map(|row| row["per_second"].as_f64()).sum();
    let mut statuses = serde_json::Map::new();
    for (status, count) in rows.iter().filter_map(|row| row["statuses"].as_object()).flatten() {
        let known = statuses.entry(status.clone()).or_insert(0.into());
        *known = (known.as_u64().unwrap() + count.as_u64().unwrap()).into();
    }
    let has_service = rows.iter().any(|row| !row["service"].is_null());
    let service: Vec<_> = rows.iter().filter(|_| has_service).map(service_of).collect();
    json!({
        "name": "all", "count": total(rows, "count"), "per_second": per_second,
        "in_load": total(rows, "in_load"), "in_steady": total(rows, "in_steady"), "statuses": statuses,
        "ok": added(rows.iter().map(|row| &row["ok"])), "failed": added(rows.iter().map(|row| &row["failed"])),
        "service": {
            "ok": added(service.iter().map(|row| &row["ok"])),
            "failed": added(service.iter().map(|row| &row["failed"])),
        },
    })
}

fn total(rows: &[Value], key: &str) -> u64 {
    rows.iter().filter_map(|row| row[key].as_u64()).sum()
}

/// The service times of a row. Without due times they are its latencies.
fn service_of(row: &Value) -> &Value {
    if row["service"].is_null() { row } else { &row["service"] }
}

/// The latencies of all these, read from the report.
fn added<'v>(values: impl Iterator<Item = &'v Value>) -> Latencies {
    let mut all = Latencies::default();
    for value in values.filter(|value| !value.is_null()) {
        all.add(&serde_json::from_value(value.clone()).expect("latencies"));
    }
    all
}

fn phases(json: &Value) -> Vec<Vec<String>> {
    let (opened, routes) = (&json["connections"], items(json, "routes"));
    let rows = [
        ("name lookup", added([&opened["dns"]].into_iter())),
        ("connect", added([&opened["connect"]].into_iter())),
        ("TLS", added([&opened["tls"]].into_iter())),
        ("first byte of a response", added(routes.iter().map(|route| &route["phases"]["waiting"]))),
        ("rest of a response", added(routes.iter().map(|route| &route["phases"]["receiving"]))),
    ];
    let rows = rows.into_iter().filter(|(_, times)| times.max().is_some_and(|max| !max.is_zero()));
    let rows = rows.map(|(name, times)| {
        let times = json!(times);
        [vec![name.to_owned(), count(&times["count"])], spread(&times)].concat()
    });
    rows.collect()
}

/// The table below the chart of percentiles.
fn percentiles(json: &Value) -> Vec<Vec<String>> {
    let service = added([&json["service_latency"]].into_iter());
    let ok = if service.count() > 0 { "from when they were due" } else { "that were ok" };
    let rows = [
        (ok, added([&json["latency"]].into_iter())),
        ("service times", service),
        ("that failed", added(items(json, "routes").iter().map(|route| &route["failed"]))),
    ];
    let rows = rows.into_iter().filter(|(_, times)| times.percentile(50.0).is_some());
    let rows = rows.map(|(name, times)| {
        let cells = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99, 99.999];
        let cells = cells.map(|percent| units::latency_or_none(times.percentile(percent)));
        [vec![name.to_owned(), units::count(times.count())], cells.to_vec()].concat()
    });
    rows.collect()
}

fn of_series(json: &Value, row: &Value, has_status: bool) -> Vec<Vec<String>> {
    let (failed, service) = (&row["failed"], &row["service"]);
    let failures = match failed["count"].as_u64() {
        Some(0) => "0".to_owned(),
        _ => format!("{} ({})", count(&failed["count"]), share(&failed["count"], &row["count"])),
    };
    let mut first = vec![text(&row["name"]), count(&row["count"]), failures, rate(json, row)];
    first.extend(spread(&row["ok"]));
    if has_status {
        let statuses = row["statuses"].as_object().expect("statuses");
        let shown = statuses.iter().map(|(status, count)| match statuses.len() {
            1 => status.clone(),
            _ => format!("{status} × {}", self::count(count)),
        });
        first.push(
            Some(shown.collect::<Vec<_>>().join(", ")).filter(|it| !it.is_empty()).unwrap_or(NONE.into()),
        );
    }
    let further = [
        ("service times", &service["ok"]),
        ("what failed", failed),
        ("what failed, service times", &service["failed"]),
    ];
    let further = further.iter().filter(|(_, times)| times["count"].as_u64().unwrap_or(0) > 0);
    let further = further
        .map(|(label, times)| [vec![(*label).to_owned(), count(&times["count"])], spread(times)].concat());
    [first].into_iter().chain(further).collect()
}

fn rate(json: &Value, row: &Value) -> String {
    if row["in_load"].as_u64() == Some(0) {
        return NONE.into();
    }
    let per_second = match json["steady"]["time_ms"].as_f64() {
        Some(millis) => row["in_steady"].as_f64().unwrap() / millis * 1e3,
        None => row["per_second"].as_f64().unwrap(),
    };
    units::rate(per_second)
}

fn windows(json: &Value) -> Vec<Vec<String>> {
    let is_open = !json["offered"].is_null();
    let rows = items(json, "windows").iter().map(|window| {
        let each = |key: &str| {
            units::rate(window[key].as_f64().unwrap() / window["length_ms"].as_f64().unwrap() * 1e3)
        };
        let failed = |part: &str, whole: &str| match window[whole].as_u64() {
            Some(0) => NONE.to_owned(),
            _ => share(&window[part], &window[whole]),
        };
        let start = Duration::from_secs_f64(window["start_ms"].as_f64().unwrap() / 1e3);
        let mut cells = vec![units::clock(start), count(&window["users"])];
        if is_open {
            cells.extend([each("scheduled"), each("dropped")]);
        }
        cells.extend([each("iterations"), failed("failed_iterations", "iterations")]);
        cells.extend([each("requests"), failed("failed_requests", "requests")]);
        let times = &window["latency"];
        cells.extend(["p50_ms", "p90_ms", "p99_ms", "max_ms"].map(|key| latency(&times[key])));
        cells
    });
    rows.collect()
}

fn number(value: &Value) -> String {
    units::number(value.as_f64().unwrap())
}

fn estimate(value: &Value) -> String {
    value.as_f64().map_or_else(|| NONE.into(), units::estimate)
}

fn metrics(json: &Value, key: &str) -> Vec<Vec<String>> {
    let rows = items(json, key).iter().map(|row| {
        let cells = match key {
            "checks" => {
                let all = row["passed"].as_u64().unwrap() + row["failed"].as_u64().unwrap();
                vec![count(&row["passed"]), count(&row["failed"]), share(&row["passed"], &all.into())]
            }
            "counters" => vec![number(&row["sum"]), count(&row["count"])],
            "gauges" => ["last", "min", "max"].map(|key| number(&row[key])).to_vec(),
            _ => {
                let mean = row["sum"].as_f64().unwrap() / row["count"].as_f64().unwrap();
                let figures = [&mean.into(), &row["min"], &row["p50"], &row["p95"], &row["p99"], &row["max"]];
                [count(&row["count"])].into_iter().chain(figures.map(estimate)).collect()
            }
        };
        [vec![text(&row["name"])], cells].concat()
    });
    rows.collect()
}

fn thresholds(json: &Value) -> Vec<Vec<String>> {
    let rows = items(json, "thresholds").iter().map(|result| {
        let observed = match result["unit"].as_str() {
            Some("ms") => latency(&result["observed"]),
            Some("share") => format!("{}%", units::estimate(result["observed"].as_f64().unwrap() * 100.0)),
            Some("per_second") => units::rate(result["observed"].as_f64().unwrap()),
            Some("number") => number(&result["observed"]),
            _ => NONE.into(),
        };
        let broken_at = result["broken_at_ms"].as_f64();
        let broken_at =
            broken_at.map_or_else(|| NONE.into(), |at| units::moment(Duration::from_secs_f64(at / 1e3)));
        let word = if result["passed"] == true { "pass" } else { "FAIL" };
        vec![text(&result["threshold"]), observed, count(&result["samples"]), word.to_owned(), broken_at]
    });
    rows.collect()
}

fn mix(json: &Value) -> Vec<Vec<String>> {
    let percent = |share: &Value| format!("{:.1}%", share.as_f64().unwrap() * 100.0);
    let rows = items(json, "mix").iter().map(|mix| {
        let [wanted, actual] = ["wanted", "actual"].map(|key| mix[key].as_f64().unwrap() * 100.0);
        let difference = format!("{:+.1} points", actual - wanted);
        vec![text(&mix["scenario"]), percent(&mix["wanted"]), percent(&mix["actual"]), difference]
    });
    rows.collect()
}

/// The rows with the first word of a result, which a reason may follow.
fn in_words(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    rows.iter_mut().for_each(|row| row[3].truncate(4));
    rows
}

#[test]
fn each_cell_of_a_table_is_a_figure_of_the_json_report() {
    for mut report in [test_reports::judged(), test_reports::due(), test_reports::streamed()] {
        report.windows.truncate(60);
        let (page, json) = (render(&report), parsed(&report));

        for key in ["scenarios", "routes", "timers"] {
            assert_eq!(table(&page, key), series(&json, key), "{key}");
        }
        for key in ["checks", "counters", "gauges", "trends"] {
            assert_eq!(table(&page, key), metrics(&json, key), "{key}");
        }
        assert_eq!(in_words(table(&page, "thresholds")), thresholds(&json));
        assert_eq!(table(&page, "mix"), mix(&json));
        assert_eq!(table(&page, "phases"), phases(&json));
        assert_eq!(table(&page, "spectrum"), percentiles(&json));
        assert_eq!(table(&page, "course"), windows(&json));
    }
}

#[test]
fn page_of_a_report_that_was_read_back_is_the_same() {
    for report in test_reports::all() {
        let read = Report::from_json(&report.to_json()).unwrap();

        assert_eq!(render(&read), render(&report));
    }
}
