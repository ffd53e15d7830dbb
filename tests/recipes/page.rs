//! A page of the recipes, and its command in a small version.

use std::fs;

use molotov::plan::{Objectives, Stages, Thresholds};

use crate::support::root;
use crate::support::run::{Ended, Program};

/// The beginning of a command that runs the code of a page.
const LOAD: &str = "cargo run --release --example loadtest -- ";

/// A page, and the changes with which its command is run.
pub(crate) struct Page {
    name: String,
    text: String,
    options: Vec<(&'static str, String)>,
    flags: Vec<&'static str>,
    files: Vec<(&'static str, Vec<u8>)>,
    variables: Vec<(&'static str, String)>,
}

impl Page {
    pub(crate) fn read(name: &str) -> Self {
        let text = fs::read_to_string(root().join(format!("docs/recipes/{name}.md"))).unwrap();
        let name = name.to_owned();
        Self { name, text, options: vec![], flags: vec![], files: vec![], variables: vec![] }
    }

    /// The name of the module with its code.
    pub(crate) fn module(&self) -> String {
        self.name.replace('-', "_")
    }

    /// The contents of the blocks of code in this language.
    pub(crate) fn blocks(&self, language: &str) -> Vec<&str> {
        let fence = format!("```{language}\n");
        let blocks = self.text.split(&fence).skip(1);
        blocks.map(|rest| rest.split_once("```").unwrap().0).collect()
    }

    /// The lines of the blocks of shell.
    pub(crate) fn commands(&self) -> Vec<&str> {
        self.blocks("sh").into_iter().flat_map(str::lines).collect()
    }

    /// The thresholds in commands and in the text.
    pub(crate) fn thresholds(&self) -> Vec<String> {
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let options = text.split("--threshold \"").skip(1);
        options.map(|rest| rest.split_once('"').unwrap().0.to_owned()).collect()
    }

    /// Replaces the value of an option, or adds the option.
    pub(crate) fn option(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.options.push((name, value.into()));
        self
    }

    /// Adds an option without a value.
    pub(crate) fn flag(mut self, name: &'static str) -> Self {
        self.flags.push(name);
        self
    }

    /// Puts a file into the folder of the run.
    pub(crate) fn file(mut self, name: &'static str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((name, content.into()));
        self
    }

    /// Puts the only block of this language into the folder of the run, as a file.
    pub(crate) fn block_as_file(self, language: &str, name: &'static str) -> Self {
        let blocks = self.blocks(language);
        assert_eq!(blocks.len(), 1, "{}: {language}", self.name);
        let content = blocks[0].to_owned();
        self.file(name, content)
    }

    /// Replaces the value of a variable that stands before the command.
    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// Runs the only command of the page.
    pub(crate) fn run(self) -> Ended {
        let [command] = self.commands()[..] else { panic!("{} has several commands", self.name) };
        let (before, after) = command.split_once(LOAD).unwrap_or_else(|| panic!("no load: `{command}`"));
        for (name, _) in &self.variables {
            assert!(before.contains(&format!("{name}=")), "no variable {name}: `{command}`");
        }

        let program = Program::example("recipes_program", self.args(words(after)));
        let program = program.env("RECIPE", &self.module()).reporting();
        let program = self.files.iter().fold(program, |program, (name, content)| program.file(name, content));
        self.variables.iter().fold(program, |program, (name, value)| program.env(name, value)).run()
    }

    /// The arguments of the command with the options of this test.
    fn args(&self, mut args: Vec<String>) -> Vec<String> {
        for (name, value) in &self.options {
            match args.iter().position(|arg| arg == name) {
                Some(at) => {
                    check(name, &args[at + 1]);
                    args[at + 1].clone_from(value);
                }
                None => args.extend([(*name).to_owned(), value.clone()]),
            }
        }
        args.extend(self.flags.iter().map(|&flag| flag.to_owned()));
        args
    }
}

/// Parses a value of the page that a smaller one replaces.
fn check(option: &str, value: &str) {
    let result = match option {
        "--stages" => value.parse::<Stages>().map(drop).map_err(|error| error.to_string()),
        "--threshold" => value.parse::<Thresholds>().map(drop).map_err(|error| error.to_string()),
        "--sizing" => value.parse::<Objectives>().map(drop).map_err(|error| error.to_string()),
        _ => Ok(()),
    };
    assert_eq!(result, Ok(()), "{option} {value}");
}

/// The words of a command, of which those in double quotes are one.
pub(crate) fn words(command: &str) -> Vec<String> {
    let parts = command.split('"').enumerate();
    parts
        .flat_map(|(number, part)| match number % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}
