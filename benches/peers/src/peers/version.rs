//! The versions of programs.

use std::fs;
use std::path::Path;

use crate::places::Places;
use crate::sys::output;

/// The first version in the output of a program about itself.
pub(super) fn in_text(text: &str) -> Option<&str> {
    let starts = text.char_indices().filter(|(_, char)| char.is_ascii_digit()).map(|(start, _)| start);
    let mut versions = starts.map(|start| {
        let rest = &text[start..];
        let end = rest.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(rest.len());
        rest[..end].trim_end_matches('.')
    });
    versions.find(|version| version.contains('.'))
}

/// The version in the lock file of the benchmark.
pub(super) fn of_crate(krate: &str, places: &Places) -> String {
    let lock = fs::read_to_string(places.here.join("Cargo.lock")).unwrap_or_default();
    in_lock(&lock, krate).unwrap_or("unknown").to_owned()
}

fn in_lock<'t>(lock: &'t str, krate: &str) -> Option<&'t str> {
    let (_, rest) = lock.split_once(&format!("name = \"{krate}\"\nversion = \""))?;
    rest.split_once('"').map(|(version, _)| version)
}

/// The measured commit; a `+` marks files that were changed since.
pub(crate) fn commit(repository: &Path) -> String {
    let repository = repository.display().to_string();
    let git = |args: &[&str]| output(Path::new("git"), &[&["-C", repository.as_str()], args].concat());
    let commit = git(&["rev-parse", "--short=10", "HEAD"]);
    // The files that this program writes are not changes of the measured code.
    let changed = git(&["status", "--porcelain", "--", ".", ":!docs", ":!README.md"]);
    format!("{}{}", commit.trim(), if changed.trim().is_empty() { "" } else { "+" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_found_in_the_output_of_each_tool() {
        for (said, version) in [
            ("4.1.0-3+b2", "4.1.0"),
            ("This is ApacheBench, Version 2.3 <$Revision: 1923142 $>\n", "2.3"),
            ("h2load nghttp2/1.52.0\n", "1.52.0"),
            ("locust 2.47.0 from /x/python3.11/site-packages/locust (Python 3.11.7)", "2.47.0"),
            ("oha 1.8.0\n", "1.8.0"),
            ("autocannon v8.0.0\nnode v20.20.2", "8.0.0"),
            ("k6 v1.4.0 (go1.25, linux/amd64)", "1.4.0"),
        ] {
            assert_eq!(in_text(said), Some(version), "{said}");
        }
    }

    #[test]
    fn without_a_version_there_is_none() {
        assert_eq!(in_text("usage: hey [options] 2 urls."), None);
    }

    #[test]
    fn lock_file_has_the_version_of_a_crate() {
        let lock = "[[package]]\nname = \"hyper-util\"\nversion = \"0.1.2\"\n\n[[package]]\nname = \"hyper\"\nversion = \"1.12.0\"\n";

        assert_eq!(in_lock(lock, "hyper"), Some("1.12.0"));
    }
}
