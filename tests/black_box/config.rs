//! `molotov.toml` and `molotov.json`: the search for them, the precedence of sources, and mistakes in them.

use nix::sys::signal::Signal;

use crate::black_box::server::Server;
use crate::support::process::eventually;
use crate::support::run::{Ended, Program};

const NOTHING: [&str; 0] = [];

/// The iterations of a successful run.
#[track_caller]
fn iterations(program: Program) -> u64 {
    let ended = program.reporting().run();
    ended.assert_code(0);
    ended.report().iterations.ok
}

#[test]
fn the_code_gives_way_to_the_file_that_to_the_environment_and_that_to_the_command_line() {
    let server = Server::good();
    let url = server.url();
    let text = "max_runs = 3\n[profile.big]\nmax-runs = 4\n[profile.idle]\n";
    let program = |args: &[&str]| Program::new([&["--host", &url], args].concat());
    let with_file = |args: &[&str]| program(args).file("molotov.toml", text);

    assert_eq!(iterations(program(&[])), 2, "what the code says");
    assert_eq!(iterations(with_file(&[])), 3);
    assert_eq!(iterations(with_file(&["idle"])), 3);
    assert_eq!(iterations(with_file(&["big"])), 4);
    assert_eq!(iterations(with_file(&["big"]).env("MOLOTOV_MAX_RUNS", "5")), 5);
    assert_eq!(iterations(with_file(&["-r", "6", "big"]).env("MOLOTOV_MAX_RUNS", "5")), 6);
    assert_eq!(iterations(with_file(&["big", "-r", "6"])), 6);
    assert_eq!(server.finish().requests, 2 + 3 + 3 + 4 + 5 + 6 + 6);
}

#[test]
fn a_file_is_named_or_found() {
    let server = Server::good();
    let text = format!("host = \"{}\"\n[profile.big]\nusers = 5\n[profile.small]\nusers = 1\n", server.url());
    let package = tempfile::tempdir().unwrap();
    std::fs::write(package.path().join("molotov.toml"), &text).unwrap();
    let package = package.path().to_str().unwrap();

    let here = Program::new(["big"]).file("molotov.toml", &text);
    assert_eq!(iterations(here), 10);
    let set = Program::new(NOTHING).file("molotov.toml", &text).env("MOLOTOV_PROFILE", "big");
    assert_eq!(iterations(set), 10);
    let named = Program::new(["--config", "load.toml", "big"]).file("load.toml", &text);
    assert_eq!(iterations(named.file("molotov.toml", "nonsense")), 10);
    let both_set = Program::new(NOTHING).file("load.toml", &text).env("MOLOTOV_CONFIG", "load.toml");
    assert_eq!(iterations(both_set.env("MOLOTOV_PROFILE", "big")), 10);
    let typed = Program::new(["small"]).file("molotov.toml", &text).env("MOLOTOV_PROFILE", "big");
    assert_eq!(iterations(typed), 2);
    let of_the_package = Program::new(["big"]).env("CARGO_MANIFEST_DIR", package);
    assert_eq!(iterations(of_the_package), 10);
    let nearer = Program::new(["big"])
        .file("molotov.toml", "[profile.big]\nusers = 3")
        .env("CARGO_MANIFEST_DIR", package);
    assert_eq!(iterations(nearer.env("MOLOTOV_HOST", &server.url())), 6);
    server.finish();
}

#[test]
fn typed_end_replaces_the_end_of_the_file() {
    let server = Server::good();
    let text = "duration = \"1h\"\ntag = \"nosuch\"\n[profile.big]\nmax_runs = 3\nscenario = \"visit\"\n";

    let program = Program::new(["--host", &server.url(), "big"]).file("molotov.toml", text);

    assert_eq!(iterations(program), 3);
    server.finish();
}

#[test]
fn variables_of_the_file_are_set_for_the_load_test_and_those_that_are_set_win() {
    let fails = "[env]\nSET_UP = \"fails\"\n[profile.fine.env]\nSET_UP = \"\"\n[profile.worse.env]\nSET_UP = \"panics\"\n";
    let said = |args: &[&str], set: Option<&str>| {
        let program = Program::new(args).file("molotov.toml", fails);
        let program = if let Some(value) = set { program.env("SET_UP", value) } else { program };
        let ended = program.run();
        (
            ended.code,
            ended.stdout.contains("the database is not there"),
            ended.stdout.contains("nobody expected"),
        )
    };

    assert_eq!(said(&["-s", "fail"], None), (Some(1), true, false));
    assert_eq!(said(&["-s", "fail", "worse"], None), (Some(1), false, true));
    assert_eq!(said(&["-s", "fail", "-f", "9", "fine"], None), (Some(0), false, false));
    assert_eq!(said(&["-s", "fail", "-f", "9", "worse"], Some("fine")), (Some(0), false, false));
    assert_eq!(said(&["-s", "fail", "-f", "9", "worse"], Some("")), (Some(0), false, false));
}

