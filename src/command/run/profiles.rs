//! Where a load test finds its profiles. It looks for molotov.toml where it is, and in the folder of its package when
//! cargo says which one that is; we are in cargo's place.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cargo's variable.
const PACKAGE: &str = "CARGO_MANIFEST_DIR";

/// The load test's variable for the file.
const FILE: &str = "MOLOTOV_CONFIG";

/// Tells a load test, which is started in this folder, the folder of its package, and Python Molotov's file where there
/// is no other one: who ran `moloslave` on a repository runs it as it is.
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
