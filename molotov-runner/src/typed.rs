//! The words of the command line, and the secrets in them that messages must not repeat: user-info and queries of URLs,
//! values of names such as `token`.
//!
//! A message about a command line or a variable may repeat a whole value, or the part that a parser rejected. So the
//! message is searched for every possible secret in the words.

use std::env;
use std::ffi::OsString;

/// The text in place of a secret.
const MASK: &str = "***";

/// The minimum length of a secret that is searched by itself. Shorter ones need their context, or they would match
/// everywhere.
const SHORTEST: usize = 3;

/// User-info in our own messages, as an example of valid text.
const EXAMPLES: [&str; 2] = ["user:password", "USER"];

/// Parts of names whose values are secret.
const SECRET_NAMES: [&str; 9] =
    ["token", "secret", "passw", "pwd", "apikey", "api_key", "api-key", "credential", "signature"];

/// Our variables with other prefixes.
const VARIABLES: [&str; 3] = ["TEST_REPO", "TEST_REV", "TEST_NAME"];

/// Masks the message's possible secrets from the command line and the variables of this process.
#[doc(hidden)]
pub fn masked(message: &str) -> String {
    without_secrets(message, env::args_os())
}

/// The same, with the words of another command line.
pub(crate) fn without_secrets(message: &str, argv: impl IntoIterator<Item = OsString>) -> String {
    let of_environment = env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_variable_of_ours));
    let words = argv.into_iter().chain(of_environment.map(|(_, value)| value));
    let mut message = message.to_owned();
    for word in words.filter_map(|word| word.into_string().ok()) {
        for value in values(&word) {
            for (secret, shown) in secrets(value) {
                message = replaced(&message, &secret, &shown);
            }
        }
    }
    // Text from a file is not among the words.
    without_urls_secrets(&message)
}

/// The value of a name in reports, with its possible secrets masked.
pub(crate) fn masked_value(name: &str, value: &str) -> String {
    if is_secret_name(name) {
        MASK.to_owned()
    } else if value.contains("://") {
        mask_value(value)
    } else {
        value.to_owned()
    }
}

fn is_variable_of_ours(name: &str) -> bool {
    name.starts_with("MOLOTOV_") || VARIABLES.contains(&name)
}

/// Masks all user-info and queries of URLs in text from a file, or from the reader of a file.
fn without_urls_secrets(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        // Colour codes belong to no word.
        let color =
            rest.strip_prefix("\u{1b}[").and_then(|code| code.find(|c: char| c.is_ascii_alphabetic()));
        if let Some(end) = color {
            masked.push_str(&rest[..end + 3]);
            rest = &rest[end + 3..];
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || c.is_control() || "'\"`<>(),".contains(c));
        let end = end.unwrap_or(rest.len());
        let (token, behind) = rest.split_at(end);
        masked.push_str(&mask_value(token));
        let next = behind.chars().next().map_or(0, char::len_utf8);
        masked.push_str(&behind[..next]);
        rest = &behind[next..];
    }
    masked
}

/// Returns a word, the value of `--option=value`, and the parts between commas.
fn values(word: &str) -> Vec<&str> {
    let value = word.strip_prefix('-').and_then(|option| option.split_once('=')).map(|(_, value)| value);
    let mut values = vec![word];
    values.extend(value);
    values.extend(value.unwrap_or(word).split(',').filter(|part| part.len() < word.len()));
    values
}

/// The possible secrets in a value, longest first, and the replacement of each.
fn secrets(value: &str) -> Vec<(String, String)> {
    let mut secrets = vec![(value.to_owned(), mask_value(value))];
    if let Some((_, info, host)) = user_info(value) {
        secrets.push((format!("{info}@{host}"), format!("{MASK}@{host}")));
        secrets.push((info.to_owned(), MASK.into()));
        let password = info.split_once(':').map_or(info, |(_, password)| password);
        // A parser that stops at the first `@` or `/` sees only a part of a password with such a character.
        let pieces = password.split(['@', '/', ':', '#', '?']);
        secrets.extend(std::iter::once(password).chain(pieces).map(|piece| (piece.to_owned(), MASK.into())));
    }
    for part in query(value).unwrap_or_default().split(['&', ';', '#']) {
        let secret = part.split_once('=').map_or(part, |(_, value)| value);
        secrets.push((secret.to_owned(), MASK.into()));
    }
    if let Some((name, secret)) = value.split_once('=')
        && is_secret_name(name)
    {
        secrets.push((secret.to_owned(), MASK.into()));
    }
    secrets.retain(|(secret, shown)| secret != shown);
    secrets
}

/// A value with its possible secrets masked.
fn mask_value(value: &str) -> String {
    let start = match user_info(value) {
        Some((before, _, host)) => format!("{before}{MASK}@{host}"),
        None => value.to_owned(),
    };
    let start = match query(&start) {
        Some(query) => start[..start.len() - query.len()].to_owned() + MASK,
        None => start,
    };
    match start.split_once('=') {
        Some((name, secret)) if is_secret_name(name) && !secret.is_empty() => format!("{name}={MASK}"),
        _ => start,
    }
}

