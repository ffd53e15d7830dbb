//! Values of headers.

use std::borrow::Cow;

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderName, HeaderValue};

use super::name::{NamePlace, is_secret};
use super::signs::is_scheme;
use super::{MASK, urls};

/// Attributes of a cookie that contain nothing of its value (RFC 6265, section 4.1.1, and its successors).
const ATTRIBUTES: &[&str] = &[
    "path",
    "domain",
    "expires",
    "max-age",
    "samesite",
    "httponly",
    "secure",
    "partitioned",
    "priority",
    "version",
];

/// Parameters of a challenge that are not secrets (RFC 6750, section 3; RFC 7616, section 3.3).
const CHALLENGE: &[&str] = &[
    "realm",
    "charset",
    "algorithm",
    "qop",
    "stale",
    "domain",
    "scope",
    "error",
    "error_description",
    "error_uri",
    "userhash",
    "resource_metadata",
];

/// Masks the value of a header.
pub(crate) fn header(name: &HeaderName, value: &HeaderValue) -> String {
    let text = octets(value.as_bytes());
    if name == COOKIE {
        return text.split(';').map(cookie).collect::<Vec<_>>().join("; ");
    }
    if name == SET_COOKIE {
        return set_cookie(&text);
    }
    let name = name.as_str();
    if name.ends_with("authenticate") || name.ends_with("authentication-info") {
        return challenges(&text);
    }
    if name.ends_with("authorization") {
        let scheme = text.split(' ').next().unwrap_or_default();
        let is_known = text.contains(' ') && is_scheme(scheme);
        return if is_known { format!("{scheme} {MASK}") } else { MASK.into() };
    }
    if value.is_sensitive() || (is_secret(name, NamePlace::Pair) && !is_about_secrets(name)) {
        MASK.into()
    } else {
        urls(&text).into_owned()
    }
}

/// Octets as text: an octet that is not UTF-8 is written as `\xfc`.
pub(crate) fn octets(octets: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(octets) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(octets.len() + 16);
    for chunk in octets.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|octet| format!("\\x{octet:02x}")));
    }
    Cow::Owned(text)
}

/// Headers whose names contain the name of a secret, but whose values are names.
fn is_about_secrets(name: &str) -> bool {
    matches!(name, "access-control-allow-credentials")
}

/// The name of a cookie is not a secret, and shows which cookie was sent.
fn cookie(pair: &str) -> String {
    match pair.trim().split_once('=') {
        Some((name, _)) if !name.is_empty() && !name.contains(['"', ' ']) => format!("{name}={MASK}"),
        _ => MASK.into(),
    }
}

fn set_cookie(text: &str) -> String {
    let mut pieces = text.split(';');
    let mut masked = cookie(pieces.next().unwrap_or_default());
    for piece in pieces {
        let name = piece.split('=').next().unwrap_or_default().trim();
        masked.push(';');
        if name.is_empty() || ATTRIBUTES.contains(&&*name.to_ascii_lowercase()) {
            masked.push_str(&urls(piece));
        } else {
            masked.push(' ');
            masked.push_str(&cookie(piece));
        }
    }
    masked
}

/// The challenges of a server, without their nonces and tokens: `Digest realm="shop", nonce=***`, `Negotiate ***`.
fn challenges(text: &str) -> String {
    let mut masked: Vec<String> = Vec::new();
    for piece in outside_quotes(text) {
        let piece = piece.trim();
        let first = piece.split(' ').next().unwrap_or_default();
        let (scheme, rest) = match is_scheme(first) {
            true => piece.split_at(first.len()),
            false => ("", piece),
        };
        let rest = rest.trim();
        let shown = match rest.split_once('=') {
            _ if rest.is_empty() => String::new(),
            Some((name, _)) if CHALLENGE.contains(&&*name.trim().to_ascii_lowercase()) => {
                urls(rest).into_owned()
            }
            Some((name, value)) if is_param(name.trim()) && !matches!(value, "" | "=") => {
                format!("{name}={MASK}")
            }
            _ => MASK.into(),
        };
        masked.push([scheme, &shown].join(if scheme.is_empty() || shown.is_empty() { "" } else { " " }));
    }
    masked.join(", ")
}

/// Returns `true` if this is the name of a parameter, and not a token that ends with `=`.
fn is_param(name: &str) -> bool {
    matches!(
        &*name.to_ascii_lowercase(),
        "nonce"
            | "opaque"
            | "cnonce"
            | "nc"
            | "response"
            | "rspauth"
            | "nextnonce"
            | "token"
            | "sid"
            | "data"
            | "username"
    )
}

/// Splits at commas that are not in quotation marks.
fn outside_quotes(text: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, char) in text.char_indices() {
        match char {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                pieces.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&text[start..]);
    pieces
}
