//! The name of a redirect target. The server chooses the target, so its name is made like a route template.

use crate::http::redacted_route;

/// The name of a segment with many values.
const VALUE: &str = "{id}";

/// A longer segment is a value.
const LONGEST_WORD: usize = 40;

/// The size limit of a name.
const LONGEST: usize = 120;

/// The path or URL with [`VALUE`] in place of segments that look like a value, and without its query, user-info and
/// path parameters.
pub(super) fn from_url(url: &str) -> String {
    let url = redacted_route(url);
    // The authority of a whole URL is unchanged.
    let start = url.find("://").map_or(0, |at| at + 3);
    let start = if start == 0 { 0 } else { url[start..].find('/').map_or(url.len(), |at| start + at) };
    let (authority, path) = url.split_at(start);
    let segments: Vec<_> = path.split('/').map(segment).collect();
    let mut name = authority.to_owned() + &segments.join("/");
    if let Some(end) = name.char_indices().map(|(at, _)| at).find(|at| *at >= LONGEST) {
        name.truncate(end);
        name.push('…');
    }
    name
}

fn segment(text: &str) -> &str {
    let text = text.split(';').next().unwrap_or_default();
    if is_value(text) { VALUE } else { text }
}

/// Returns `true` if a segment is a number, a UUID, a hash, a date or a token.
fn is_value(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match text.len() {
        0 => false,
        length if length == digits || length > LONGEST_WORD => true,
        length => digits > 0 && ((length >= 8 && is_hex(text)) || (length >= 16 && digits >= 4)),
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_place_is_named_like_a_route() {
        for (url, name) in [
            ("/", "/"),
            ("/home", "/home"),
            ("/items/42/reviews", "/items/{id}/reviews"),
            ("/orders/9b2d7f3e-1c4a-4a5b-8c6d-0e1f2a3b4c5d", "/orders/{id}"),
            ("/c/deadbeef01", "/c/{id}"),
            ("/c/decade", "/c/decade"),
            ("/v1/chapter-1-introduction/", "/v1/chapter-1-introduction/"),
            ("/pay/cs_test_a1B2c3D4e5", "/pay/{id}"),
            ("/x;jsessionid=A1B2C3?token=s3cret#top", "/x"),
            ("http://me:s3cret@127.0.0.1:8080/items/7?a=b", "http://127.0.0.1:8080/items/{id}"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("//twice/1", "//twice/{id}"),
        ] {
            assert_eq!(from_url(url), name);
        }
        assert_eq!(from_url(&format!("/{}", "a".repeat(41))), "/{id}");
    }

    proptest! {
        #[test]
        fn a_name_is_short_and_has_no_number_query_or_parameter(url in "(http://h:1)?(/[a-z0-9;=ü-]{0,50}){0,9}(\\?[a-z=/]{0,9})?") {
            let name = from_url(&url);

            prop_assert!(name.len() <= LONGEST + 8, "{name}");
            prop_assert!(!name.contains(['?', ';']), "{name}");
            let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert!(!name.split('/').any(is_number), "{name}");
        }
    }
}
