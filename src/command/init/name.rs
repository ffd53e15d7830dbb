//! Names of packages: cargo and rustc do not accept every word.

use std::path::Path;

use crate::command::failure::Failure;

/// Appended to a name with another meaning.
const SUFFIX: &str = "-loadtest";

/// Keywords, names that cargo reserves for its folders, crates that come with Rust, and our own.
const RESERVED: [&str; 66] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "molotov",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "aux",
    "con",
    "nul",
    "prn",
];

/// A name for the package in this folder: that of the folder, with as few changes as cargo requires.
pub(super) fn from_folder(folder: &Path) -> String {
    let folder = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut name = String::new();
    for c in folder.chars() {
        let c = if c == '_' || c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        if c != '-' || !(name.is_empty() || name.ends_with('-')) {
            name.push(c);
        }
    }
    let name = name.trim_matches('-').to_owned();
    match name.chars().find(|c| *c != '_') {
        None => "loadtest".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("loadtest-{name}"),
        Some(_) if is_reserved(&name) => format!("{name}{SUFFIX}"),
        Some(_) => name,
    }
}

/// A name from the command line.
pub(super) fn checked(name: &str) -> Result<String, Failure> {
    if from_folder(Path::new(name)) == name {
        return Ok(name.to_owned());
    }
    let near = from_folder(Path::new(name));
    Err(Failure::new(format!(
        "--name {name}: cargo takes no such name, or it means something else already; for example {near}"
    )))
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_a_name_that_cargo_takes() {
        let names = [
            ("shop-load", "shop-load"),
            ("Shop Load", "shop-load"),
            ("2024", "loadtest-2024"),
            ("_7", "loadtest-_7"),
            ("async", "async-loadtest"),
            ("test", "test-loadtest"),
            ("molotov", "molotov-loadtest"),
            ("Zürich.läuft", "z-rich-l-uft"),
            ("負荷", "loadtest"),
            ("__", "loadtest"),
            ("-x-", "x"),
            ("", "loadtest"),
        ];
        for (folder, name) in names {
            assert_eq!(from_folder(Path::new(folder)), name, "{folder}");
        }
    }

    #[test]
    fn typed_name_is_valid_or_refused_with_a_valid_one() {
        assert_eq!(checked("shop_load").unwrap(), "shop_load");
        for (wrong, near) in [("Shop", "shop"), ("a/b", "b"), ("match", "match-loadtest"), ("", "loadtest")] {
            let Failure::Cannot(text) = checked(wrong).unwrap_err() else { panic!("{wrong}") };
            assert!(text.ends_with(near), "{text}");
        }
    }
}
