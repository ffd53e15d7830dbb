//! Commands of the README and of the book are accepted. Those of the recipes are run by `tests/recipes`.

use super::page::MarkdownPage;
use crate::support::run::Program;

/// The beginnings of commands that run a load test.
const LOADS: [&str; 3] = [
    "cargo run --release --example loadtest -- ",
    "cargo run --release --example visitors -- ",
    "cargo run --release -- ",
];

/// `--list` checks all options and starts no load.
#[test]
fn commands_that_run_a_load_are_accepted() {
    let file = MarkdownPage::read("docs/command-line.md").blocks("toml").concat();
    let mut pages = MarkdownPage::all_of_the_book();
    pages.push(MarkdownPage::read("README.md"));

    let mut seen = 0;
    for arguments in pages.iter().flat_map(loads) {
        let ended = Program::in_shell(&format!("\"$0\" --list {arguments}"), [""; 0])
            .file("molotov.toml", file.replace("browse", "*"))
            .file("other.toml", &file)
            .run();

        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{arguments}");
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}

/// The arguments of commands in the blocks of shell.
fn loads(page: &MarkdownPage) -> Vec<String> {
    let is_recipe = page.path.parent().is_some_and(|folder| folder.ends_with("recipes"));
    let blocks = page.blocks("sh").join("\n").replace("\\\n", " ");
    let commands = blocks.lines().filter(|_| !is_recipe);
    commands
        .filter_map(|line| LOADS.iter().find_map(|load| line.strip_prefix(load)))
        .map(str::to_owned)
        .collect()
}
