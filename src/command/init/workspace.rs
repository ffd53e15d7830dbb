//! The workspace of a new project. A project inside of a workspace that does not list it does not compile, so it
//! becomes a workspace of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::failure::Failure;

/// The manifest section of a package that is a workspace of its own.
const OWN: &str = "\n# It stands in the folder of a workspace that does not name it. To make it a member, name it there in `members`, and\n\
                   # remove this.\n[workspace]\n";

/// Checks with cargo that the project can be built in its place, and otherwise makes it a workspace of its own.
pub(super) fn make_own(folder: &Path) -> Result<(), Failure> {
    // Without cargo nothing compiles anyway.
    if takes(folder).unwrap_or(true) {
        return Ok(());
    }
    let manifest = folder.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(|error| Failure::at(&manifest, "read", error))?;
    fs::write(&manifest, text.clone() + OWN).map_err(|error| Failure::at(&manifest, "write", error))?;
    if takes(folder).unwrap_or(true) {
        return Ok(());
    }
    // There is another cause: cargo reports it at the next call.
    fs::write(&manifest, text).map_err(|error| Failure::at(&manifest, "write", error))
}

fn takes(folder: &Path) -> std::io::Result<bool> {
    let status = Command::new("cargo")
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    Ok(status.success())
}
