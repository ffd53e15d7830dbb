//! Route templates, the paths made from them, and the displayable parts of both.

use std::borrow::Cow;

use http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::error::{Error, Result};

/// The characters that are percent-encoded in a path segment (RFC 3986, section 3.3).
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The characters that are percent-encoded in a value of a query, so that it ends no pair and is not read as a form's
/// space.
const QUERY: &AsciiSet = &SEGMENT.add(b'&').add(b'+').add(b'=').add(b'\'');

/// A route template with its parameters: `/items/{id}`.
pub(crate) struct Path;

impl Path {
    /// The template with each `{name}` replaced by its percent-encoded value, and without its fragment, which is never
    /// sent.
    ///
    /// A value that leaves its segment empty, `.` or `..` is refused: no encoding of such a value reaches every server
    /// (`%2E%2E` is resolved like `..`), and the request would measure another route: `DELETE /items/` is not
    /// `DELETE /items/{id}`.
    pub(crate) fn fill<'t>(template: &'t str, params: &[(&str, String)]) -> Result<Cow<'t, str>> {
        let template = without_fragment(template);
        if params.is_empty() && !template.contains('{') {
            return Ok(Cow::Borrowed(template));
        }
        let shown = &redacted_route(template);
        let filling = Filling { template, shown, params };
        let (front, query) = template.split_at(template.find('?').unwrap_or(template.len()));
        let mut path = String::with_capacity(template.len() + 16);
        let mut used = 0;
        for (index, segment) in front.split('/').enumerate() {
            if index > 0 {
                path.push('/');
            }
            let start = path.len();
            let here = filling.replace(segment, "path", SEGMENT, &mut path)?;
            if here > 0 && matches!(&path[start..], "" | "." | "..") {
                return Err(filling.another_route(segment, &path[start..]));
            }
            used += here;
        }
        used += filling.replace(query, "query", QUERY, &mut path)?;
        if used < params.len() {
            filling.check_names()?;
        }
        Ok(Cow::Owned(path))
    }

    /// The path and query of a request for sending: below the path of the base URL, with the further query at the end,
    /// and with percent-encoding of all characters that are not ASCII.
    ///
    /// # Errors
    ///
    /// Returns an error for a character that is never valid, such as white space.
    pub(crate) fn complete<'p>(base: &str, path: Cow<'p, str>, query: Option<&str>) -> Result<Cow<'p, str>> {
        let mut path = below(base, path);
        if let Some(query) = query {
            append_query(path.to_mut(), query);
        }
        sendable(path)
    }
}

fn below<'p>(base: &str, path: Cow<'p, str>) -> Cow<'p, str> {
    if base.is_empty() && path.starts_with('/') {
        return path;
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    Cow::Owned(format!("{base}{slash}{path}"))
}

/// Adds a query to a path, which may already have a query.
fn append_query(path: &mut String, query: &str) {
    match path.split_once('?') {
        None => path.push('?'),
        Some((_, "")) => {}
        Some(_) => path.push('&'),
    }
    path.push_str(query);
}

fn sendable(path: Cow<'_, str>) -> Result<Cow<'_, str>> {
    if path.bytes().all(is_sent_as_it_is) {
        return Ok(path);
    }
    match PathAndQuery::try_from(&*path) {
        Ok(path) => Ok(Cow::Owned(utf8_percent_encode(path.as_str(), CONTROLS).to_string())),
        Err(_) => Err(unsendable(&path)),
    }
}

fn is_sent_as_it_is(byte: u8) -> bool {
    matches!(byte, b'!' | b'$'..=b';' | b'=' | b'?'..=b'_' | b'a'..=b'z' | b'|' | b'~')
}

/// The error for a path and query with an invalid character. The query is not repeated.
fn unsendable(path: &str) -> Error {
    let shown = redacted_route(path);
    let shown = shown.escape_debug();
    let (front, query) = path.split_once('?').unwrap_or((path, ""));
    // In the format of `http`, whose parser refused it.
    let in_path = front.bytes().find(|byte| matches!(byte, 0..=b' ' | b'<' | b'>' | b'`'));
    let in_query = query.bytes().find(|byte| matches!(byte, 0..=b' ' | b'<' | b'>' | b'"'));
    match (in_path, in_query) {
        (None, Some(byte)) => Error::msg(format!(
            "the query of `{shown}` has {} in it; write it as %{byte:02X}, or pass values with `.query()`",
            name_of(byte)
        )),
        (Some(byte), _) => Error::msg(format!(
            "`{shown}` cannot be a path, it has {} in it; write it as %{byte:02X}, or pass values with `.path()` and \
             `.query()`",
            name_of(byte)
        )),
        (None, None) => {
            Error::msg(format!("`{shown}` cannot be a path; pass values with `.path()` and `.query()`"))
        }
    }
}

/// The name of a byte in a message.
fn name_of(byte: u8) -> String {
    match byte {
        b' ' => "a space".into(),
        b'<' | b'>' | b'"' => format!("a `{}`", char::from(byte)),
        b'`' => "a backquote".into(),
        _ => "a control character".into(),
    }
}

/// A route or path without its fragment, which is never sent.
pub(crate) fn without_fragment(path: &str) -> &str {
    // Most paths are short, and a loop over them costs less than a search.
    path.bytes().position(|byte| byte == b'#').map_or(path, |at| &path[..at])
}

/// A route or URL for display: without its query and its user-info, which may be secret.
pub(crate) fn redacted_route(text: &str) -> Cow<'_, str> {
    let text = without_query(text);
    // Most routes are not URLs, and a search for a word costs more than this.
    if text.starts_with('/') {
        return Cow::Borrowed(text);
    }
    let Some((scheme, rest)) = text.split_once("://") else { return Cow::Borrowed(text) };
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.rfind('@') {
        Some(at) => Cow::Owned(format!("{scheme}://{}", &rest[at + 1..])),
        None => Cow::Borrowed(text),
    }
}

