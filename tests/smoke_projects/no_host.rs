//! A developer without the service: `cargo test` stays green, and prints the names of the skipped tests.

use super::{Project, Runner, libtest_list, nextest_is_there, text, turn, write};

/// The reason, without the parts that differ.
const REASON: &str = "no host; set MOLOTOV_HOST, or return a `Target` from a `#[global_setup]`";

/// The project with these replacements in a file.
fn changed(project: &'static str, file: &str, pieces: &[(&str, &str)]) -> Project {
    let project = Project::copy(project);
    let path = project.folder.join(file);
    let mut code = std::fs::read_to_string(&path).unwrap();
    for (old, new) in pieces {
        assert!(code.contains(old), "{old}");
        code = code.replace(old, new);
    }
    write(&path, &code).unwrap();
    project
}

#[test]
fn with_our_harness_they_are_ignored_with_the_reason() {
    let _turn = turn();
    let alone = "#[scenario]\nasync fn alone() {}\n\nmolotov::main!(";
    let pieces = [("#[global_setup]", "#[allow(dead_code)]"), ("molotov::main!(", alone)];
    let project = changed("app_tests", "tests/load.rs", &pieces);

    let all = project.cargo(&["test", "--test", "load"]);
    let exact = project.cargo(&["test", "--test", "load", "--", "--exact", "one item"]);
    let list = project.cargo(&["test", "--test", "load", "--", "--list"]);
    let ignored = project.cargo(&["test", "--test", "load", "--", "--ignored"]);
    let required = project.command(&["test", "--test", "load"]).env("MOLOTOV_REQUIRE_HOST", "1").output();
    // No process listens there, and such a test is not skipped.
    let named =
        project.command(&["test", "--test", "load"]).env("MOLOTOV_HOST", "http://127.0.0.1:1").output();

    let (required, named) = (required.unwrap(), named.unwrap());
    assert!(all.status.success(), "{}", text(&all));
    assert!(text(&all).contains("1 passed; 0 failed; 2 ignored"), "{}", text(&all));
    assert_eq!(text(&all).matches(REASON).count(), 2, "{}", text(&all));
    assert!(
        exact.status.success() && text(&exact).contains("0 passed; 0 failed; 1 ignored"),
        "{}",
        text(&exact)
    );
    assert_eq!(libtest_list(&list), ["alone", "list", "one item"].map(String::from).into());
    assert!(ignored.status.success(), "{}", text(&ignored));
    assert!(!required.status.success(), "{}", text(&required));
    assert!(text(&required).contains("1 passed; 2 failed; 0 ignored"), "{}", text(&required));
    assert!(text(&required).contains("there is no base URL"), "{}", text(&required));
    assert!(!named.status.success() && text(&named).contains("connect.refused"), "{}", text(&named));
    if nextest_is_there() {
        let run = project.cargo(&["nextest", "run", "--test", "load"]);
        assert!(run.status.success(), "{}", text(&run));
        assert_eq!(super::passed(Runner::Nextest, &run), 3, "{}", text(&run));
    }
}

#[test]
fn with_the_harness_of_std_they_end_early_and_say_so() {
    let _turn = turn();
    let project = changed("lib_unit", "src/lib.rs", &[("#[setup_session]", "#[allow(dead_code)]")]);

    let all = project.cargo(&["test"]);
    let required =
        project.command(&["test", "--no-fail-fast"]).env("MOLOTOV_REQUIRE_HOST", "1").output().unwrap();

    assert!(all.status.success(), "{}", text(&all));
    for name in ["ada", "anybody"] {
        let said = format!("scenario `{name}` was not tested: {REASON}");
        assert!(text(&all).contains(&said), "{}", text(&all));
    }
    assert!(!required.status.success(), "{}", text(&required));
    assert!(text(&required).contains("1 passed; 2 failed"), "{}", text(&required));
}
