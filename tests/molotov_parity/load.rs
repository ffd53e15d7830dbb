//! The start of the load test for the parity tests.

use crate::molotov_parity::witness::Witness;
use crate::support::run::{Ended, Program};

/// The load test of these tests with these arguments, at this server. Its user does one iteration unless the arguments
/// set more.
pub(crate) fn load(server: &Witness, args: &str) -> Program {
    load_test(args).env("MOLOTOV_HOST", &server.url())
}

/// The same without a server.
pub(crate) fn load_test(args: &str) -> Program {
    Program::example("parity_program", args.split_whitespace()).reporting()
}

/// Returns `true` if each of these is in the output, on any lines, because lines are broken where they fit.
#[track_caller]
pub(crate) fn assert_said(ended: &Ended, words: &[&str]) {
    let all = format!("{} {}", ended.stdout, ended.stderr);
    let all = all.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in words {
        assert!(all.contains(said), "`{said}` is not said: {ended:#?}");
    }
}

/// Asserts that it was refused as a mistake: code 2, one message, which has all these words, and nothing ran.
#[track_caller]
pub(crate) fn assert_refused(ended: &Ended, server: &Witness, words: &[&str]) {
    ended.assert_code(2);
    assert_said(ended, words);
    assert_eq!(ended.stderr.lines().filter(|line| line.starts_with("error")).count(), 1, "{ended:#?}");
    assert_eq!(server.lines(), [""; 0], "nothing is sent before a mistake is found");
}
