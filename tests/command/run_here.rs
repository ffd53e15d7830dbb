//! `molotov run` of the current project, and of a load test that is built already.

use crate::command::folder::{Folder, write_program};
use crate::command::repository::write_teller;
use crate::support::command::{molotov, run};

#[test]
fn the_load_test_of_the_project_here_is_built_and_run() {
    let folder = Folder::new();
    write_teller(&folder.here());

    let ended = run(molotov(&folder.here(), ["run", "smoke", "--", "--exit", "1"]));

    ended.assert(1, &["release"]);
    assert!(ended.stdout.contains(r#"args ["smoke", "--exit", "1"]"#), "{}", ended.text());
}

#[test]
fn a_folder_without_a_project_is_a_mistake() {
    let folder = Folder::new();
    run(molotov(&folder.here(), ["run"])).assert(2, &["Cargo.toml", "no project", "--git"]);
    run(molotov(&folder.here(), ["run", "--rev", "main"])).assert(2, &["--rev", "--git"]);
}

#[test]
fn a_load_test_that_is_built_already_is_run() {
    let folder = Folder::new();
    let program = folder.join("load-test");
    write_program(&program, "echo told $* $MOLOTOV_USERS $MOLOTOV_PROGRAM; exit 6");

    let typed = run(molotov(&folder.here(), ["run", "smoke", "--program", program.to_str().unwrap()]));
    let set = run({
        let mut command = molotov(&folder.here(), ["run"]);
        command.env("MOLOTOV_PROGRAM", &program).env("TEST_NAME", "big").env("MOLOTOV_USERS", "7");
        // As a container passes an option without a value.
        command.env("TEST_REPO", "").env("MOLOTOV_YES", "");
        command
    });
    let missing = run(molotov(&folder.here(), ["run", "--program", "/missing"]));

    typed.assert(6, &[]);
    assert_eq!(typed.stdout, "told smoke\n");
    set.assert(6, &[]);
    assert_eq!(set.stdout, "told big 7\n");
    missing.assert(2, &["cannot start /missing"]);
}
