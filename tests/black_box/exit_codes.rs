//! The end of a run, and its exit code.

use nix::sys::signal::Signal;

use crate::black_box::server::Server;
use crate::support::process::eventually;
use crate::support::run::Program;

#[test]
fn a_clean_run_is_0() {
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "--users", "2", "--max-runs", "3"]).reporting().run();

    ended.assert_code(0);
    assert!(ended.stdout.contains("6 iterations"), "{}", ended.stdout);
    assert_eq!(ended.report().iterations.ok, 6);
    assert_eq!((ended.report().ended.reason.as_str(), ended.report().exit_code), ("completed", 0));
    assert_eq!(server.finish().requests, 6);
}

#[test]
fn a_scenario_that_fails_is_1() {
    let ended = Program::new(["--scenario", "fail"]).reporting().run();

    ended.assert_code(1);
    assert!(ended.stdout.contains("it is always like that"), "{}", ended.stdout);
    let report = ended.report();
    assert_eq!(report.iterations.failed, 2);
    assert!(report.failures[0].message.contains("it is always like that"));
    assert_eq!((report.failures[0].count, report.exit_code), (2, 1));
}

#[test]
fn scenario_that_panics_is_1_and_its_message_is_reported() {
    let ended = Program::new(["--scenario", "panic"]).reporting().run();

    ended.assert_code(1);
    assert_eq!(ended.report().iterations.panicked, 2);
    let message = &ended.report().failures[0].message;
    assert!(message.contains("out of luck") && message.contains("program.rs:"), "{message}");
}

#[test]
fn a_server_that_is_not_there_is_6() {
    let nobody = Server::good();
    let url = nobody.url();
    nobody.finish();

    let ended = Program::new(["--host", &url]).reporting().run();

    ended.assert_code(6);
    assert_eq!(ended.report().requests.not_sent, 2);
    assert_eq!(ended.report().of_kind("connect.refused"), 2);
}

#[test]
fn a_set_up_that_fails_is_1_and_nothing_runs() {
    for (how, message) in [("fails", "the database is not there"), ("panics", "nobody expected this")] {
        let server = Server::good();

        let ended = Program::new(["--host", &server.url()]).env("SET_UP", how).reporting().run();

        ended.assert_code(1);
        assert!(ended.stdout.contains(message), "{}", ended.stdout);
        let report = ended.report();
        assert_eq!((report.ended.reason.as_str(), report.iterations.started), ("setup_failed", 0));
        let detail = report.ended.detail.as_deref().unwrap();
        assert!(detail.contains(message) && detail.contains("program.rs:"), "{detail}");
        assert_eq!(server.finish().requests, 0);
    }
}

#[test]
fn fail_n_is_the_first_number_of_failures_that_counts() {
    for (fail, code) in [("3", 1), ("4", 0), ("1", 1)] {
        let ended = Program::new(["--scenario", "fail", "--max-runs", "3", "--fail", fail]).reporting().run();

        ended.assert_code(code);
        assert_eq!(ended.report().iterations.failed, 3);
    }
}

#[test]
fn fail_fast_ends_the_run_at_the_first_failure() {
    let ended = Program::new(["--scenario", "fail", "--duration", "1h", "-x"]).reporting().run();

    ended.assert_code(1);
    assert_eq!((ended.report().iterations.started, ended.report().ended.reason.as_str()), (1, "fail_fast"));
}

#[test]
fn single_run_is_every_scenario_once() {
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "--single-run"]).reporting().run();

    ended.assert_code(0);
    assert_eq!(ended.report().iterations.started, 1, "those of weight 0 are not asked for");
    assert_eq!(server.finish().requests, 1);
}

#[test]
fn single_run_accepts_named_scenarios() {
    let server = Server::good();

    let args = ["--host", &server.url(), "--single-run", "-s", "visit", "-s", "fail", "-s", "panic"];
    let ended = Program::new(args).reporting().run();

    ended.assert_code(1);
    let iterations = &ended.report().iterations;
    assert_eq!((iterations.ok, iterations.failed, iterations.panicked), (1, 1, 1));
    assert_eq!(server.finish().requests, 1);
}

#[test]
fn list_names_every_scenario_and_runs_none() {
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "--list"]).env("SET_UP", "fails").run();

    ended.assert_code(0);
    let named: Vec<&str> = ended.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let all = "visit fail talk panic draw redeem absolute forget ignore doubt scatter hang block block_one compute spill";
    assert_eq!(named.join(" "), all);
    assert_eq!((ended.stderr.as_str(), server.finish().requests), ("", 0));
}

#[test]
fn list_checks_options_thresholds_and_the_named_profile() {
    for (args, says) in [
        (["--list", "--threshold", "p99{scenario=visti} < 1s"], "did you mean `visit`"),
        (["--list", "--scenario", "visti"], "did you mean `visit`"),
        (["--list", "--profile", "big"], "did you mean `bug`"),
        (["--list", "--report", "out.xyz"], "out.xyz"),
    ] {
        let ended = Program::new(args).file("molotov.toml", "[profile.bug]").run();

        ended.assert_code(2);
        assert!(ended.stderr.contains(says), "{args:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{args:?}");
    }
}

