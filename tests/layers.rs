//! The order of the layers of both crates, as a fact: a module imports from those below it, and from no other.

use std::{fs, io};

use crate::support::{root, sources};

/// The modules of `molotov-core`, from the ground up. Those of one row know nothing of each other.
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
        "redact",
        "secret",
        "seed",
        "states",
        "timer",
    ],
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
    &["execute"],
    &["cli", "entry"],
    &["smoke"],
    &["program"],
];

#[test]
fn the_modules_of_the_runner_import_only_from_below() {
    assert_eq!(mistakes("molotov-runner/src", RUNNER).unwrap(), Vec::<String>::new());
}

#[test]
fn the_modules_of_core_import_only_from_below() {
    assert_eq!(mistakes("molotov-core/src", CORE).unwrap(), Vec::<String>::new());
}

/// Each line that breaks the order: `file:line: import`.
fn mistakes(crate_folder: &str, layers: &[&[&str]]) -> io::Result<Vec<String>> {
    let root = root().join(crate_folder);
    let height = |module: &str| layers.iter().position(|row| row.contains(&module));
    let mut found = Vec::new();
    for file in sources(&root)? {
        let path = file.strip_prefix(&root).unwrap_or(&file).display().to_string();
        let module = path.split(['/', '\\', '.']).next().unwrap_or_default();
        if module == "lib" {
            continue;
        }
        let Some(own) = height(module) else {
            found.push(format!("{path}: the module `{module}` is in no row of the layers"));
            continue;
        };
        let text = fs::read_to_string(&file)?;
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            for import in line.split("crate::").skip(1) {
                let name: String = import.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_below = height(&name).is_some_and(|other| other < own);
                if name != module && !is_below {
                    found.push(format!("{path}:{}: `crate::{name}` is not below `{module}`", number + 1));
                }
            }
        }
    }
    Ok(found)
}
