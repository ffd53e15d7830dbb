//! Routes and URLs without what may be secret in them.

use std::borrow::Cow;

/// A route or URL as it may be told: neither its query nor its user-info, which may be secret.
pub(crate) fn redacted_route(text: &str) -> Cow<'_, str> {
    let text = without_query(text);
    // Most routes are no URLs, and to search for a word costs more than this.
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
