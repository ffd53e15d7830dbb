//! Smoke mode in real, small projects: `cargo test` and `cargo nextest run` see one test for each scenario.
//!
//! The projects are in `tests/projects`. Each is copied beside the build, with the lock file of this workspace, so
//! that nothing is downloaded, and built there by the same cargo. All share one target directory: dependencies are
//! compiled once, in about a minute, and a second run takes some seconds.

#![allow(clippy::unwrap_used)]

mod no_host;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, fs, io};

use crate::support::root;
use crate::support::run::skipped;

#[test]
fn scenarios_in_an_example_of_a_service_are_tests() {
    check(&Case {
        project: "app_example",
        tests: &["list", "one item"],
        broken: Broken {
            test: "one item",
            declared: ("examples/loadtest.rs", "#[scenario(name = \"one item\")]"),
            says: "http.5xx: GET /items/{id}: 500 Internal Server Error",
        },
    });
}

#[test]
fn scenarios_in_an_integration_test_of_a_service_are_tests() {
    check(&Case {
        project: "app_tests",
        tests: &["list", "one item"],
        broken: Broken {
            test: "one item",
            declared: ("tests/load.rs", "#[scenario(name = \"one item\")]"),
            says: "http.5xx: GET /items/{id}: 500 Internal Server Error",
        },
    });
}

#[test]
fn scenarios_beside_the_unit_tests_of_a_library_are_tests() {
    check(&Case {
        project: "lib_unit",
        tests: &["tests::names_are_kept", "tests::smoke_ada", "tests::smoke_anybody"],
        broken: Broken {
            test: "tests::smoke_ada",
            declared: ("src/lib.rs", "#[scenario] async fn ada"),
            says: "hello, Ada",
        },
    });
}

#[test]
fn scenarios_in_a_crate_of_their_own_are_tests() {
    check(&Case {
        project: "workspace_loadtests",
        tests: &["list", "one item"],
        broken: Broken {
            test: "one item",
            declared: ("loadtests/src/lib.rs", "#[scenario(name = \"one item\")]"),
            says: "http.5xx: GET /items/{id}: 500 Internal Server Error",
        },
    });
}

/// A test target is a load when it is started as a benchmark.
#[test]
fn a_test_target_is_the_command_line_with_bench() {
    let _turn = turn();
    let project = Project::copy("app_tests");

    let run = project.cargo(&["test", "--test", "load", "--", "--bench", "--users", "2", "--max-runs", "3"]);
    let wrong = project.cargo(&["test", "--test", "load", "--", "--bench", "--users", "none"]);

    assert!(run.status.success(), "{}", text(&run));
    assert!(!wrong.status.success() && text(&wrong).contains("--users"), "{}", text(&wrong));
}

/// A file of options is for loads: a test behaves the same in every folder.
#[test]
fn tests_read_no_file_of_options_and_a_load_does() {
    let _turn = turn();
    let project = Project::copy("app_tests");
    fs::write(project.folder.join("molotov.toml"), "usres = 3\n").unwrap();

    let test = project.cargo(&["test", "--test", "load"]);
    let load = project.cargo(&["test", "--test", "load", "--", "--bench"]);

    assert!(test.status.success(), "{}", text(&test));
    assert!(!load.status.success() && text(&load).contains("molotov.toml:1:1"), "{}", text(&load));
}

