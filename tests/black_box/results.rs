//! Results files of complete and killed runs, and the output of `molotov report` and `molotov merge` for them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::black_box::server::{Answer, Server};
use crate::support::command::{Ended, molotov, run};
use crate::support::process::eventually;
use crate::support::report::Report;
use crate::support::run::{Program, skipped};

/// A folder for files of several programs.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn report(&self, name: &str) -> Report {
        Report::read(Path::new(&self.path(name))).unwrap()
    }

    fn molotov(&self, args: &[&str]) -> Ended {
        run(molotov(self.0.path(), args))
    }
}

/// Every format but the first, which is chosen by its ending.
const FORMATS: [&str; 10] =
    ["text", "markdown", "csv", "junit", "hlog", "html", "csv-windows", "codequality", "openmetrics", "k6"];

fn requests(files: &Files, who: &str) -> String {
    let named = FORMATS.map(|format| format!("{format}={}", files.path(&format!("{who}.{format}"))));
    format!("{},{}", files.path(&format!("{who}.json")), named.join(","))
}

#[test]
fn reports_of_a_results_file_are_those_of_the_run_byte_for_byte() {
    let files = Files::new();
    let server =
        Server::start(|number| if number % 5 == 0 { Answer::Error } else { Answer::Ok }, Duration::ZERO);
    let (host, runs, results) = (server.url(), requests(&files, "run"), files.path("run.jsonl.gz"));
    let args =
        ["--host", &host, "-r", "40", "--threshold", "p50 < 1h, errors < 50%, p99.9 < 1h", "--report", &runs];

    let ended = Program::new(args).args(["--results", &results]).run();
    let made = files.molotov(&["report", "run.jsonl.gz", "--report", &requests(&files, "file")]);

    ended.assert_code(99);
    made.assert(0, &[]);
    assert_eq!((made.stdout, made.stderr.as_str()), (ended.stdout, ""));
    for format in FORMATS.into_iter().chain(["json"]) {
        let [of_run, of_file] = ["run", "file"].map(|who| files.text(&format!("{who}.{format}")));
        assert!(!of_run.is_empty() && of_run == of_file, "{format}: {of_file}");
    }
}

#[test]
fn run_that_is_killed_leaves_its_whole_seconds() {
    let files = Files::new();
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(5));
    let (host, results) = (server.url(), files.path("run.jsonl"));
    let running = Program::new(["--host", &host, "-d", "1h", "--results", &results]).start();
    let windows = || fs::read_to_string(&results).unwrap_or_default().matches("\n{\"t\":\"w\"").count();

    eventually("three seconds are written", || windows() >= 3);
    running.signal(Signal::SIGKILL);
    running.wait();
    let made = files.molotov(&["report", "run.jsonl", "--report", "made.json"]);

    made.assert(0, &["warning: the run was killed, or goes on; what is here is complete up to 0:0"]);
    assert!(made.stdout.contains("it was killed: what is here is complete up to 0:0"), "{}", made.stdout);
    let report = files.report("made.json");
    assert!(report.windows.len() >= 3 && report.requests.attempted > 0, "{report:?}");
    assert!(report.requests.attempted <= server.finish().requests);
}

#[test]
fn thresholds_are_judged_anew() {
    let files = Files::new();
    let server = Server::good();
    let results = files.path("run.jsonl");
    Program::new(["--host", &server.url(), "-r", "5", "--results", &results]).run().assert_code(0);

    let kept = files.molotov(&["report", "run.jsonl", "-q", "--threshold", "requests <= 5"]);
    let broken =
        files.molotov(&["report", "run.jsonl", "--threshold", "requests > 5", "--threshold", "errors < 1%"]);
    let wrong = files.molotov(&["report", "run.jsonl", "--threshold", "p99{route=nowhere} < 1s"]);

    kept.assert(0, &[]);
    assert_eq!(kept.stdout, "");
    let quiet = files.molotov(&["report", "run.jsonl", "-q", "--threshold", "requests > 5, errors < 1%"]);
    quiet.assert(99, &["requests > 5 is broken: 5"]);
    assert_eq!(quiet.stdout, "");
    broken.assert(99, &[]);
    assert!(broken.stdout.contains("FAILED: 1 of 2 thresholds was not kept"), "{}", broken.stdout);
    wrong.assert(2, &["no route is called `nowhere`"]);
}

