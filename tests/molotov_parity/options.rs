//! The options of Python Molotov's command line, a test for each row, in the order of its help.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::molotov_parity::load::{assert_said, load, load_test};
use crate::molotov_parity::witness::Witness;
use crate::support::process::eventually;
use crate::support::run::{Ended, Program};

/// The number of iterations of a successful run.
#[track_caller]
fn iterations(program: Program) -> u64 {
    let ended = program.run();
    ended.assert_code(0);
    ended.report().iterations.ok
}

#[test]
fn version_is_name_and_number_with_code_0() {
    let ended = load_test("--version").run();

    ended.assert_code(0);
    assert_eq!(ended.stdout, concat!("molotov ", env!("CARGO_PKG_VERSION"), "\n"));
}

/// Molotov: by each worker, in the order of names, and with 0 also on failure.
#[test]
fn single_run_is_every_scenario_once_in_order_of_registration_and_a_failure_is_1() {
    let server = Witness::start();

    load(&server, "--single-run").run().assert_code(0);
    assert_eq!(server.lines(), ["ten", "sixty", "thirty", "plain"].map(|it| format!("GET /{it}")));
    load(&server, "--single-run -s fail,plain").run().assert_code(1);
}

#[test]
fn single_mode_repeats_named_scenarios_and_takes_patterns() {
    let server = Witness::start();

    assert_eq!(iterations(load(&server, "--single-mode plain -r 3")), 3);
    assert_eq!(iterations(load(&server, "-s t* -s never --single-run")), 3);

    assert_eq!(server.lines()[..3], ["GET /plain"; 3]);
    assert_eq!(server.lines()[3..], ["ten", "thirty", "never"].map(|it| format!("GET /{it}")));
}

/// Molotov: the profile beats the command line.
#[test]
fn config_is_a_profile_and_the_command_line_wins() {
    let server = Witness::start();
    let toml = "[profile.big]\nscenario = \"plain\"\nusers = 2\nmax_runs = 2\n";
    let json = r#"{"molotov": {"tests": {"big": {"single_mode": "plain", "workers": 2, "max_runs": 2}}}}"#;
    for (args, file, text) in [
        ("big", "molotov.toml", toml),
        ("--config load.toml big", "load.toml", toml),
        ("--config molotov.json big", "molotov.json", json),
    ] {
        let more = format!("{args} --max-runs 5");

        assert_eq!(iterations(load(&server, args).file(file, text)), 4, "{args}");
        assert_eq!(iterations(load(&server, &more).file(file, text)), 10, "{args}");
    }
}

/// Molotov: nothing. `-vv` is in `session`.
#[test]
fn verbose_shows_messages_of_failures_whole() {
    let is_whole = |args: &str| {
        let ended = load_test(args).run();
        ended.assert_code(1);
        let words = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        words.contains("a rather long word the last word")
    };

    assert!(!is_whole("-s fail_at_length"));
    assert!(is_whole("-s fail_at_length -v"));
}

#[test]
fn workers_are_users() {
    let server = Witness::start();

    for args in ["-w 3 -r 2", "--workers 3 -r 2", "-u 3 -r 2", "--users 3 -r 2"] {
        assert_eq!(iterations(load(&server, args)), 6, "{args}");
    }
    assert_eq!(iterations(load(&server, "-r 2").env("MOLOTOV_USERS", "3")), 6);
}

/// Molotov forks; here the threads of one program share everything.
#[test]
fn processes_multiply_the_users_with_a_note() {
    let server = Witness::start();

    let ended = load(&server, "-w 2 -p 3 -r 2").run();

    ended.assert_code(0);
    assert_eq!(ended.report().iterations.ok, 12);
    assert_said(&ended, &["note: --processes 3: this is one process"]);
    assert_eq!(iterations(load(&server, "--threads 2 -r 2")), 2);
}

/// The start of each iteration, in milliseconds since the start of the run, with its user; from `--events-out -`.
fn starts(ended: &Ended) -> Vec<(u64, f64)> {
    let lines = ended.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let started = lines.filter(|event| event["event"] == "scenario_started");
    started.map(|event| (event["user"].as_u64().unwrap(), event["at_ms"].as_f64().unwrap())).collect()
}

/// 5 users over 2.5 s start at 0, 0.5, 1, 1.5 and 2 s, never earlier. Tests on a paused clock show the exact times:
/// `five_users_over_two_and_a_half_seconds_start_each_half_second` and `users_start_evenly_over_the_ramp_up_and_…`.
#[test]
fn ramp_up_starts_the_users_evenly() {
    let server = Witness::start();

    let ended = load(&server, "-w 5 -r 1 --ramp-up 2500ms --events-out -").run();

    ended.assert_code(0);
    let mut starts = starts(&ended);
    starts.sort_by_key(|(user, _)| *user);
    assert_eq!(starts.len(), 5);
    for (user, at) in starts {
        assert!(at >= user as f64 * 500.0, "user {user} started after {at} ms");
    }
}

