//! The documentation as a user reads it: on the page of the crate, and in examples to copy.

use std::fs;

use crate::support::{root, sources};

/// The beginnings of links to files and folders of the repository.
const REPOSITORY: [&str; 2] = [
    concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/"),
    concat!(env!("CARGO_PKG_REPOSITORY"), "/tree/main/"),
];

/// The links of the README, which is also the page of the crate, where a relative one leads nowhere.
#[test]
fn links_of_the_readme_lead_to_files_and_headings() {
    let readme = include_str!("../README.md");
    let headings: Vec<String> = readme.lines().filter_map(anchor).collect();
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());

    for link in links {
        let path = REPOSITORY.iter().find_map(|start| link.strip_prefix(start));
        if let Some(heading) = link.strip_prefix('#') {
            assert!(headings.iter().any(|anchor| anchor == heading), "there is no heading of {link}");
        } else if let Some(path) = path {
            let file = root().join(path.split('#').next().unwrap());
            assert!(file.exists(), "{link}");
            assert_eq!(link.starts_with(REPOSITORY[1]), file.is_dir(), "{link}: `tree` is for folders");
        } else {
            assert!(link.starts_with("https://"), "{link} is relative");
        }
    }
}

/// The anchor of a heading, as GitHub and rustdoc make it.
fn anchor(line: &str) -> Option<String> {
    let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))?;
    let letters = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    Some(letters.collect::<String>().to_lowercase().replace(' ', "-"))
}

/// A user depends on `molotov`, so an example that names another of its crates does not compile.
#[test]
fn examples_in_documentation_name_only_molotov() {
    let mut wrong = Vec::new();
    for file in ["molotov-core/src", "molotov-runner/src"]
        .iter()
        .flat_map(|folder| sources(&root().join(folder)).unwrap())
    {
        let text = fs::read_to_string(&file).unwrap();
        let examples =
            text.lines().map(str::trim).filter(|line| line.starts_with("///") || line.starts_with("//!"));
        let named = examples
            .filter(|line| ["molotov_core::", "molotov_runner::"].iter().any(|name| line.contains(name)));
        // Links are resolved by rustdoc; `parse_duration` is for those who write a runner and not in `molotov`.
        let named = named.filter(|line| !line.contains("](molotov_") && !line.contains("parse_duration"));
        wrong.extend(named.map(|line| format!("{}: {line}", file.display())));
    }
    assert_eq!(wrong, Vec::<String>::new());
}
