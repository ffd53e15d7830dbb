//! The address of a repository, restricted to forms that cannot make git start a program.

use std::borrow::Cow;
use std::path::Path;

use crate::command::failure::{Failure, harmless};

/// The allowed forms, for messages.
const ALLOWED: &str =
    "allowed are https://HOST/PATH, ssh://[USER@]HOST/PATH, USER@HOST:PATH and file:///PATH";

/// A repository's address.
pub(in crate::command) struct RepositoryUrl {
    whole: String,
    user_info: Option<String>,
}

impl RepositoryUrl {
    /// Accepts https, ssh (also as `user@host:path`) and file; all others may start programs (`ext::`), or transfer
    /// code that third parties can change on the way (http, git).
    pub(in crate::command) fn parse(text: &str) -> Result<Self, Failure> {
        match Self::refusal(text) {
            Some(why) => Err(Failure::new(format!("--git {}: {why}; {ALLOWED}", shown(text)))),
            None => Ok(Self::new(text)),
        }
    }

    /// The reason why an address is refused.
    fn refusal(text: &str) -> Option<Cow<'static, str>> {
        if text.split_once("::").is_some_and(|(start, _)| start.chars().all(|c| c.is_ascii_alphanumeric())) {
            return Some("what stands before :: is a program that git would start".into());
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Some("there is a space or a control character in it".into());
        }
        if text.starts_with('-') {
            return Some("this is an option, not an address".into());
        }
        let rest = match text.split_once("://") {
            Some(("https" | "ssh", rest)) => rest,
            Some(("file", path)) if path.starts_with('/') && path.len() > 1 => return None,
            Some(("file", _)) => return Some("the path is to be absolute".into()),
            Some(_) => return Some("this protocol is refused".into()),
            None if is_scp(text) => return None,
            None if Path::new(text).exists() => return Some(local(text).into()),
            _ => return Some("this is no address of a repository".into()),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        // ssh would take it for an option.
        if host.is_empty() || host.starts_with('-') || authority.starts_with('-') {
            return Some("it has no host".into());
        }
        path.is_empty().then(|| "it has no path".into())
    }

    fn new(text: &str) -> Self {
        Self { whole: text.to_owned(), user_info: user_info(text).map(str::to_owned) }
    }

    /// The address for git.
    pub(in crate::command) fn whole(&self) -> &str {
        &self.whole
    }

    /// Returns `true` if the address contains something private: a password, or a user of https, which may be a token.
    pub(in crate::command) fn has_secret(&self) -> bool {
        let is_user_of_ssh = self.whole.starts_with("ssh://") || is_scp(&self.whole);
        self.user_info.as_deref().is_some_and(|info| !is_user_of_ssh || info.contains(':'))
            || self.whole.contains('?')
    }

    /// The address without its possibly secret parts, for a terminal.
    pub(super) fn shown(&self) -> String {
        shown(&self.whole)
    }

    /// Git's messages about it, without its possibly secret parts, for a terminal.
    pub(super) fn masked(&self, said: &str) -> String {
        let mut masked = said.replace(&self.whole, &self.shown());
        if let Some((_, query)) = self.whole.split_once('?') {
            masked = masked.replace(&format!("?{query}"), "");
        }
        if let Some(secret) = &self.user_info {
            // Git keeps the name of the user where it removes the password.
            let user = secret.split(':').next().unwrap_or_default();
            for word in [format!("{secret}@"), format!("{user}@")] {
                masked = masked.replace(&word, "");
            }
        }
        harmless(masked.trim())
    }
}

/// The address without user-info and query, escaped.
fn shown(text: &str) -> String {
    let text = text.split_once('?').map_or(text, |(start, _)| start);
    let shown = match user_info(text) {
        Some(secret) => text.replacen(&format!("{secret}@"), "", 1),
        None => text.to_owned(),
    };
    molotov_runner::escape(&shown).into_owned()
}

fn user_info(text: &str) -> Option<&str> {
    // In a path of this machine, an @ is an ordinary character.
    if text.starts_with("file://") {
        return None;
    }
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    // A password may contain a slash that should have been encoded; it is still a password.
    let end = rest.rfind('@')?;
    Some(&rest[..end]).filter(|found| !found.is_empty())
}

/// Returns `true` for `user@host:path`, the form of code hosts. Without a user it could be anything, even `ext::…`.
fn is_scp(text: &str) -> bool {
    let Some((user, rest)) = text.split_once('@') else { return false };
    let Some((host, path)) = rest.split_once(':') else { return false };
    is_plain(user) && is_plain(host) && !path.is_empty() && !path.starts_with([':', '-'])
}

fn is_plain(word: &str) -> bool {
    let mut chars = word.chars();
    !word.is_empty()
        && !word.starts_with('-')
        && chars.all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

fn local(text: &str) -> String {
    let path = Path::new(text).canonicalize();
    path.map_or("this is a path".into(), |path| format!("this is a path: file://{}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        match RepositoryUrl::parse(text) {
            Err(Failure::Cannot(message)) => message,
            Err(other) => panic!("{text}: {other:?}"),
            Ok(_) => panic!("{text} was taken"),
        }
    }

    #[test]
    fn https_ssh_and_files_are_taken() {
        for right in [
            "https://example.org/shop.git",
            "https://user:token@example.org:8443/a/b",
            "ssh://git@example.org/shop.git",
            "git@example.org:shop/load.git",
            "file:///srv/shop.git",
        ] {
            assert_eq!(RepositoryUrl::parse(right).unwrap().whole(), right);
        }
    }

    #[test]
    fn other_values_are_refused_with_the_allowed_ones() {
        for wrong in [
            "ext::sh -c touch% /tmp/x",
            "ext::sh",
            "ext::ssh://example.org/x",
            "fd::17/x",
            "http://example.org/shop.git",
            "git://example.org/shop.git",
            "ftp://example.org/shop.git",
            "HTTPS::x://y/z",
            "--upload-pack=touch /tmp/x",
            "--upload-pack=x",
            "-oProxyCommand=x",
            "ssh://-oProxyCommand=x/y",
            "ssh://user@-oProxyCommand=x/y",
            "ssh://-oProxyCommand=x@host/y",
            "-oProxyCommand=x@host:path",
            "git@-oProxyCommand:path",
            "git@host::path",
            "https://example.org",
            "https:///path",
            "https://example.org/a\nb",
            "file://host/path",
            "file://",
            "host:path",
            "/tmp",
            "",
        ] {
            let said = message(wrong);
            assert!(said.contains("https://HOST/PATH") && said.contains("file:///PATH"), "{said}");
        }
        assert!(message("/tmp").contains("file:///tmp"), "{}", message("/tmp"));
    }

    #[test]
    fn no_user_info_and_no_query_is_shown() {
        for secret in [
            "https://u:hunter2@h/p?t=hunter2",
            "http://u:hunter2@h/p",
            "ssh://hunter2@h/",
            "https://u:hun/hunter2@h/p",
        ] {
            let said = RepositoryUrl::parse(secret).map_or_else(|_| message(secret), |url| url.shown());
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn output_of_git_is_shown_escaped_and_without_secrets() {
        let url = RepositoryUrl::parse("https://ann:hunter2@example.org/p?t=hunter2").unwrap();
        let said = "fatal: https://ann:hunter2@example.org/p and https://ann@example.org/p?t=hunter2: \u{1b}[2J\nbye\n";

        let shown = url.masked(said);

        assert_eq!(shown, "fatal: https://example.org/p and https://example.org/p: \\u{1b}[2J\nbye");
    }
}
