//! The output of `-vv` and `session.log`, its destination, and that it never delays the load.

use crate::black_box::server::Server;
use crate::support::run::{Ended, Program};

/// Runs the scenario that logs.
fn talk(server: &Server, more: &[&str]) -> Program {
    let args = ["--host", &server.url(), "--scenario", "talk"].map(str::to_owned);
    Program::new(args.into_iter().chain(more.iter().map(|arg| (*arg).to_owned()))).reporting()
}

/// The blocks of exchanges: each starts with its time and ends with an empty line.
fn blocks(ended: &Ended) -> Vec<Vec<&str>> {
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    let mut open = false;
    for line in ended.stderr.lines() {
        if line.contains("s user ") && line.contains(": POST /talk (") {
            assert!(!open, "a block begins in another one: {}", ended.stderr);
            blocks.push(Vec::new());
            open = true;
        }
        if open {
            blocks.last_mut().unwrap().push(line);
        }
        open &= !line.is_empty();
    }
    blocks
}

#[test]
fn requests_and_responses_are_shown_whole_on_standard_error_and_without_secrets() {
    let server = Server::good();

    let ended = talk(&server, &["-vv", "--max-runs", "1"]).run();

    ended.assert_code(0);
    let all = blocks(&ended);
    assert_eq!(all.len(), 1, "{}", ended.stderr);
    let has = |line: &str| assert!(all[0].contains(&line), "{line}: {}", ended.stderr);
    has(&format!("> POST {}/talk?token=***", server.url()));
    has("> x-api-key: ***");
    has("> content-type: application/json");
    has(">");
    has("> [1,2]");
    has("< 200 OK");
    assert!(ended.stderr.contains("s user 0 iteration 0: pause of 1."), "{}", ended.stderr);
    assert!(!ended.stderr.contains("hidden") && !ended.stdout.contains("hidden"));
    assert!(!ended.stdout.contains("> POST") && ended.stdout.contains("POST /talk"));
}

#[test]
fn without_it_nothing_is_shown_of_requests_and_three_are_as_two() {
    let server = Server::good();
    let count = |more: &[&str]| blocks(&talk(&server, more).run()).len();

    assert_eq!(count(&["--max-runs", "3"]), 0);
    assert_eq!(count(&["--max-runs", "3", "-v"]), 0);
    assert!(!talk(&server, &["--max-runs", "3", "-v"]).run().stderr.contains("pause of"));
    assert_eq!(count(&["--max-runs", "3", "-vv"]), 3);
    assert_eq!(count(&["--max-runs", "3", "-vvv"]), 3);
    let set = talk(&server, &["--max-runs", "3"]).env("MOLOTOV_VERBOSE", "2").run();
    assert_eq!(blocks(&set).len(), 3);
}

#[test]
fn blocks_of_parallel_users_do_not_mix() {
    let server = Server::good();

    let ended = talk(&server, &["-vv", "--users", "8", "--max-runs", "25"]).run();

    ended.assert_code(0);
    let all = blocks(&ended);
    assert_eq!(all.len(), 200, "{}", ended.stdout);
    for block in all {
        let marks: String = block[1..].iter().map(|line| line.chars().next().unwrap_or('.')).collect();
        let (sent, rest) = marks.split_at(marks.find('<').unwrap());
        assert!(sent.chars().all(|mark| mark == '>') && rest.trim_start_matches('<') == ".", "{block:?}");
    }
    assert_eq!(ended.report().requests.ok, 200);
}

#[test]
fn failed_request_is_shown_with_its_content_and_the_failure() {
    let ended = Program::new(["--host", "http://127.0.0.1:1", "--scenario", "talk", "-vv", "-r", "1"]).run();

    ended.assert_code(6);
    let all = blocks(&ended);
    assert_eq!(all.len(), 1, "{}", ended.stderr);
    assert!(all[0].contains(&"> POST http://127.0.0.1:1/talk?token=***"), "{all:?}");
    assert!(all[0].contains(&"! nothing of it was sent"), "{all:?}");
    assert!(all[0].iter().any(|line| line.starts_with("! connect.refused: ")), "{all:?}");
}

#[test]
fn log_text_has_its_own_line_and_moves_no_cursor() {
    let server = Server::good();

    let plain = talk(&server, &["--max-runs", "2", "--users", "2"]).run();
    let quiet = talk(&server, &["--max-runs", "2", "-q"]).run();

    plain.assert_code(0);
    let lines: Vec<_> = plain.stderr.lines().filter(|line| line.contains(" is here")).collect();
    assert_eq!(lines.len(), 4, "{}", plain.stderr);
    assert!(
        lines.iter().any(|line| line.ends_with("s user 1 iteration 0: user 1 is here\\u{1b}[2J")),
        "{lines:?}"
    );
    assert_eq!((quiet.code, &*quiet.stderr, &*quiet.stdout), (Some(0), "", ""));
}

#[test]
fn a_reader_that_goes_away_ends_the_dump_and_nothing_else() {
    let server = Server::good();
    let line = r#"{ "$0" "$@" 2>&1 >/dev/null; echo "code $?" >code; } | head -n 3; cat code"#;
    let args = ["--host", &server.url(), "--scenario", "talk", "-vv", "--max-runs", "300"];

    let ended = Program::in_shell(line, args).reporting().run();

    assert_eq!(ended.stdout.lines().last(), Some("code 0"), "{ended:?}");
    assert_eq!(ended.report().iterations.ok, 300);
}

#[test]
fn unread_standard_error_delays_nothing_and_its_losses_are_reported() {
    let server = Server::good();

    let ended = talk(&server, &["-vv", "--max-runs", "3000"]).start_unheard().wait();

    ended.assert_code(0);
    assert_eq!((ended.report().iterations.ok, server.finish().requests), (3000, 3000));
    let note = ended.stdout.lines().last().unwrap();
    assert!(note.starts_with("note: ") && note.contains(" lines of session.log, "), "{note}");
    assert!(note.contains(" requests and "), "{note}");
    assert!(note.ends_with(" pauses are not shown: more came than could be written in time"), "{note}");
}
