//! The decorators of Python Molotov, and the session of a scenario.

use crate::molotov_parity::load::{assert_said, load, load_test};
use crate::molotov_parity::witness::Witness;
use crate::support::run::Program;

/// `@scenario(weight, delay, name)`. Shares are in `samples`, pauses in `options`; `tests/ui/weight.rs` shows that
/// `weight = -1` does not compile.
#[test]
fn scenario_an_error_a_panic_and_a_time_out_fail_it_and_no_parentheses_are_needed() {
    let server = Witness::start();

    let plain = load(&server, "-s plain").run();
    let failing = load_test("-s fail -s panic -s hang --single-run").run();

    plain.assert_code(0);
    assert_eq!(server.lines(), ["GET /plain"]);
    failing.assert_code(1);
    let iterations = &failing.report().iterations;
    assert_eq!((iterations.failed, iterations.panicked, iterations.ok), (2, 1, 0));
    assert_said(&failing, &["it always fails", "it always panics", "user.timeout"]);
}

/// `@scenario_picker()`. The attribute is in `tests/picker_and_events.rs`; its return value is checked during the run.
#[test]
fn scenario_picker_an_unknown_name_is_a_failure_with_an_event_and_the_run_goes_on() {
    let server = Witness::start();

    let ended = load(&server, "-r 3").env("PARITY", "lost_picker events").run();

    ended.assert_code(1);
    assert_eq!(server.lines(), ["GET /ten", "GET /ten"]);
    assert_eq!((ended.report().iterations.ok, ended.report().iterations.failed), (2, 1));
    assert_said(&ended, &["user.error", "nobody", "scenario_failure"]);
}

/// `@scenario_picker()` is not called if scenarios are named, and a note reports that.
#[test]
fn scenario_picker_gives_way_to_names() {
    let server = Witness::start();

    let ended = load(&server, "-s plain -r 2").env("PARITY", "picker").run();

    ended.assert_code(0);
    assert_eq!(server.lines(), ["GET /plain", "GET /plain"]);
    assert_said(&ended, &["picker"]);
}

/// `@global_setup()`.
#[test]
fn global_setup_that_fails_is_reported_with_code_1_and_no_run() {
    let server = Witness::start();

    let ended = load(&server, "-w 2").env("PARITY", "trace global_setup_fails").run();

    ended.assert_code(1);
    assert_said(&ended, &["global_setup: no luck", "program.rs:"]);
    assert_eq!(ended.report().iterations.started, 0);
    assert_eq!(server.lines(), ["GET /global_setup", "GET /global_teardown"], "Molotov tears nothing down");
}

/// `@setup()`: if it fails, Molotov ends with 0.
#[test]
fn setup_returns_the_users_own_state_and_ends_the_run_where_it_fails() {
    let server = Witness::start();

    let own = load(&server, "-s count_own -w 2 -r 2").run();
    let failing = load(&server, "").env("PARITY", "setup_fails").run();

    own.assert_code(0);
    assert_eq!((server.count("GET /own/1"), server.count("GET /own/2"), server.lines().len()), (2, 2, 4));
    failing.assert_code(1);
    assert_eq!(failing.report().iterations.started, 0);
    assert_said(&failing, &["setup: no luck"]);
}

/// `@setup_session()`: if it fails, Molotov still runs the scenario.
#[test]
fn failed_setup_session_runs_no_scenario_and_tears_down() {
    let server = Witness::start();

    let ended = load(&server, "").env("PARITY", "trace setup_session_fails").run();

    ended.assert_code(1);
    assert_said(&ended, &["setup_session: no luck"]);
    assert_eq!(ended.report().iterations.started, 0);
    let expected = ["global_setup", "setup", "setup_session", "teardown", "global_teardown"]
        .map(|it| format!("GET /{it}"));
    assert_eq!(server.lines(), expected);
}

