//! The README: short, with badges that are true, and with a report of today's format.

use super::page::Page;
use crate::support::run::Program;

/// The options of the report in the README, which `docs/make-output` makes.
const OPTIONS: &str = "--scenario browse --users 20 --duration 3s --seed 42";
const THRESHOLDS: &str = "p99 < 200ms, errors < 1%";

#[test]
fn the_readme_has_at_most_200_lines() {
    let lines = Page::read("README.md").text.lines().count();
    assert!(lines <= 200, "{lines}");
}

#[test]
fn badges_are_those_of_the_manifest() {
    let readme = Page::read("README.md").text;
    let licence = env!("CARGO_PKG_LICENSE").replace('-', "--").replace(' ', "_");
    let version = env!("CARGO_PKG_RUST_VERSION");
    assert!(readme.contains(&format!("badge/licence-{licence}-")), "{licence}");
    assert!(readme.contains(&format!("badge/Rust-{version}+-")), "{version}");
    assert!(readme.contains(&format!("minimum Rust version is {version}.")), "{version}");
}

/// It came from a real run; a run of today has the same headings, columns and rows in the same order.
#[test]
fn the_report_has_the_format_of_today() {
    let readme = Page::read("README.md").text;
    assert!(readme.contains(OPTIONS) && readme.contains(THRESHOLDS));
    let (_, block) = readme.split_once("<!-- docs/make-output writes: report -->\n\n```text\n").unwrap();
    let (shown, _) = block.split_once("```\n").unwrap();

    let args = OPTIONS.split(' ').chain(["--threshold", THRESHOLDS]);
    let today = Program::example("loadtest", args.collect::<Vec<_>>()).run();

    today.assert_code(0);
    assert!(shown.starts_with("PASSED: 2 thresholds kept; "), "{shown}");
    assert_eq!(labels(shown), labels(&today.stdout));
}

/// The words of a report that are no figures, line by line. Its first lines and the judgement of the load generator depend on the
/// build and on the machine.
fn labels(report: &str) -> Vec<String> {
    let parts = report.split("\n\n").skip_while(|part| !part.starts_with("What ran"));
    let parts = parts.take_while(|part| !part.starts_with("PASSED") && !part.starts_with("WARNING"));
    let lines = parts.filter(|part| !part.starts_with("Gaps")).flat_map(str::lines);
    let labels =
        lines.map(|line| line.split("  ").filter(|cell| is_label(cell)).collect::<Vec<_>>().join(" "));
    labels.filter(|label| !label.is_empty()).collect()
}

fn is_label(cell: &str) -> bool {
    let is_result = ["", "–", "pass"].contains(&cell.trim());
    let is_bar = cell.trim().chars().all(|c| c == '=');
    !is_result && !is_bar && !cell.contains(|c: char| c.is_ascii_digit())
}
