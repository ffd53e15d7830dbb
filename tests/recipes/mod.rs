//! The recipes of the book, `docs/recipes`: the code of each page is a module of `program`, and its command is run against a
//! service that notes the requests it gets. Only numbers are made smaller.

#![allow(clippy::unwrap_used)]

mod accounts;
mod files;
mod loads;
mod log_in;
mod page;
mod polling;
mod private_ca;
mod redis;
mod service;
mod shared_token;
mod think_times;
mod unique_data;

/// The only page whose code is a test, which runs here.
#[path = "code/service_in_a_test.rs"]
mod service_in_a_test;

use std::fs;

use molotov::plan::Thresholds;

use crate::recipes::page::{Page, words};
use crate::support::{root, sources};

/// Commands that no test executes, each with the reason.
const NOT_RUN: [(&str, &str); 1] =
    [("cargo test --release --test load", "the test that it runs is one of this program already")];

/// The names of the pages.
fn names() -> Vec<String> {
    let files = fs::read_dir(root().join("docs/recipes")).unwrap().map(|entry| entry.unwrap().path());
    let names = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned());
    names.filter(|name| name != "README").collect()
}

#[test]
fn code_of_each_page_is_the_code_that_is_compiled() {
    for name in names() {
        let page = Page::read(&name);
        let file = root().join(format!("tests/recipes/code/{}.rs", page.module()));
        let code = fs::read_to_string(file).unwrap();
        let code = code.split_once("\n\n").unwrap().1;

        assert_eq!(page.blocks("rust,no_run"), [code], "{name}");
    }
}

#[test]
fn each_page_is_run_by_a_test() {
    let tests: String = sources(&root().join("tests/recipes"))
        .unwrap()
        .into_iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();

    for name in names() {
        for command in Page::read(&name).commands() {
            let why = NOT_RUN.iter().find(|(listed, _)| *listed == command).map(|(_, why)| why);
            match why {
                Some(why) => crate::support::run::skipped(&format!("`{command}` of {name}: {why}")),
                None => assert!(tests.contains(&format!("Page::read(\"{name}\")")), "{name}: `{command}`"),
            }
        }
    }
}

#[test]
fn index_names_each_page_once() {
    let index = fs::read_to_string(root().join("docs/recipes/README.md")).unwrap();

    for name in names() {
        assert_eq!(index.matches(&format!("({name}.md)")).count(), 1, "{name}");
    }
}

#[test]
fn thresholds_of_each_page_are_valid() {
    for name in names() {
        for text in Page::read(&name).thresholds() {
            assert_eq!(text.parse::<Thresholds>().map(drop), Ok(()), "{name}: {text}");
        }
    }
}

#[test]
fn words_of_a_command_are_those_of_a_shell() {
    assert_eq!(words("A=b run -- \"p99 < 1s\"  x"), ["A=b", "run", "--", "p99 < 1s", "x"]);
}
