//! Outputs that could not be written are reported and set the exit code; outputs without a reader do not.

use std::path::Path;

use crate::black_box::server::Server;
use crate::support::run::{Program, skipped};

/// Returns `true` if there is a device that is always full.
fn has_full_device() -> bool {
    let is_there = Path::new("/dev/full").exists();
    if !is_there {
        skipped("this system has no /dev/full");
    }
    is_there
}

#[test]
fn a_report_that_standard_output_loses_is_3() {
    if !has_full_device() {
        return;
    }
    let server = Server::good();
    let host = server.url();
    for args in [
        &["--host", &host, "-r", "3"][..],
        &["--host", &host, "-r", "3", "-v"],
        &["--host", &host, "-r", "3", "--report", "out.json"],
        &["--host", &host, "-r", "3", "-q", "--report", "-"],
        &["--list"],
        &["--help"],
        &["--version"],
    ] {
        let ended = Program::in_shell("exec \"$0\" \"$@\" >/dev/full", args).run();

        ended.assert_code(3);
        assert!(ended.stderr.contains("error: cannot write "), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("No space left on device"), "{args:?}: {}", ended.stderr);
    }
    assert_eq!(server.finish().requests, 12);
}

/// In any order of the options: a report that was written already is written once more.
#[test]
fn reports_name_the_one_that_is_lost() {
    if !has_full_device() {
        return;
    }
    let server = Server::good();
    let reports = ["out.json", "out.xml", "out.html", "out.md"];
    let named = |names: &[&str]| names.iter().flat_map(|name| ["--report".into(), (*name).into()]).collect();
    let orders: [Vec<String>; 2] =
        [named(&[&["/dev/full"], &reports[..]].concat()), named(&[&reports[..], &["/dev/full"]].concat())];
    for order in orders {
        let ended = Program::new(["--host", &server.url(), "-r", "3", "-q"]).args(&order).run();

        ended.assert_code(3);
        for (file, says) in [
            ("out.json", "\"exit_code\": 3"),
            ("out.xml", "name=\"molotov.exit_code\" value=\"3\""),
            ("out.html", "exit code 3"),
            ("out.md", "### Not written\n\n- cannot write /dev/full: "),
        ] {
            let text = ended.file(file);
            assert!(text.contains(says), "{order:?}, {file}: {text}");
            assert!(text.contains("cannot write /dev/full"), "{order:?}, {file}: {text}");
        }
    }
}

#[test]
fn files_name_a_report_that_standard_output_loses() {
    if !has_full_device() {
        return;
    }
    let server = Server::good();
    let args = ["--host", &server.url(), "-r", "3", "-q", "--report", "out.json", "--report", "md=-"];

    let ended = Program::in_shell("exec \"$0\" \"$@\" >/dev/full", args).run();

    ended.assert_code(3);
    assert!(ended.file("out.json").contains("\"exit_code\": 3"), "{}", ended.file("out.json"));
}

/// A failure has its own exit code.
#[test]
fn a_lost_report_hides_no_failure() {
    if !has_full_device() {
        return;
    }
    let server = Server::good();
    let args = ["--host", &server.url(), "-r", "3", "--threshold", "requests > 5"];

    let ended = Program::in_shell("exec \"$0\" \"$@\" >/dev/full", args).run();

    ended.assert_code(99);
    assert!(ended.stderr.contains("cannot write to standard output"), "{}", ended.stderr);
}

#[test]
fn a_reader_that_has_read_enough_is_no_loss() {
    let server = Server::good();
    for args in [&["--host", &server.url(), "-r", "3"][..], &["--help"], &["--list"]] {
        let line = "(\"$0\" \"$@\"; echo code $? >&2) | true";

        let ended = Program::in_shell(line, args).run();

        assert!(ended.stderr.contains("code 0"), "{args:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("error"), "{args:?}: {}", ended.stderr);
    }
}
