//! Terminals with few capabilities: lines instead of a block that is rewritten.

use std::process::Command;

use crate::black_box::server::Server;
use crate::support::run::{Program, skipped};

/// The program's output in a terminal of this size, with these words before the command; `None` without `script`.
fn shown(before: &str, size: &str) -> Option<String> {
    if !Command::new("script").arg("--version").output().is_ok_and(|output| output.status.success()) {
        skipped("util-linux's script is not installed");
        return None;
    }
    let server = Server::good();
    let inside = format!("stty {size}; {before} $0 --host {} -d 1s --console-update 100ms", server.url());
    let line = format!("exec script --quiet --return --command \"{inside}\" /dev/null");
    let ended = Program::in_shell(&line, [] as [&str; 0]).run();
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    Some(ended.stdout)
}

/// Erases a block.
const ERASE: &str = "\u{1b}[J";

#[test]
fn a_block_is_rewritten_in_a_terminal_that_can_do_that() {
    let Some(text) = shown("TERM=xterm", "cols 80 rows 24") else { return };

    assert!(text.contains(ERASE), "{text}");
}

#[test]
fn terminals_that_can_do_little_get_plain_lines_without_escapes() {
    for before in ["TERM=", "TERM=dumb", "TERM=unknown", "env -u TERM"] {
        let Some(text) = shown(before, "cols 80 rows 24") else { return };

        assert!(!text.contains('\u{1b}') && text.contains("users=1"), "{before}: {text}");
    }
}

#[test]
fn a_terminal_without_a_width_and_a_ci_system_get_plain_lines() {
    for (before, size) in [
        ("TERM=xterm", "cols 0 rows 0"),
        ("TERM=xterm", "cols 1 rows 24"),
        ("TERM=xterm CI=true", "cols 80 rows 24"),
        ("TERM=xterm COLUMNS=0", "cols 1 rows 1"),
        ("TERM=xterm NO_COLOR=1 CI=1", "cols 80 rows 24"),
    ] {
        let Some(text) = shown(before, size) else { return };

        assert!(!text.contains(ERASE) && text.contains("users=1"), "{before} {size}: {text}");
    }
}
