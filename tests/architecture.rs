//! `ARCHITECTURE.md`, compared with the files that it describes.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::support::{root, sources};

const ARCHITECTURE: &str = include_str!("../ARCHITECTURE.md");

/// The folders of the published code.
const PUBLISHED: [&str; 4] = ["src", "molotov-core/src", "molotov-macros/src", "molotov-runner/src"];

/// The folders without files of ours.
const FOREIGN: [&str; 3] = [".git", "target", "snapshots"];

/// A row of the code map.
struct MapRow {
    /// The files and folders in its first cell.
    places: Vec<PathBuf>,
    /// The described modules, by the end of their path.
    modules: Vec<PathBuf>,
    /// The folders with a file for each of something, by the row's own words.
    uniform: Vec<PathBuf>,
}

#[test]
fn every_source_file_is_in_the_code_map() {
    let rows = code_map();
    let files = PUBLISHED.iter().flat_map(|folder| sources(&root().join(folder)).unwrap());
    let files = files.map(|file| file.strip_prefix(root()).unwrap().to_owned());
    let missing: Vec<PathBuf> = files
        .filter(|file| !file.ends_with("lib.rs") && !rows.iter().any(|row| row.describes(file)))
        .collect();
    assert_eq!(missing, Vec::<PathBuf>::new());
}

#[test]
fn every_path_in_the_architecture_exists() {
    let known: Vec<PathBuf> = entries(root()).unwrap().iter().map(|path| module(path)).collect();
    let paths = ARCHITECTURE.lines().flat_map(quoted).filter(|text| is_path(text));
    let paths = paths.flat_map(|text| alternatives(&text));
    let missing: Vec<String> =
        paths.filter(|path| !known.iter().any(|known| known.ends_with(module(&in_full(path))))).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_invariant_names_tests_that_exist() {
    let (_, text) = ARCHITECTURE.split_once("## Invariants").unwrap();
    let (mut rest, _) = text.split_once("\n## ").unwrap();
    let files =
        entries(root()).unwrap().into_iter().filter(|file| file.extension().is_some_and(|it| it == "rs"));
    let code: String = files.map(|file| fs::read_to_string(file).unwrap()).collect();
    for number in 1..=13 {
        let (_, item) = rest.split_once(&format!("\n{number}. ")).unwrap();
        let end = item.find(&format!("\n{}. ", number + 1)).unwrap_or(item.len());
        let (_, tests) = item[..end].split_once("Test").unwrap();
        for test in quoted(tests) {
            assert!(code.contains(&format!("fn {test}(")), "{number}: there is no test `{test}`");
        }
        rest = &item[end..];
    }
}

/// A path in the walk of a request, whose abbreviations are explained there.
fn in_full(path: &str) -> PathBuf {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let folder = match first {
        "s" => "session",
        "h" => "http",
        first => first,
    };
    Path::new(folder).join(rest)
}

fn code_map() -> Vec<MapRow> {
    let (_, map) = ARCHITECTURE.split_once("## Code map").unwrap();
    let (map, _) = map.split_once("## Glossary").unwrap();
    let rows = map.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| MapRow::parse(&format!("`{row}"))).collect()
}

impl MapRow {
    fn parse(row: &str) -> Self {
        let (places, text) = row.split_once(" | ").unwrap();
        let mut parsed = Self { places: Vec::new(), modules: Vec::new(), uniform: Vec::new() };
        parsed.places.extend(quoted(places).iter().flat_map(|place| alternatives(place)).map(PathBuf::from));
        for name in quoted(text).iter().flat_map(|name| alternatives(name)) {
            let module = module(Path::new(&name));
            if text.contains(&format!("`{name}`, a file for each")) {
                parsed.uniform.push(module.clone());
            }
            parsed.modules.push(module);
        }
        parsed
    }

    /// Returns `true` if the row names this file, or its folder as one of many files of a kind.
    fn describes(&self, file: &Path) -> bool {
        let module = module(file);
        let folder = module.parent().unwrap_or(&module);
        let is_place = self.places.iter().any(|place| self::module(place) == module);
        let is_inside = self.places.iter().any(|place| module.starts_with(self::module(place)));
        is_place
            || is_inside && self.modules.iter().any(|name| module.ends_with(name))
            || is_inside && self.uniform.iter().any(|name| folder.ends_with(name))
    }
}

/// The path of a module: without the ending, and of `mod.rs` the folder.
fn module(file: &Path) -> PathBuf {
    let module = if file.extension().is_some_and(|ending| ending == "rs") {
        file.with_extension("")
    } else {
        file.into()
    };
    if module.ends_with("mod") { module.parent().unwrap().into() } else { module }
}

/// The parts of a line between backticks.
fn quoted(line: &str) -> Vec<String> {
    line.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Returns `true` for the path of a file or folder of the workspace.
fn is_path(text: &str) -> bool {
    text.contains('/') && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(is_in_paths)
}

fn is_in_paths(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./{},".contains(c)
}

/// The expansions of a text with `{a,b}`.
fn alternatives(text: &str) -> Vec<String> {
    let Some((before, rest)) = text.split_once('{') else { return vec![text.to_owned()] };
    let Some((words, after)) = rest.split_once('}') else { return vec![text.to_owned()] };
    words.split(',').map(|word| format!("{before}{word}{after}")).collect()
}

/// All files and folders in a folder.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if FOREIGN.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if path.is_dir() {
            found.extend(entries(&path)?);
        }
        found.push(path);
    }
    Ok(found)
}