#[test]
fn several_runs_are_one() {
    let files = Files::new();
    let server = Server::good();
    for name in ["a.jsonl", "b.jsonl"] {
        let results = files.path(name);
        Program::new(["--host", &server.url(), "-r", "5", "--results", &results]).run().assert_code(0);
    }
    let other = files.path("other.jsonl");
    Program::new(["--host", &server.url(), "-r", "6", "--results", &other]).run().assert_code(0);

    files.molotov(&["merge", "a.jsonl", "b.jsonl", "--results", "ab.jsonl", "-q"]).assert(0, &[]);
    files.molotov(&["merge", "b.jsonl", "a.jsonl", "--report", "ba.json", "-q"]).assert(0, &[]);
    files.molotov(&["report", "ab.jsonl", "--report", "ab.json", "-q"]).assert(0, &[]);

    assert_eq!(files.text("ab.json"), files.text("ba.json"));
    assert_eq!(files.report("ab.json").requests.attempted, 10);
    let refused: [(&[&str], &str); 4] = [
        (&["a.jsonl", "a.jsonl", "-q"], "the same run as in a.jsonl; it would count twice"),
        (&["ab.jsonl", "b.jsonl", "-q"], "b.jsonl: the same run as in ab.jsonl"),
        (&["a.jsonl", "other.jsonl", "-q"], "other.jsonl: it was to do something else than a.jsonl"),
        (&["a.jsonl", "none.jsonl", "-q"], "none.jsonl: cannot be read"),
    ];
    for (args, says) in refused {
        let args: Vec<_> = ["merge"].iter().chain(args).copied().chain(["--results", "x.jsonl"]).collect();
        files.molotov(&args).assert(2, &[says]);
    }
    files.molotov(&["merge", "a.jsonl", "b.jsonl"]).assert(2, &["no output is named", "--report"]);
    let over = files.text("a.jsonl");
    files
        .molotov(&["merge", "a.jsonl", "b.jsonl", "--results", "./a.jsonl"])
        .assert(2, &["are the same file"]);
    assert_eq!(files.text("a.jsonl"), over);
}

#[test]
fn repeats_have_the_rate_of_one_run() {
    let files = Files::new();
    let server = Server::good();
    for name in ["a.jsonl", "b.jsonl"] {
        let results = files.path(name);
        let args = ["--host", &server.url(), "--rate", "50/s", "-d", "2s", "--results", &results];
        Program::new(args).run().assert_code(0);
    }

    files
        .molotov(&["merge", "b.jsonl", "a.jsonl", "--repeats", "--results", "ab.jsonl", "-q"])
        .assert(0, &[]);
    let shown = files.molotov(&["report", "ab.jsonl"]);
    let parts = files.molotov(&["merge", "a.jsonl", "b.jsonl", "--report", "parts.json"]);

    shown.assert(0, &[]);
    let words = shown.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("; 2 runs one after the other"), "{words}");
    assert!(words.contains("200 iterations") && words.contains("50.0/s were due"), "{words}");
    parts.assert(0, &["warning: b.jsonl: it began when a.jsonl had ended"]);
}

#[test]
fn file_that_cannot_be_written_is_a_mistake_before_the_load() {
    let server = Server::good();
    let host = server.url();
    for (args, says) in [
        (&["--results", "none/run.jsonl"][..], "the file cannot be written"),
        (&["--results", "out.json", "--report", "./out.json"], "are the same file"),
    ] {
        let ended = Program::new(["--host", &host, "-r", "1"]).args(args).run();

        ended.assert_code(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    assert_eq!(server.finish().requests, 0);
}

#[test]
fn full_disk_ends_the_file_and_not_the_load() {
    if !Path::new("/dev/full").exists() {
        return skipped("this system has no /dev/full");
    }
    let server = Server::good();
    let args = ["--host", &server.url(), "-r", "5", "--results", "/dev/full"];

    let ended = Program::new(args).run();

    ended.assert_code(3);
    assert!(
        ended.stderr.contains("error: results: cannot write the results to /dev/full: No space left"),
        "{}",
        ended.stderr
    );
    assert_eq!(server.finish().requests, 5);
}

#[test]
fn limit_of_file_sizes_ends_the_file_and_not_the_load() {
    let files = Files::new();
    let server = Server::good();
    let (host, results) = (server.url(), files.path("run.jsonl"));
    let args = ["--host", &host, "-r", "5", "--results", &results];

    // In blocks of 512 or 1,024 bytes, depending on the shell: less than the parts of a report.
    let ended = Program::after_shell("ulimit -f 4", args).run();

    ended.assert_code(3);
    assert!(ended.stderr.contains("error: results: cannot write the results"), "{}", ended.stderr);
    assert_eq!(server.finish().requests, 5);
}

#[test]
#[cfg(unix)]
fn file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let files = Files::new();
    let server = Server::good();
    let results = files.path("run.jsonl");
    fs::write(&results, "of an earlier run").unwrap();

    Program::new(["--host", &server.url(), "-r", "1", "--results", &results]).run().assert_code(0);

    assert_eq!(fs::metadata(&results).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(files.text("run.jsonl").starts_with("{\"t\":\"run\",\"schema\":1,"));
}
