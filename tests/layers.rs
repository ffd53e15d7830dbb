//! The order of the layers of both crates: a module imports from those below it, and from no other.

use std::path::Path;
use std::{fs, io};

use crate::support::{root, sources};

/// The modules of `molotov-core`, from the ground up. Those of one row do not depend on each other.
const CORE: &[&[&str]] = &[
    &[
        "base64",
        "bom",
        "duration",
        "failure",
        "future",
        "lock",
        "mask",
        "millis",
        "origin",
        "parse_error",
        "secret",
        "seed",
        "shard",
        "states",
        "timer",
    ],
    &["redact"],
    &["error", "metrics", "rate", "rng"],
    &["or_fail", "pick", "returned", "vars"],
    &["run"],
    &["data", "sample", "think", "trace"],
    &["event", "http", "recorder"],
    &["listeners", "run_handle"],
    &["session"],
    &["arg"],
    &["call"],
    &["fixture", "scenario"],
    &["registry"],
    &["suite"],
];

/// The modules of `molotov-runner`, from the ground up.
const RUNNER: &[&[&str]] = &[
    &[
        "descriptors",
        "error",
        "hash",
        "hostname",
        "lock",
        "panics",
        "quantity",
        "restart",
        "schedule",
        "serialized",
        "suggest",
        "typed",
    ],
    &["plan", "units"],
    &["report"],
    &["output"],
    &["execute", "results"],
    &["cli", "entry"],
    &["smoke"],
    &["program"],
];

#[test]
fn the_modules_of_the_runner_import_only_from_below() {
    assert_eq!(breaks(&root().join("molotov-runner/src"), RUNNER).unwrap(), Vec::<String>::new());
}

#[test]
fn the_modules_of_core_import_only_from_below() {
    assert_eq!(breaks(&root().join("molotov-core/src"), CORE).unwrap(), Vec::<String>::new());
}

/// The files of a crate that breaks the order in each way.
const PLANTED: [(&str, &str); 6] = [
    ("low.rs", "#[cfg(test)]\nmod tests;\nmod deep;\nuse crate::high::A;\nuse super::beside::B;\n"),
    (
        "low/deep/mod.rs",
        "use super::super::high::A;\nuse super::fine;\n\nfn f() {\n    crate::high::f();\n}\n",
    ),
    (
        "low/deep/er.rs",
        "mod inner {\n    use super::super::super::super::high::A;\n}\nuse super::super::fine;\n",
    ),
    ("high.rs", "#[cfg(test)]\nmod tests {\n    use crate::top::A;\n}\n\nuse crate::{low::A, top::B};\n"),
    ("low/deep/tests/more.rs", "use crate::high::A;\n"),
    ("new.rs", "use crate::low::A; // crate::high\n"),
];

#[test]
fn every_kind_of_upward_import_is_found() {
    let layers: &[&[&str]] = &[&["low", "beside"], &["high"]];
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("low/deep/tests")).unwrap();
    for (file, text) in PLANTED {
        fs::write(folder.path().join(file), text).unwrap();
    }

    let mut found = breaks(folder.path(), layers).unwrap();
    found.iter_mut().for_each(|line| *line = line.replace('\\', "/"));
    let expected = [
        "high.rs:6: `{` is not below `high`",
        "low/deep/er.rs:2: `high` is not below `low`",
        "low/deep/mod.rs:1: `high` is not below `low`",
        "low/deep/mod.rs:5: `high` is not below `low`",
        "low.rs:4: `high` is not below `low`",
        "low.rs:5: `beside` is not below `low`",
        "new.rs: the module `new` is in no row of the layers",
    ];
    assert_eq!(found, expected);
}

/// Each line that breaks the order: `file:line: module`.
fn breaks(source: &Path, layers: &[&[&str]]) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for file in sources(source)? {
        let path = file.strip_prefix(source).unwrap_or(&file);
        let modules = module_path(path);
        let Some(module) = modules.first() else { continue };
        let Some(own) = height(layers, module) else {
            found.push(format!("{}: the module `{module}` is in no row of the layers", path.display()));
            continue;
        };
        for line in production_lines(&fs::read_to_string(&file)?, modules.len()) {
            let mut above = line.modules_of_the_crate();
            above.retain(|name| name != module && height(layers, name).is_none_or(|other| other >= own));
            let place = format!("{}:{}", path.display(), line.number);
            found.extend(above.iter().map(|name| format!("{place}: `{name}` is not below `{module}`")));
        }
    }
    Ok(found)
}

/// The row of a module, counted from the ground.
fn height(layers: &[&[&str]], module: &str) -> Option<usize> {
    layers.iter().position(|row| row.contains(&module))
}

/// The path of a file's module from the root of its crate; empty for `lib.rs`.
fn module_path(file: &Path) -> Vec<String> {
    let without_ending = file.with_extension("");
    let parts = without_ending.iter().map(|part| part.to_string_lossy().into_owned());
    parts.filter(|part| part != "mod" && part != "lib").collect()
}

/// A line outside of tests.
struct SourceLine<'a> {
    number: usize,
    code: &'a str,
    /// The number of enclosing modules, below the root of the crate.
    depth: usize,
}

/// The lines of a file outside of the inline modules for tests. The ends of modules are known by their indentation.
fn production_lines(text: &str, depth: usize) -> Vec<SourceLine<'_>> {
    let mut lines = Vec::new();
    let mut inline = Vec::new();
    let mut is_for_tests = false;
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.split("//").next().unwrap_or_default().trim_end();
        let trimmed = code.trim_start();
        let indent = code.len() - trimmed.len();
        if trimmed == "}" && inline.last().is_some_and(|(start, _)| *start == indent) {
            inline.pop();
        }
        if is_inline_module(trimmed) {
            inline.push((indent, is_for_tests));
        }
        is_for_tests = trimmed.starts_with("#[cfg(") && trimmed.contains("test")
            || is_for_tests && trimmed.starts_with("#[");
        if !inline.iter().any(|(_, is_for_tests)| *is_for_tests) {
            lines.push(SourceLine { number, code, depth: depth + inline.len() });
        }
    }
    lines
}

/// Returns `true` for a line that opens a module inside of its file, such as `pub(crate) mod text {`.
fn is_inline_module(code: &str) -> bool {
    let opened = code.strip_suffix('{').and_then(|code| code.rsplit_once("mod "));
    opened.is_some_and(|(before, _)| before.is_empty() || before.starts_with("pub"))
}

impl SourceLine<'_> {
    /// The modules below the root that are named by `crate::` or by `super::` up to the root.
    fn modules_of_the_crate(&self) -> Vec<String> {
        let up_to_root = "super::".repeat(self.depth);
        let paths = self.code.split("crate::").skip(1).chain(self.code.split(&up_to_root).skip(1));
        paths.map(first_name).collect()
    }
}

/// The name at the start of a path, or the sign if there is no name.
fn first_name(path: &str) -> String {
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
    path.chars().take(end.max(1)).collect()
}
