//! SIGHUP: a closed terminal ends a run, unless its parent process ignores the signal.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::black_box::server::Server;
use crate::support::process::eventually;
use crate::support::run::Program;

#[test]
fn a_hang_up_ends_the_run_with_its_code_and_a_report() {
    let server = Server::good();
    let running = Program::new(["--host", &server.url(), "--duration", "1h"]).reporting().start();
    eventually("requests", || server.requests() > 0);

    running.signal(Signal::SIGHUP);

    let ended = running.wait();
    ended.assert_code(129);
    assert!(ended.stdout.contains("hung up (SIGHUP)"), "{}", ended.stdout);
    let report = ended.report();
    assert_eq!((report.ended.reason.as_str(), report.ended.detail.as_deref()), ("signal", Some("hang_up")));
    assert_eq!(server.finish().requests, report.sent());
}

/// The system sends it to the foreground, and the shell to its jobs.
#[test]
fn a_second_hang_up_does_not_hurry_the_run() {
    let server = Server::good();
    let args = ["--host", &server.url(), "-s", "hang", "--duration", "1h", "--grace", "1s"];
    let running = Program::new(args).reporting().start();
    eventually("a request", || server.requests() == 1);

    let start = Instant::now();
    running.signal(Signal::SIGHUP);
    std::thread::sleep(Duration::from_millis(300));
    running.signal(Signal::SIGHUP);

    running.wait().assert_code(129);
    assert!(start.elapsed() >= Duration::from_secs(1), "it had its grace");
}

#[test]
fn a_hang_up_that_is_ignored_stays_ignored() {
    let server = Server::good();
    let args = ["--host", &server.url(), "--duration", "1s"];
    let running = Program::after_shell("trap '' HUP", args).reporting().start();
    eventually("requests", || server.requests() > 0);

    running.signal(Signal::SIGHUP);

    let ended = running.wait();
    ended.assert_code(0);
    assert_eq!(ended.report().ended.reason, "duration");
}