/// The order of fixtures with `-r 1`. `@global_teardown` may take the report.
#[test]
fn fixtures_run_in_the_order_of_python_molotov() {
    let server = Witness::start();

    let ended = load(&server, "-s plain -r 1").env("PARITY", "trace").run();

    ended.assert_code(0);
    let expected = [
        "global_setup",
        "setup",
        "setup_session",
        "plain",
        "teardown_session",
        "teardown",
        "global_teardown",
    ];
    assert_eq!(server.lines(), expected.map(|it| format!("GET /{it}")));
    assert_said(&ended, &["1 iterations were ok"]);
}

/// `@events()`: a failed connection has an event too. The other events and their order are in `samples`; the number of
/// users is in `number_of_users_is_reported_when_it_changes_and_at_the_end`, and a hanging listener in
/// `hanging_listener_changes_nothing_and_its_losses_are_counted`.
#[test]
fn events_tell_of_a_failed_connection_too() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();

    let program = load_test("-s plain").env("MOLOTOV_HOST", &format!("http://{nobody}"));
    let ended = program.env("PARITY", "events").run();

    ended.assert_code(6);
    let told: Vec<_> = ended.stderr.lines().filter(|line| line.contains('_')).collect();
    assert_eq!(
        told[..3],
        ["scenario_start plain", "sending_request GET /{page}", "request_failed connect.refused"]
    );
    assert!(told[3].starts_with("scenario_failure plain"), "{told:?}");
}

/// `@session_factory(kind)`: a custom client is the state that a set-up returns, and its calls are timed.
#[test]
fn session_factory_is_a_client_of_ones_own_that_is_timed() {
    let ended = Program::example("own_client", ["-w", "2", "-r", "3"]).reporting().run();

    ended.assert_code(0);
    assert_eq!(ended.report().iterations.ok, 6);
    assert_said(&ended, &["set", "get", "connect"]);
}

/// `set_var`, `get_var(name, factory)`: once for all users, of one type for each name
/// (`molotov-runner/tests/it/events.rs`).
#[test]
fn get_var_is_made_once_and_shared_by_all_users() {
    let server = Witness::start();

    load(&server, "-s count_shared -w 3 -r 2").run().assert_code(0);

    let mut lines = server.lines();
    lines.sort();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6].map(|n| format!("GET /shared/{n}")));
}

/// `request`, `json_request`: the global fixtures have a session themselves.
#[test]
fn request_in_a_global_fixture_is_a_request_of_its_session() {
    let server = Witness::start();

    let ended = load(&server, "-s say").env("PARITY", "trace").run();

    ended.assert_code(0);
    assert_eq!((server.count("GET /global_setup"), server.count("GET /global_teardown")), (1, 1));
    assert_eq!(ended.report().requests.ok, 6, "and they are in the report");
}

/// `get_context(session)`. Metrics are no-ops if nothing is sent.
#[test]
fn get_context_returns_user_iteration_and_run() {
    let server = Witness::start();

    load(&server, "-s context -w 2 -r 2").run().assert_code(0);

    let mut lines = server.lines();
    lines.sort();
    assert_eq!(lines, ["0.0.2", "0.1.2", "1.0.2", "1.1.2"].map(|who| format!("GET /context/{who}")));
    load(&server, "-s buy").run().assert_code(0);
}

/// `session.print`.
#[test]
fn print_is_a_line_of_its_own_and_quiet_shows_none() {
    let said = load_test("-s say -r 2").run();
    let quiet = load_test("-s say -q").run();

    said.assert_code(0);
    assert_eq!(said.stderr.lines().filter(|line| line.ends_with("hello from the scenario")).count(), 2);
    // The only remark is that it sends nothing.
    assert!(!quiet.stderr.contains("hello") && quiet.stderr.starts_with("WARNING: no request was sent"));
}

/// `util.stop(why)`.
#[test]
fn stop_ends_the_run_and_the_reason_is_in_the_report() {
    let ended = load_test("-s stop -w 2 -d 1h").run();

    ended.assert_code(0);
    assert_eq!(
        (ended.report().ended.reason.as_str(), ended.report().ended.detail.as_deref()),
        ("stopped", Some("sold out"))
    );
    assert_said(&ended, &["sold out"]);
}
