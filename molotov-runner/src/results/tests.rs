//! A results file yields its report, complete or cut anywhere, and no file makes its reader panic.

mod cuts;
mod long_runs;
mod shards;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;
use crate::output::results::file_of;
use crate::output::{TextStyle, render};
use crate::report::generated_runs::{Happening, run_with_snapshots, shards};
use crate::report::{Ended, SeriesRow, schema_mistakes, test_reports};

fn read(bytes: &[u8]) -> Result<RunResults, String> {
    RunResults::from_reader(bytes).map_err(|error| error.to_string())
}

/// The bytes of a file up to the end of its last window.
fn without_end(file: &str) -> &str {
    let window = file.rfind("\n{\"t\":\"w\"").unwrap() + 1;
    &file[..window + file[window..].find('\n').unwrap() + 1]
}

fn gzipped(file: &str) -> Vec<u8> {
    let mut all = Vec::new();
    for line in file.lines() {
        let mut member = GzEncoder::new(Vec::new(), Compression::default());
        member.write_all(format!("{line}\n").as_bytes()).unwrap();
        all.extend(member.finish().unwrap());
    }
    all
}

/// The rows without their courses, which are cut at the seconds of the lines instead of those of the samples.
fn figures(rows: &[SeriesRow]) -> Vec<SeriesRow> {
    rows.iter().cloned().map(|row| SeriesRow { course: Default::default(), ..row }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whole_file_gives_the_report_itself(shards in shards()) {
        let (snapshots, report) = run_with_snapshots(&shards[0], 4);

        let results = read(file_of(&snapshots, &report).as_bytes()).unwrap();

        prop_assert!(results.is_whole());
        prop_assert_eq!(results.report.to_json(), report.to_json());
    }

    #[test]
    fn windows_add_up_to_the_report(shards in shards()) {
        let (snapshots, report) = run_with_snapshots(&shards[0], 4);
        let file = file_of(&snapshots, &report);

        let rebuilt = read(without_end(&file).as_bytes()).unwrap().report;

        for (rebuilt, rows) in [
            (&rebuilt.scenarios, &report.scenarios),
            (&rebuilt.routes, &report.routes),
            (&rebuilt.timers, &report.timers),
        ] {
            prop_assert_eq!(figures(rebuilt), figures(rows));
        }
        prop_assert_eq!((rebuilt.iterations, rebuilt.requests), (report.iterations, report.requests));
        prop_assert_eq!((&rebuilt.latency, &rebuilt.service), (&report.latency, &report.service));
        prop_assert_eq!((&rebuilt.windows, &rebuilt.failures), (&report.windows, &report.failures));
        prop_assert_eq!((&rebuilt.soft_checks, &rebuilt.counters), (&report.soft_checks, &report.counters));
        prop_assert_eq!((&rebuilt.gauges, &rebuilt.trends), (&report.gauges, &report.trends));
        prop_assert!(matches!(rebuilt.ended, Ended::Killed(_)));
    }

    #[test]
    fn no_changed_bytes_make_it_panic(
        shards in shards(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let (snapshots, report) = run_with_snapshots(&shards[0], 4);
        let mut file = file_of(&snapshots, &report).into_bytes();
        changes.iter().for_each(|(place, byte)| *place.get_mut(&mut file) = *byte);

        if let Ok(results) = read(&file) {
            prop_assert!(!render(&results.report, &TextStyle::default()).is_empty());
        }
    }
}

#[test]
fn reports_of_every_kind_are_read_back() {
    for report in test_reports::all() {
        let file = file_of(&[], &report);

        for bytes in [file.clone().into_bytes(), gzipped(&file), file.replace('\n', "\r\n").into_bytes()] {
            let read = read(&bytes).unwrap().report;

            assert_eq!(read.to_json(), report.to_json());
            assert_eq!(render(&read, &TextStyle::default()), render(&report, &TextStyle::default()));
        }
    }
}

/// A run of some seconds with records in each.
fn some_run() -> String {
    use molotov_core::{FailureKind, Outcome, SeriesKind, Value};

    let outcomes = [Outcome::Ok, Outcome::Failed(FailureKind::Http5xx), Outcome::Cancelled];
    let seconds: Vec<Vec<Happening>> = (1..=20u64)
        .map(|second| {
            let attempts = [SeriesKind::Scenario, SeriesKind::Route].into_iter().flat_map(|kind| {
                outcomes.map(|outcome| Happening::Attempt {
                    kind,
                    name: "é",
                    outcome,
                    micros: 900 * second,
                    status: 503,
                })
            });
            let value = Happening::Value { kind: SeriesKind::Trend, name: "b", value: Value::Observe(2.0) };
            attempts.chain([value]).collect()
        })
        .collect();
    let (snapshots, report) = run_with_snapshots(&seconds, 4);
    file_of(&snapshots, &report)
}

#[test]
fn other_file_than_results_is_reported() {
    let file = some_run();
    let run = file.lines().next().unwrap().to_owned() + "\n";
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(file.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (bytes, says) in [
        (Vec::new(), "empty"),
        (b"{\"a\": 1}\n".to_vec(), "first line is not that of a run"),
        (b"PNG\r\n\x1a\n\x00".to_vec(), "first line is not that of a run"),
        (vec![b'x'; 5 * 1024 * 1024], "longer than 4 MiB"),
        (utf16, "UTF-16"),
        (run.clone().into_bytes(), "before its first second"),
        (run.repeat(2).into_bytes(), "two runs"),
        (
            (run.clone() + &"x".repeat(5 << 20)).into_bytes(),
            "line 2 is damaged: it is longer than 4 MiB; before it",
        ),
        (
            file.replacen("\"schema\":1", "\"schema\":2", 1).into_bytes(),
            "version 2 of the schema, written by molotov",
        ),
        (b"\x1f\x8b\x08".to_vec(), "no whole line"),
    ] {
        let why = read(&bytes).unwrap_err();
        assert!(why.contains(says), "{says}: {why}");
    }
    let marked = format!("\u{feff}{file}");
    assert!(read(marked.as_bytes()).unwrap().is_whole());
}

/// A change of the lines of a file.
type Change<'c> = &'c dyn Fn(&mut Vec<String>);

#[test]
fn reading_ends_at_a_damaged_window() {
    let file = some_run();
    let lines: Vec<&str> = file.lines().collect();
    let places: Vec<usize> =
        (0..lines.len()).filter(|line| lines[*line].starts_with("{\"t\":\"w\"")).collect();
    let (tenth, eleventh) = (places[9], places[10]);
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        change(&mut lines);
        read((lines.join("\n") + "\n").as_bytes()).unwrap()
    };
    let histogram = (tenth..eleventh).find(|line| lines[*line].starts_with("{\"t\":\"h\"")).unwrap();
    let cases: [(&str, Change<'_>); 6] = [
        ("has 0 lines", &|lines| lines.insert(tenth + 1, lines[tenth].clone())),
        ("lines, and", &|lines| drop(lines.remove(tenth + 1))),
        ("not base64", &|lines| lines[histogram] = lines[histogram].replace("\"hist\":\"", "\"hist\":\"?")),
        ("another number", &|lines| lines[histogram] = lines[histogram].replace("\"n\":", "\"n\":1")),
        ("invalid value", &|lines| lines[histogram] = lines[histogram].replace("\"n\":", "\"n\":-")),
        ("no series of the number", &|lines| {
            lines[histogram] = lines[histogram].replace("\"i\":", "\"i\":99")
        }),
    ];
    for (says, change) in cases {
        let results = with(change);
        assert!(results.warnings[0].contains("is damaged"), "{says}: {:?}", results.warnings);
        assert_eq!(results.report.windows.len(), 10, "{says}: {:?}", results.warnings);
    }
}

#[test]
fn unknown_lines_and_fields_are_passed_over_and_counted() {
    let file = some_run();
    let (first, rest) = file.split_once("{\"t\":\"end\"").unwrap();
    let lines: u64 =
        rest.split("\"lines\":").nth(1).unwrap().trim_end().trim_end_matches('}').parse().unwrap();
    let rest = rest.replace(&format!("\"lines\":{lines}"), &format!("\"lines\":{}", lines + 1));
    let newer = format!("{first}{{\"t\":\"span\",\"w\":3}}\n{{\"t\":\"end\",\"more\":[1]{rest}").replacen(
        "\"id\"",
        "\"new\":1,\"id\"",
        1,
    );

    let results = read(newer.as_bytes()).unwrap();

    assert_eq!(results.warnings, ["1 lines are of kinds that this version does not know"]);
    assert!(!matches!(results.report.ended, Ended::Killed(_)));
}

fn merge_all(runs: Vec<(String, RunResults)>) -> Result<RunResults, RunError> {
    merge(runs, MissingShards::Refused)
}

#[test]
fn merged_runs_are_those_of_their_reports_in_any_order() {
    let files = [test_reports::rich(), test_reports::rich()].map(|report| file_of(&[], &report));
    let second = files[1].replacen("\"id\":\"0000000000000007\"", "\"id\":\"8\"", 1);
    let (one, other) = (read(files[0].as_bytes()).unwrap(), read(second.as_bytes()).unwrap());

    let merged = merge_all(vec![("a".into(), one.clone()), ("b".into(), other.clone())]).unwrap();
    let reversed = merge_all(vec![("b".into(), other.clone()), ("a".into(), one.clone())]).unwrap();

    assert_eq!(merged.report.to_json(), reversed.report.to_json());
    assert_eq!(merged.report, Report::merge(one.report.clone(), other.report.clone()));
    let twice = merge_all(vec![("a".into(), one.clone()), ("m".into(), merged)]).unwrap_err();
    assert!(twice.to_string().contains("m: the same run as in a"), "{twice}");
    let mut changed = other;
    changed.header.fingerprint.plan = "x".into();
    let plans = merge_all(vec![("a".into(), one), ("b".into(), changed)]).unwrap_err();
    assert!(plans.to_string().contains("b: it was to do something else than a"), "{plans}");
    assert!(merge_all(Vec::new()).unwrap_err().to_string().contains("no results"));
}

#[test]
fn every_line_follows_its_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/results.schema.json");
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for line in some_run().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let kind = line["t"].as_str().unwrap();
        let mut of_kind = schema["$defs"][kind].clone();
        of_kind["$defs"] = schema["$defs"].clone();
        assert_eq!(schema_mistakes(of_kind, &line), [""; 0], "{line}");
        kinds.insert(kind.to_owned());
    }
    let known = ["c", "end", "failure", "h", "more", "part", "run", "series", "value", "w"];
    assert!(known.iter().all(|kind| kinds.contains(*kind)), "{kinds:?}");
}
