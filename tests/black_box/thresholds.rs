//! Thresholds: their sources, the precedence of sources, and the exit code.

use nix::sys::signal::Signal;

use crate::black_box::server::Server;
use crate::support::process::eventually;
use crate::support::run::{Ended, Program};

/// The judged thresholds, and the results.
fn judged(ended: &Ended) -> Vec<(String, bool)> {
    ended.report().thresholds.iter().map(|it| (it.threshold.clone(), it.passed)).collect()
}

fn owned(all: &[(&str, bool)]) -> Vec<(String, bool)> {
    all.iter().map(|(threshold, passed)| ((*threshold).to_owned(), *passed)).collect()
}

#[test]
fn a_threshold_that_is_kept_is_0_and_one_that_is_not_is_99() {
    let server = Server::good();
    for (threshold, code, says) in [
        ("errors < 1%, requests >= 2", 0, "2 thresholds kept"),
        ("requests >= 1000", 99, "the threshold was not kept"),
        ("errors{route=GET /nothing} < 1%", 99, "no route is called `GET /nothing`; did you mean `GET /`?"),
        ("p99 < 1h", 99, "too few samples"),
    ] {
        let ended = Program::new(["--host", &server.url(), "--threshold", threshold]).reporting().run();

        ended.assert_code(code);
        // Lines are broken at the width of the screen.
        let text = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(says), "{}", ended.stdout);
        assert_eq!(ended.report().exit_code, code);
    }
    server.finish();
}

#[test]
fn failed_iterations_are_judged_by_a_threshold_of_errors_and_otherwise_are_1() {
    let base = ["-s", "fail", "--max-runs", "4"];
    for (thresholds, code) in [
        (&["--threshold", "errors < 99%"][..], 99),
        (&["--threshold", "failed_iterations <= 4"][..], 0),
        (&["--threshold", "failed_iterations{scenario=fail} <= 4"][..], 0),
        (&["--threshold", "iterations >= 4"][..], 1),
        (&["--threshold", "iterations >= 4", "--fail", "5"][..], 0),
        (&["--threshold", "iterations >= 4", "--threshold", "failed_iterations < 4"][..], 99),
    ] {
        let ended = Program::new([&base, thresholds].concat()).reporting().run();

        ended.assert_code(code);
    }
}

#[test]
fn typed_options_win_over_the_environment_and_that_over_the_file() {
    let server = Server::good();
    let url = server.url();
    let text = "threshold = [\"iterations >= 1\"]\n[profile.big]\nthreshold = ['iterations >= 2', \"errors < 1%\"]\n\
                [profile.once]\nsingle_run = true\n";
    let program = |args: &[&str]| Program::new([&["--host", &url], args].concat()).file("molotov.toml", text);

    for (program, says) in [
        (program(&[]), &[("iterations >= 1", true)][..]),
        (program(&["big"]), &[("iterations >= 2", true), ("errors < 1%", true)][..]),
        (
            program(&["big"]).env("MOLOTOV_THRESHOLD", "requests >= 1, requests <= 2"),
            &[("requests >= 1", true), ("requests <= 2", true)][..],
        ),
        (
            program(&["big", "--threshold", "requests >= 2"]).env("MOLOTOV_THRESHOLD", "requests >= 1"),
            &[("requests >= 2", true)][..],
        ),
        (program(&["once"]), &[][..]),
    ] {
        let ended = program.reporting().run();

        ended.assert_code(0);
        assert_eq!(judged(&ended), owned(says));
    }
    server.finish();
}

#[test]
fn unknown_name_in_the_file_is_reported_with_its_place_and_the_column_marked() {
    let text = "[profile.big]\nthreshold = [\"p99{scenario=vist} < 1s\"]\n[profile.bad]\nthreshold = \"p99 < fast\"\n";
    let program =
        |profile| Program::new(["--host", "http://127.0.0.1:1", profile]).file("molotov.toml", text);

    let ended = program("big").run();
    ended.assert_code(2);
    let broken = "p99 < fast\n        ^^^^";
    assert!(ended.stderr.contains("molotov.toml:4:13") && ended.stderr.contains(broken), "{}", ended.stderr);

    let right = text.replace("fast", "1s");
    let ended = program("big").file("molotov.toml", &right).run();
    ended.assert_code(2);
    let marked =
        "no scenario is called `vist`; did you mean `visit`?\n  p99{scenario=vist} < 1s\n               ^^^^";
    assert!(ended.stderr.contains(marked), "{}", ended.stderr);
}

#[test]
fn an_abort_ends_the_run_with_99_and_a_signal_wins_after_reporting() {
    let server = Server::good();
    let url = server.url();
    let long = ["--host", &url, "--duration", "1h", "--threshold"];

    let ended = Program::new([&long[..], &["requests < 50 abort"]].concat()).reporting().run();
    ended.assert_code(99);
    let report = ended.report();
    assert_eq!(report.ended.reason, "threshold");
    assert!(report.ended.detail.as_deref().unwrap().starts_with("requests < 50 abort: "));
    assert_eq!(
        (report.iterations.cancelled, report.iterations.failed),
        (0, 0),
        "what is in flight has its grace"
    );

    let before = server.requests();
    let running = Program::new([&long[..], &["requests < 5"]].concat()).reporting().start();
    eventually("requests", || server.requests() > before + 100);
    running.signal(Signal::SIGINT);
    let ended = running.wait();
    ended.assert_code(130);
    assert_eq!(judged(&ended), owned(&[("requests < 5", false)]));
    server.finish();
}

#[test]
fn a_route_is_looked_at_while_the_run_goes_on() {
    let server = Server::good();
    let thresholds =
        "errors{route=GET /} <= 0% after 10ms, requests > 1 after 10ms, p50{route=GET /x} < 1s after 10ms";
    let args = ["--host", &server.url(), "--duration", "1s", "--threshold", thresholds];

    let ended = Program::new(args).reporting().run();

    ended.assert_code(99);
    let passed: Vec<_> = ended.report().thresholds.iter().map(|it| it.passed).collect();
    assert_eq!(passed, [true, true, false], "{}", ended.stdout);
    assert_eq!(ended.report().routes.len(), 1, "a name that is only asked for is no row");
    server.finish();
}

#[test]
fn a_sizing_has_objectives_and_no_thresholds() {
    let ended = Program::new(["--host", "http://127.0.0.1:1", "--sizing", "--threshold", "p99 < 1s"]).run();

    ended.assert_code(2);
    let why =
        "'--sizing' cannot be used with '--threshold': the objectives of a sizing say what is to be kept";
    assert!(ended.stderr.contains(why), "{}", ended.stderr);
}

#[test]
fn quiet_run_prints_the_broken_threshold() {
    let server = Server::good();
    let args = ["--host", &server.url(), "-q", "--threshold", "requests > 100, errors < 1%"];

    let ended = Program::new(args).run();

    ended.assert_code(99);
    assert_eq!(ended.stdout, "");
    assert!(
        ended.stderr.contains("requests > 100") && !ended.stderr.contains("errors < 1%"),
        "{}",
        ended.stderr
    );
    server.finish();
}
