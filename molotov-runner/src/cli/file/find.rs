//! The search for the file of options.

use std::env;
use std::path::{Path, PathBuf};

/// The file that is read by default.
const DEFAULT: &str = "molotov.toml";

/// The file and the profile that the command line and the environment name.
#[derive(Default)]
pub(in crate::cli) struct FileRequest {
    /// The file of `--config`, and the origin of that option.
    pub(in crate::cli) file: Option<(PathBuf, String)>,
    pub(in crate::cli) profile: Option<String>,
}

/// Finds the requested file; otherwise `molotov.toml` in the current folder, or, if cargo runs the program, in the
/// folder of its package. Returns `None` if there is no such file and none was requested.
///
/// # Errors
///
/// Returns a message if a file or a profile was requested and there is no file.
pub(in crate::cli) fn find(asked: &FileRequest) -> Result<Option<PathBuf>, String> {
    if let Some((file, by)) = &asked.file {
        return match file.extension().and_then(|ending| ending.to_str()) {
            _ if !file.exists() => Err(format!(
                "{by} {}: there is no such file; name an existing one, or leave it out",
                file.display()
            )),
            Some("toml" | "json") => Ok(Some(file.clone())),
            _ => Err(format!("{by} {}: the ending says the format: .toml or .json", file.display())),
        };
    }
    let package = env::var_os("CARGO_MANIFEST_DIR").map(|folder| Path::new(&folder).join(DEFAULT));
    let found = [Some(PathBuf::from(DEFAULT)), package].into_iter().flatten().find(|file| file.is_file());
    match &asked.profile {
        Some(profile) if found.is_none() => Err(no_file(profile)),
        _ => Ok(found),
    }
}

/// Formats a profile for messages: in quotes, or not at all if it is not a valid name, because then it may be anything.
pub(in crate::cli) fn name_shown(profile: &str) -> String {
    if is_name(profile) { format!("`{profile}`") } else { "a word that is none".into() }
}

fn is_name(profile: &str) -> bool {
    profile.chars().all(|c| c.is_alphanumeric() || " ._+-/".contains(c)) && profile.len() <= 64
}

/// The message for an invalid profile name, which may contain a password.
pub(super) fn no_name(profile: &str) -> Option<String> {
    if is_name(profile) {
        return None;
    }
    let what = if profile.contains("://") { "a URL" } else { "something else" };
    Some(format!(
        "{what} was typed where the name of a profile is expected; name the service with --host URL"
    ))
}

fn no_file(profile: &str) -> String {
    if let Some(why) = no_name(profile) {
        return why;
    }
    if !profile.is_empty() && profile.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!(
            "`{profile}` was typed where the name of a profile is expected; a number of users is `--users {profile}`"
        );
    }
    let cure = if Path::new("molotov.json").is_file() {
        format!("to read the molotov.json of this folder, write `--config molotov.json {profile}`")
    } else {
        format!(
            "write a {DEFAULT} with a table [profile.{profile}], name another file with `--config FILE`, or leave the word \
             out"
        )
    };
    format!("`{profile}` is the name of a profile, and this folder has no {DEFAULT} with profiles; {cure}")
}
