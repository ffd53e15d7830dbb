//! Law A2: the requests sent are exactly those that the server read, for every fault and every end of the run.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::black_box::server::{Answer, Server};
use crate::support::process::eventually;
use crate::support::run::Program;

#[test]
fn a_clean_run() {
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "--users", "8", "--max-runs", "50"]).reporting().run();

    ended.assert_code(0);
    let (report, tally) = (ended.report(), server.finish());
    assert_eq!((report.sent(), report.requests.ok), (400, 400));
    assert_eq!(tally.requests, 400);
}

#[test]
fn a_run_that_time_ends() {
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "--users", "8", "-d", "500ms"]).reporting().run();

    ended.assert_code(0);
    assert_eq!(ended.report().ended.reason, "duration");
    assert_eq!(server.finish().requests, ended.report().sent());
}

/// Interrupts a run with these options; its requests get responses.
#[track_caller]
fn assert_drains(options: &[&str]) {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(20));
    let running = Program::new(["--host", &server.url(), "--users", "16"]).args(options).reporting().start();
    eventually("requests", || server.requests() > 100);

    running.signal(Signal::SIGINT);
    let ended = running.wait();

    ended.assert_code(130);
    let (report, tally) = (ended.report(), server.finish());
    assert_eq!((report.requests.cancelled, report.requests.failed), (0, 0));
    assert_eq!(tally.requests, report.sent());
}

#[test]
fn a_run_that_is_interrupted_and_drains() {
    assert_drains(&["-d", "1h"]);
}

#[test]
fn shared_runs_end_the_run() {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(2));
    let args = ["--host", &server.url(), "--users", "7", "--shared-runs", "50"];

    let ended = Program::new(args).reporting().run();

    ended.assert_code(0);
    let report = ended.report();
    assert_eq!((report.iterations.started, report.iterations.ok), (50, 50));
    assert_eq!(report.ended.reason, "completed");
    assert_eq!(server.finish().requests, report.sent());
}

#[test]
fn shared_runs_that_are_interrupted_drain() {
    assert_drains(&["--shared-runs", "100000000"]);
}

#[test]
fn a_run_that_is_interrupted_without_grace() {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(200));
    let args = ["--host", &server.url(), "--users", "16", "-d", "1h", "--grace", "0s"];
    let running = Program::new(args).reporting().start();
    eventually("requests", || server.requests() > 20);

    running.signal(Signal::SIGINT);
    let ended = running.wait();

    ended.assert_code(130);
    let (report, tally) = (ended.report(), server.finish());
    assert!(report.requests.cancelled > 0, "{report:#?}");
    assert_eq!(report.requests.failed, 0, "what we cut is no failure of the server");
    assert_eq!(report.iterations.cancelled, report.requests.cancelled, "{report:#?}");
    assert_eq!(tally.requests, report.sent());
}

#[test]
fn a_server_that_closes_every_10th_response_half_way() {
    let cut = |n| if n % 10 == 0 { Answer::Cut } else { Answer::Ok };
    let server = Server::start(cut, Duration::ZERO);

    let ended =
        Program::new(["--host", &server.url(), "--users", "4", "--max-runs", "100"]).reporting().run();

    ended.assert_code(1);
    let (report, tally) = (ended.report(), server.finish());
    assert_eq!((tally.requests, tally.cuts), (400, 40));
    assert_eq!(report.sent(), 400);
    assert_eq!((report.of_kind("body.truncated"), report.requests.failed), (40, 40));
    assert_eq!((report.requests.ok, report.iterations.failed), (360, 40));
    assert_eq!(report.requests.resent, 0);
}

#[test]
fn a_server_that_answers_500_to_every_7th() {
    let error = |n| if n % 7 == 0 { Answer::Error } else { Answer::Ok };
    let server = Server::start(error, Duration::ZERO);

    let ended = Program::new(["--host", &server.url(), "--users", "4", "--max-runs", "70"]).reporting().run();

    ended.assert_code(1);
    let (report, tally) = (ended.report(), server.finish());
    assert_eq!((tally.requests, tally.errors), (280, 40));
    assert_eq!(report.sent(), 280);
    assert_eq!((report.of_kind("http.5xx"), report.requests.http_error), (40, 40));
    assert_eq!((report.requests.ok, report.requests.failed, report.iterations.failed), (240, 0, 40));
}
