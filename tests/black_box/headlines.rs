//! The first lines of a report: they praise nothing without a judgement, and start with oddities.

use std::time::Duration;

use crate::black_box::server::{Answer, Server};
use crate::support::run::{Ended, Program};

/// The headline on one line; the warning of a debug build stands before it.
fn headline(text: &str) -> String {
    let first = text.split("\n\n").find(|section| !section.contains("DEBUG BUILD")).unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs the program against this server, and checks the start of the headline, the conclusion and the oddities.
#[track_caller]
fn assert_run(
    server: Server,
    args: &[&str],
    beginning: &str,
    (code, conclusion): (i32, &str),
    odd: &[&str],
) -> Ended {
    let url = server.url();
    let ended = Program::new([&["--host", url.as_str()], args].concat()).reporting().run();
    server.finish();

    ended.assert_code(code);
    let (headline, report) = (headline(&ended.stdout), ended.report());
    assert!(headline.starts_with(beginning), "{headline}");
    assert_eq!(report.conclusion, conclusion, "{headline}");
    assert_eq!(
        report.oddities.iter().map(|oddity| oddity.kind.as_str()).collect::<Vec<_>>(),
        odd,
        "{headline}"
    );
    let is_praise =
        ["OK", "VALID", "SUCCESS"].iter().any(|word| ended.stdout.split_whitespace().any(|one| one == *word));
    assert!(!is_praise, "{}", ended.stdout);
    assert_eq!(conclusion == "passed", ended.stdout.contains("PASSED"), "{}", ended.stdout);
    ended
}

fn failing() -> Server {
    Server::start(|_| Answer::Error, Duration::ZERO)
}

const KEPT: [&str; 2] = ["--threshold", "max < 30s"];

#[test]
fn without_thresholds_the_headline_counts() {
    let counts = "2 iterations, none failed; 2 requests, none failed Ended after";
    assert_run(Server::good(), &["-s", "visit"], counts, (0, "counted"), &[]);
}

#[test]
fn passed_names_kept_thresholds() {
    let passed = "PASSED: 1 threshold kept; 2 iterations, none failed; 2 requests, none failed Ended after";
    assert_run(Server::good(), &[&["-s", "visit"][..], &KEPT].concat(), passed, (0, "passed"), &[]);
}

#[test]
fn thresholds_that_were_not_kept_are_named_first() {
    let args = ["-s", "visit", "--threshold", "max < 30s, requests > 1000"];
    let failed =
        "FAILED: 1 of 2 thresholds was not kept (requests > 1000: 2) 2 iterations, none failed; 2 requests";
    assert_run(Server::good(), &args, failed, (99, "failed"), &[]);
}

#[test]
fn forgotten_await_is_named_also_with_kept_thresholds() {
    let forgotten = "WARNING: no request was sent by `forget` in 2 iterations, although it takes a session: is an \
                     `.await` missing? 2 iterations, none failed";
    for more in [&[][..], &KEPT] {
        let args = [&["-s", "forget"][..], more].concat();
        let ended = assert_run(Server::good(), &args, forgotten, (0, "warning"), &["no_requests"]);
        assert_eq!(ended.report().oddities[0].names, ["forget"]);
    }
}

#[test]
fn a_forgotten_await_is_named_beside_scenarios_that_send() {
    let args = ["-s", "visit,forget", "-r", "10"];
    let forgotten = "WARNING: no request was sent by `forget` in 5 iterations";
    assert_run(Server::good(), &args, forgotten, (0, "warning"), &["no_requests"]);
}

#[test]
fn a_sizing_of_a_forgotten_await_praises_no_number_of_users() {
    let args = ["-s", "forget", "--sizing", "--users", "2", "--ramp-up", "1s"];
    let forgotten = "WARNING: no request was sent by `forget`";
    assert_run(Server::good(), &args, forgotten, (0, "warning"), &["no_requests"]);
}

#[test]
fn unseen_failures_are_named_also_with_kept_thresholds() {
    let failed =
        "WARNING: all 2 requests failed, although their iterations did not 2 iterations, none failed;";
    for more in [&[][..], &KEPT] {
        let args = [&["-s", "ignore"][..], more].concat();
        assert_run(failing(), &args, failed, (0, "warning"), &["requests_failed"]);
    }
}

#[test]
fn most_requests_that_failed_unseen_are_named() {
    let server = Server::start(|n| if n % 5 == 0 { Answer::Ok } else { Answer::Cut }, Duration::ZERO);
    let failed =
        "WARNING: 8 of 10 requests (80.0%) failed, although their iterations did not 10 iterations, none";
    assert_run(server, &["-s", "ignore", "-r", "10"], failed, (0, "warning"), &["requests_failed"]);
}

#[test]
fn a_check_that_failed_is_named() {
    let failed = "WARNING: the check `it says goodbye` never passed (2 checks) 2 iterations, none failed";
    assert_run(Server::good(), &["-s", "doubt"], failed, (0, "warning"), &["checks_failed"]);
}

#[test]
fn a_scenario_that_always_failed_is_named_where_it_is_tolerated() {
    let args = ["-s", "visit,fail", "-r", "10", "--fail", "1000"];
    let failed = "WARNING: every iteration of `fail` failed (5) 10 iterations, 5 failed (50.0%)";
    assert_run(Server::good(), &args, failed, (0, "warning"), &["scenarios_failed"]);

    let args = ["-s", "fail", "--fail", "1000"];
    let failed = "WARNING: all 2 iterations failed 2 iterations, all failed; up to 999 failed iterations are tolerated";
    assert_run(Server::good(), &args, failed, (0, "warning"), &["scenarios_failed"]);
}

#[test]
fn scenario_that_always_failed_is_reported_beside_the_counts_of_a_run_that_failed() {
    let args = ["-s", "visit,fail", "-r", "10"];
    let failed =
        "FAILED: 10 iterations, 5 failed (50.0%); 5 requests, none failed Also: every iteration of `fail`";
    assert_run(Server::good(), &args, failed, (1, "failed"), &["scenarios_failed"]);
}

#[test]
fn a_rate_that_was_not_reached_is_named() {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(100));
    let args = ["-s", "visit", "--rate", "80/s", "-d", "2s", "-u", "2", "--max-late", "200ms"];
    let args = [&args[..], &KEPT].concat();
    let ended = assert_run(server, &args, "WARNING: 80.0/s were due, ", (0, "warning"), &["rate_missed"]);
    assert!(headline(&ended.stdout).contains("/s were done "), "{}", ended.stdout);
}

