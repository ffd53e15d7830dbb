//! The arguments for the load test of a repository. It runs in a folder that is removed afterwards, so paths of files
//! are made absolute, from the current folder of the user.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// Makes the files in the value of an option absolute.
type Anchor = fn(&str, &Path) -> OsString;

/// Options with files outside of the repository, and the same as variables; several values are separated by commas.
const FILES: [(&str, &str, Anchor); 5] = [
    ("--report", "MOLOTOV_REPORT", report),
    ("--results", "MOLOTOV_RESULTS", file),
    ("--events-out", "MOLOTOV_EVENTS_OUT", file),
    ("--taurus-report", "MOLOTOV_TAURUS_REPORT", file),
    ("--ca", "MOLOTOV_CA", file),
];

/// Standard output, not a file.
const STDOUT: &str = "-";

/// Returns the arguments, with absolute files.
pub(super) fn anchored(args: &[OsString], here: &Path) -> Vec<OsString> {
    let mut anchored = Vec::with_capacity(args.len());
    let mut next: Option<Anchor> = None;
    for arg in args {
        let assigned = arg.to_str().and_then(|text| text.split_once('='));
        let assigned = assigned.and_then(|(option, value)| Some((option, value, anchor(option)?)));
        anchored.push(match (next, assigned) {
            (Some(anchor), _) => values(arg, here, anchor),
            (None, Some((option, value, anchor))) => {
                let mut text = OsString::from(format!("{option}="));
                text.push(values(OsStr::new(value), here, anchor));
                text
            }
            (None, None) => arg.clone(),
        });
        next = if next.is_some() { None } else { arg.to_str().and_then(anchor) };
    }
    anchored
}

fn anchor(option: &str) -> Option<Anchor> {
    FILES.iter().find(|(known, ..)| *known == option).map(|(.., anchor)| *anchor)
}

/// Sets the variables of the child to absolute files.
pub(super) fn anchor_variables(command: &mut Command, here: &Path) {
    for (_, name, anchor) in FILES {
        if let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) {
            command.env(name, values(&value, here, anchor));
        }
    }
}

/// Makes one value absolute, or several that are separated by commas.
fn values(value: &OsStr, here: &Path, anchor: Anchor) -> OsString {
    match value.to_str() {
        Some(text) => {
            let values = text.split(',').map(|value| anchor(value, here));
            values.collect::<Vec<_>>().join(OsStr::new(","))
        }
        None => here.join(value).into_os_string(),
    }
}

fn file(file: &str, here: &Path) -> OsString {
    match file {
        STDOUT => OsString::from(STDOUT),
        file => here.join(file).into_os_string(),
    }
}

/// Makes a file absolute, or the file in `FORMAT=FILE`.
fn report(value: &str, here: &Path) -> OsString {
    match value.split_once('=').filter(|(format, _)| !format.contains(['.', '/', '\\'])) {
        Some((format, path)) => {
            let mut text = OsString::from(format!("{format}="));
            text.push(file(path, here));
            text
        }
        None => file(value, here),
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
            "a.json,/b.json,csv=c,k6=-,./d=e.json",
            "--ca=c.pem",
            "-u",
            "a.json",
            "--taurus-report=t=u",
            "--events-out",
            "--report",
        ];

        let told = anchored(&typed.map(OsString::from), Path::new("/me"));

        let right = [
            "--report",
            "/me/a.json,/b.json,csv=/me/c,k6=-,/me/./d=e.json",
            "--ca=/me/c.pem",
            "-u",
            "a.json",
            "--taurus-report=/me/t=u",
            "--events-out",
            "/me/--report",
        ];
        assert_eq!(told, right.map(OsString::from));
    }
}
