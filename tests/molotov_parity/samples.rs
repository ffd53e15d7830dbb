//! Examples of runs with the same numbers as in Python Molotov, or with those that it should have had.

use std::net::UdpSocket;

use nix::sys::signal::Signal;

use crate::molotov_parity::load::{assert_refused, assert_said, load, load_test};
use crate::molotov_parity::witness::Witness;
use crate::support::process::eventually;

#[test]
fn sample_1_one_user_and_ten_runs_are_ten() {
    let server = Witness::start();

    let ended = load(&server, "-w 1 -r 10").run();

    ended.assert_code(0);
    assert_eq!((ended.report().iterations.ok, server.lines().len()), (10, 10));
}

#[test]
fn sample_2_five_users_and_two_runs_are_ten() {
    let server = Witness::start();

    let ended = load(&server, "-w 5 -r 2").run();

    ended.assert_code(0);
    assert_eq!((ended.report().iterations.ok, server.lines().len()), (10, 10));
}

#[test]
fn sample_3_weights_are_exact_shares() {
    let server = Witness::start();

    load(&server, "--tag weighed -w 1 -r 10000").run().assert_code(0);

    let share = |name: &str| server.count(&format!("GET /{name}"));
    assert_eq!((share("ten"), share("thirty"), share("sixty"), share("never")), (1_000, 3_000, 6_000, 0));
}

#[test]
fn sample_4_only_scenarios_of_weight_0_are_a_mistake() {
    let server = Witness::start();

    let ended = load(&server, "").env("PARITY", "only_weight_0").run();

    assert_refused(&ended, &server, &["weight 0"]);
}

#[test]
fn sample_5_picker_chooses_the_order_despite_weights() {
    let server = Witness::start();

    load(&server, "-r 4").env("PARITY", "picker").run().assert_code(0);

    assert_eq!(server.lines(), ["ten", "sixty", "sixty", "ten"].map(|it| format!("GET /{it}")));
}

#[test]
fn sample_6_a_header_of_the_set_up_reaches_the_server() {
    let server = Witness::start();

    load(&server, "-w 2 -r 2").run().assert_code(0);

    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    assert!(
        seen.iter().all(|request| request.header("x-parity") == Some("from the global set-up")),
        "{seen:?}"
    );
}

#[test]
fn sample_7_three_tear_downs_that_fail_are_shown_and_change_nothing() {
    let server = Witness::start();
    let fail = "teardown_session_fails teardown_fails global_teardown_fails";

    let ended = load(&server, "-r 3").env("PARITY", fail).run();

    ended.assert_code(0);
    assert_eq!((ended.report().iterations.ok, ended.report().teardown_failures.len()), (3, 3));
    assert_said(&ended, &["teardown_session: no luck", "teardown: no luck", "global_teardown: no luck"]);
}

#[test]
fn sample_8_the_first_failure_ends_the_run_with_its_message() {
    let ended = load_test("-s fail -r 100 -x").run();

    ended.assert_code(1);
    assert_eq!((ended.report().iterations.ok, ended.report().iterations.failed), (0, 1));
    assert_said(&ended, &["it always fails"]);
}

#[test]
fn sample_9_three_failures_are_as_many_as_three_and_less_than_four() {
    for (fail, code) in [("3", 1), ("4", 0)] {
        load_test(&format!("-s fail -r 3 --fail {fail}")).run().assert_code(code);
    }
}

#[test]
fn sample_10_a_run_in_flight_at_a_signal_ends_counts_and_is_torn_down() {
    let server = Witness::start();
    let running = load(&server, "-s slow -r 5").env("PARITY", "trace").start();
    eventually("a request", || server.count("GET /slow") == 1);

    running.signal(Signal::SIGTERM);
    let ended = running.wait();

    ended.assert_code(143);
    assert_eq!((ended.report().iterations.ok, ended.report().iterations.started), (1, 1));
    let last = ["slow", "teardown_session", "teardown", "global_teardown"].map(|it| format!("GET /{it}"));
    assert_eq!(server.lines()[3..], last);
}

/// With half of the times: the request takes 1.5 s, and the run 0.5 s.
#[test]
fn sample_11_iterations_in_flight_have_their_grace_and_are_then_cancelled() {
    let server = Witness::start();

    let waits = load(&server, "-s slow -d 500ms -r 1").run();
    let cuts = load(&server, "-s slow -d 500ms -r 1 --grace 250ms").run();

    waits.assert_code(0);
    assert_eq!((waits.report().iterations.ok, waits.report().iterations.cancelled), (1, 0));
    // A run without a finished iteration shows nothing.
    cuts.assert_code(1);
    assert_eq!((cuts.report().iterations.ok, cuts.report().iterations.cancelled), (0, 1));
    assert_eq!(cuts.report().requests.cancelled, 1);
}

#[test]
fn sample_12_listener_receives_four_events_in_order_beside_a_panic() {
    let server = Witness::start();

    let ended = load(&server, "-s plain -r 1").env("PARITY", "events").run();

    ended.assert_code(0);
    let told: Vec<_> = ended.stderr.lines().filter(|line| line.contains('_')).take(4).collect();
    let expected = [
        "scenario_start plain",
        "sending_request GET /{page}",
        "response_received 200",
        "scenario_success plain",
    ];
    assert_eq!(told, expected);
    assert_said(&ended, &["listener `breaks` panicked", "this listener is broken"]);
    assert_eq!(ended.report().iterations.ok, 1);
}

#[test]
fn sample_13_statsd_gets_each_count_each_timing_and_each_status() {
    let server = Witness::start();
    for (format, timing, status) in [
        ("dogstatsd", "molotov.request.duration:", "molotov.request.status:1|c"),
        ("plain", ".GET.127.0.0.1./{page}:", ".GET.127.0.0.1./{page}.200:1|c"),
    ] {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = format!("udp://{}", socket.local_addr().unwrap());

        let args = format!("-s buy -w 2 -r 5 --statsd --statsd-format {format} --statsd-address {address}");
        load(&server, &args).run().assert_code(0);

        let lines = received(&socket);
        let count = |word: &str| lines.iter().filter(|line| line.contains(word)).count();
        assert_eq!((count("bought:1|c"), count(status)), (10, 10), "{lines:#?}");
        let timings = lines.iter().filter(|line| line.contains(timing) && line.contains("|ms"));
        assert_eq!(timings.count(), 10, "{lines:#?}");
    }
}

/// The received datagrams. The program has ended, and on one machine its datagrams have arrived then.
fn received(socket: &UdpSocket) -> Vec<String> {
    socket.set_nonblocking(true).unwrap();
    let mut lines = Vec::new();
    let mut bytes = [0; 65_536];
    while let Ok(length) = socket.recv(&mut bytes) {
        lines.extend(str::from_utf8(&bytes[..length]).unwrap().lines().map(str::to_owned));
    }
    lines
}
