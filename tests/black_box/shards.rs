//! A run that is split between several processes, and its merge.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::black_box::server::{Answer, Server};
use crate::support::process::eventually;
use crate::support::report::Report;
use crate::support::run::Program;

/// A folder for the parts of a run.
struct Parts(TempDir);

impl Parts {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// The files of the run.
    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.0.path().join("r1")).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// The results files of the run.
    fn results(&self) -> Vec<PathBuf> {
        self.files()
            .into_iter()
            .filter(|file| file.extension().is_some_and(|ending| ending == "jsonl"))
            .collect()
    }

    /// A shard of the run.
    fn shard(&self, server: &Server, shard: &str) -> Program {
        let folder = self.path("");
        let part = ["--shard", shard, "--run-id", "r1", "--results", &folder];
        Program::new(["--host", &server.url(), "-u", "7"]).args(part)
    }

    /// The merge of the run's folder, by the load test itself.
    fn merge(&self, args: &[&str]) -> Program {
        Program::new(["--merge", &self.path("r1"), "--report", &self.path("whole.json")]).args(args)
    }

    fn report(&self) -> Report {
        Report::read(Path::new(&self.path("whole.json"))).unwrap()
    }
}

#[test]
fn all_shards_together_are_one_run() {
    let parts = Parts::new();
    let server = Server::good();
    let started: Vec<_> =
        (0..4).map(|index| parts.shard(&server, &format!("{index}/4")).args(["-r", "3"]).start()).collect();
    for running in started {
        let ended = running.wait();
        ended.assert_code(0);
        assert!(ended.stdout.contains("of a run, whose failures and thresholds"), "{}", ended.stdout);
    }

    parts.merge(&[]).run().assert_code(0);

    let report = parts.report();
    assert_eq!(server.requests(), 21);
    assert_eq!((report.iterations.ok, report.requests.attempted), (21, 21));
    let names = parts
        .files()
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap()[..8].to_owned())
        .collect::<Vec<_>>();
    assert_eq!(names, ["0000-a0-", "0001-a0-", "0002-a0-", "0003-a0-"]);
}

#[test]
fn merge_judges_and_shards_do_not() {
    let parts = Parts::new();
    let server = Server::start(|number| if number == 3 { Answer::Error } else { Answer::Ok }, Duration::ZERO);
    for shard in ["0/2", "1/2"] {
        parts.shard(&server, shard).args(["-r", "3", "--threshold", "errors < 1%"]).run().assert_code(0);
    }

    let merged = parts.merge(&[]).run();
    let allowed = parts.merge(&["--threshold", "errors < 50%"]).run();

    merged.assert_code(99);
    assert!(merged.stdout.contains("FAILED"), "{}", merged.stdout);
    allowed.assert_code(0);
}

#[test]
fn missing_shard_is_named_or_makes_the_verdict_suspect() {
    let parts = Parts::new();
    let server = Server::good();
    for shard in ["0/3", "2/3"] {
        parts.shard(&server, shard).args(["-r", "1"]).run().assert_code(0);
    }

    let refused = parts.merge(&[]).run();
    let allowed = parts.merge(&["--allow-missing"]).run();

    refused.assert_code(2);
    assert!(refused.stderr.contains("shard 1/3 is missing"), "{}", refused.stderr);
    allowed.assert_code(0);
    assert!(allowed.stdout.contains("1 of 3 shards are missing (1/3)"), "{}", allowed.stdout);
}

#[test]
fn second_attempt_of_a_killed_shard_takes_its_place() {
    let parts = Parts::new();
    let server = Server::start(|_| Answer::Ok, Duration::from_millis(5));
    let killed = parts.shard(&server, "0/2").args(["-d", "60s"]).start();
    eventually("two windows", || parts.0.path().join("r1").is_dir() && windows(&parts.files()[0]) >= 2);
    killed.signal(Signal::SIGKILL);
    killed.wait();
    for shard in ["0/2", "1/2"] {
        parts.shard(&server, shard).args(["-d", "60s", "-r", "2"]).run().assert_code(0);
    }

    let merged = parts.merge(&[]).run();

    merged.assert_code(0);
    assert!(merged.stderr.contains("this attempt of shard 0/2 was cut after"), "{}", merged.stderr);
    assert_eq!(parts.report().iterations.ok, 14);
}

fn windows(file: &Path) -> usize {
    fs::read_to_string(file).unwrap_or_default().matches("{\"t\":\"w\"").count()
}

#[test]
fn each_mistake_is_named_before_a_request_is_sent() {
    let server = Server::good();
    let parts = Parts::new();
    let folder = parts.path("");
    let results = ["--results", &folder];
    for (args, said) in [
        (&["--shard", "4/4"][..], "shards count from 0: 0/4 to 3/4"),
        (&["--shard", "12"], "`auto/12` takes the index"),
        (&["--shard", "auto"], "no variable of an engine is set"),
        (&["--shard", "0/4", "-u", "8"], "all shards need one seed"),
        (&["--shard", "0/4", "-u", "3", "--seed", "1"], "3 users for 4 shards: at most 3 shards"),
        (&["--shard", "0/4", "-u", "8", "--seed", "1", "--single-run"], "cannot be used with"),
        (&["--shard", "0/4", "--seed", "1", "--sizing"], "a sizing looks for a limit"),
        (&["--shard", "0/4", "-u", "8", "--seed", "1", "--replay", "1:1"], "a replay repeats"),
        (&["--run-id", "a/b"], "for example nightly-42"),
    ] {
        let ended = Program::new(["--host", &server.url()]).args(args).args(results).run();
        ended.assert_code(2);
        assert!(ended.stderr.contains(said), "{args:?}: {}", ended.stderr);
    }
    let without = Program::new(["--host", &server.url(), "--shard", "0/4", "-u", "8", "--seed", "1"]).run();
    without.assert_code(2);
    assert!(without.stderr.contains("--results parts/"), "{}", without.stderr);
    let empty = Program::new(["--merge", &folder]).run();
    empty.assert_code(2);
    assert!(empty.stderr.contains("there are no results files"), "{}", empty.stderr);
    assert_eq!(server.requests(), 0);
}