#[test]
fn a_run_in_which_nothing_ended_is_not_praised() {
    let server = Server::good();
    let args = ["--host", &server.url(), "-s", "hang", "-d", "300ms", "--grace", "100ms"];

    let ended = Program::new(args).reporting().run();

    let headline = headline(&ended.stdout);
    assert!(headline.contains("no iteration came to its end (1 started)"), "{headline}");
    assert!(headline.starts_with("WARNING: ") || headline.starts_with("FAILED: "), "{headline}");
    assert_eq!(ended.report().oddities[0].kind, "nothing_ended");
}

#[test]
fn a_run_in_whose_last_part_nothing_ended_is_not_praised() {
    let server = Server::start(|n| if n > 50 { Answer::Hang } else { Answer::Ok }, Duration::ZERO);
    let args =
        ["--host", &server.url(), "-s", "visit", "-u", "5", "-r", "1000", "-d", "3s", "--grace", "300ms"];

    let ended = Program::new([&args[..], &KEPT].concat()).reporting().run();

    let headline = headline(&ended.stdout);
    assert!(headline.starts_with("WARNING: ") || headline.starts_with("FAILED: "), "{headline}");
    assert!(ended.report().oddities.iter().any(|oddity| oddity.kind == "went_silent"), "{headline}");
    server.finish();
}

#[test]
fn a_service_that_fails_to_the_end_is_not_praised_where_it_is_tolerated() {
    let server =
        Server::start(|n| if n > 50 { Answer::Error } else { Answer::Ok }, Duration::from_millis(10));
    let args = ["-s", "visit", "-u", "2", "-d", "4s", "--threshold", "errors < 99.9%"];

    let ended = assert_run(server, &args, "WARNING: from ", (0, "warning"), &["failed_to_the_end"]);

    let headline = headline(&ended.stdout);
    assert!(headline.contains(" s to the end every request failed "), "{headline}");
}

#[test]
fn quiet_run_prints_only_oddities() {
    let server = failing();
    let odd = Program::new(["--host", &server.url(), "-q", "-s", "ignore"]).run();
    odd.assert_code(0);
    assert_eq!(odd.stdout, "");
    assert!(odd.stderr.starts_with("WARNING: all 2 requests failed"), "{}", odd.stderr);
    assert!(odd.stderr.contains("http.5xx  GET /"), "{}", odd.stderr);

    let server = Server::good();
    let good = Program::new(["--host", &server.url(), "-q", "-s", "visit"]).run();
    good.assert_code(0);
    assert_eq!((good.stdout.as_str(), good.stderr.as_str()), ("", ""));
}

#[test]
fn a_failure_shows_its_body_when_it_was_seen_and_whether_a_replay_helps() {
    let ended = assert_run(
        failing(),
        &["-s", "visit"],
        "FAILED: 2 iterations, all failed",
        (1, "failed"),
        &["scenarios_failed"],
    );

    let text = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("2 × http.5xx GET / 500 Internal Server Error body: oops first: user 0, iteration 0;"),
        "{text}"
    );
    assert!(text.contains("; seen at 0 s replay: --seed "), "{text}");
    assert!(text.contains(" --replay 0:0 (may pass: "), "{text}");
}

#[test]
fn more_than_a_hundred_routes_of_one_shape_are_a_note_with_the_cure() {
    let args = ["-s", "scatter", "-r", "101"];
    let ended = assert_run(Server::good(), &args, "101 iterations, none failed", (0, "counted"), &[]);

    let text = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("101 routes differ in a value only: `GET /items/0`, `GET /items/1`, "), "{text}");
    assert!(text.contains(".path(\"id\", id)") && text.contains("`.name("), "{text}");
}
