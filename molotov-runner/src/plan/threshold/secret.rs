//! Secrets in a threshold: a route may be a URL with user-info or a query.

use std::borrow::Cow;
use std::ops::Range;

use molotov_core::without_url_secrets;

const MASK: &str = "***";

/// The text without secrets.
pub(super) fn masked(text: &str) -> Cow<'_, str> {
    let (mut shown, mut rest) = (String::new(), text);
    while let Some(info) = user_info(rest) {
        shown.push_str(&rest[..info.start]);
        shown.push_str(MASK);
        rest = &rest[info.end..];
    }
    if shown.is_empty() {
        return without_url_secrets(text);
    }
    shown.push_str(rest);
    Cow::Owned(without_url_secrets(&shown).into_owned())
}

/// The place of the first user-info, without its `@`.
pub(super) fn user_info(text: &str) -> Option<Range<usize>> {
    text.match_indices("://").find_map(|(at, mark)| {
        let start = at + mark.len();
        let url = &text[start..];
        let url = &url[..url.find(['"', '\'', '`', '{', '}']).unwrap_or(url.len())];
        let authority = url.split(['/', '?', '#']).next().unwrap_or_default();
        // An invalid port is part of a password with a slash that should have been encoded.
        let port = authority.split_once(':').map_or("", |(_, port)| port);
        let is_cut = !port.bytes().all(|byte| byte.is_ascii_digit());
        let at = authority.rfind('@').or_else(|| url.rfind('@').filter(|_| is_cut))?;
        Some(start..start + at).filter(|info| &text[info.clone()] != MASK)
    })
}

#[cfg(test)]
mod tests;
