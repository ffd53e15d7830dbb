//! `molotov init`: the files that it writes, and the files that it leaves unchanged. `real` compiles, tests and runs
//! its projects.

use std::fs;
use std::path::Path;

use crate::command::folder::{Folder, files, write};
use crate::support::command::{command, molotov, run};

const WRITTEN: [&str; 6] =
    [".gitignore", "Cargo.toml", "README.md", "molotov.toml", "src/main.rs", "src/stand_in.rs"];

#[test]
fn a_project_is_written_and_all_files_are_named() {
    let folder = Folder::new();

    let ended = run(molotov(&folder.here(), ["init", "deep/shop"]));

    ended.assert(0, &[]);
    for file in WRITTEN {
        assert!(folder.here().join("deep/shop").join(file).is_file(), "{file}");
        assert!(ended.stdout.contains(&format!("deep/shop/{file}\n")), "{}", ended.stdout);
    }
    assert!(ended.stdout.contains("cd deep/shop\n"), "{}", ended.stdout);
}

#[test]
fn current_folder_is_the_default() {
    let folder = Folder::new();
    write(&folder.here().join("notes.txt"), "mine");

    run(molotov(&folder.here(), ["init"])).assert(0, &[]);

    assert_eq!(package_name(&folder.here()), "here");
    assert_eq!(fs::read_to_string(folder.here().join("notes.txt")).unwrap(), "mine");
}

#[test]
fn no_file_is_overwritten_and_nothing_is_half_written() {
    for file in WRITTEN {
        let folder = Folder::new();
        let path = folder.here().join(file);
        write(&path, "mine");
        let before = files(&folder.here());

        let ended = run(molotov(&folder.here(), ["init"]));

        ended.assert(2, &[file, "is there already", "nothing is overwritten"]);
        assert_eq!(files(&folder.here()), before, "{file}");
        assert_eq!(files(path.parent().unwrap()).len(), 1, "{file}");
        assert_eq!(fs::read_to_string(path).unwrap(), "mine");
    }
}

#[test]
fn a_link_that_leads_nowhere_is_a_file_too() {
    let folder = Folder::new();
    std::os::unix::fs::symlink("nowhere", folder.here().join("README.md")).unwrap();

    run(molotov(&folder.here(), ["init"])).assert(2, &["README.md is there already"]);

    assert_eq!(files(&folder.here()), ["README.md"]);
}

#[test]
fn in_a_package_the_two_ways_to_go_on_are_reported() {
    let folder = Folder::new();
    write(&folder.here().join("Cargo.toml"), "[package]\nname = \"service\"\nedition = \"2024\"\n");
    write(&folder.here().join("src/lib.rs"), "");

    let ended = run(molotov(&folder.here(), ["init"]));

    ended.assert(2, &["Cargo.toml is there already", "molotov init loadtest", "[dev-dependencies]"]);
    assert_eq!(files(&folder.here()), ["Cargo.toml", "src"]);
    run(molotov(&folder.here(), ["init", "loadtest"])).assert(0, &[]);
    assert_eq!(package_name(&folder.here().join("loadtest")), "loadtest");
}

#[test]
fn a_file_is_no_folder() {
    let folder = Folder::new();
    write(&folder.here().join("shop"), "mine");

    run(molotov(&folder.here(), ["init", "shop"])).assert(2, &["shop is a file", "name a folder"]);
    run(molotov(&folder.here(), ["init", "shop/in"])).assert(2, &["shop"]);

    assert_eq!(files(&folder.here()), ["shop"]);
}

#[test]
fn invalid_name_or_clone_is_refused() {
    let folder = Folder::new();
    run(molotov(&folder.here(), ["init", "--name", "Über"])).assert(2, &["--name Über", "for example"]);
    run(molotov(&folder.here(), ["init", "--molotov", "."])).assert(2, &["--molotov .", "no clone"]);
    assert_eq!(files(&folder.here()), Vec::<String>::new());
}