/// Molotov: of each worker from its own start, and a second late.
#[test]
fn duration_is_of_the_whole_run_from_the_end_of_the_ramp_up() {
    let server = Witness::start();
    let begin = Instant::now();

    let ended = load(&server, "-w 2 -d 250ms --ramp-up 250ms").run();

    ended.assert_code(0);
    assert_eq!(ended.report().ended.reason, "duration");
    assert!(begin.elapsed() >= Duration::from_millis(500));
    assert!(server.lines().len() > 2, "both did more than one iteration");
}

/// Of each user. Molotov: 0 is no limit.
#[test]
fn max_runs_are_of_each_user() {
    let server = Witness::start();

    assert_eq!(iterations(load(&server, "-w 5 -r 2")), 10);
    assert_eq!(iterations(load(&server, "-w 5 --max-runs 1")), 5);
    assert_eq!(server.lines().len(), 15);
}

/// After every run, including failed ones, in addition to the scenario's own 300 ms. A test on a paused clock shows the
/// exact times: `delays_add_up_and_do_not_outlast_the_run`.
#[test]
fn delay_is_added_to_that_of_the_scenario_and_the_end_of_the_run_interrupts_it() {
    let server = Witness::start();

    load(&server, "-s pause --delay 500ms -r 3 -f 9").run().assert_code(0);
    let seen = server.seen();
    let between: Vec<_> = seen.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    load(&server, "-s pause --delay 1h -d 1s -f 9").run().assert_code(0);

    assert_eq!(between.len(), 2);
    // More than either alone; it seems a little less with a slow server.
    assert!(between.iter().all(|time| *time > Duration::from_millis(600)), "{between:?}");
    assert_eq!(server.lines().len(), 4, "the one after the pause of an hour never came");
}

/// Molotov: nothing at all is printed, and `--fail` is forgotten.
#[test]
fn quiet_prints_errors_only_and_changes_no_exit_code() {
    let server = Witness::start();

    let good = load(&server, "-q").run();
    let bad = load(&server, "-q -s fail -f 1").run();

    good.assert_code(0);
    assert_eq!((good.stdout.as_str(), good.stderr.as_str()), ("", ""));
    bad.assert_code(1);
    assert_eq!(bad.stdout, "");
    assert_said(&bad, &["it always fails"]);
}

/// Molotov: only the process in which it failed, and 0.
#[test]
fn exception_ends_the_whole_run_at_the_first_failure_with_1() {
    for option in ["-x", "--exception", "--fail-fast"] {
        let ended = load_test(&format!("-s fail -r 100 {option}")).run();

        ended.assert_code(1);
        assert_eq!(
            (ended.report().iterations.failed, ended.report().ended.reason.as_str()),
            (1, "fail_fast")
        );
    }
}

#[test]
fn fail_is_the_number_of_failures_that_is_1_and_ends_no_run() {
    for (option, code) in [("--fail 3", 1), ("-f 4", 0), ("-f 1", 1)] {
        let ended = load_test(&format!("-s fail -r 3 {option}")).run();

        ended.assert_code(code);
        assert_eq!(ended.report().iterations.failed, 3, "{option}");
    }
}

/// Plain lines are the default if the output is not a terminal, as here.
#[test]
fn console_is_plain_lines_at_an_interval() {
    let server = Witness::start();
    let lines = |args: &str| {
        let ended = load(&server, args).run();
        ended.assert_code(0);
        assert!(!ended.stderr.contains('\u{1b}'), "{}", ended.stderr);
        ended.stderr.lines().filter(|line| line.contains(" users=1 ")).count()
    };

    assert!(lines("-s slow -c --console-update 100ms") > lines("-s slow --console-update 1s"));
    assert_eq!(lines("-s slow -c --console-update 1h"), 0);
}

/// The metrics are in `samples`, and for a real server in `tests/black_box/statsd_server.rs`.
#[test]
fn statsd_is_off_by_default_and_has_molotovs_address() {
    let ended = load_test("--help").run();

    ended.assert_code(0);
    assert_said(
        &ended,
        &["--statsd-address <URL>", "[default: udp://localhost:8125]", "[env: MOLOTOV_STATSD]"],
    );
}

/// 500 users by default. Molotov: "interrupted" and 0. `failures_are_held_against_all_iterations` covers the share of
/// failures, `a_service_that_breaks_is_found_and_that_is_0` the last good number.
#[test]
fn sizing_of_a_dead_target_names_it_and_is_6() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}");

    let ended = load_test("--sizing -s plain").env("MOLOTOV_HOST", &url).run();

    ended.assert_code(6);
    assert_said(&ended, &["the target is dead", &url]);
    let sizing = ended.report().sizing.as_ref().unwrap();
    assert_eq!(
        (sizing.most_users, sizing.objectives.as_slice()),
        (500, ["errors <= 5%".to_owned()].as_slice())
    );
}

