//! The verdict about the load generator when the numbers are its own.

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::black_box::server::{Answer, Server};
use crate::support::process::eventually;
use crate::support::run::{Ended, Program, Running, skipped};

/// Enough iterations that the run is unfinished at an action in its middle: the server waits for the action.
const RUNS: &str = "--max-runs=400";

fn server() -> Server {
    Server::start(|_| Answer::Ok, Duration::from_millis(5))
}

/// Runs it, and stops it for this long while it is at work: the run is not over before, however late this is.
fn stopped(program: Program, server: &Server, time: Duration) -> Ended {
    server.hold_from(21);
    let running: Running = program.reporting().start();
    eventually("requests", || server.requests() > 20);
    running.signal(Signal::SIGSTOP);
    sleep(time);
    server.hold_from(0);
    running.signal(Signal::SIGCONT);
    running.wait()
}

#[test]
fn a_load_generator_that_was_stopped_is_charged_with_it_and_the_run_is_invalid() {
    let server = server();

    let program = Program::new(["--host", &server.url(), RUNS]);
    let ended = stopped(program, &server, Duration::from_millis(2_300));

    ended.assert_code(4);
    let report = ended.report();
    assert_eq!((report.verdict.as_str(), report.exit_code), ("invalid", 4));
    let reason = report.reason("heartbeat").unwrap();
    assert_eq!(reason.verdict, "invalid");
    assert!(reason.text.contains("the load generator itself stood still"), "{}", reason.text);
    assert!(reason.text.contains("not the target's"), "{}", reason.text);
    assert!(report.generator.heartbeats.iter().all(|thread| thread.stopped >= 10), "{:?}", report.generator);
    assert_eq!((report.iterations.ok, report.requests.failed), (400, 0), "the server did nothing wrong");
    let text = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains(
            "INVALID: the load generator was at fault, so these numbers are its own 400 iterations, none"
        ),
        "{}",
        ended.stdout
    );
    assert!(text.contains("Load generator: at fault - The load generator itself"), "{}", ended.stdout);
    assert_eq!(server.finish().requests, 400);
}

#[test]
fn an_invalid_run_may_be_allowed_and_is_still_called_so() {
    let server = server();

    let program = Program::new(["--host", &server.url(), RUNS, "--allow-invalid"]);
    let ended = stopped(program, &server, Duration::from_millis(2_300));

    ended.assert_code(0);
    assert_eq!(ended.report().verdict, "invalid");
    assert!(ended.stdout.contains("Load generator: at fault"), "{}", ended.stdout);
}

#[test]
fn quiet_invalid_run_prints_the_reason() {
    let server = server();

    let program = Program::new(["--host", &server.url(), RUNS, "-q"]);
    let ended = stopped(program, &server, Duration::from_millis(2_300));

    ended.assert_code(4);
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.contains("Load generator: at fault"), "{}", ended.stderr);
}

#[test]
fn thread_that_is_blocked_is_reported() {
    let server = server();

    let running =
        Program::new(["--host", &server.url(), "-s", "block_one", "-u", "3", "-t", "1", "--max-runs=200"])
            .reporting()
            .args(["--grace", "0s"])
            .start();
    eventually("requests of all users", || server.requests() >= 401);
    running.signal(Signal::SIGINT);
    let ended = running.wait();

    ended.assert_code(130);
    let report = ended.report();
    // Its share of the time depends on the time of the others.
    let told = ["stall", "heartbeat"].iter().any(|kind| report.reason(kind).is_some());
    assert!(told, "{:?}", report.reasons);
    assert!(report.generator.heartbeats[0].late >= 3, "{:?}", report.generator);
}

#[test]
fn debug_build_and_a_target_on_this_machine_are_reported() {
    let server = server();

    let ended = Program::new(["--host", &server.url()]).reporting().run();

    ended.assert_code(0);
    let report = ended.report();
    assert_eq!(report.reason("debug_build").is_some(), cfg!(debug_assertions));
    let here = report.reason("same_machine").unwrap();
    assert_eq!(here.verdict, "valid", "it is a note");
    assert!(here.text.contains(&server.url()), "{}", here.text);
    assert_eq!(report.generator.same_machine, [server.url()]);
    assert!(!report.generator.own_target, "it was named");
    assert!(ended.stdout.contains("Load generator: "), "{}", ended.stdout);
}

/// The first steps of the README must not get a suspect verdict.
#[test]
fn a_target_that_the_suite_starts_itself_is_known_as_its_own() {
    let ended = Program::example("loadtest", ["--max-runs", "5"]).reporting().run();

    ended.assert_code(0);
    let generator = &ended.report().generator;
    assert!(generator.own_target && generator.same_machine.len() == 1, "{generator:?}");
}