/// A suite with a mistake is still listed, because a runner such as nextest gives up on everything otherwise; each of
/// its tests fails with the mistake.
#[test]
fn a_broken_suite_is_listed_and_its_tests_fail_with_the_reason() {
    let _turn = turn();
    let project = Project::copy("app_tests");
    let file = project.folder.join("tests/load.rs");
    let sound = fs::read_to_string(&file).unwrap();
    let broken = "#[scenario]\nasync fn lost(number: &u64) {\n    let _ = number;\n}\n\nmolotov::main!(";
    write(&file, &sound.replace("molotov::main!(", broken)).unwrap();

    let list = project.cargo(&["test", "--test", "load", "--", "--list"]);
    let run = project.cargo(&["test", "--test", "load", "list"]);

    assert!(list.status.success(), "{}", text(&list));
    let names = ["list", "lost", "one item"].map(String::from);
    assert_eq!(libtest_list(&list), BTreeSet::from(names), "{}", text(&list));
    assert!(!run.status.success(), "{}", text(&run));
    let line = project.line("tests/load.rs", "#[scenario] async fn lost");
    let reason =
        format!("scenario `lost` (tests/load.rs:{line}) takes `&u64`, which no `#[global_setup]` returns");
    assert!(text(&run).contains(&reason), "{}", text(&run));
}

struct Case {
    project: &'static str,
    /// All tests, by their full names.
    tests: &'static [&'static str],
    broken: Broken,
}

/// The scenario that fails where `ITEMS_ARE_BROKEN` is set.
struct Broken {
    test: &'static str,
    /// The file and the start of the code (lines are joined by a space) of its attribute.
    declared: (&'static str, &'static str),
    says: &'static str,
}

fn check(case: &Case) {
    let _turn = turn();
    let project = Project::copy(case.project);
    for runner in [Runner::Libtest, Runner::Nextest] {
        if runner == Runner::Nextest && !nextest_is_there() {
            skipped(&format!("cargo-nextest is not installed: {}", case.project));
            continue;
        }
        lists_each_scenario(&project, runner, case);
        passes(&project, runner, case);
        picks_one(&project, runner, case);
        fails_with_its_message(&project, runner, case);
    }
}

fn lists_each_scenario(project: &Project, runner: Runner, case: &Case) {
    let listed = match runner {
        Runner::Libtest => libtest_list(&project.cargo(&["test", "--", "--list"])),
        Runner::Nextest => nextest_list(&project.cargo(&["nextest", "list", "--message-format", "json"])),
    };
    let wanted = case.tests.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(listed, wanted, "{runner:?}");
}

fn passes(project: &Project, runner: Runner, case: &Case) {
    let output = match runner {
        Runner::Libtest => project.cargo(&["test"]),
        Runner::Nextest => project.cargo(&["nextest", "run"]),
    };
    assert!(output.status.success(), "{runner:?}: {}", text(&output));
    assert_eq!(passed(runner, &output), case.tests.len(), "{runner:?}: {}", text(&output));
}

fn picks_one(project: &Project, runner: Runner, case: &Case) {
    let name = case.broken.test;
    let output = match runner {
        Runner::Libtest => project.cargo(&["test", "--", "--exact", name]),
        Runner::Nextest => project.cargo(&["nextest", "run", "--", "--exact", name]),
    };
    assert!(output.status.success(), "{runner:?}: {}", text(&output));
    assert_eq!(passed(runner, &output), 1, "{runner:?}: {}", text(&output));
}

