//! A load without a host: a mistake of the command line, which shows at the first request.

use crate::black_box::server::Server;
use crate::support::run::{Ended, Program};

/// The end of such a run: the mistake and its cure, and no report, which would be useless.
fn assert_refused(ended: &Ended) {
    ended.assert_code(2);
    assert_eq!(ended.stderr.matches("error: `/").count(), 1, "{}", ended.stderr);
    for cure in ["--host URL", "MOLOTOV_HOST", "return a `Target` from a `#[global_setup]`"] {
        assert!(ended.stderr.contains(cure), "{}", ended.stderr);
    }
    assert_eq!(ended.stdout, "");
}

#[test]
fn load_without_a_host_is_always_refused() {
    for args in [
        &["--scenario", "visit", "-d", "1h"][..],
        &["--scenario", "visit", "--rate", "10/s", "-d", "1h"],
        &["--scenario", "visit", "--sizing"],
        &["--scenario", "visit", "--fail", "1000", "-d", "1h"],
        &["--scenario", "visit", "--fail-fast"],
        &["--scenario", "visit", "--quiet", "-d", "1h"],
        &["--scenario", "visit", "--replay", "0:0", "--seed", "1"],
        &["--single-run"],
    ] {
        assert_refused(&Program::new(args.iter().copied()).run());
    }
}

#[test]
fn no_threshold_claims_then_that_a_scenario_is_missing() {
    let ended =
        Program::new(["--scenario", "visit", "-d", "1h", "--threshold", "p99{scenario=visit} < 1s"]).run();

    assert_refused(&ended);
    assert!(!ended.stderr.contains("no scenario is called"), "{}", ended.stderr);
}

#[test]
fn absolute_requests_or_none_need_no_host() {
    let server = Server::good();
    let absolute = Program::new(["--scenario", "absolute"]).env("URL", &server.url()).run();
    let silent = Program::new(["--scenario", "redeem", "-r", "1"]).run();

    absolute.assert_code(0);
    silent.assert_code(0);
    assert_eq!(server.finish().requests, 2);
}

#[test]
fn run_that_had_sent_something_before_is_reported_too() {
    let server = Server::good();
    let ended = Program::new(["--scenario", "absolute", "-d", "1h"])
        .env("URL", &server.url())
        .env("THEN", "/relative")
        .run();

    ended.assert_code(2);
    assert!(
        ended.stderr.contains("error: `/relative` is relative and there is no base URL"),
        "{}",
        ended.stderr
    );
    assert!(ended.stdout.contains("FAILED"), "{}", ended.stdout);
    assert!(server.finish().requests >= 1);
}
