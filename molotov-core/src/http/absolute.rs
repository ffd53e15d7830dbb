//! Parts of URLs from the user. Their paths are not changed: each path is sent as written.

use url::Url;

use super::path::without_query;
use crate::error::{Error, Result};

/// An `http:` or `https:` URL.
#[derive(Debug)]
pub(super) struct Absolute<'t> {
    /// The scheme, host, port and user-info only.
    pub(super) origin: Url,
    /// Everything behind the host, as written: path, query, fragment, or nothing.
    pub(super) rest: &'t str,
}

impl<'t> Absolute<'t> {
    /// Splits a URL that starts with this scheme and a colon.
    pub(super) fn parse(scheme: &str, text: &'t str) -> Result<Self> {
        let rest = &text[scheme.len() + 1..];
        let rest = rest.strip_prefix("//").filter(|rest| !rest.starts_with(['/', '\\']));
        let Some(rest) = rest else {
            return Err(Error::msg(format!(
                "`{scheme}:` is not followed by two slashes and a host; write {}://host:port/path",
                scheme.to_ascii_lowercase()
            )));
        };
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        if rest.starts_with('\\') {
            return Err(Error::msg("a URL has a `\\` behind its host; write `/`"));
        }
        // The parser would silently remove them.
        if authority.contains(|c: char| c.is_ascii_control()) {
            return Err(Error::msg("the host of a URL has a control character in it; leave it out"));
        }
        let origin = Url::parse(&format!("{scheme}://{authority}")).map_err(|why| {
            if text.contains('@') {
                return unreadable();
            }
            let text = without_query(text);
            Error::msg(format!("`{text}` is not a URL ({why}); write one as http://host:port"))
        })?;
        Ok(Self { origin, rest })
    }
}

/// The scheme of a URL (RFC 3986, section 3.1), if it is `http` or `https`.
pub(super) fn http_scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(scheme)
}

/// Returns `true` if a route is a whole URL, or is meant to be: a path has no colon before its first slash (RFC 3986,
/// section 4.2). A colon in a parameter does not count.
pub(super) fn has_scheme(route: &str) -> bool {
    let mut in_parameter = false;
    for byte in route.bytes() {
        match byte {
            b'{' => in_parameter = true,
            b'}' => in_parameter = false,
            b'/' | b'?' | b'#' if !in_parameter => return false,
            b':' if !in_parameter => return true,
            _ => {}
        }
    }
    false
}

/// The error for a route with the scheme of a URL that no request can use.
pub(super) fn wrong_scheme(text: &str) -> Error {
    if text.contains('@') {
        return unreadable();
    }
    if text.starts_with(char::is_whitespace) {
        return Error::msg("a route begins with white space; leave it out");
    }
    let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
    let scheme = scheme.escape_debug().to_string();
    if scheme.eq_ignore_ascii_case("unix") {
        return Error::msg(
            "a Unix socket is a base URL and not that of one request; name it with --host or `set_base`, and then \
             the path alone",
        );
    }
    if rest.starts_with("//") {
        return Error::msg(format!("the scheme `{scheme}` is not known; use http:// or https://"));
    }
    Error::msg(format!(
        "a route that begins with `{scheme}:` is neither a path nor a URL; write `/{scheme}:…` for a path, or \
         `http://{scheme}:…` for a host"
    ))
}

/// The error for a URL that may contain a password, so that the message must not repeat it.
pub(super) fn unreadable() -> Error {
    Error::msg(
        "what seems to be a URL with a user or password is none, and is not repeated here; write one as \
         http://user:password@host:port, with each of `/ ? # @ %` in them percent-encoded (`@` as `%40`)",
    )
}