#[test]
fn package_name_is_valid_for_any_folder_name() {
    let folder = Folder::new();
    for strange in
        ["match", "2024-load", "Größe 1", "負荷", "test", "molotov", "-x", "con", "self", "a'b\"c\\d"]
    {
        let project = folder.here().join(strange);
        fs::create_dir(&project).unwrap();
        run(molotov(&project, ["init"])).assert(0, &[]);
        assert!(!package_name(&project).is_empty(), "{strange}");
    }
    run(molotov(&folder.here(), ["init", "x", "--name", "shop_load"])).assert(0, &[]);
    assert_eq!(package_name(&folder.here().join("x")), "shop_load");
}

#[test]
fn in_a_workspace_that_does_not_name_it_a_project_is_its_own() {
    let folder = Folder::new();
    write(&folder.here().join("Cargo.toml"), "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n");

    run(molotov(&folder.here(), ["init", "loadtest"])).assert(0, &[]);
    run(molotov(&folder.here(), ["init", "crates/loadtest"])).assert(0, &[]);

    let manifest =
        |project: &str| fs::read_to_string(folder.here().join(project).join("Cargo.toml")).unwrap();
    assert!(manifest("loadtest").contains("\n[workspace]\n"));
    assert!(!manifest("crates/loadtest").contains("[workspace]"));
    assert_eq!(package_name(&folder.here().join("loadtest")), "loadtest");
    assert_eq!(package_name(&folder.here().join("crates/loadtest")), "loadtest");
}

#[test]
fn path_to_a_clone_is_reported_to_be_replaced_before_the_project_is_built_elsewhere() {
    let folder = Folder::new();

    let ended = run(molotov(&folder.here(), ["init", "shop"]));

    ended.assert(0, &[]);
    assert!(
        ended.stdout.contains("before it is built elsewhere") && ended.stdout.contains("--git URL"),
        "{}",
        ended.stdout
    );
    let manifest = fs::read_to_string(folder.here().join("shop/Cargo.toml")).unwrap();
    assert!(
        manifest.contains("Before the project is built elsewhere") && manifest.contains("path = "),
        "{manifest}"
    );
    assert_eq!(package_name(&folder.here().join("shop")), "shop");
}

#[test]
fn a_repository_is_a_git_dependency_without_a_password() {
    let folder = Folder::new();

    let ended = run(molotov(&folder.here(), ["init", "shop", "--git", "https://example.org/molotov.git"]));

    ended.assert(0, &[]);
    assert!(!ended.stdout.contains("built elsewhere"), "{}", ended.stdout);
    let manifest = fs::read_to_string(folder.here().join("shop/Cargo.toml")).unwrap();
    assert!(manifest.contains("molotov = { git = \"https://example.org/molotov.git\" }"), "{manifest}");
    assert!(!manifest.contains("path = \"/"), "{manifest}");

    for url in ["https://u:PASSWORD@example.org/m.git", "http://u:PASSWORD@example.org/m", "u:PASSWORD@h"] {
        let ended = run(molotov(&folder.here(), ["init", "other", "--git", url]));

        ended.assert(2, &["--git"]);
        assert!(
            !ended.text().contains("PASSWORD") && !folder.here().join("other").exists(),
            "{}",
            ended.text()
        );
    }
    run(molotov(&folder.here(), ["init", "x", "--git", "https://h/m", "--molotov", "."]))
        .assert(2, &["cannot be used with"]);
}

/// The manifest as cargo reads it.
#[track_caller]
fn package_name(project: &Path) -> String {
    let mut cargo = command("cargo", project);
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
    let ended = run(cargo);
    ended.assert(0, &[]);
    let metadata: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let manifest = project.join("Cargo.toml").canonicalize().unwrap();
    let found = packages.iter().find(|it| Path::new(it["manifest_path"].as_str().unwrap()) == manifest);
    found.unwrap()["name"].as_str().unwrap().to_owned()
}
