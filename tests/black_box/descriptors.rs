//! A machine with too few file descriptors: the report and a warning before the load name it.

use nix::sys::signal::Signal;

use crate::black_box::server::Server;
use crate::support::process::eventually;
use crate::support::run::{Ended, Program};

/// Users that keep their connections, under a limit set by the shell.
fn limited(ulimit: &str, server: &Server, further: &[&str]) -> Program {
    let host = format!("--host={}", server.url());
    let args = [&host, "--scenario=hang", "--users=100", "--duration=50s", "--grace=0s"];
    Program::after_shell(ulimit, args.iter().chain(further)).reporting()
}

/// Runs it until each user has sent its request.
fn run_until_all_have_sent(program: Program, server: &Server) -> Ended {
    let running = program.start();
    eventually("a request of each user", || server.requests() == 100);
    running.signal(Signal::SIGINT);
    running.wait()
}

#[test]
fn more_users_than_descriptors_are_warned_of_and_fail_for_a_fault_of_this_machine() {
    let server = Server::good();

    let ended = limited("ulimit -n 60", &server, &["--fail-fast"]).run();

    ended.assert_code(1);
    let warning =
        "warning: 100 users with a connection each need 150 file descriptors, and this process may have 60";
    assert!(ended.stderr.contains(warning), "{}", ended.stderr);
    assert!(ended.stderr.contains("`ulimit -n 150`"), "{}", ended.stderr);
    assert!(ended.stdout.contains("local.fds"), "{}", ended.stdout);
    server.finish();
}

#[test]
fn as_many_descriptors_as_are_needed_are_not_mentioned() {
    let server = Server::good();

    let ended = run_until_all_have_sent(limited("ulimit -n 150", &server, &[]), &server);

    ended.assert_code(130);
    assert!(!ended.stderr.contains("descriptor"), "{}", ended.stderr);
    assert_eq!(ended.report().requests.ok, 100);
    server.finish();
}

#[test]
fn a_soft_limit_is_raised() {
    let server = Server::good();

    let ended = run_until_all_have_sent(limited("ulimit -S -n 60", &server, &[]), &server);

    ended.assert_code(130);
    assert!(!ended.stderr.contains("descriptor"), "{}", ended.stderr);
    assert_eq!(ended.report().requests.ok, 100);
    server.finish();
}

#[test]
fn too_few_descriptors_for_a_runtime_are_a_mistake_with_its_cure() {
    let server = Server::good();
    // With fewer, the system cannot even load the program.
    for limit in 6..=18 {
        let args = ["--host", &server.url(), "-t", "2", "-r", "1", "-u", "50"];

        let ended = Program::after_shell(&format!("ulimit -n {limit}"), args).run();

        ended.assert_code(2);
        let [says, cure] = [&format!("of the {limit} that it may have"), "raise the limit: `ulimit -n 1024`"];
        assert!(ended.stderr.contains(says) && ended.stderr.contains(cure), "{}", ended.stderr);
        let errors: Vec<_> = ended.stderr.lines().collect();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(!ended.stderr.contains("panick") && !ended.stderr.contains(".rs"), "{}", ended.stderr);
    }
    assert_eq!(server.finish().requests, 0);
}
