//! Every example runs without changes.

use std::fs;

use crate::black_box::server::Server;
use crate::support::root;
use crate::support::run::Program;

/// The examples with a command line and a service of their own, and the options that make them short.
const SELF_CONTAINED: &[(&str, &[&str])] = &[
    ("loadtest", &["--users", "4", "--max-runs", "20"]),
    ("fixtures", &["--users", "3", "--max-runs", "2"]),
    ("json_api", &["--users", "3", "--max-runs", "5"]),
    ("custom_metrics", &["--users", "3", "--max-runs", "5"]),
    ("events", &["--users", "2", "--max-runs", "5"]),
    ("listeners", &["--users", "2", "--max-runs", "5"]),
    ("no_macros", &["--users", "2", "--max-runs", "5"]),
    ("uploads", &["--users", "2", "--max-runs", "6"]),
    ("csv_output", &["--users", "2", "--max-runs", "5"]),
    ("own_client", &["--users", "3", "--max-runs", "5"]),
];

#[test]
fn examples_with_a_command_line_run_without_a_failure() {
    for (name, args) in SELF_CONTAINED {
        let ended = Program::example(name, *args).reporting().run();

        ended.assert_code(0);
        let report = ended.report();
        assert!(report.iterations.ok > 0 && report.iterations.ok == report.iterations.started, "{name}");
        assert_eq!(report.requests.attempted, report.requests.ok, "{name}");
        assert_eq!(report.teardown_failures, Vec::<String>::new(), "{name}");
    }
}

/// Its files are in the folder of the package according to cargo, or below the folder in which it is started.
#[test]
fn data_example_finds_its_files_or_reports_their_absence() {
    let args = ["--users", "4", "--max-runs", "5", "--seed", "7"];
    let ended =
        Program::example("data", args).env("CARGO_MANIFEST_DIR", root().to_str().unwrap()).reporting().run();
    let lost = Program::example("data", args).run();
    let many =
        Program::example("data", ["--users", "6"]).env("CARGO_MANIFEST_DIR", root().to_str().unwrap()).run();

    ended.assert_code(0);
    let report = ended.report();
    assert_eq!((report.iterations.ok, report.requests.attempted), (20, report.requests.ok));
    lost.assert_code(2);
    assert!(lost.stderr.contains("examples/data/accounts.csv: cannot be read: "), "{}", lost.stderr);
    assert!(lost.stderr.contains("examples/data/searches.jsonl: cannot be read: "), "{}", lost.stderr);
    many.assert_code(2);
    assert!(many.stderr.contains("has 5 rows for 6 users"), "{}", many.stderr);
}

#[test]
fn an_example_that_is_a_program_of_its_own_prints_the_report() {
    let ended = Program::example("in_a_test", [""; 0]).run();

    ended.assert_code(0);
    assert!(ended.stdout.contains("200 iterations, none failed; 400 requests"), "{}", ended.stdout);
}

#[test]
fn hello_needs_a_host_only() {
    let server = Server::good();

    let ended = Program::example("hello", ["--host", &server.url(), "--max-runs", "3"]).run();

    ended.assert_code(0);
    assert_eq!(server.finish().requests, 3);
}

#[test]
fn main_job_uses_another_host_on_request() {
    let server = Server::good();

    let args = ["--host", &server.url(), "--scenario", "browse", "--users", "2", "--max-runs", "3"];
    let ended = Program::example("loadtest", args).reporting().run();

    ended.assert_code(0);
    assert_eq!(ended.report().settings.targets, [server.url()]);
    assert_eq!(server.finish().requests, 24);
}

#[test]
fn events_example_prints_events() {
    let ended = Program::example("events", ["--max-runs", "1"]).run();

    for line in ["1 users are about to start", "GET /old was answered with 410", "ended after"] {
        assert!(ended.stderr.contains(line), "no `{line}` in {}", ended.stderr);
    }
}

#[test]
fn the_example_of_an_output_writes_a_line_for_each_second() {
    let args = ["--users", "3", "--duration", "2500ms"];
    let ended = Program::example("csv_output", args).reporting().run();

    ended.assert_code(0);
    let text = ended.file("load.csv");
    let (head, lines) = text.split_once('\n').unwrap();
    assert_eq!(head, "second,users,iterations,failed,p99_ms,verdict");
    let report = ended.report();
    let lines: Vec<Vec<&str>> = lines.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), report.windows.len(), "{text}");
    assert!(lines.len() >= 3 && lines.iter().all(|line| line.len() == 6), "{text}");
    let iterations: u64 = lines.iter().map(|line| line[2].parse::<u64>().unwrap()).sum();
    assert_eq!(iterations, report.iterations.ok);
}

#[test]
fn no_example_is_forgotten_here() {
    let folder = root().join("examples");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "rs"))
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();

    let mut run: Vec<&str> = SELF_CONTAINED.iter().map(|(name, _)| *name).collect();
    run.extend(["data", "in_a_test", "hello"]);
    run.sort_unstable();

    assert_eq!(names, run);
}