#[test]
fn a_set_up_that_fails_has_no_numbers() {
    let ended = Program::new(["--host", "http://127.0.0.1:1"]).env("SET_UP", "fails").run();

    ended.assert_code(1);
    assert!(!ended.stdout.contains("Verdict"), "{}", ended.stdout);
}

#[test]
fn descriptors_that_are_used_up_are_reported() {
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(300));
    let host = format!("--host={}", server.url());

    let args = [&host, "--users=100", "--duration=1500ms"];
    let ended = Program::after_shell("ulimit -n 60", args).reporting().run();

    ended.assert_code(1);
    let report = ended.report();
    assert_eq!(report.generator.descriptors.limit, Some(60));
    let faults = report.reason("local_faults").unwrap();
    assert!(faults.text.contains("(local.fds)"), "{}", faults.text);
    assert_ne!(report.verdict, "valid");
    if cfg!(target_os = "linux") {
        assert!(report.generator.descriptors.used.unwrap() >= 54, "{:?}", report.generator);
        assert!(report.reason("descriptors").is_some(), "{:?}", report.reasons);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn processor_use_of_a_run_is_reported() {
    let server = server();

    let ended = Program::new(["--host", &server.url(), "-t", "1", "--max-runs=50"]).reporting().run();

    let generator = &ended.report().generator;
    assert_eq!(generator.heartbeats.len(), 1);
    assert!(generator.cpu_limit.unwrap() <= 1.0, "one thread cannot use more: {generator:?}");
    assert!(generator.cpu_used_ms.unwrap() > 0.0, "{generator:?}");

    let ended = Program::new(["--host", &server.url(), "-t", "3", "--max-runs=50"]).reporting().run();
    assert_eq!(ended.report().generator.heartbeats.len(), 3, "one on each thread");
}

/// Its share of a processor depends on the machine, which others use too, so the share decides the expected verdict.
/// Bounds with given figures are tested beside them.
#[cfg(target_os = "linux")]
#[test]
fn note_on_processors_follows_their_use() {
    let ended = Program::new(["-s", "compute", "-t", "1", "-r", "1"]).reporting().run();

    ended.assert_code(0);
    let report = ended.report();
    let generator = &report.generator;
    let (used, limit) = (generator.cpu_used_ms.unwrap(), generator.cpu_limit.unwrap());
    let share = generator.cpu_share.unwrap();
    // The time of the run is the rest; it computes for three seconds.
    let watched = used / (share * limit);
    assert!(used > 0.0 && limit <= 1.0 && watched >= 2_900.0, "{generator:?}");
    let is_busy = generator.cpu_busy_ms >= 1_000.0 && generator.cpu_busy_ms >= 0.1 * watched;
    let busy = report.reason("processor");
    assert_eq!(busy.is_some(), is_busy, "{generator:?}");
    if let Some(busy) = busy {
        assert_eq!(busy.verdict, "suspect");
        assert!(busy.text.contains("of the processor time that it may have ("), "{}", busy.text);
        assert_ne!(report.verdict, "valid");
    }
}

/// In a network of its own with 20 ports, in which packets to an address get lost.
#[cfg(target_os = "linux")]
#[test]
fn ports_that_are_used_up_are_reported() {
    let network = "ip link set lo up && ip route add 10.9.9.9 dev lo && \
                   echo 40000 40019 >/proc/sys/net/ipv4/ip_local_port_range";
    let may = Command::new("unshare").args(["-rn", "sh", "-c", network]).output();
    if !may.is_ok_and(|tried| tried.status.success()) {
        skipped("no network of its own can be made here, by unshare and ip");
        return;
    }
    let line =
        format!(r#"exec unshare -rn sh -c '{}' "$0" "$@""#, format_args!(r#"{network} && exec "$0" "$@""#));

    // They are counted each second.
    let args = ["--host=http://10.9.9.9", "--users=19", "--duration=3s", "--grace=0s"];
    let ended = Program::in_shell(&line, args).reporting().run();

    let report = ended.report();
    let ports = report.reason("ports").unwrap_or_else(|| panic!("{:?}", report.reasons));
    assert_eq!(ports.verdict, "suspect");
    assert!(ports.text.starts_with("19 of about 20 TCP ports of this machine were in use"), "{}", ports.text);
    assert_eq!((report.verdict.as_str(), report.requests.failed), ("suspect", 0));
}