#[test]
fn help_and_version_are_0() {
    for (flag, says) in [("--help", "--users"), ("-h", "--users"), ("--version", env!("CARGO_PKG_VERSION"))] {
        let ended = Program::new([flag]).run();

        ended.assert_code(0);
        assert!(ended.stdout.contains(says), "{flag}: {}", ended.stdout);
        assert_eq!(ended.stderr, "", "{flag}");
    }
}

#[test]
fn quiet_prints_nothing_on_success() {
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "-q"]).run();

    ended.assert_code(0);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    assert_eq!(server.finish().requests, 2);
}

#[test]
fn quiet_prints_failures() {
    let ended = Program::new(["--scenario", "fail", "-q"]).run();

    ended.assert_code(1);
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.contains("it is always like that"), "{}", ended.stderr);
}

#[test]
fn a_report_that_cannot_be_written_is_3() {
    let server = Server::good();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let args = ["--host", &server.url(), "--duration", "1s", "--report", file.to_str().unwrap()];
    let running = Program::new(args).start();
    eventually("requests", || server.requests() > 0);

    folder.close().unwrap();
    let ended = running.wait();

    ended.assert_code(3);
    assert!(
        ended.stderr.contains("cannot write") && ended.stderr.contains("report.json"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stdout.is_empty(), "what is known is said all the same");
}

#[test]
fn output_without_a_reader_changes_nothing() {
    let server = Server::good();
    for (scenario, code) in [("visit", 0), ("fail", 1)] {
        let args = ["--host", &server.url(), "--scenario", scenario];

        let ended = Program::new(args).reporting().start_unread().wait();

        ended.assert_code(code);
        assert_eq!(ended.report().iterations.started, 2);
    }
    for flag in ["--list", "--help", "--nosuch"] {
        let ended = Program::new([flag]).start_unread().wait();

        ended.assert_code(if flag == "--nosuch" { 2 } else { 0 });
    }
}

#[test]
fn a_signal_ends_the_run_with_its_code_and_a_report() {
    for (signal, code, name) in [(Signal::SIGINT, 130, "interrupt"), (Signal::SIGTERM, 143, "terminate")] {
        let server = Server::good();
        let running = Program::new(["--host", &server.url(), "--duration", "1h"]).reporting().start();
        eventually("requests", || server.requests() > 10);

        running.signal(signal);
        let ended = running.wait();

        ended.assert_code(code);
        let report = ended.report();
        assert_eq!((report.ended.reason.as_str(), report.ended.detail.as_deref()), ("signal", Some(name)));
        assert!(!ended.stdout.is_empty());
        assert_eq!((report.iterations.cancelled, report.requests.failed), (0, 0), "they had time to end");
        assert_eq!(server.finish().requests, report.sent());
    }
}

#[test]
fn a_signal_in_a_ramp_up_ends_the_run_too() {
    let server = Server::good();
    let args = ["--host", &server.url(), "--duration", "1h", "--users", "3", "--ramp-up", "1h"];
    let running = Program::new(args).reporting().start();
    eventually("requests", || server.requests() > 0);

    running.signal(Signal::SIGTERM);
    let ended = running.wait();

    ended.assert_code(143);
    assert_eq!(server.finish().requests, ended.report().sent());
}

/// With an hour of grace, only the second signal ends hanging iterations.
#[test]
fn a_second_signal_ends_the_run_at_once() {
    for scenario in ["hang", "block"] {
        let server = Server::good();
        let args = ["--host", &server.url(), "-s", scenario, "--duration", "1h", "--grace", "1h"];
        let running = Program::new(args).reporting().start();
        eventually("a request", || server.requests() == 1);

        running.signal(Signal::SIGINT);
        // Two signals that are pending at the same time are one.
        std::thread::sleep(std::time::Duration::from_millis(300));
        running.signal(Signal::SIGINT);
        let ended = running.wait();

        ended.assert_code(130);
        assert_eq!(server.finish().requests, ended.report().sent());
        assert_eq!(ended.report().ended.reason, "signal");
    }
}

#[test]
fn a_user_that_blocks_the_only_thread_for_ever_does_not_stall_the_others() {
    let server = Server::good();
    let args = ["--host", &server.url(), "-s", "block_one", "-t", "1", "-u", "3", "--duration", "1h"];
    let running = Program::new(args).reporting().start();

    eventually("requests of the others", || server.requests() > 1_000);

    running.signal(Signal::SIGINT);
    std::thread::sleep(std::time::Duration::from_millis(300));
    running.signal(Signal::SIGINT);
    let ended = running.wait();
    ended.assert_code(130);
    assert!(ended.report().iterations.cancelled >= 1, "{ended:#?}");
    assert_eq!(server.finish().requests, ended.report().sent());
}

#[test]
fn hanging_request_is_cancelled_after_the_grace() {
    let server = Server::good();

    let args = ["--host", &server.url(), "-s", "hang", "-u", "3", "--duration", "200ms", "--grace", "100ms"];
    let ended = Program::new(args).reporting().run();

    // No iteration came to its end, which is no better than a run without iterations.
    ended.assert_code(1);
    let iterations = &ended.report().iterations;
    assert_eq!((iterations.started, iterations.cancelled), (3, 3));
    assert_eq!(ended.report().teardown_failures, Vec::<String>::new());
    assert_eq!(server.finish().requests, 3);
}
