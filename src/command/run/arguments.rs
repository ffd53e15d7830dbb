//! What the load test of a repository is told. It runs in a folder that is removed afterwards, so the files of whom it
//! is run for are named from where they are.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// Options whose files are not the repository's.
const FILES: [&str; 4] = ["--report", "--events-out", "--taurus-report", "--ca"];

/// The same as variables, with several separated by commas.
const FILE_VARIABLES: [&str; 4] =
    ["MOLOTOV_REPORT", "MOLOTOV_EVENTS_OUT", "MOLOTOV_TAURUS_REPORT", "MOLOTOV_CA"];

/// No file, but standard output.
const STDOUT: &str = "-";

/// The arguments, with absolute files.
pub(super) fn anchored(args: &[OsString], here: &Path) -> Vec<OsString> {
    let mut anchored = Vec::with_capacity(args.len());
    let mut is_file = false;
    for arg in args {
        anchored.push(match (is_file, arg.to_str().and_then(|text| text.split_once('='))) {
            (true, _) => files(arg, here),
            (false, Some((option, file))) if FILES.contains(&option) => {
                let mut text = OsString::from(format!("{option}="));
                text.push(files(OsStr::new(file), here));
                text
            }
            (false, _) => arg.clone(),
        });
        is_file = !is_file && FILES.iter().any(|option| arg == option);
    }
    anchored
}

/// Has the child's variables name absolute files.
pub(super) fn anchor_variables(command: &mut Command, here: &Path) {
    for name in FILE_VARIABLES {
        if let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) {
            command.env(name, files(&value, here));
        }
    }
}

/// One file, or several with commas between them.
fn files(value: &OsStr, here: &Path) -> OsString {
    match value.to_str() {
        Some(text) => {
            let files = text.split(',').map(|file| match file {
                STDOUT => OsString::from(STDOUT),
                file => here.join(file).into_os_string(),
            });
            files.collect::<Vec<_>>().join(OsStr::new(","))
        }
        None => here.join(value).into_os_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_output_is_no_file() {
        let told = anchored(&["--events-out", "-"].map(OsString::from), Path::new("/me"));

        assert_eq!(told, ["--events-out", "-"]);
    }

    #[test]
    fn files_are_named_from_where_the_user_is() {
        let typed = [
            "--report",
            "a.json,/b.json",
            "--ca=c.pem",
            "-u",
            "a.json",
            "--taurus-report=t",
            "--events-out",
            "--report",
        ];

        let told = anchored(&typed.map(OsString::from), Path::new("/me"));

        let right = [
            "--report",
            "/me/a.json,/b.json",
            "--ca=/me/c.pem",
            "-u",
            "a.json",
            "--taurus-report=/me/t",
            "--events-out",
            "/me/--report",
        ];
        assert_eq!(told, right.map(OsString::from));
    }
}
