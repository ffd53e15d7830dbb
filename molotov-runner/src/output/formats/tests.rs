//! Each format of a few reports as snapshots, and the properties for any report, whatever its names and messages are.

use super::*;
use crate::report::test_reports::{self, NASTY};

fn render(format: &str, report: &Report) -> String {
    let format = FORMATS.iter().find(|known| known.name == format).unwrap();
    (format.render)(report)
}

/// Formats without snapshots elsewhere.
fn new_formats() -> impl Iterator<Item = &'static FileFormat> {
    FORMATS.iter().filter(|format| !["json", "text"].contains(&format.name))
}

#[test]
fn a_judged_report() {
    let report = test_reports::judged();
    for format in new_formats().filter(|format| !["csv-windows", "html"].contains(&format.name)) {
        insta::assert_snapshot!(format!("judged.{}", format.name), (format.render)(&report));
    }
}

#[test]
fn an_open_run_and_its_windows() {
    let mut report = test_reports::due();
    report.windows.truncate(10);
    for name in ["csv", "csv-windows", "hlog", "k6"] {
        insta::assert_snapshot!(format!("due.{name}"), render(name, &report));
    }
}

#[test]
fn a_run_in_which_nothing_was_executed() {
    let report = test_reports::setup_failed();
    for name in ["markdown", "junit", "codequality"] {
        insta::assert_snapshot!(format!("setup_failed.{name}"), render(name, &report));
    }
}

/// Names and messages with a special meaning in one of the formats.
const MARKUP: [&str; 11] = [
    "]]><failure/>&amp;&#0;",
    "</script><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*2",
    "-2+3",
    "a|b`c`*d*_e_[f](http://e.vil)",
    "100%,::error file=x::%0A",
    "\"quoted\", with \\ and 'more'",
    "\u{2028}\u{fffe}\u{0}",
    "#[StartTime: 0]",
    "# EOF",
];

/// A report with these names, and with numbers that most formats cannot represent.
fn hostile() -> Report {
    let long = "x".repeat(256);
    let names = [&NASTY[..], &MARKUP[..], &[&long]].concat();
    let mut report = test_reports::named(&names);
    for (gauge, value) in report.gauges.iter_mut().zip([f64::INFINITY, f64::NEG_INFINITY, f64::NAN]) {
        (gauge.last, gauge.min, gauge.max) = (value, value, value);
    }
    for (row, name) in report.scenarios.iter_mut().zip(names) {
        row.failed = row.ok.clone();
        row.declared = Some(crate::report::Declaration { file: name.to_owned(), line: 1 });
    }
    report
}

#[test]
fn nothing_hidden_is_in_any_format_and_each_is_whole() {
    let report = hostile();
    for format in new_formats() {
        let text = (format.render)(&report);

        assert!(text.ends_with('\n'), "{}", format.name);
        let hidden: Vec<_> = text.chars().filter(|c| c.is_control() && *c != '\n').collect();
        assert!(hidden.is_empty(), "{}: {hidden:?}", format.name);
        if !["codequality", "k6"].contains(&format.name) {
            assert!(!text.contains(['\u{202e}', '\u{2066}', '\u{2028}']), "{}", format.name);
        }
    }
}

#[test]
fn names_from_outside_break_no_line_of_csv() {
    let report = hostile();
    let text = render("csv", &report);

    let lines: Vec<_> = text.lines().map(cells).collect();

    assert_eq!(lines.len(), 1 + series(&report).count());
    for cells in &lines[1..] {
        assert_eq!(cells.len(), lines[0].len(), "{cells:?}");
        assert!(!cells[1].starts_with(['=', '+', '-', '@', '\t', '\r']), "{cells:?}");
    }
}

/// The cells of a line of CSV.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut is_quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    assert!(!is_quoted, "{line}");
    cells
}

#[test]
fn names_from_outside_open_no_element_of_junit() {
    let text = render("junit", &hostile());

    let known =
        ["testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped"];
    for element in text.split('<').skip(2) {
        let name = element.trim_start_matches('/').split([' ', '>', '/']).next().unwrap();
        assert!(known.contains(&name) || name == "system-out", "<{element}");
    }
    assert!(!text.contains("]]>") && !text.contains('\u{fffe}'));
    let mut names: Vec<_> = text.lines().filter(|line| line.contains("<testcase ")).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn two_names_that_look_the_same_stay_two_cases() {
    let text = render("junit", &test_reports::named(&["\u{1b}", "\\u{1b}"]));

    assert!(text.contains(r#"name="\u{1b}""#) && text.contains(r#"name="\u{1b} (2)""#), "{text}");
}

#[test]
fn names_from_outside_are_no_markup_of_markdown() {
    let text = render("markdown", &hostile());

    for (line, next) in text.lines().zip(text.lines().skip(1)) {
        if line.starts_with('|') && next.starts_with('|') {
            assert_eq!(line.matches('|').count(), next.matches('|').count(), "{line}\n{next}");
        }
    }
    for markup in ["<script", "<img", "http://e.vil)", "`c`"] {
        assert!(!text.replace("\\`", "").contains(markup), "{markup}: {text}");
    }
    assert_eq!(text.matches('[').count(), text.matches("\\[").count());
}

#[test]
fn lines_of_the_interval_log_have_their_columns() {
    let text = render("hlog", &hostile());

    for line in text.lines().filter(|line| !line.starts_with(['#', '"'])) {
        let columns = line.split(',').count();
        assert_eq!(columns, if line.starts_with("Tag=") { 5 } else { 4 }, "{line}");
        assert!(!line.contains(' ') && line.contains(",HIST"), "{line}");
    }
}

#[test]
fn lines_of_openmetrics_are_comments_or_samples() {
    let text = render("openmetrics", &hostile());

    let (samples, end) = text.rsplit_once("# EOF\n").unwrap();
    assert_eq!(end, "");
    for line in samples.lines().filter(|line| !line.starts_with("# ")) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("molotov_"), "{line}");
        assert!(["+Inf", "-Inf", "NaN"].contains(&value) || value.parse::<f64>().is_ok(), "{line}");
    }
    assert_eq!(samples.matches("\n# TYPE ").count(), samples.matches("\n# HELP ").count() - 1);
}

#[test]
fn code_quality_report_is_json() {
    let report = hostile();

    let entries: serde_json::Value = serde_json::from_str(&render("codequality", &report)).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&render("k6", &report)).unwrap();

    let mut prints: Vec<_> =
        entries.as_array().unwrap().iter().map(|entry| entry["fingerprint"].to_string()).collect();
    let all = prints.len();
    prints.sort_unstable();
    prints.dedup();
    assert!(all > 10 && prints.len() == all, "{entries}");
    assert_eq!(summary["metrics"]["checks"]["passes"], report.soft_checks.len());
}

#[test]
fn reports_of_every_kind_are_written_in_every_format() {
    let reports = test_reports::all();
    for (report, format) in
        reports.iter().flat_map(|report| FORMATS.iter().map(move |format| (report, format)))
    {
        let text = (format.render)(report);
        assert!(
            !text.is_empty() && !text.contains("inf") || format.name == "text",
            "{}: {text}",
            format.name
        );
    }
}
