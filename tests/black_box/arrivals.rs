//! Arrivals on the command line: their number is exact, on several threads, and in every output.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::black_box::server::{Answer, Server};
use crate::support::process::eventually;
use crate::support::run::Program;

#[test]
fn rate_makes_its_number_of_iterations_in_every_output() {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(1));

    let args = ["--host", &server.url(), "-s", "visit", "--rate", "200/s", "-d", "2s", "-t", "2", "-c"];
    let ended = Program::new(args).reporting().run();

    ended.assert_code(0);
    let (report, tally) = (ended.report(), server.finish());
    let offered = report.offered.as_ref().unwrap();
    assert_eq!((report.model.as_str(), offered.scheduled), ("open", 400));
    assert_eq!(offered.scheduled, offered.started + offered.dropped);
    assert_eq!((offered.started, offered.finished), (report.iterations.started, report.iterations.ok));
    let sum = |of: fn(&crate::support::report::Window) -> u64| report.windows.iter().map(of).sum::<u64>();
    assert_eq!(
        (sum(|window| window.scheduled), sum(|window| window.started), sum(|window| window.dropped)),
        (offered.scheduled, offered.started, offered.dropped)
    );
    assert_eq!(tally.requests, report.sent());
    assert!(ended.stdout.contains("400 iterations (200/s): "), "{}", ended.stdout);
    for word in [" due=", " due/s=", " started=", " started/s=", " dropped=", " dropped/s="] {
        assert!(ended.stderr.contains(word), "the display shows {word}, too: {}", ended.stderr);
    }
}

#[test]
fn a_signal_leaves_no_arrival_without_an_account() {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(300));

    let args =
        ["--host", &server.url(), "-s", "visit", "--rate", "100/s", "-d", "1h", "-u", "2", "--grace", "1s"];
    let running = Program::new(args).reporting().start();
    eventually("some were read", || server.requests() >= 3);
    running.signal(Signal::SIGINT);
    let ended = running.wait();

    ended.assert_code(130);
    let report = ended.report();
    let offered = report.offered.as_ref().unwrap();
    assert!(offered.dropped > 0, "{offered:?}");
    assert_eq!(offered.scheduled, offered.started + offered.dropped);
    let counts = &report.iterations;
    assert_eq!(counts.started, counts.ok + counts.failed + counts.panicked + counts.cancelled);
}
