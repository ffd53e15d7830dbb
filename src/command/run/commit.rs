//! The author of the code that is about to run.

use molotov_runner::{Sink, escape};

use super::git::Git;
use super::signals::Signals;
use super::url::RepositoryUrl;
use crate::command::failure::Failure;

/// Hash, author, their address, date, subject.
const FORMAT: &str = "--format=%H%x00%an%x00%ae%x00%aI%x00%s";

/// Shows the fetched commit. All of its text comes from outside.
pub(super) async fn show(git: &Git<'_>, url: &RepositoryUrl, signals: &mut Signals) -> Result<(), Failure> {
    let args =
        ["log", "-1", "--no-show-signature", "--no-color", "--encoding=UTF-8", FORMAT, "FETCH_HEAD", "--"];
    let told = git.call(args, signals).await?;
    Sink::stderr().write(&text(&url.shown(), &String::from_utf8_lossy(&told)));
    Ok(())
}

fn text(url: &str, told: &str) -> String {
    let mut parts = told.trim_end_matches('\n').splitn(5, '\0').map(escape);
    let mut next = || parts.next().unwrap_or_default();
    let (hash, author, address, date, subject) = (next(), next(), next(), next(), next());
    format!(
        "repository  {url}\ncommit      {hash}\nauthor      {author} <{address}>\ndate        {date}\nsubject     {subject}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commit_message_is_shown_escaped() {
        let told = "abc\0An\u{1b}[31mn\0a@b\x002026-01-01T00:00:00Z\0sub\u{202e}ject\0with more\n";

        let shown = text("https://h/p", told);

        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[1], "commit      abc");
        assert_eq!(lines[2], r"author      An\u{1b}[31mn <a@b>");
        assert_eq!(lines[4], r"subject     sub\u{202e}ject\u{0}with more");
    }
}
