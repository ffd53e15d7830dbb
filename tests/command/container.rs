//! `deploy/Dockerfile`, as far as it can be checked without an engine; `.github/workflows/ci.yml` builds it and runs
//! both images. `run_git` and `run_here` test the handling of variables by its entry point.

use std::fs;

use crate::command::folder::Folder;
use crate::support::command::{molotov, run};
use crate::support::root;

/// One `FROM … AS name`, with its instructions; continued lines are joined.
struct Stage {
    name: String,
    base: String,
    instructions: Vec<String>,
}

impl Stage {
    fn last(&self, word: &str) -> Option<&str> {
        self.instructions.iter().rev().find_map(|it| it.strip_prefix(word)?.strip_prefix(' ')).map(str::trim)
    }
}

fn stages() -> Vec<Stage> {
    let text = fs::read_to_string(root().join("deploy/Dockerfile")).unwrap();
    let text = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in text.replace("\\\n", " ").lines().filter(|line| !line.trim().is_empty()) {
        match instruction.split_whitespace().collect::<Vec<_>>()[..] {
            ["FROM", base, "AS", name] => {
                stages.push(Stage { name: name.into(), base: base.into(), instructions: Vec::new() });
            }
            _ => {
                // Before the first stage, arguments of all stages are declared.
                if let Some(stage) = stages.last_mut() {
                    stage.instructions.push(instruction.to_owned());
                }
            }
        }
    }
    stages
}

#[test]
fn both_images_run_as_an_unprivileged_user_without_a_shell() {
    let stages = stages();
    let images: Vec<&Stage> =
        ["load-test", "runner"].map(|name| stages.iter().find(|stage| stage.name == name).unwrap()).to_vec();

    for image in &images {
        assert_eq!(image.last("USER"), Some("65532:65532"), "{}", image.name);
        // An array is executed directly, so that signals reach the program; a text would be executed by a shell.
        let entry: Vec<String> = serde_json::from_str(image.last("ENTRYPOINT").unwrap()).unwrap();
        assert!(entry == ["/load-test"] || entry == ["molotov", "run"], "{entry:?}");
    }
    assert_eq!(images[0].base, "scratch");
    assert_eq!(stages.last().unwrap().name, "runner", "the default image is the last one");
}

#[test]
fn every_stage_copies_from_one_before_it() {
    let stages = stages();
    for (at, stage) in stages.iter().enumerate() {
        let froms = stage.instructions.iter().flat_map(|it| it.split_whitespace());
        for from in froms.filter_map(|word| word.strip_prefix("--from=")) {
            assert!(
                stages[..at].iter().any(|earlier| earlier.name == from),
                "{} copies from {from}",
                stage.name
            );
        }
    }
}

#[test]
fn the_variables_of_the_image_are_those_of_the_command() {
    let folder = Folder::new();
    let help = run(molotov(&folder.here(), ["run", "--help"])).stdout;
    // It breaks lines at any place.
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let stages = stages();
    let set = stages.last().unwrap().last("ENV").unwrap();
    let names: Vec<&str> = set.split_whitespace().map(|word| word.split('=').next().unwrap()).collect();

    assert_eq!(names, ["CARGO_HOME", "MOLOTOV_PROGRAM", "MOLOTOV_YES"]);
    for name in names[1..].iter().chain(&["TEST_REPO", "TEST_NAME", "TEST_REV"]) {
        assert!(help.contains(&format!("[env: {name}]")), "{name} is not in {help}");
    }
}
