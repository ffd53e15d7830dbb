//! Python Molotov's commands and image, and its use by Taurus. `tests/command/real.rs` compiles, tests and runs the
//! projects of `init`, also from a repository; `.github/workflows/ci.yml` builds and runs the image itself.

use std::collections::BTreeSet;
use std::fs;

use crate::molotov_parity::load::{assert_said, load};
use crate::molotov_parity::witness::Witness;
use crate::support::command::{molotov, run};

/// `molostart`.
#[test]
fn molostart_is_init_which_asks_nothing_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();

    let first = run(molotov(folder.path(), ["init", "load"]));
    fs::write(folder.path().join("load/README.md"), "mine").unwrap();
    let second = run(molotov(folder.path(), ["init", "load"]));

    first.assert(0, &[]);
    for file in ["Cargo.toml", "src/main.rs", "molotov.toml"] {
        assert!(folder.path().join("load").join(file).is_file(), "{file}");
    }
    second.assert(2, &["load/Cargo.toml is there already"]);
    assert_eq!(fs::read_to_string(folder.path().join("load/README.md")).unwrap(), "mine");
}

/// `moloslave REPO NAME`, without a shell; the fetch and the run are in `tests/command/run_git.rs`, the consent in
/// `tests/command/trust.rs`.
#[test]
fn moloslave_is_run_git_which_starts_no_program_of_an_address_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    fs::create_dir(&here).unwrap();
    let mark = folder.path().join("mark");
    for address in
        [format!("ext::touch {}", mark.display()), format!("file:///nowhere;touch {}", mark.display())]
    {
        let mut command = molotov(&here, ["run", "--yes", "--git", &address, "smoke"]);
        command.env("TMPDIR", folder.path());

        run(command).assert(2, &[]);

        assert!(!mark.exists(), "{address}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["here"]);
}

/// The image's entry point is `molotov run`.
#[test]
fn docker_takes_the_repository_and_the_test_from_its_variables() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = molotov(folder.path(), ["run"]);
    command.env("TEST_REPO", "file:///nowhere").env("TEST_NAME", "smoke").env("MOLOTOV_YES", "true");

    run(command).assert(2, &["cannot fetch file:///nowhere"]);
}

/// Names with `_` or `-`, numbers of seconds; options without a meaning get a note.
#[test]
fn molotov_json_is_read_as_it_is() {
    let server = Witness::start();
    let json = r#"{"molotov": {"env": {"PARITY": "trace"}, "requirements": "r.txt", "tests": {"big": {
        "single-mode": "plain", "workers": 2, "processes": 2, "max_runs": 2, "ramp_up": 0.1, "delay": 0.01,
        "console": false, "quiet": false, "scenario": "loadtest.py"}}}}"#;

    let ended = load(&server, "--config molotov.json big").file("molotov.json", json).run();

    ended.assert_code(0);
    assert_eq!((server.count("GET /plain"), server.count("GET /setup")), (8, 4));
    assert_said(&ended, &["`requirements` has no meaning", "`scenario` has no meaning"]);
}

/// The options as its executor passes them, and exactly the keys that it reads. It treats any exit code but 0 as a
/// broken tool, and judges the failures itself.
#[test]
fn taurus_passes_its_options_and_reads_its_lines() {
    let server = Witness::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.ldjson");
    let args = "--workers 2 --processes 1 --ramp-up 0.1 --duration 1 --delay 0.05 \
                --use-extension=bzt.resources.molotov_ext loadtest.py";

    let program = load(&server, args).env("MOLOTOV_SCENARIO", "plain,fail");
    let ended = program.env("MOLOTOV_TAURUS_REPORT", file.to_str().unwrap()).run();

    ended.assert_code(0);
    assert_said(&ended, &["note: Taurus judges the failures", "--fail N"]);
    assert!(ended.report().iterations.failed > 0);
    let mut shapes = BTreeSet::new();
    for line in fs::read_to_string(&file).unwrap().lines() {
        let line: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        let mut keys: Vec<&str> = line.keys().map(String::as_str).collect();
        keys.sort_unstable();
        shapes.insert(format!("{}: {}", line["type"].as_str().unwrap(), keys.join(" ")));
    }
    let expected = [
        "request: elapsed label responseCode responseMessage ts type",
        "scenario_failure: duration errorMessage exception name ts type wid",
        "scenario_success: duration name ts type wid",
        "workers: ts type value",
    ];
    assert_eq!(shapes.into_iter().collect::<Vec<_>>(), expected);
}
