//! `molotov run --git`: fetches, shows, builds, runs, removes. `trust` tests the consent.

use std::fs;
use std::process::Command;

use crate::command::folder::{Folder, write};
use crate::command::repository::Repository;
use crate::support::command::{molotov, run};

/// `molotov run --yes`, of this repository.
fn run_it(folder: &Folder, repository: &Repository, more: &[&str]) -> Command {
    let mut command = molotov(&folder.here(), ["run", "--yes", "--git", &repository.url()]);
    command.args(more).env("TMPDIR", folder.temporary());
    command
}

#[test]
fn a_repository_is_fetched_shown_built_run_and_removed() {
    let folder = Folder::new();
    let repository = Repository::telling(&folder);
    let hash = repository.git(&["rev-parse", "HEAD"]);

    let ended = run(run_it(&folder, &repository, &["smoke", "--", "--users", "3"]));

    ended.assert(0, &[&repository.url(), &hash, "Ann Author <ann@example.org>", "A load test", "release"]);
    assert!(ended.stdout.contains(r#"args ["smoke", "--users", "3"]"#), "{}", ended.text());
    assert!(ended.stdout.contains(r#"".git", "Cargo.lock", "Cargo.toml", "src""#), "{}", ended.text());
    folder.assert_tidy();
}

#[test]
fn the_exit_code_is_the_load_tests() {
    let folder = Folder::new();
    let repository = Repository::telling(&folder);

    run(run_it(&folder, &repository, &["--", "--exit", "99"])).assert(99, &[]);
    run(run_it(&folder, &repository, &["--", "--abort"])).assert(134, &["killed by signal 6"]);

    folder.assert_tidy();
}

#[test]
fn a_branch_a_tag_and_a_commit_can_be_chosen() {
    let folder = Folder::new();
    let repository = Repository::telling(&folder);
    repository.git(&["tag", "old"]);
    let hash = repository.git(&["rev-parse", "HEAD"]);
    write(&repository.path.join("new.txt"), "");
    repository.commit("The newest");
    repository.git(&["branch", "stable", "old"]);

    for (rev, new) in [("old", false), ("stable", false), (hash.as_str(), false), ("main", true)] {
        let ended = run(run_it(&folder, &repository, &["--rev", rev]));
        ended.assert(0, &[]);
        assert_eq!(ended.stdout.contains("new.txt"), new, "{rev}: {}", ended.text());
    }
    run(run_it(&folder, &repository, &["--rev", "gone"])).assert(2, &["cannot fetch", "gone"]);
    run(run_it(&folder, &repository, &["--rev", "a:b"])).assert(2, &["--rev a:b", "name a branch"]);
    folder.assert_tidy();
}

#[test]
fn a_lock_file_is_kept_to() {
    let folder = Folder::new();
    let repository = Repository::telling(&folder);
    let lock = repository.path.join("Cargo.lock");
    let text = fs::read_to_string(&lock).unwrap();
    fs::write(&lock, text.replace("teller", "someone-else")).unwrap();
    repository.commit("A lock file of something else");

    run(run_it(&folder, &repository, &[])).assert(2, &["--locked", "does not build"]);

    repository.git(&["rm", "--quiet", "Cargo.lock"]);
    repository.commit("None");
    run(run_it(&folder, &repository, &[])).assert(0, &[]);
    folder.assert_tidy();
}

#[test]
fn files_of_the_user_are_named_from_where_the_user_is() {
    let folder = Folder::new();
    let repository = Repository::telling(&folder);
    let report = folder.here().canonicalize().unwrap().join("a.json");

    let ended = run({
        let mut command = run_it(&folder, &repository, &["--", "--report", "a.json"]);
        command.env("MOLOTOV_REPORT", "a.json");
        command
    });

    ended.assert(0, &[]);
    let absolute = format!("{:?}", report.to_str().unwrap());
    assert!(ended.stdout.contains(&format!(r#"args ["--report", {absolute}]"#)), "{}", ended.text());
    assert!(
        ended.stdout.contains(&format!("variable MOLOTOV_REPORT={}\n", report.display())),
        "{}",
        ended.text()
    );
}

#[test]
fn unrunnable_repository_is_reported_and_removed() {
    let folder = Folder::new();
    let missing = Repository { path: folder.join("missing") };
    run(run_it(&folder, &missing, &[])).assert(2, &["cannot fetch file://", "missing"]);

    let empty = Repository::new(folder.join("empty"));
    run(run_it(&folder, &empty, &[])).assert(2, &["cannot fetch"]);

    write(&empty.path.join("README"), "");
    empty.commit("No package");
    run(run_it(&folder, &empty, &[])).assert(2, &["no Cargo.toml"]);

    let broken = Repository::telling(&folder);
    run(run_it(&folder, &broken, &["--example", "x"])).assert(2, &["--example x", "--bin loadtest"]);
    write(&broken.path.join("src/main.rs"), "fn main() { nonsense }");
    broken.commit("Does not compile");
    run(run_it(&folder, &broken, &[])).assert(2, &["nonsense", "does not build"]);
    folder.assert_tidy();
}

#[test]
fn the_container_names_repository_and_profile_by_variables() {
    let folder = Folder::new();
    let repository = Repository::telling(&folder);
    let mut command = molotov(&folder.here(), ["run"]);
    command.env("TMPDIR", folder.temporary());
    command.env("TEST_REPO", repository.url()).env("TEST_NAME", "smoke").env("MOLOTOV_YES", "true");
    // The image also names the load test that is built into it.
    command.env("MOLOTOV_PROGRAM", "/bin/false").env("MOLOTOV_USERS", "7");

    let ended = run(command);

    ended.assert(0, &[]);
    assert!(ended.stdout.contains(r#"args ["smoke"]"#), "{}", ended.text());
    // Variables for this command, which may hold a password, are not passed on; those for the load test are.
    let variables: Vec<&str> =
        ended.stdout.lines().filter_map(|line| line.strip_prefix("variable ")).collect();
    assert_eq!(variables, ["MOLOTOV_USERS=7"]);
    folder.assert_tidy();
}

/// The load test finds its own file, in its folder or, as with cargo, in that of its package.
#[test]
fn the_file_of_profiles_is_python_molotovs_only_where_there_is_no_other() {
    let folder = Folder::new();
    let repository = Repository::new(folder.join("repository"));
    write(&repository.path.join("Cargo.toml"), "[workspace]\nmembers = [\"load\"]\nresolver = \"3\"\n");
    crate::command::repository::write_teller(&repository.path.join("load"));
    write(&repository.path.join("molotov.json"), "{}");
    repository.commit("With molotov.json");

    let of_python = run(run_it(&folder, &repository, &["smoke"]));
    let of_the_user = run({
        let mut command = run_it(&folder, &repository, &["smoke"]);
        command.env("MOLOTOV_CONFIG", "mine.toml");
        command
    });
    write(&repository.path.join("load/molotov.toml"), "");
    repository.commit("With molotov.toml");
    let own = run(run_it(&folder, &repository, &["smoke"]));

    assert!(of_python.stdout.contains("/checkout/molotov.json\n"), "{}", of_python.text());
    assert!(of_the_user.stdout.contains("variable MOLOTOV_CONFIG=mine.toml\n"), "{}", of_the_user.text());
    assert!(!own.stdout.contains("MOLOTOV_CONFIG"), "{}", own.text());
    assert!(own.stdout.contains("/checkout/load\")\n"), "{}", own.text());
}

#[test]
fn a_profile_is_named_by_the_bare_word_or_by_the_option() {
    let folder = Folder::new();
    let repository = Repository::telling(&folder);

    let named = run(run_it(&folder, &repository, &["--profile", "smoke", "--", "--users", "3"]));
    let both = run(run_it(&folder, &repository, &["big", "--profile", "smoke"]));

    assert!(named.stdout.contains(r#"args ["smoke", "--users", "3"]"#), "{}", named.text());
    both.assert(2, &["two profiles are named, big and --profile smoke"]);
}
