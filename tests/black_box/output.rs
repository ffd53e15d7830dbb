//! The output of a program, with placeholders for everything that differs from run to run.

use std::collections::BTreeSet;

use crate::black_box::server::Server;
use crate::support::run::Program;

/// The words of a report. Numbers become `#`; units and spaces, whose widths follow the numbers, are removed. Of the
/// tables of latencies only the names remain, because their layout follows the widths too; the runner's own tests cover
/// them.
fn shape(text: &str) -> String {
    const UNITS: &[&str] = &["µs", "ms", "s", "B", "KiB", "MiB"];
    let word = |word: &str| match word {
        number if number.starts_with(|c: char| c.is_ascii_digit() || c == '<') => "#".to_owned(),
        url if url.starts_with("http://127.0.0.1:") => "http://127.0.0.1:PORT".to_owned(),
        word => word.to_owned(),
    };
    // Line breaks follow the numbers too, so a section is one line here.
    let words = |section: &str| {
        let mut words: Vec<String> =
            section.split_whitespace().filter(|word| !UNITS.contains(word)).map(word).collect();
        words.dedup_by(|a, b| a == "#" && b == "#");
        // One second or more, and enough time for a rate or not: that depends on the speed.
        words.join(" ").replace("seen from # to #", "seen at #").replace(", ended at # ", ": # ")
    };
    let section = |section: &str| match section.split_once(" count ") {
        Some((name, columns)) if columns.contains(" p99.9 ") => format!("(table: {})", name.trim()),
        // On a busy machine it may be anything; the runner's own tests cover it.
        _ if section.starts_with("Load generator") => "(verdict)".to_owned(),
        // The number of pauses of a user depends on the speed.
        _ if section.starts_with("Notes") => "(notes)".to_owned(),
        _ => words(section),
    };
    text.split("\n\n").map(section).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn a_clean_run() {
    let server = Server::good();

    let ended =
        Program::new(["--host", &server.url(), "--users", "2", "--max-runs", "50", "--seed", "7"]).run();

    ended.assert_code(0);
    insta::assert_snapshot!(shape(&ended.stdout));
}

#[test]
fn a_run_in_which_everything_fails() {
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "--scenario", "fail,panic", "--max-runs", "4"]).run();

    ended.assert_code(1);
    insta::assert_snapshot!(shape(&ended.stdout));
}

#[test]
fn a_set_up_that_fails() {
    let ended = Program::new(["--host", "http://127.0.0.1:1"]).env("SET_UP", "fails").run();

    ended.assert_code(1);
    insta::assert_snapshot!(shape(&ended.stdout));
}

#[test]
fn a_list_of_scenarios() {
    let ended = Program::new(["--list"]).run();

    ended.assert_code(0);
    insta::assert_snapshot!(ended.stdout);
}

#[test]
fn the_help() {
    let ended = Program::new(["--help"]).env("COLUMNS", "100").run();

    ended.assert_code(0);
    insta::assert_snapshot!(ended.stdout);
}

#[test]
fn the_short_help() {
    let ended = Program::new(["-h"]).env("COLUMNS", "80").run();

    ended.assert_code(0);
    insta::assert_snapshot!(ended.stdout);
}

/// The program's own name is completed, and needs no host and no molotov.toml.
#[test]
fn the_completions_of_a_shell() {
    for shell in ["bash", "fish", "zsh"] {
        let ended = Program::new(["--completions", shell]).run();

        ended.assert_code(0);
        for word in ["black_box_program", "shared-runs", "threshold"] {
            assert!(ended.stdout.contains(word), "no {word} for {shell}");
        }
    }
    Program::new(["--completions", "tcsh"]).run().assert_code(2);
}

/// The options of the tables are those of the help. The options for help and version are self-explanatory.
#[test]
fn the_tables_of_options_in_the_book_are_complete() {
    let help = Program::new(["--help"]).run().stdout;
    let page = include_str!("../../docs/command-line.md");
    let tables = page.split("\n| option | meaning | default |\n").skip(1);
    let rows = tables.flat_map(|table| table.lines().skip(1).take_while(|line| line.starts_with('|')));
    let cells = rows.filter_map(|line| line.split('|').nth(1));

    let told: BTreeSet<_> = cells.flat_map(options).collect();

    let listed = help.lines().filter(|line| line.trim_start().starts_with('-')).flat_map(options);
    let listed: BTreeSet<_> = listed.filter(|option| !["--help", "--version"].contains(option)).collect();
    assert_eq!(listed.difference(&told).collect::<Vec<_>>(), [&""; 0], "not in the book");
    let aliases = ["--workers"];
    let unknown: Vec<_> = told.difference(&listed).filter(|option| !aliases.contains(option)).collect();
    assert_eq!(unknown, [&""; 0], "only in the book");
}

/// The long options in a text.
fn options(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_alphanumeric() && it != '-').filter(|word| word.starts_with("--"))
}

#[test]
fn no_color_is_respected_and_nothing_but_text_goes_into_a_pipe() {
    let server = Server::good();
    for variable in ["NO_COLOR", "MOLOTOV_CONSOLE"] {
        let program = Program::new(["--host", &server.url(), "--max-runs", "2"]);

        let ended = program.env(variable, "1").run();

        assert!(!ended.stdout.contains('\u{1b}') && !ended.stderr.contains('\u{1b}'), "{variable}");
    }
}
