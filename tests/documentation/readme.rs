//! The README: short, with badges that are true, and with a report of today's format.

use super::page::MarkdownPage;
use crate::support::run::Program;

/// The options of the report in the README, which `docs/make-output` makes.
const OPTIONS: &str = "--scenario browse --users 20 --duration 3s --seed 42";
const THRESHOLDS: &str = "p99 < 200ms, errors < 1%";

#[test]
fn the_readme_has_at_most_200_lines() {
    let lines = MarkdownPage::read("README.md").text.lines().count();
    assert!(lines <= 200, "{lines}");
}

#[test]
fn badges_are_those_of_the_manifest() {
    let readme = MarkdownPage::read("README.md").text;
    let licence = env!("CARGO_PKG_LICENSE").replace('-', "--").replace(' ', "_");
    let version = env!("CARGO_PKG_RUST_VERSION");
    assert!(readme.contains(&format!("badge/licence-{licence}-")), "{licence}");
    assert!(readme.contains(&format!("badge/Rust-{version}+-")), "{version}");
    assert!(readme.contains(&format!("minimum Rust version is {version}.")), "{version}");
}

/// It came from a real run; a run of today has the same headings, columns and rows in the same order.
#[test]
fn the_report_has_the_format_of_today() {
    let readme = MarkdownPage::read("README.md").text;
    assert!(readme.contains(OPTIONS) && readme.contains(THRESHOLDS));
    let (_, block) = readme.split_once("<!-- docs/make-output writes: report -->\n\n```text\n").unwrap();
    let (shown, _) = block.split_once("```\n").unwrap();

    let args = OPTIONS.split(' ').chain(["--threshold", THRESHOLDS]);
    let today = Program::example("loadtest", args.collect::<Vec<_>>()).run();

    today.assert_code(0);
    assert!(shown.starts_with("PASSED: 2 thresholds kept; "), "{shown}");
    assert_eq!(headings(shown), headings(&today.stdout));
    let mut lines_of_today = lines(&today.stdout).into_iter();
    for line in lines(shown) {
        assert!(lines_of_today.any(|it| it == line), "`{line}` is not there, or elsewhere");
    }
}

/// The sections that every such report has. Its first lines, the judgement of the load generator, notes and gaps depend on the build
/// and on the machine.
fn sections(report: &str) -> impl Iterator<Item = &str> {
    let sections = report.split("\n\n").skip_while(|section| !section.starts_with("What ran"));
    let sections =
        sections.take_while(|section| !section.starts_with("PASSED") && !section.starts_with("WARNING"));
    sections.filter(|section| !section.starts_with("Gaps") && !section.starts_with("Notes"))
}

/// The titles of the sections and of their columns.
fn headings(report: &str) -> Vec<String> {
    sections(report).filter_map(|section| section.lines().next()).map(words).collect()
}

/// The words of a report that are no figures, line by line.
fn lines(report: &str) -> Vec<String> {
    sections(report).flat_map(str::lines).map(words).filter(|words| !words.is_empty()).collect()
}

fn words(line: &str) -> String {
    line.split("  ").map(str::trim).filter(|cell| is_label(cell)).collect::<Vec<_>>().join(" ")
}

fn is_label(cell: &str) -> bool {
    let is_result = ["", "–", "pass"].contains(&cell);
    let is_bar = cell.chars().all(|c| c == '=');
    !is_result && !is_bar && !cell.contains(|c: char| c.is_ascii_digit())
}
