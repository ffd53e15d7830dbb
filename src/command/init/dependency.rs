//! On which molotov a new project depends.

use std::path::Path;

use crate::command::failure::Failure;

/// Where this command was built.
const BUILT_IN: &str = env!("CARGO_MANIFEST_DIR");

/// The line of `Cargo.toml`: the clone that was named or that this command was built from, otherwise the release.
///
/// A command that was built from a clone may be ahead of every release, and what it writes must compile.
pub(super) fn line(named: Option<&Path>) -> Result<String, Failure> {
    let clone = match named {
        Some(named) if is_clone(named) => {
            Some(named.canonicalize().map_err(|error| Failure::at(named, "find", error))?)
        }
        Some(named) => {
            return Err(Failure::new(format!(
                "--molotov {}: this is no clone of molotov; it has no molotov-core/Cargo.toml",
                named.display()
            )));
        }
        None => Some(Path::new(BUILT_IN).to_owned()).filter(|folder| is_clone(folder)),
    };
    match clone {
        None => Ok(format!("molotov = \"{}\"", env!("CARGO_PKG_VERSION"))),
        Some(clone) => match clone.to_str() {
            Some(path) => Ok(format!("molotov = {{ path = {} }}", basic_string(path))),
            None => Err(Failure::new(format!(
                "the path of molotov, {}, is not UTF-8, and Cargo.toml cannot name it; --molotov names another clone",
                clone.display()
            ))),
        },
    }
}

/// What is published of this package lies alone.
fn is_clone(folder: &Path) -> bool {
    folder.join("molotov-core/Cargo.toml").is_file()
}

/// As TOML writes any text.
fn basic_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_is_a_string_of_toml() {
        assert_eq!(basic_string("/a b/é"), r#""/a b/é""#);
        assert_eq!(basic_string("C:\\x\"\n"), r#""C:\\x\"\u000A""#);
    }

    #[test]
    fn a_folder_that_is_no_clone_is_refused() {
        assert!(line(Some(Path::new("/"))).is_err());
    }
}