/// It is the same process, so the change is invisible to its parent and to senders of signals.
#[test]
fn restarted_program_receives_signals_and_arguments() {
    let server = Server::good();
    let args = ["--host", &server.url(), "--duration", "1h", "--users", "2"];
    let running =
        Program::new(args).file("molotov.toml", "[env]\nA_TOKEN = \"hunter2\"\n").reporting().start();
    eventually("requests", || server.requests() > 10);

    running.signal(Signal::SIGTERM);
    let ended = running.wait();

    ended.assert_code(143);
    assert_eq!(ended.report().ended.reason, "signal");
    assert!(!format!("{ended:?}").contains("hunter2"));
    assert_eq!(server.finish().requests, ended.report().sent());
}

/// A file of options, the arguments, and the message.
const WRONG: &[(&str, &[&str], &[&str])] = &[
    (
        "[profile.big]\nusers = 0",
        &["big"],
        &["molotov.toml:2:9", "`users` in [profile.big]", "at least one user"],
    ),
    ("[profile.big]\nusres = 3", &["big"], &["molotov.toml:2:1", "`usres`", "did you mean `users`?"]),
    ("[profile.big]\nusres = 3", &[], &["molotov.toml:2:1", "`usres`", "did you mean `users`?"]),
    ("[profile.big]\nusers = \"3\"", &["big"], &["molotov.toml:2:9", "a number, and it is text"]),
    ("[profile.big]\nduration = 3", &["big"], &["molotov.toml:2:12", "a unit", "3s"]),
    ("[profile.big]", &["bgi"], &["molotov.toml", "no profile `bgi`", "did you mean `big`?"]),
    ("[profile.big", &["big"], &["molotov.toml:1:13", "not TOML"]),
    ("", &["big"], &["no profile `big`", "there is no profile at all"]),
    ("[profile.big]", &["--config", "molotov.toml"], &["molotov.toml", "name one of its profiles", "`big`"]),
    ("[env]\nTOKEN = [\"hunter2\"]", &[], &["molotov.toml:2:9", "`TOKEN` in [env]", "must be text"]),
    (
        "users = 3\n[profile.big]\nsingle_run = true\nmax_runs = 2",
        &["big"],
        &["`single_run` (molotov.toml:3:1)", "`max_runs` (molotov.toml:4:1)"],
    ),
    ("quiet = true\nverbose = 1", &[], &["`quiet` (molotov.toml:1:1)", "`verbose` (molotov.toml:2:1)"]),
    ("scenario = \"visti\"", &[], &["visti", "did you mean `visit`"]),
];

