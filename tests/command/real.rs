//! Projects of `init` are compiled, tested and run, also from a repository. It takes a minute or two when nothing is
//! compiled yet; all of it shares one target folder with the smoke projects.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use nix::sys::signal::Signal;

use crate::command::folder::{Folder, files};
use crate::command::repository::Repository;
use crate::support::command::{COMPILED, command, molotov, run, start};
use crate::support::process::wait_until;
use crate::support::root;

/// One test, because its steps need each other's programs.
#[test]
fn project_of_init_passes_and_runs_here_and_from_a_repository() {
    write_cargo_for_tests();
    let folder = Folder::new();
    let project = write_project(&folder);
    passes_as_tests(&project);
    runs_as_a_load(&project);
    let repository = Repository::new(project);
    repository.commit("What init wrote");
    runs_from_a_repository(&folder, &repository);
    reports_when_it_is_interrupted(&folder, &repository);
    applies_the_environment_of_the_profiles(&folder, &repository);
}

fn write_project(folder: &Folder) -> PathBuf {
    let ended = run(molotov(&folder.join(""), ["init", "shop-load"]));
    ended.assert(0, &[]);
    let project = folder.join("shop-load");
    // So that nothing is downloaded: the locked crates are available.
    fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    project
}

fn passes_as_tests(project: &Path) {
    let mut cargo = built(command("cargo", project));
    cargo.arg("test");

    let ended = run(cargo);

    ended.assert(0, &[]);
    for test in ["test browse ", "test order "] {
        let passed = ended.stdout.lines().any(|line| line.starts_with(test) && line.ends_with("... ok"));
        assert!(passed, "no {test} in {}", ended.text());
    }
}

fn runs_as_a_load(project: &Path) {
    let mut cargo = built(command("cargo", project));
    cargo.args(["run", "--release", "--", "smoke", "--report", "report.json"]);

    let ended = run(cargo);

    ended.assert(0, &[]);
    // The profile has 2 users with 10 iterations each.
    assert_eq!(iterations(&project.join("report.json")), 20, "{}", ended.text());
    fs::remove_file(project.join("report.json")).unwrap();
}

fn runs_from_a_repository(folder: &Folder, repository: &Repository) {
    let ended = run(from_repository(folder, repository, &["smoke", "--", "--report", "fetched.json"]));

    ended.assert(0, &["What init wrote"]);
    // It belongs to the user, and is not removed with the checkout.
    assert_eq!(iterations(&folder.here().join("fetched.json")), 20, "{}", ended.text());
    assert_eq!(files(&folder.here()), ["fetched.json"]);
    folder.assert_tidy();
}

fn reports_when_it_is_interrupted(folder: &Folder, repository: &Repository) {
    let mark = folder.join("mark");
    let main = repository.path.join("src/main.rs");
    let text = fs::read_to_string(&main).unwrap();
    let marks = format!(
        "session.get(\"/\").send().await?;\n    std::fs::write({:?}, \"\").unwrap();",
        mark.to_str().unwrap()
    );
    let changed = text.replace("session.get(\"/\").send().await?;", &marks);
    assert_ne!(changed, text);
    fs::write(&main, changed).unwrap();
    repository.commit("Says when it runs");
    let running =
        start(from_repository(folder, repository, &["big", "--", "--duration", "10m", "--ramp-up", "0"]));
    wait_until("the load has begun", COMPILED, || mark.exists());

    running.signal(Signal::SIGINT);

    let ended = running.wait();
    ended.assert(130, &[]);
    // The report exists, and one signal did not count as two: nothing was cut.
    assert!(ended.stdout.contains("GET /") && ended.stdout.contains("INTERRUPTED"), "{}", ended.text());
    folder.assert_tidy();
}

fn applies_the_environment_of_the_profiles(folder: &Folder, repository: &Repository) {
    let main = repository.path.join("src/main.rs");
    let text = fs::read_to_string(&main).unwrap();
    let check =
        "std::fs::write(std::env::var(\"MARK\").unwrap(), std::env::var(\"SHOP\").unwrap()).unwrap();";
    let start = text.find("std::fs::write(").unwrap();
    let end = start + text[start..].find('\n').unwrap();
    fs::write(&main, format!("{}{check}{}", &text[..start], &text[end..])).unwrap();
    let toml = repository.path.join("molotov.toml");
    let profiles = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, profiles.replace("[env]\n", "[env]\nSHOP = \"from toml\"\n")).unwrap();
    repository.commit("With a variable");
    let mark = folder.join("shop");

    run({
        let mut command = from_repository(folder, repository, &["smoke"]);
        command.env("MARK", &mark);
        command
    })
    .assert(0, &[]);
    assert_eq!(fs::read_to_string(&mark).unwrap(), "from toml");

    fs::remove_file(toml).unwrap();
    let json =
        r#"{"molotov": {"env": {"SHOP": "from json"}, "tests": {"smoke": {"workers": 2, "max_runs": 10}}}}"#;
    fs::write(repository.path.join("molotov.json"), json).unwrap();
    repository.commit("As Python Molotov has it");
    run({
        let mut command = from_repository(folder, repository, &["smoke"]);
        command.env("MARK", &mark);
        command
    })
    .assert(0, &[]);
    assert_eq!(fs::read_to_string(&mark).unwrap(), "from json");
    folder.assert_tidy();
}

fn from_repository(folder: &Folder, repository: &Repository, more: &[&str]) -> Command {
    let mut command = built(molotov(&folder.here(), ["run", "--yes", "--git", &repository.url()]));
    command.args(more).env("TMPDIR", folder.temporary());
    command
}

/// Everything here is compiled like the tests, because its behaviour matters and not its speed. With such a folder in
/// cargo (1.91), shared code is compiled once.
fn built(mut command: Command) -> Command {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    command.env("CARGO_TARGET_DIR", folder.join("smoke/target"));
    command.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
    command.env("CARGO_BUILD_BUILD_DIR", folder.parent().unwrap());
    let path = env::var_os("PATH").unwrap();
    let folders = [folder.join("cargo-for-tests")].into_iter().chain(env::split_paths(&path));
    command.env("PATH", env::join_paths(folders).unwrap());
    command
}

/// A cargo that gets `--release`, and works without it. Other tests check its arguments.
fn write_cargo_for_tests() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cargo-for-tests");
    fs::create_dir_all(&folder).unwrap();
    let words = r#"for word; do shift; [ "$word" = --release ] || set -- "$@" "$word"; done"#;
    let script = format!("#!/bin/sh\n{words}\nexec '{}' \"$@\"\n", env!("CARGO"));
    // Completely or not at all: another run of the tests may have it open.
    let (written, file) = (folder.join(format!("cargo.{}", process::id())), folder.join("cargo"));
    fs::write(&written, script).unwrap();
    fs::set_permissions(&written, Permissions::from_mode(0o755)).unwrap();
    fs::rename(written, file).unwrap();
}

fn iterations(report: &Path) -> u64 {
    let text = fs::read_to_string(report).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    report["iterations"]["ok"].as_u64().unwrap()
}
