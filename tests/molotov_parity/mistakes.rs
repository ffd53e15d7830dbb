//! Mistakes that Python Molotov silently accepts, or ends with 0: here each is code 2 with one message that names the
//! cure.

use crate::molotov_parity::load::{assert_refused, load};
use crate::molotov_parity::witness::Witness;
use crate::support::run::Program;

/// The arguments in the manner of Python Molotov, and the message: the thing, and the cure.
const TYPED: &[(&str, &[&str])] = &[
    ("-w 0", &["--users", "at least one user"]),
    ("--workers -1", &["--users", "a whole number"]),
    ("-p 0", &["--processes", "at least 1"]),
    ("-r 0", &["--max-runs", "at least 1"]),
    ("-d 10", &["--duration", "10s"]),
    ("-d 0s", &["--duration", "longer than zero"]),
    ("--ramp-up 5", &["--ramp-up", "5s"]),
    ("--delay 1.5", &["--delay", "1.5s"]),
    ("--console-update 1", &["--console-update", "1s"]),
    ("-q -v", &["--quiet", "--verbose", "cannot be used with"]),
    ("-s plian", &["plian", "did you mean `plain`"]),
    ("--single-mode plian --single-run", &["plian", "did you mean `plain`"]),
    ("-f 0", &["--fail", "at least 1"]),
    ("--sizing-tolerance 5", &["--sizing-tolerance", "needs '--sizing'"]),
    ("--statsd-address localhost:8125", &["--statsd-address", "udp://localhost:8125"]),
    ("loadtest.py", &["loadtest.py", "a profile"]),
    ("--config molotov.json", &["molotov.json", "no such file"]),
    ("--workres 3", &["--workres", "--workers"]),
];

#[test]
fn each_wrong_option_is_2_and_names_its_cure() {
    let server = Witness::start();
    for (args, words) in TYPED {
        assert_refused(&load(&server, args).run(), &server, words);
    }
}

/// A file of profiles and the message about it, of the profile `big`.
const FILES: &[(&str, &str, &[&str])] = &[
    ("molotov.toml", "[profile.big]\nusres = 3", &["molotov.toml:2:1", "`usres`", "did you mean `users`?"]),
    ("molotov.toml", "[profile.big]\nusers = \"3\"", &["molotov.toml:2:9", "a number"]),
    (
        "molotov.toml",
        "[profile.bigger]",
        &["molotov.toml:1:10", "no profile `big`", "did you mean `bigger`?"],
    ),
    ("molotov.toml", "[profile.big", &["molotov.toml:1:13", "not TOML"]),
    ("molotov.toml", "[profile.big]\nworkers = 0", &["molotov.toml:2:11", "at least one user"]),
    (
        "molotov.json",
        r#"{"molotov": {"tests": {"big": {"worker": 3}}}}"#,
        &["molotov.json:1:32", "`worker`", "did you mean `workers`?"],
    ),
    ("molotov.json", r#"{"molotov": {"tests": {}}}"#, &["molotov.json", "no test `big`"]),
    ("molotov.json", r#"{"tests": {}}"#, &["molotov.json:1:2", "`tests`", "`molotov`"]),
    ("molotov.json", "{", &["molotov.json:1:1", "not JSON"]),
];

#[test]
fn each_wrong_file_of_profiles_is_2_with_its_place() {
    let server = Witness::start();
    for (file, text, words) in FILES {
        let ended = load(&server, &format!("--config {file} big")).file(file, text).run();

        assert_refused(&ended, &server, words);
    }
}

/// Molotov: the last registration wins.
#[test]
fn a_doubled_name_is_2_with_both_places() {
    let server = Witness::start();

    let ended = Program::example("parity_doubled", ["-r", "1"]).run();

    assert_refused(&ended, &server, &["`twin`", "doubled.rs:7", "doubled.rs:10", "name = "]);
}

/// Molotov: nothing is run, and that is a success or a traceback.
#[test]
fn nothing_to_run_is_2_with_the_missing_part() {
    let server = Witness::start();
    for (what, words) in
        [("only_weight_0", ["weight 0", "--scenario"]), ("nothing", ["scenario", "#[scenario]"])]
    {
        assert_refused(&load(&server, "").env("PARITY", what).run(), &server, &words);
    }
}
