//! Bodies that consist of a single value, such as `"hunter2"`: only the name of the route shows that it is a secret.

use std::borrow::Cow;

use super::MASK;
use super::name::{NamePlace, is_secret};

/// Words of routes that return or accept secrets, besides the names of secrets themselves.
const HINTS: &[&str] =
    &["login", "signin", "logon", "sso", "reset", "invite", "activate", "verify", "unlock", "2fa", "mfa"];

/// The route and the kind of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whence<'a> {
    /// The name of the route, with its method.
    pub(crate) route: &'a str,
    /// False for a response that usually has only the words of a failure.
    pub(crate) is_wanted: bool,
}

impl Whence<'_> {
    /// The replacement of this body, if it is a single value and may be a secret.
    pub(super) fn mask(self, text: &str) -> Option<Cow<'static, str>> {
        let text = text.trim();
        let first = text.chars().next()?;
        if !self.hints_at_secret() {
            return None;
        }
        match first {
            '{' | '<' => None,
            '[' => (!text.contains('{')).then(|| format!("[{MASK}]").into()),
            '"' => self.hides(text.trim_matches('"')).then(|| format!("\"{MASK}\"").into()),
            // The names of pairs show whether they are secrets.
            _ if text.trim_end_matches('=').contains('=') || text.contains(char::is_whitespace) => None,
            _ => self.hides(text).then(|| MASK.into()),
        }
    }

    fn hints_at_secret(self) -> bool {
        let words = self.route.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')));
        words.filter(|word| !word.is_empty()).any(|word| {
            let lower = word.to_lowercase();
            let one = word.strip_suffix('s').unwrap_or(word);
            is_secret(word, NamePlace::Pair)
                || is_secret(one, NamePlace::Pair)
                || HINTS.contains(&lower.as_str())
        })
    }

    /// Returns `true` if this value is more than a word about a failure, such as `Unauthorized` or `token expired`.
    fn hides(self, value: &str) -> bool {
        let is_plain = matches!(value, "" | "null" | "true" | "false");
        !is_plain && (self.is_wanted || !value.chars().all(is_of_words))
    }
}

fn is_of_words(c: char) -> bool {
    c.is_alphabetic() || c.is_whitespace() || "_-.,:;!'".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(whence: Whence<'_>, text: &str) -> String {
        super::super::body_of(whence, "application/json", text)
    }

    /// The body of a successful response.
    fn wanted(route: &str) -> Whence<'_> {
        Whence { route, is_wanted: true }
    }

    /// The body of a response with another status.
    fn unwanted(route: &str) -> Whence<'_> {
        Whence { route, is_wanted: false }
    }

    #[test]
    fn a_bare_value_is_masked_where_its_route_hints_at_a_secret() {
        for route in [
            "POST /token",
            "GET /users/{id}/password",
            "POST /api-keys",
            "POST /login",
            "GET /otp",
            "POST /v1/sessions",
            "GET /backup-codes",
            "GET /resetToken",
            "POST /auth/refresh",
            "get secret",
            "POST /password/reset (redirected)",
        ] {
            assert_eq!(shown(wanted(route), r#""hunter2""#), r#""***""#, "{route}");
            assert_eq!(shown(unwanted(route), r#" "hunter2" "#), r#""***""#, "{route}");
            assert_eq!(shown(wanted(route), "hunter2"), "***", "{route}");
            assert_eq!(shown(wanted(route), "123456"), "***", "{route}");
            assert_eq!(shown(wanted(route), "\"hunt"), "\"***\"", "{route}: cut");
            assert_eq!(shown(wanted(route), r#"["ab-12","cd-34"]"#), "[***]", "{route}");
            assert_eq!(shown(wanted(route), r#""correct horse battery staple""#), r#""***""#, "{route}");
        }
    }

    #[test]
    fn messages_and_values_of_other_routes_are_shown() {
        for (route, text) in [
            ("POST /login", r#""invalid credentials""#),
            ("POST /login", "Unauthorized"),
            ("POST /token", "no such user: try again"),
            ("POST /token", r#"{"error":"expired"}"#),
            ("GET /password", "<h1>Not here</h1>"),
            ("GET /token", "null"),
            ("GET /items/{id}", r#""hunter2""#),
            ("GET /authors", r#""Jane2""#),
            ("GET /tokyo", "tower9"),
        ] {
            assert_eq!(shown(unwanted(route), text), text, "{route}");
        }
        assert_eq!(shown(wanted("GET /items"), r#""hunter2""#), r#""hunter2""#);
    }

    proptest::proptest! {
        #[test]
        fn no_bare_word_of_a_token_route_is_shown(word in "[a-z]{0,9}[0-9#$%]{1,9}", is_wanted: bool) {
            for text in [format!("\"{word}\""), word.clone(), format!("[\"{word}\"]")] {
                let shown = shown(Whence { route: "POST /token", is_wanted }, &text);
                proptest::prop_assert!(!shown.contains(&word) && shown.contains("***"), "{shown}");
            }
        }
    }
}
