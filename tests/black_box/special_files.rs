//! Reports and lines to a pipe, a device or a stream that is open already.

use std::fs;
use std::path::Path;

use crate::black_box::server::Server;
use crate::support::process::eventually;
use crate::support::run::{Program, skipped};

#[track_caller]
fn is_whole_report(text: &str) {
    let report: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"));
    assert_eq!(report["iterations"]["ok"], 3, "{text}");
}

#[test]
fn a_report_on_standard_output_is_alone_there() {
    for name in ["-", "/dev/stdout", "/dev/fd/1"] {
        let server = Server::good();

        let ended = Program::new(["--host", &server.url(), "-r", "3", "--report", name]).run();

        ended.assert_code(0);
        is_whole_report(&ended.stdout);
        assert!(ended.stderr.contains("3 iterations"), "{}", ended.stderr);
    }
}

/// Replacing the file would lose it for the process that has it open.
#[test]
fn a_file_that_standard_output_leads_to_is_written_to_and_not_replaced() {
    let (server, folder) = (Server::good(), tempfile::tempdir().unwrap());
    let file = folder.path().join("out");
    let line = format!("echo before >{0} && exec \"$0\" \"$@\" >>{0}", file.display());

    let args = ["--host", &server.url(), "-r", "3", "-q", "--report", "/dev/stdout"];
    Program::in_shell(&line, args).run().assert_code(0);

    let text = fs::read_to_string(file).unwrap();
    is_whole_report(text.strip_prefix("before\n").unwrap_or_else(|| panic!("{text}")));
}

#[test]
fn a_report_goes_to_another_open_stream() {
    let (server, folder) = (Server::good(), tempfile::tempdir().unwrap());
    let file = folder.path().join("out");
    let line = format!("exec \"$0\" \"$@\" 7>>{}", file.display());

    Program::in_shell(&line, ["--host", &server.url(), "-r", "3", "--report", "/dev/fd/7"])
        .run()
        .assert_code(0);

    is_whole_report(&fs::read_to_string(file).unwrap());
}

#[test]
fn a_report_and_lines_go_to_named_pipes_without_an_ending() {
    for option in ["--report", "--taurus-report"] {
        let (server, folder) = (Server::good(), tempfile::tempdir().unwrap());
        let (pipe, copy) = (folder.path().join("pipe"), folder.path().join("copy"));
        let shell =
            format!("mkfifo {0} && (cat {0} >{1} && mv {1} {1}.whole &)", pipe.display(), copy.display());

        let args = ["--host", &server.url(), "-r", "3", option, pipe.to_str().unwrap()];
        Program::after_shell(&shell, args).run().assert_code(0);

        let whole = copy.with_extension("whole");
        eventually("the copy", || whole.exists());
        let text = fs::read_to_string(whole).unwrap();
        match option {
            "--report" => is_whole_report(&text),
            _ => assert_eq!(text.matches("scenario_success").count(), 3, "{text}"),
        }
    }
}

#[test]
fn a_full_device_is_3_with_a_message() {
    if !Path::new("/dev/full").exists() {
        skipped("this system has no /dev/full");
        return;
    }
    let server = Server::good();

    let ended = Program::new(["--host", &server.url(), "-r", "3", "--report", "/dev/full"]).reporting().run();

    ended.assert_code(3);
    assert!(ended.stderr.contains("cannot write /dev/full: No space left"), "{}", ended.stderr);
    assert_eq!(ended.report().iterations.ok, 3);
}

/// It takes the ten seconds for which a report waits for a reader.
#[test]
fn unread_pipe_is_given_up() {
    let (server, folder) = (Server::good(), tempfile::tempdir().unwrap());
    let pipe = folder.path().join("pipe");
    let args = ["--host", &server.url(), "-r", "3", "--report", pipe.to_str().unwrap()];

    let ended = Program::after_shell(&format!("mkfifo {}", pipe.display()), args).run();

    ended.assert_code(3);
    assert!(ended.stderr.contains("nobody reads it"), "{}", ended.stderr);
    assert!(ended.stderr.contains("waits for a reader, for up to 10s"), "{}", ended.stderr);
}

#[test]
fn a_file_needs_its_ending_all_the_same() {
    for (name, says) in [("report", "only .json, .txt"), ("/dev", "this is a folder")] {
        let ended = Program::new(["--report", name]).run();

        ended.assert_code(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
}
