//! Threads that the system refuses: reported before the load, without a panic or an endless wait.

use std::process::Command;

use crate::black_box::server::Server;
use crate::support::run::{Program, skipped};

#[track_caller]
fn is_refused(program: Program, server: Server) {
    let ended = program.run();

    ended.assert_code(2);
    assert!(ended.stderr.contains("error: this process may not start"), "{}", ended.stderr);
    assert!(ended.stderr.contains("ulimit"), "{}", ended.stderr);
    assert_eq!(server.finish().requests, 0);
}

#[test]
fn memory_for_too_few_threads_is_reported_before_the_load() {
    let server = Server::good();
    let args = ["--host", &server.url(), "-r", "3", "-t", "500", "--events-out", "events.ndjson"];

    is_refused(Program::after_shell("ulimit -v 400000", args), server);
}

/// The limit in the message is enough.
#[test]
fn little_memory_is_enough_where_threads_share_what_they_allocate_from() {
    let server = Server::good();
    let args = ["--host", &server.url(), "-r", "3", "-t", "2"];

    let refused = Program::after_shell("ulimit -v 300000", args).run();

    refused.assert_code(2);
    assert!(refused.stderr.contains("set MALLOC_ARENA_MAX=1 in the environment"), "{}", refused.stderr);

    let ended = Program::after_shell("ulimit -v 300000; export MALLOC_ARENA_MAX=1", args).run();

    ended.assert_code(0);
    assert_eq!(server.finish().requests, 3);
}

/// The limit does not apply to root.
#[test]
fn limit_of_processes_is_reported_before_the_load() {
    let become_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let may = Command::new("setpriv").args(become_nobody).args(["prlimit", "--nproc=20", "true"]).status();
    if !may.is_ok_and(|status| status.success()) {
        skipped("this user cannot become another one with setpriv");
        return;
    }
    let server = Server::good();
    // The user `nobody` may not enter the folders of the user of this build.
    let line = format!(
        "cp \"$0\" program && chmod 755 . program && exec setpriv {} prlimit --nproc=20 ./program \"$@\"",
        become_nobody.join(" ")
    );

    is_refused(Program::in_shell(&line, ["--host", &server.url(), "-r", "3", "-t", "64"]), server);
}

#[test]
fn one_thread_works_with_what_is_enough() {
    let server = Server::good();

    let ended =
        Program::after_shell("ulimit -v 2000000", ["--host", &server.url(), "-r", "3", "-t", "1"]).run();

    ended.assert_code(0);
    assert_eq!(server.finish().requests, 3);
}
