//! The documentation from a user's view: the README, which is also the page of the crate, the book, and examples to
//! copy.

mod book;
mod commands;
mod deploy;
mod links;
mod page;
mod readme;

use std::fs;

use crate::support::{root, sources};

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