fn fails_with_its_message(project: &Project, runner: Runner, case: &Case) {
    let args: &[&str] = match runner {
        Runner::Libtest => &["test", "--no-fail-fast"],
        Runner::Nextest => &["nextest", "run", "--no-fail-fast"],
    };
    let output =
        project.command(args).env("ITEMS_ARE_BROKEN", "1").env("MOLOTOV_VERBOSE", "2").output().unwrap();

    let said = text(&output);
    assert!(!output.status.success(), "{runner:?}: {said}");
    assert_eq!(passed(runner, &output), case.tests.len() - 1, "{runner:?}: {said}");
    assert!(said.contains(case.broken.says), "{runner:?}: {said}");
    let (file, start) = case.broken.declared;
    let place = format!("{file}:{}", project.line(file, start));
    assert!(said.contains(&place), "{runner:?}: no {place} in {said}");
    if case.broken.says.starts_with("http.5xx") {
        // The trace of requests and responses belongs to a failed test only.
        assert_eq!(said.matches("< 500 Internal Server Error").count(), 1, "{runner:?}: {said}");
        assert!(!said.contains("< 200 OK"), "{runner:?}: {said}");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runner {
    Libtest,
    Nextest,
}

fn nextest_is_there() -> bool {
    Command::new(env!("CARGO")).args(["nextest", "--version"]).output().is_ok_and(|out| out.status.success())
}

fn libtest_list(output: &Output) -> BTreeSet<String> {
    assert!(output.status.success(), "{}", text(output));
    let stdout = String::from_utf8_lossy(&output.stdout);
    stdout.lines().filter_map(|line| Some(line.strip_suffix(": test")?.to_owned())).collect()
}

fn nextest_list(output: &Output) -> BTreeSet<String> {
    assert!(output.status.success(), "{}", text(output));
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let suites = list["rust-suites"].as_object().unwrap().values();
    suites.flat_map(|suite| suite["testcases"].as_object().unwrap().keys().cloned()).collect()
}

/// The number of passed tests, of all targets together.
fn passed(runner: Runner, output: &Output) -> usize {
    let text = text(output);
    let numbers = text.lines().filter_map(|line| {
        let summary = match runner {
            Runner::Libtest => line.strip_prefix("test result:")?,
            Runner::Nextest => line.trim_start().strip_prefix("Summary")?,
        };
        let words: Vec<&str> = summary.split_whitespace().collect();
        let at = words.iter().position(|word| word.trim_end_matches([',', ';']) == "passed")?;
        words[at - 1].parse::<usize>().ok()
    });
    numbers.sum()
}

fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A copy of a project, whose files keep their times as long as they are unchanged.
struct Project {
    folder: PathBuf,
}

impl Project {
    fn copy(name: &str) -> Self {
        let root = root();
        let folder = shared().join(name);
        // Another test may have created it; it may also be missing.
        drop(fs::remove_file(folder.join("molotov.toml")));
        copy_folder(&root.join("tests/projects").join(name), &folder, root).unwrap();
        write(&folder.join("Cargo.lock"), &fs::read_to_string(root.join("Cargo.lock")).unwrap()).unwrap();
        Self { folder }
    }

    fn cargo(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(args)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", shared().join("target"))
            .env("CARGO_NET_OFFLINE", "true")
            // Compiled like the tests themselves; with such a folder in cargo (1.91), shared code is compiled once.
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
            .env("CARGO_BUILD_BUILD_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
            .env("CARGO_TERM_COLOR", "never");
        // Variables for the tests outside are not for those inside. Those of cargo would make the build script of ring
        // run again, and everything that depends on it compile.
        let outside = ["NEXTEST", "MOLOTOV_", "CARGO_PKG_", "CARGO_MANIFEST_"];
        for (name, _) in env::vars_os() {
            if outside.iter().any(|start| name.to_string_lossy().starts_with(start)) {
                command.env_remove(name);
            }
        }
        command
    }

    /// The line on which this code starts, from 1.
    fn line(&self, file: &str, start: &str) -> usize {
        let text = fs::read_to_string(self.folder.join(file)).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let found = (0..lines.len()).find(|at| lines[*at..].join(" ").starts_with(start));
        found.unwrap_or_else(|| panic!("no `{start}` in {file}")) + 1
    }
}

fn shared() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("smoke")
}

/// One project after the other: they share a target directory, and the machine.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn copy_folder(from: &Path, to: &Path, root: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &target, root)?;
        } else {
            let text = fs::read_to_string(&path)?;
            let text = text.replace("\"../../../..\"", &quoted(root)).replace("\"../../..\"", &quoted(root));
            write(&target, &text)?;
        }
    }
    Ok(())
}

/// The notation of TOML, also for paths with backslashes.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

/// Writes new contents only, and leaves other files unchanged: cargo compares the time of a file.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) { Ok(()) } else { fs::write(path, text) }
}