#[test]
fn a_file_with_a_mistake_is_refused_before_anything_is_sent() {
    let server = Server::good();
    let mut wrong = Vec::new();
    for (text, args, says) in WRONG {
        let program = Program::new(*args).env("MOLOTOV_HOST", &server.url()).file("molotov.toml", text);

        let ended = program.run();

        wrong.extend(refusal(&ended, says).map(|why| format!("{text}\n{args:?}: {why}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert_eq!(server.finish().requests, 0);
}

#[test]
fn options_that_exclude_each_other_in_the_environment_are_reported() {
    let program = Program::new(NOTHING).env("MOLOTOV_SINGLE_RUN", "true").env("MOLOTOV_USERS", "3");

    let ended = program.run();

    let says = ["MOLOTOV_SINGLE_RUN", "MOLOTOV_USERS", "cannot be used with"];
    assert_eq!(refusal(&ended, &says), None);
}

#[test]
fn of_options_that_exclude_each_other_the_one_that_stands_above_wins() {
    let server = Server::good();
    let url = server.url();
    let text = "users = 3\nquiet = true\n[profile.once]\nsingle_run = true\n[profile.few]\nmax_runs = 5\n";
    let program = |args: &[&str]| Program::new([&["--host", &url], args].concat()).file("molotov.toml", text);

    assert_eq!(iterations(program(&["once"])), 1);
    assert_eq!(iterations(program(&["once", "--users", "2"])), 4);
    assert_eq!(iterations(program(&["few", "--single-run"])), 1);
    assert_eq!(iterations(program(&["few"]).env("MOLOTOV_SINGLE_RUN", "1")), 1);
    let ended = program(&["once", "-v"]).run();
    ended.assert_code(0);
    assert!(!ended.stdout.is_empty(), "what is typed wins over `quiet` of the file");
    server.finish();
}

#[test]
fn help_version_and_list_need_no_file() {
    for flag in ["--help", "--version", "--list"] {
        let ended = Program::new([flag]).file("molotov.toml", "nonsense").run();

        ended.assert_code(0);
        assert_eq!(ended.stderr, "");
    }
}

#[test]
fn molotov_json_is_read_with_notes_on_meaningless_options() {
    let server = Server::good();
    let text = r#"{"molotov": {"env": {"SET_UP": "fine"}, "requirements": "requirements.txt", "tests": {
        "big": {"workers": 2, "processes": 3, "max_runs": 4, "ramp_up": 0.01, "console-update": 0.5, "delay": 0.0,
                "scenario": "loadtest.py", "single_mode": "visit", "exception": true, "uvloop": true, "console": true}
    }}}"#;
    let args = ["--host", &server.url(), "--config", "molotov.json", "big"];

    let ended = Program::new(args).file("molotov.json", text).reporting().run();

    ended.assert_code(0);
    assert_eq!((ended.report().iterations.ok, server.finish().requests), (24, 24));
    for note in [
        "`requirements` has no meaning",
        "`scenario` has no meaning",
        "`uvloop` has no meaning",
        "--processes 3",
    ] {
        let noted = ended.stderr.lines().any(|line| line.starts_with("note: ") && line.contains(note));
        assert!(noted, "{note}: {}", ended.stderr);
    }
}

#[test]
fn a_molotov_json_with_a_mistake_is_refused() {
    let server = Server::good();
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("{", &["--config", "molotov.json", "big"], &["molotov.json:1:1", "not JSON"]),
        ("{}", &["--config", "molotov.json", "big"], &["\"molotov\""]),
        (
            r#"{"molotov": {"tests": {"big": {"worker": 3}}}}"#,
            &["--config", "molotov.json", "big"],
            &["molotov.json:1:32", "`worker`", "did you mean `workers`?"],
        ),
        (
            r#"{"molotov": {"tests": {"bigger": {}}}}"#,
            &["--config", "molotov.json", "big"],
            &["no test `big`", "did you mean `bigger`?"],
        ),
        ("{}", &["big"], &["`big`", "--config molotov.json big"]),
    ];
    for (text, args, says) in cases {
        let ended = Program::new(*args).env("MOLOTOV_HOST", &server.url()).file("molotov.json", text).run();

        assert_eq!(refusal(&ended, says), None, "{text}");
    }
    assert_eq!(server.finish().requests, 0);
}

/// The example of the book, except for the service.
#[test]
fn the_example_in_the_book_is_one() {
    let page = include_str!("../../docs/command-line.md");
    let blocks = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let example = blocks.into_iter().find(|block| block.contains("[profile.smoke]")).unwrap();
    let server = Server::good();

    let args = ["smoke", "--host", &server.url()];
    let ended = Program::example("loadtest", args).file("molotov.toml", example).reporting().run();
    let other = Program::example("loadtest", ["bgi"]).file("molotov.toml", example).run();

    ended.assert_code(0);
    assert_eq!(ended.report().settings.targets, [server.url()]);
    assert!(server.finish().requests > 0);
    assert_eq!(refusal(&other, &["no profile `bgi`", "did you mean `big`?"]), None);
}

/// The reason why this is not exactly one message with these words.
fn refusal(ended: &Ended, says: &[&str]) -> Option<String> {
    let messages = ended.stderr.lines().filter(|line| line.starts_with("error")).count();
    let is_told = says.iter().all(|word| ended.stderr.contains(word));
    let is_refused = ended.code == Some(2) && messages == 1 && ended.stdout.is_empty();
    let is_discreet = !ended.stderr.contains("hunter2") && !ended.stderr.contains("panicked");
    (!is_told || !is_refused || !is_discreet).then(|| format!("not {says:?}: {ended:#?}"))
}
