//! The options and variables of Python Molotov's command line, and those of Taurus.

use crate::black_box::server::Server;
use crate::support::run::Program;

/// The arguments, the variables, the resulting number of iterations, and the exit code.
type Case = (&'static [&'static str], &'static [(&'static str, &'static str)], u64, i32);

#[test]
fn each_option_of_python_molotov_that_has_a_meaning_here_has_its_own_words_for_it() {
    let cases: &[Case] = &[
        (&["--workers", "3", "--max-runs", "2"], &[], 6, 0),
        (&["-w", "3", "-r", "2"], &[], 6, 0),
        (&[], &[("MOLOTOV_USERS", "3"), ("MOLOTOV_MAX_RUNS", "2")], 6, 0),
        (&["-w", "3", "-r", "2", "-p", "2"], &[], 12, 0),
        (&["-w", "3", "-r", "2"], &[("MOLOTOV_PROCESSES", "2")], 12, 0),
        (&["-p", "3"], &[], 6, 0),
        (&["--single-run"], &[], 1, 0),
        (&[], &[("MOLOTOV_SINGLE_RUN", "1")], 1, 0),
        (&["--single-mode", "visit", "--single-run"], &[], 1, 0),
        (&["-s", "fail", "--single-run"], &[], 1, 1),
        (&["-s", "fail", "-s", "visit", "--single-run"], &[], 2, 1),
        (&[], &[("MOLOTOV_SCENARIO", "fail"), ("MOLOTOV_SINGLE_RUN", "1")], 1, 1),
        (&["-s", "fail", "-r", "9", "-x"], &[], 1, 1),
        (&["-s", "fail", "-r", "9", "--exception"], &[], 1, 1),
        (&["-s", "fail", "-r", "9"], &[("MOLOTOV_FAIL_FAST", "1")], 1, 1),
        (&["-s", "fail", "-r", "3", "-f", "3"], &[], 3, 1),
        (&["-s", "fail", "-r", "3", "--fail", "4"], &[], 3, 0),
        (&["-s", "fail", "-r", "3"], &[("MOLOTOV_FAIL", "4")], 3, 0),
        (&["-c", "--console-update", "200ms", "--ramp-up", "10ms", "--delay", "1ms"], &[], 2, 0),
        (
            &[],
            &[
                ("MOLOTOV_CONSOLE", "1"),
                ("MOLOTOV_CONSOLE_UPDATE", "200ms"),
                ("MOLOTOV_RAMP_UP", "10ms"),
                ("MOLOTOV_DELAY", "1ms"),
            ],
            2,
            0,
        ),
        (&["-q"], &[], 2, 0),
        (&[], &[("MOLOTOV_QUIET", "1")], 2, 0),
        (&["-vv"], &[], 2, 0),
        (&[], &[("MOLOTOV_VERBOSE", "2")], 2, 0),
        (&["--force-shutdown", "--uvloop", "--debug", "--use-extension", "a.py", "b.py"], &[], 2, 0),
    ];
    let server = Server::good();
    for (args, set, started, code) in cases {
        let program = Program::new(*args).env("MOLOTOV_HOST", &server.url()).reporting();

        let ended = set.iter().fold(program, |program, (name, value)| program.env(name, value)).run();

        ended.assert_code(*code);
        assert_eq!(ended.report().iterations.started, *started, "{args:?} {set:?}");
    }
    server.finish();
}

#[test]
fn meaningless_options_are_noted_and_processes_multiply_the_users() {
    let server = Server::good();
    let args = [
        "--force-shutdown",
        "--uvloop",
        "--debug",
        "--use-extension=a.py",
        "-p",
        "2",
        "--host",
        &server.url(),
    ];

    let noted = Program::new(args).run();
    let quiet = Program::new(args).env("MOLOTOV_QUIET", "1").run();

    noted.assert_code(0);
    for (word, why) in [
        ("--force-shutdown", "--grace"),
        ("--uvloop", "event loop"),
        ("--debug", "--verbose"),
        ("--use-extension", "#[events]"),
        ("--processes 2", "2 times as many users"),
    ] {
        let line = noted.stderr.lines().find(|line| line.starts_with("note: ") && line.contains(word));
        assert!(line.is_some_and(|line| line.contains(why)), "{word}: {}", noted.stderr);
    }
    assert_eq!(quiet.stderr, "");
    assert_eq!(server.finish().requests, 2 * 2 * 2);
}

#[test]
fn options_of_taurus_are_accepted() {
    let server = Server::good();
    let args = "--workers 2 --processes 2 --ramp-up 1 --duration 1 --delay 0.01 \
                --use-extension=bzt.resources.molotov_ext loadtest.py";
    let program = Program::new(args.split_whitespace()).env("MOLOTOV_TAURUS_REPORT", "taurus.ldjson");

    let ended = program.env("MOLOTOV_HOST", &server.url()).reporting().run();

    ended.assert_code(0);
    assert!(ended.stderr.contains("note: loadtest.py is not read"), "{}", ended.stderr);
    assert!(ended.report().iterations.ok >= 4);
    assert_eq!(server.finish().requests, ended.report().sent());
}

#[test]
fn where_taurus_holds_nothing_the_load_ends_with_its_ramp_up_and_a_profile_is_named_by_its_variable() {
    let server = Server::good();
    let args = ["--workers", "3", "--ramp-up", "0.3", "--duration", "0", "loadtest.py"];
    let program =
        Program::new(args).env("MOLOTOV_TAURUS_REPORT", "taurus.ldjson").env("MOLOTOV_PROFILE", "taurus");
    let file = format!("[profile.taurus]\nhost = \"{}\"\n", server.url());

    let ended = program.file("molotov.toml", &file).reporting().run();

    ended.assert_code(0);
    assert_eq!(server.finish().requests, ended.report().sent());
}

#[test]
fn without_taurus_a_number_of_seconds_needs_its_unit() {
    let ended = Program::new(["--duration", "1"]).env("MOLOTOV_TAURUS_REPORT", "").run();

    ended.assert_code(2);
    assert!(ended.stderr.contains("1s"), "{}", ended.stderr);
}

/// Taurus treats any code other than 0 as a broken tool. A file for its lines from the command line is not from Taurus.
#[test]
fn failures_are_taurus_s_to_judge_unless_a_number_is_given() {
    for (args, set, code) in [
        (["-s", "fail"].as_slice(), true, 0),
        (&["-s", "fail", "--fail", "2"], true, 1),
        (&["-s", "fail", "--fail", "3"], true, 0),
        (&["-s", "fail", "--taurus-report", "taurus.ldjson"], false, 1),
    ] {
        let file = if set { "taurus.ldjson" } else { "" };

        let ended = Program::new(args).env("MOLOTOV_TAURUS_REPORT", file).reporting().run();

        ended.assert_code(code);
        assert_eq!(ended.report().iterations.failed, 2, "{args:?}");
        let is_noted = ended.stderr.contains("note: Taurus judges the failures");
        assert_eq!(is_noted, set && !args.contains(&"--fail"), "{}", ended.stderr);
    }
}

#[test]
fn the_version_is_the_name_and_the_number() {
    let ended = Program::new(["--version"]).run();

    ended.assert_code(0);
    assert_eq!(ended.stdout, format!("molotov {}\n", env!("CARGO_PKG_VERSION")));
}
