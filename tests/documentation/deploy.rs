//! The files of `deploy/` and the pages in `docs/scale-out/`: names to change, links, and the runs of all commands.

use std::fs;
use std::path::{Path, PathBuf};

use super::page::MarkdownPage;
use crate::support::root;

/// The way in which a block of commands is tested.
enum Checked {
    /// A script of `tests/foreign` runs it.
    By(&'static str),
    /// It cannot run in the tests, for this reason.
    Not(&'static str),
}
use Checked::{By, Not};

/// All blocks of shell in `docs/scale-out`, by page and number.
const BLOCKS: [(&str, usize, Checked); 22] = [
    ("README.md", 1, By("parallel.sh")),
    ("argo.md", 1, Not("no Argo; stand_ins.py fills in its parameters")),
    ("aws-batch.md", 1, Not("no AWS; stand_ins.py runs the commands of the containers")),
    ("ci-matrix.md", 1, By("github.sh")),
    ("ci-matrix.md", 2, By("github.sh")),
    ("ci-matrix.md", 3, By("nightly/gitlab.sh")),
    ("cloud-run.md", 1, Not("no Cloud Run; stand_ins.py runs the commands of the containers")),
    ("containers.md", 1, Not("no registry; .github/workflows/ci.yml builds this image")),
    ("containers.md", 2, By("nightly/containers.sh")),
    ("containers.md", 3, By("nightly/containers.sh")),
    ("fleet.md", 1, Not("they change the machine")),
    ("kubernetes.md", 1, Not("no cluster; stand_ins.py fills in the variables")),
    ("kubernetes.md", 2, Not("no cluster; stand_ins.py fills in the variables")),
    ("nomad.md", 1, Not("no Nomad; stand_ins.py fills in the variables")),
    ("nomad.md", 2, Not("no Nomad; stand_ins.py fills in the variables")),
    ("parallel.md", 1, By("parallel.sh")),
    ("parallel.md", 2, By("parallel.sh")),
    ("parallel.md", 3, Not("no other machine to log in to")),
    ("slurm.md", 1, By("nightly/slurm.sh")),
    ("slurm.md", 2, By("nightly/slurm.sh")),
    ("slurm.md", 3, By("mpi.sh")),
    ("tekton.md", 1, Not("no Tekton; stand_ins.py fills in its parameters")),
];

#[test]
fn every_command_is_run_or_has_a_reason() {
    let mut blocks = Vec::new();
    for page in pages() {
        let name = file_name(&page.path);
        blocks.extend((1..=page.blocks("sh").len()).map(|number| (name.clone(), number)));
    }
    let listed: Vec<_> = BLOCKS.iter().map(|(page, number, _)| ((*page).to_owned(), *number)).collect();

    assert_eq!(blocks, listed);
    for (page, number, checked) in &BLOCKS {
        match checked {
            By(script) => {
                let path = format!("tests/foreign/{script}");
                let text = fs::read_to_string(root().join(&path)).unwrap();
                assert!(text.contains(&format!("{page} {number}")), "{path} does not run {page} {number}");
            }
            Not(reason) => assert!(!reason.is_empty()),
        }
    }
}

#[test]
fn every_page_begins_with_commands() {
    for page in pages() {
        let (_, after_the_title) = page.text.split_once("\n\n").unwrap();
        assert!(after_the_title.starts_with("```sh\n"), "{}", page.path.display());
    }
}

#[test]
fn every_file_is_on_a_page() {
    let pages = pages();
    for file in files() {
        let path = file.strip_prefix(root()).unwrap().to_str().unwrap();
        assert!(pages.iter().any(|page| page.text.contains(path)), "{path} is on no page of docs/scale-out");
    }
}

/// The names at the top are used below it, and a sentence says by which checks a file went.
#[test]
fn names_to_change_are_at_the_top() {
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        let (_, rest) =
            text.split_once("# Change these names:\n").unwrap_or_else(|| panic!("{}", file.display()));
        let names: Vec<&str> = rest.lines().map_while(|line| line.strip_prefix("#   ")).collect();
        let below = rest.split_once("# Checked: ").unwrap_or_else(|| panic!("{}", file.display())).1;

        assert!(!names.is_empty(), "{}", file.display());
        for line in names {
            let (name, meaning) = line.split_once("  ").unwrap();
            assert!(below.contains(name), "{}: `{name}` is not used", file.display());
            assert!(!meaning.trim().is_empty(), "{}: {name}", file.display());
        }
    }
}

/// The Jobs in a JobSet are those of the two files, but for the label that names the run.
#[test]
fn jobset_has_the_same_jobs() {
    let jobset = read("jobset.yaml");
    let jobset: Vec<&str> = jobset.lines().map(str::trim).collect();
    for name in ["load.yaml", "merge.yaml"] {
        let file = read(name);
        let (_, spec) = file.split_once("\nspec:\n").unwrap();
        let lines = spec.lines().map(str::trim);
        for line in lines.filter(|line| !line.contains("controller-uid") && !line.contains("run-uid")) {
            assert!(jobset.contains(&line), "{name}: `{line}` is not in jobset.yaml");
        }
    }
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join("deploy/kubernetes").join(name)).unwrap()
}

fn pages() -> Vec<MarkdownPage> {
    let pages = MarkdownPage::all_of_the_book();
    pages.into_iter().filter(|page| page.path_in_the_book().starts_with("scale-out/")).collect()
}

/// The files for engines: all but the image that is built from source, and the page on it.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("deploy")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !["README.md", "Dockerfile", "Dockerfile.dockerignore"]
                .contains(&file_name(&path).as_str())
            {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
