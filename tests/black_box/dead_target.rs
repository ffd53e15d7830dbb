//! A target that no longer responds: the cases in which a run gives it up, and in which it does not.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::black_box::server::{Answer, Server};
use crate::support::process::eventually;
use crate::support::run::Program;

/// A URL without a listener.
fn nobody() -> String {
    let nobody = Server::good();
    let url = nobody.url();
    nobody.finish();
    url
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_target_that_is_not_there_ends_a_run_with_6() {
    let url = nobody();

    let ended = Program::new(["--host", &url, "--users", "20", "--duration", "1h"]).reporting().run();

    ended.assert_code(6);
    let report = ended.report();
    assert_eq!((report.ended.reason.as_str(), report.exit_code), ("dead_target", 6));
    let detail = report.ended.detail.as_ref().unwrap();
    assert!(detail.contains(&url) && detail.contains("connect.refused"), "{detail}");
    assert!(report.requests.failed >= 10 && report.requests.not_sent == report.requests.attempted);
    let says = format!("FAILED: the target is dead: {url}: ");
    assert!(in_one_line(&ended.stdout).contains(&says), "{}", ended.stdout);
    assert!(in_one_line(&ended.stdout).contains("Iterations"), "the report is there: {}", ended.stdout);
}

#[test]
fn a_target_that_fails_with_500_for_the_window_ends_a_run_with_6() {
    let server = Server::start(|_| Answer::Error, Duration::from_millis(5));

    let args = ["--host", &server.url(), "--users=20", "--duration=1h", "--dead-target-window=500ms"];
    let ended = Program::new(args).reporting().run();

    ended.assert_code(6);
    assert!(ended.report().ended.detail.as_ref().unwrap().contains("http.5xx"));
    assert_eq!(server.finish().requests, ended.report().sent());
}

#[test]
fn run_without_responses_is_6_also_before_the_window_is_full() {
    let url = nobody();

    let by_time = Program::new(["--host", &url, "--duration", "2s"]).reporting().run();
    let by_runs = Program::new(["--host", &url, "--users", "20", "--max-runs", "3"]).reporting().run();

    for ended in [by_time, by_runs] {
        ended.assert_code(6);
        assert!(ended.report().ended.detail.as_ref().unwrap().contains("none was answered"));
    }
}

#[test]
fn option_or_variable_turns_the_check_off() {
    let url = nobody();
    let window = "--dead-target-window=200ms";
    let args =
        |further: &'static str| vec!["--host".to_owned(), url.clone(), "--users=20".into(), further.into()];

    let typed = Program::new(args("--no-dead-target-check")).env("MOLOTOV_DEAD_TARGET_WINDOW", "200ms");
    let typed = typed.env("MOLOTOV_DURATION", "2s").reporting().run();
    let set =
        Program::new(args("--duration=2s")).env("MOLOTOV_NO_DEAD_TARGET_CHECK", "true").reporting().run();
    let given_up = Program::new(args(window)).args(["--duration", "1h"]).reporting().run();

    typed.assert_code(1);
    set.assert_code(1);
    assert_eq!(
        (typed.report().ended.reason.as_str(), set.report().ended.reason.as_str()),
        ("duration", "duration")
    );
    given_up.assert_code(6);
}

#[test]
fn failing_scenario_does_not_make_the_target_dead() {
    let args = ["--scenario", "fail", "--users=20", "--max-runs=1000000", "--dead-target-window=200ms"];
    let running = Program::new(args).args(["--duration", "2s"]).reporting().start();

    let ended = running.wait();

    ended.assert_code(1);
    assert_eq!(ended.report().ended.reason, "duration");
}

#[test]
fn one_that_answers_some_is_not_dead() {
    // One in ten gets a response.
    let answer = |request| if request % 10 == 0 { Answer::Ok } else { Answer::Error };
    let server = Server::start(answer, Duration::from_millis(5));

    let args = ["--host", &server.url(), "--users=20", "--duration=1h", "--dead-target-window=300ms"];
    let running = Program::new(args).reporting().start();
    eventually("requests", || server.requests() > 500);
    running.signal(Signal::SIGINT);
    let ended = running.wait();

    ended.assert_code(130);
    server.finish();
}
