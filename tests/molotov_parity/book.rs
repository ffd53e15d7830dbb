//! The table "Coming from Python Molotov" in the book.

use crate::molotov_parity::load::load_test;
use crate::support::command::{molotov, run};

/// The features of Python Molotov 2.7: decorators and functions of scripts, options, commands.
const PYTHON: &[&str] = &[
    "@scenario(",
    "@scenario_picker(",
    "@global_setup(",
    "@setup(",
    "@setup_session(",
    "@teardown_session(",
    "@teardown(",
    "@global_teardown(",
    "@events(",
    "@session_factory(",
    "set_var",
    "get_var",
    "`request`",
    "json_request",
    "get_context",
    "session.print",
    "util.stop",
    "--version",
    "--single-run",
    "-s, --single-mode",
    "--config",
    "-v",
    "-vv",
    "-w, --workers",
    "-p, --processes",
    "--ramp-up",
    "-d, --duration",
    "-r, --max-runs",
    "--delay",
    "-q",
    "-x, --exception",
    "-f, --fail",
    "-c, --console",
    "--console-update",
    "--statsd",
    "--statsd-address",
    "--sizing",
    "--sizing-tolerance",
    "--force-shutdown",
    "--use-extension",
    "--uvloop",
    "--debug",
    "SIGINT",
    "SIGTERM",
    "exit code 0",
    "molostart",
    "moloslave",
    "TEST_REPO",
    "TEST_NAME",
    "molotov.json",
    "Taurus",
];

/// Accepted words that are in no help; `options` uses them.
const HIDDEN: &[&str] = &["--single-mode", "--exception"];

/// The rows of the table: the feature there, and its counterpart here.
fn rows() -> Vec<(&'static str, &'static str)> {
    let page = include_str!("../../docs/coming-from.md");
    let (_, section) = page.split_once("\n## Coming from Python Molotov\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows =
        section.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    rows.skip(1).collect()
}

#[test]
fn every_decorator_option_and_command_of_python_molotov_is_in_the_table() {
    let rows = rows();
    for word in PYTHON {
        assert!(rows.iter().any(|(python, _)| python.contains(word)), "`{word}` is in no row");
    }
}

/// Options and variables are in a help; links are a test of all pages. The other tests of this folder show the
/// behaviour of attributes and functions.
#[test]
fn options_in_the_table_exist() {
    let folder = tempfile::tempdir().unwrap();
    let commands = ["init", "run"].map(|name| run(molotov(folder.path(), [name, "--help"])).stdout).concat();
    let help = load_test("--help").run().stdout + &commands;
    for (python, ours) in rows() {
        let words = ours.split(|it: char| !(it.is_alphanumeric() || "-_".contains(it)));
        for option in words.filter(|word| word.starts_with("--") || word.starts_with("MOLOTOV_")) {
            assert!(HIDDEN.contains(&option) || help.contains(option), "{python}: there is no {option}");
        }
    }
}