#[test]
fn shards_that_meet_begin_together() {
    for model in [&["-r", "1"][..], &["--rate", "8/s", "-d", "1s"]] {
        let parts = Parts::new();
        let server = Server::good();
        let folder = parts.path("");
        let meet = ["--rendezvous", &folder];
        let first: Vec<_> = ["2/3", "0/3"]
            .iter()
            .map(|shard| parts.shard(&server, shard).args(meet).args(model).start())
            .collect();
        eventually("two that wait", || {
            let run = fs::read_dir(parts.0.path().join("r1"));
            run.is_ok_and(|files| files.filter(|file| is_ready(file.as_ref().unwrap())).count() == 2)
        });
        assert_eq!(server.requests(), 0);
        let last = parts.shard(&server, "1/3").args(meet).args(model).start();

        last.wait().assert_code(0);
        first.into_iter().for_each(|running| running.wait().assert_code(0));
        parts.merge(&[]).run().assert_code(0);

        let report = parts.report();
        assert_eq!(report.requests.attempted, server.requests());
        let begun: Vec<_> = parts.results().iter().map(|file| begun(file)).collect();
        let seconds = begun.iter().map(|at| at.split('.').next().unwrap()).collect::<Vec<_>>();
        assert!(seconds.iter().all(|at| *at == seconds[0]), "{begun:?}");
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_ready(file: &fs::DirEntry) -> bool {
    file.file_name().to_string_lossy().starts_with("ready-")
}

/// The start of the load in a results file.
fn begun(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let (_, rest) = text.split_once("\"started_at\":\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn start_that_cannot_be_together_sends_nothing() {
    let parts = Parts::new();
    let server = Server::good();
    let folder = parts.path("");
    let alone =
        parts.shard(&server, "1/3").args(["--rendezvous", &folder, "--rendezvous-timeout", "1s"]).run();
    let other = parts.shard(&server, "1/2").args(["--rendezvous", &folder]).run();
    alone.assert_code(1);
    let said = one_line(&alone.stdout);
    assert!(said.contains("1 of 3 shards were ready within 1s; missing: 0, 2"), "{said}");
    other.assert_code(2);
    assert!(
        other.stderr.contains("3 shards were here, and not 2; give this run another"),
        "{}",
        other.stderr
    );

    for (args, said) in [
        (&["--start-at", "yesterday"][..], "for example 2026-12-01T18:00:00Z"),
        (&["--start-at", "+30s"], "give the time itself"),
        (&["--start-at", "2001-01-01T00:00:00Z"], "2001-01-01T00:00:00Z is over: it is 20"),
        (&["--start-at", "2999-01-01T00:00:00Z"], "more than a year ahead"),
        (&["--start-at", "file:"], "it names no file"),
        (&["--rendezvous", "none"], "give each the same --run-id"),
        (&["--rendezvous", "none", "--run-id", "r"], "add --shard"),
        (
            &["--rendezvous", "none", "--run-id", "r", "--shard", "0/2", "--results", "p/"],
            "there is no such folder",
        ),
    ] {
        let ended = Program::new(["--host", &server.url()]).args(args).run();
        ended.assert_code(2);
        assert!(ended.stderr.contains(said), "{args:?}: {}", ended.stderr);
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn load_begins_at_the_time_in_a_file() {
    let server = Server::good();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("at");
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let start_at = format!("file:{}", path.display());
    let running = Program::new(["--host", &server.url(), "-r", "1", "--start-at", &start_at]).start();
    let at = now() + 2;
    fs::write(path, at.to_string()).unwrap();

    running.wait().assert_code(0);

    assert!(now() >= at);
    assert_eq!(server.requests(), 1);
    let late = format!("file:{}", folder.path().join("late").display());
    fs::write(folder.path().join("late"), "2001-01-01T00:00:00Z").unwrap();
    let ended = Program::new(["--host", &server.url(), "-r", "1", "--start-at", &late]).run();
    ended.assert_code(1);
    let said = one_line(&ended.stdout);
    assert!(said.contains("before this process was ready, and it must not begin late"), "{said}");
    assert_eq!(server.requests(), 1);
}

#[test]
fn task_of_an_engine_gets_a_note_and_its_shard() {
    let parts = Parts::new();
    let server = Server::good();
    let task = |program: Program| {
        program
            .env("CLOUD_RUN_TASK_INDEX", "1")
            .env("CLOUD_RUN_TASK_COUNT", "2")
            .env("CLOUD_RUN_TASK_ATTEMPT", "0")
            .env("CLOUD_RUN_EXECUTION", "r1")
    };

    let whole = task(Program::new(["--host", &server.url(), "-u", "2", "-r", "1"])).run();
    let folder = parts.path("");
    let args = ["--host", &server.url(), "-u", "7", "-r", "1", "--shard", "auto", "--results", &folder];
    let part = task(Program::new(args)).run();

    whole.assert_code(0);
    assert!(
        whole.stderr.contains("note: this is task 1 of 2, from 0, of a Cloud Run job"),
        "{}",
        whole.stderr
    );
    part.assert_code(0);
    assert!(part.stdout.contains("Part 1/2 of a run"), "{}", part.stdout);
    assert_eq!((server.requests(), parts.files().len()), (2 + 3, 1));
}
