//! A project that stands inside of a workspace which does not name it does not compile: it has to be its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::failure::Failure;

/// What makes a package a workspace of its own.
const OWN: &str = "\n# It stands in the folder of a workspace that does not name it. To make it a member, name it there in `members`, and\n\
                   # remove this.\n[workspace]\n";

/// Asks cargo whether it takes the project where it stands, and makes it a workspace of its own otherwise.
pub(super) fn make_own(folder: &Path) -> Result<(), Failure> {
    // Where there is no cargo, nothing compiles anyway.
    if takes(folder).unwrap_or(true) {
        return Ok(());
    }
    let manifest = folder.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(|error| Failure::at(&manifest, "read", error))?;
    fs::write(&manifest, text.clone() + OWN).map_err(|error| Failure::at(&manifest, "write", error))?;
    if takes(folder).unwrap_or(true) {
        return Ok(());
    }
    // It was not that: cargo will say what it is when it is called.
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
