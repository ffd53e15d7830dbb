//! The profiles of a load test. It searches for molotov.toml in its current folder, and in the folder of its package if
//! cargo sets that; here this command takes the place of cargo.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cargo's variable for the folder of the package.
const PACKAGE: &str = "CARGO_MANIFEST_DIR";

/// The load test's variable for the file.
const FILE: &str = "MOLOTOV_CONFIG";

/// Sets the folder of the package for a load test that is started in this folder, and Python Molotov's file if there is
/// no other one: a repository for `moloslave` works without changes.
pub(super) fn set_variables(command: &mut Command, folder: &Path, package: Option<&Path>) {
    if let Some(package) = package {
        command.env(PACKAGE, package);
    }
    if env::var_os(FILE).is_none_or(|file| file.is_empty())
        && let Some(file) = python_file(folder, package)
    {
        command.env(FILE, file);
    }
}

fn python_file(folder: &Path, package: Option<&Path>) -> Option<PathBuf> {
    match find("molotov.toml", folder, package) {
        Some(_) => None,
        None => find("molotov.json", folder, package),
    }
}

fn find(name: &str, folder: &Path, package: Option<&Path>) -> Option<PathBuf> {
    let mut places = [Some(folder), package].into_iter().flatten().map(|place| place.join(name));
    places.find(|file| file.is_file())
}