/// Molotov: "interrupted" is printed even without an interrupt.
#[test]
fn sizing_that_is_interrupted_has_a_note() {
    let server = Witness::start();
    let running = load(&server, "--sizing --sizing-tolerance 2 -s plain").start();
    eventually("requests", || server.lines().len() > 100);

    running.signal(Signal::SIGINT);
    let ended = running.wait();

    ended.assert_code(130);
    assert_said(&ended, &["INTERRUPTED: "]);
    assert_eq!(ended.report().sizing.as_ref().unwrap().objectives, ["errors <= 2%"]);
}

/// Molotov: without effect. Requests in flight at the end are cancelled after the grace period.
#[test]
fn force_shutdown_is_a_note_that_names_the_grace() {
    let server = Witness::start();

    let noted = load(&server, "--force-shutdown").run();
    let cut = load(&server, "-s slow -d 1s --grace 0s").run();

    noted.assert_code(0);
    assert_said(&noted, &["note: --force-shutdown", "--grace"]);
    // A run without a finished iteration shows nothing.
    cut.assert_code(1);
    assert_eq!((cut.report().iterations.cancelled, cut.report().iterations.ok), (1, 0));
}

/// Listeners are compiled in; the ready-made ones are in `tests/listeners.rs` and `tests/black_box/live_outputs.rs`.
#[test]
fn use_extension_is_a_note_and_events_are_written_as_json() {
    let server = Witness::start();

    let noted = load(&server, "--use-extension=a.py").run();
    let written = load(&server, "-s plain -r 2 --events-out -").run();

    noted.assert_code(0);
    assert_said(&noted, &["note: --use-extension", "#[events]"]);
    written.assert_code(0);
    assert_eq!(starts(&written).len(), 2);
}

#[test]
fn uvloop_and_debug_are_notes_also_in_a_molotov_json() {
    let server = Witness::start();
    let json = r#"{"molotov": {"tests": {"one": {"uvloop": true, "debug": true}}}}"#;

    let typed = load(&server, "--uvloop --debug").run();
    let read = load(&server, "--config molotov.json one").file("molotov.json", json).run();

    for ended in [&typed, &read] {
        ended.assert_code(0);
        assert_eq!(ended.stderr.lines().filter(|line| line.starts_with("note: ")).count(), 2, "{ended:#?}");
    }
}

/// Molotov: 0, and a second one is ignored.
#[test]
fn sigint_and_sigterm_end_the_run_with_the_report_and_the_second_at_once() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let server = Witness::start();
        let running = load(&server, "-s plain -d 1h").start();
        eventually("requests", || server.lines().len() > 10);

        running.signal(signal);
        let ended = running.wait();

        ended.assert_code(code);
        let (report, seen) = (ended.report(), server.lines().len() as u64);
        assert_eq!(report.ended.reason, "signal");
        assert_eq!((report.requests.ok, report.iterations.cancelled), (seen, 0));
    }
    let server = Witness::start();
    let running = load(&server, "-s slow -d 1h --grace 1h").start();
    eventually("a request", || server.count("GET /slow") == 1);
    running.signal(Signal::SIGINT);
    // Two signals that are pending at the same time are one.
    std::thread::sleep(Duration::from_millis(300));
    running.signal(Signal::SIGINT);
    let ended = running.wait();
    ended.assert_code(130);
    assert_eq!(ended.report().iterations.cancelled, 1);
}

/// Molotov: 0 also when everything failed.
#[test]
fn exit_0_is_of_runs_without_more_failures_than_are_tolerated() {
    let ended = load_test("-s fail -r 4").run();

    ended.assert_code(1);
    assert_eq!((ended.report().iterations.failed, ended.report().exit_code), (4, 1));
}

/// Each row is a variable too. Options without a meaning here have none.
#[test]
fn every_option_has_a_variable() {
    let help = load_test("--help").run().stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in [
        "SINGLE_RUN",
        "SCENARIO",
        "CONFIG",
        "PROFILE",
        "VERBOSE",
        "USERS",
        "PROCESSES",
        "THREADS",
        "RAMP_UP",
        "DURATION",
        "MAX_RUNS",
        "DELAY",
        "QUIET",
        "FAIL_FAST",
        "FAIL",
        "CONSOLE",
        "CONSOLE_UPDATE",
        "STATSD",
        "STATSD_ADDRESS",
        "STATSD_FORMAT",
        "SIZING",
        "SIZING_TOLERANCE",
        "GRACE",
        "EVENTS_OUT",
        "TAURUS_REPORT",
    ] {
        assert!(help.contains(&format!("[env: MOLOTOV_{name}]")), "MOLOTOV_{name}");
    }
}