/// A route or URL without its query, which may be secret.
pub(super) fn without_query(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or_default()
}

struct Filling<'a> {
    template: &'a str,
    /// The template in messages.
    shown: &'a str,
    params: &'a [(&'a str, String)],
}

impl Filling<'_> {
    /// Appends a part of the template with its parameters replaced, and returns the number of parameters.
    fn replace(&self, part: &str, what: &str, encode: &'static AsciiSet, path: &mut String) -> Result<usize> {
        let mut used = 0;
        let mut rest = part;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            path.push_str(before);
            let (name, after) = from[1..].split_once('}').ok_or_else(|| self.stray_brace(what))?;
            let Some((_, value)) = self.params.iter().find(|(known, _)| *known == name) else {
                return Err(self.missing(name, what));
            };
            used += 1;
            path.extend(utf8_percent_encode(value, encode));
            rest = after;
        }
        path.push_str(rest);
        Ok(used)
    }

    fn missing(&self, name: &str, what: &str) -> Error {
        let template = self.shown;
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            return self.stray_brace(what);
        }
        Error::msg(format!(
            "the route `{template}` needs `.path(\"{name}\", …)`; where no parameter is meant, write a brace as %7B"
        ))
    }

    /// The error for a brace that starts no parameter. The text in it, and a query, are not repeated.
    fn stray_brace(&self, what: &str) -> Error {
        Error::msg(format!(
            "the {what} of the route `{}` has a `{{` that begins no parameter; write a brace as %7B, or use `.{what}()`",
            self.shown.split('{').next().unwrap_or_default()
        ))
    }

    fn check_names(&self) -> Result<()> {
        let template = self.shown;
        for (name, _) in self.params {
            if !self.template.contains(&format!("{{{name}}}")) {
                return Err(Error::msg(format!(
                    "the route `{template}` has no `{{{name}}}` for `.path(\"{name}\", …)`"
                )));
            }
        }
        Ok(())
    }

    fn another_route(&self, segment: &str, value: &str) -> Error {
        let what = if value.is_empty() { "empty".into() } else { format!("`{value}`") };
        Error::msg(format!(
            "`{segment}` of the route `{}` would be {what}, which leads to another route; if that is meant, write \
             it out in the route",
            self.shown
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_parameters_are_encoded_and_complete() {
        let fill = |template, params: &[(&str, &str)]| {
            let params: Vec<_> = params.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            Path::fill(template, &params).map_err(|error| error.to_string())
        };

        assert_eq!(fill("/a/{x}/b/{y}", &[("x", "1/2"), ("y", "ä ?")]).unwrap(), "/a/1%2F2/b/%C3%A4%20%3F");
        assert!(fill("/a/{x}", &[]).unwrap_err().contains("needs `.path(\"x\", …)`"));
        assert!(fill("/a", &[("x", "1")]).unwrap_err().contains("has no `{x}`"));
    }

    #[test]
    fn literal_brace_is_refused_with_its_escape() {
        let said = |template| Path::fill(template, &[("x", "1".into())]).unwrap_err().to_string();

        for query in [
            r#"/s?q={"secret":1}"#,
            r#"/s?q={"secret":{"x":1}}&n={x}"#,
            "/s?q={secret",
            "/s?q={}",
            "/s?q={{x}}",
            "/s?x={x}&q={secret, x}",
            "/s?secret={",
        ] {
            let said = said(query);
            assert!(said.contains("the query of the route `/s`"), "{said}");
            assert!(said.contains("write a brace as %7B, or use `.query()`"), "{said}");
            assert!(!said.contains("secret"), "{said}");
        }
        for path in [r#"/s/{"secret":1}/{x}"#, "/s/{secret", "/s/{}", "/s/{secret }/"] {
            let said = said(path);
            assert!(said.contains("the path of the route `/s/`"), "{said}");
            assert!(said.contains("write a brace as %7B, or use `.path()`"), "{said}");
            assert!(!said.contains("secret"), "{said}");
        }
        assert!(said("/s?q={y}").contains("needs `.path(\"y\", …)`"));
        assert_eq!(Path::fill("/s?q={x.y-z}", &[("x.y-z", "1".into())]).unwrap(), "/s?q=1");
        assert_eq!(Path::fill("/s?q=%7B}&n={x}", &[("x", "1".into())]).unwrap(), "/s?q=%7B}&n=1");
    }

    #[test]
    fn unsendable_request_is_named_with_its_cure_and_without_the_query() {
        let said = |path: &'static str| sendable(path.into()).unwrap_err().to_string();

        assert!(said("/a b?c").contains("`/a b` cannot be a path, it has a space in it; write it as %20"));
        for (path, words) in [
            (
                "/s?q=secret word",
                "the query of `/s` has a space in it; write it as %20, or pass values with `.query()`",
            ),
            ("/s?q=secret<", "has a `<` in it; write it as %3C"),
            ("/s?q=secret\n", "has a control character in it; write it as %0A"),
            ("/s`?q=secret", "`/s`` cannot be a path, it has a backquote in it; write it as %60"),
        ] {
            assert!(said(path).contains(words) && !said(path).contains("secret"), "{}", said(path));
        }
        for path in ["/a/../b", "//x", "/a%2Fb", "/%zz", "/a\\b", "/", "/?", "/?a?b", "/[x]|^", "/a\"b"] {
            assert_eq!(sendable(path.into()).unwrap(), path);
        }
        assert_eq!(sendable("/\u{e9}?\u{fc}".into()).unwrap(), "/%C3%A9?%C3%BC");
    }
}
