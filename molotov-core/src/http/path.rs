//! Route templates, and the paths that are made of them.

use std::borrow::Cow;

use http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::told::told;
use crate::error::{Error, Result};

/// What a path segment may not contain as it is (RFC 3986, section 3.3).
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

/// What a value in a query may not contain as it is, so that it ends no pair and is not read as a form's space.
const QUERY: &AsciiSet = &SEGMENT.add(b'&').add(b'+').add(b'=').add(b'\'');

/// A route template with its parameters: `/items/{id}`.
pub(crate) struct Path;

impl Path {
    /// The template with each `{name}` replaced by its percent-encoded value.
    ///
    /// A value that leaves its segment empty, `.` or `..` is refused: no encoding of it reaches every server
    /// (`%2E%2E` is resolved like `..`), and the request would measure another route, as `DELETE /items/` is not
    /// `DELETE /items/{id}`.
    pub(crate) fn fill<'t>(template: &'t str, params: &[(&str, String)]) -> Result<Cow<'t, str>> {
        if params.is_empty() && !template.contains('{') {
            return Ok(Cow::Borrowed(template));
        }
        let shown = &told(template);
        let filling = Filling { template, shown, params };
        let (front, query) = template.split_at(template.find(['?', '#']).unwrap_or(template.len()));
        let mut path = String::with_capacity(template.len() + 16);
        let mut used = 0;
        for (index, segment) in front.split('/').enumerate() {
            if index > 0 {
                path.push('/');
            }
            let start = path.len();
            let here = filling.replace(segment, SEGMENT, &mut path)?;
            if here > 0 && matches!(&path[start..], "" | "." | "..") {
                return Err(filling.another_route(segment, &path[start..]));
            }
            used += here;
        }
        used += filling.replace(query, QUERY, &mut path)?;
        if used < params.len() {
            filling.check_names()?;
        }
        Ok(Cow::Owned(path))
    }

    /// The path as it is sent, where it can be: a fragment is cut off, what is not ASCII is percent-encoded, and
    /// there is no white space in it.
    pub(crate) fn sendable(path: Cow<'_, str>) -> Result<Cow<'_, str>> {
        let plain =
            |byte| matches!(byte, b'!' | b'$'..=b';' | b'=' | b'?'..=b'_' | b'a'..=b'z' | b'|' | b'~');
        if path.bytes().all(plain) {
            return Ok(path);
        }
        match PathAndQuery::try_from(&*path) {
            Ok(path) => Ok(Cow::Owned(utf8_percent_encode(path.as_str(), CONTROLS).to_string())),
            Err(_) => {
                let path = told(&path);
                let path = path.escape_debug();
                Err(Error::msg(format!(
                    "`{path}` cannot be a path; pass values with `.path()` and `.query()`"
                )))
            }
        }
    }
}

struct Filling<'a> {
    template: &'a str,
    /// The template as messages tell it.
    shown: &'a str,
    params: &'a [(&'a str, String)],
}

impl Filling<'_> {
    /// Appends a part of the template with its parameters replaced, and says how many there were.
    fn replace(&self, part: &str, encode: &'static AsciiSet, path: &mut String) -> Result<usize> {
        let template = self.shown;
        let mut used = 0;
        let mut rest = part;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            path.push_str(before);
            let Some(close) = from.find('}') else {
                return Err(Error::msg(format!("the route `{template}` has a `{{` without a `}}`")));
            };
            let name = &from[1..close];
            let Some((_, value)) = self.params.iter().find(|(known, _)| *known == name) else {
                return Err(Error::msg(format!("the route `{template}` needs `.path(\"{name}\", …)`")));
            };
            used += 1;
            path.extend(utf8_percent_encode(value, encode));
            rest = &from[close + 1..];
        }
        path.push_str(rest);
        Ok(used)
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
        assert!(fill("/a/{x", &[("x", "1")]).unwrap_err().contains("without a `}`"));
    }
}