/// Splits a value into the part before the user-info, the user-info, and the part behind its `@`.
fn user_info(value: &str) -> Option<(&str, &str, &str)> {
    let start = value.find("://").map(|at| at + 3);
    let start = start.or_else(|| value.strip_prefix("--").and(value.find('=')).map(|at| at + 1)).unwrap_or(0);
    // A password may contain an unencoded slash; it is still a password.
    let end = value.rfind('@').filter(|end| *end > start)?;
    if EXAMPLES.contains(&value[start..end].trim_start_matches('[')) {
        return None;
    }
    Some((&value[..start], &value[start..end], &value[end + 1..]))
}

/// The part of a URL behind its `?` or `#`.
fn query(value: &str) -> Option<&str> {
    let scheme = value.find("://")?;
    let start = value[scheme..].find(['?', '#'])?;
    Some(&value[scheme + start + 1..]).filter(|query| !query.is_empty())
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase();
    !name.contains(char::is_whitespace) && SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// The message with each occurrence replaced that is not a part of a longer word.
fn replaced(message: &str, secret: &str, shown: &str) -> String {
    if secret.chars().count() < SHORTEST {
        return message.to_owned();
    }
    let (mut text, mut rest) = (String::with_capacity(message.len()), message);
    while let Some(at) = rest.find(secret) {
        let end = at + secret.len();
        let before = rest[..at].chars().next_back().or_else(|| text.chars().next_back());
        let is_inside = are_of_one_word(before, secret.chars().next())
            || are_of_one_word(secret.chars().next_back(), rest[end..].chars().next());
        text.push_str(&rest[..at]);
        text.push_str(if is_inside { secret } else { shown });
        rest = &rest[end..];
    }
    text + rest
}

/// Returns `true` if there is no end of a word between these two.
fn are_of_one_word(before: Option<char>, after: Option<char>) -> bool {
    [before, after].iter().all(|c| c.is_some_and(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str, typed: &[&str]) -> String {
        without_secrets(message, typed.iter().map(OsString::from))
    }

    #[test]
    fn secrets_of_a_word_are_in_no_part_of_a_message() {
        for (typed, message, right) in [
            ("http://u:PASSWORD@h/", "no profile `http://u:PASSWORD@h/`", "no profile `http://***@h/`"),
            ("http://u:PASSWORD@h/", "the host `u:PASSWORD@h` is none", "the host `***@h` is none"),
            (
                "--allow-host=http://u:PASSWORD@h/",
                "`http://u:PASSWORD@h/`: write h",
                "`http://***@h/`: write h",
            ),
            ("u:PASSWORD@h:80:1.2.3.4", "`PASSWORD@h` is no port", "`***@h` is no port"),
            ("u:PASS/WORD@h", "`PASS` is no port of u", "`***` is no port of u"),
            (
                "http://h/?token=SECRET&a=b",
                "SECRET of `http://h/?token=SECRET&a=b`",
                "*** of `http://h/?***`",
            ),
            ("http://h/#access_token=SECRET", "`access_token=SECRET`", "`access_token=***`"),
            ("--header-token=SECRET", "unexpected SECRET", "unexpected ***"),
            ("a,http://u:PASSWORD@h/", "`http://u:PASSWORD@h/` and `a`", "`http://***@h/` and `a`"),
            ("http://PASSWORD@h/", "`PASSWORD`", "`***`"),
            ("http://u:a@h/", "a user at http://u:a@h/", "a user at http://***@h/"),
            ("http://u:users@h/", "20 users, superusers", "20 ***, superusers"),
            ("git@h:p", "write USER@HOST:PATH", "write USER@HOST:PATH"),
            ("smoke", "there is no profile `smoke`", "there is no profile `smoke`"),
            ("http://h/p", "`http://h/p`", "`http://h/p`"),
        ] {
            assert_eq!(said(message, &["hit", typed]), right, "{typed}");
        }
    }

    #[test]
    fn urls_of_a_file_are_masked_wherever_they_stand() {
        let masked = without_urls_secrets("a: `http://u:PASSWORD@h:x/?t=SECRET`, or (b@h) said\nso?");

        assert_eq!(masked, "a: `http://***@h:x/?***`, or (***@h) said\nso?");
        let masked = without_urls_secrets("'\u{1b}[33mu:PASSWORD@h\u{1b}[0m' found \u{1b}");
        assert_eq!(masked, "'\u{1b}[33m***@h\u{1b}[0m' found \u{1b}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(message in ".{0,40}", word in ".{0,20}", likely in "[a-z]{0,3}(://)?[a-zü:@?=&#/,]{0,12}") {
            drop((said(&message, &[&word, &likely]), said(&likely, &[&likely]), without_urls_secrets(&message)));
        }

        #[test]
        fn a_password_is_found(user in "[a-z]{1,5}", password in "[A-Z0-9/?#@:]{0,4}[A-Z]{4,9}", host in "[a-z]{1,5}") {
            let word = format!("http://{user}:{password}@{host}/");
            let message = format!("`{word}` has `{password}` in {user}:{password}@{host}");

            let said = said(&message, &[&word]);

            proptest::prop_assert!(!said.contains(&password), "{said}");
        }
    }
}
